// Any bytes, read as a nested record: the decoder fails or yields a value, and that value's own bytes read back as it.

#include <leat/core/codec.hpp>
#include <leat/core/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.hpp"

namespace {

enum class colour : std::uint8_t { red, green = 200 };
using account = leat::strong<std::uint32_t, struct account_tag>;

struct place {
  std::string town;
  std::optional<double> height;
  std::vector<std::int8_t> digits;
  LEAT_FIELDS(town, height, digits)
};

struct payment {
  std::uint64_t card = 7;
  std::int16_t cents = 0;
  account to{};
  float rate = 0;
  std::vector<place> places;
  std::map<std::string, std::vector<std::optional<std::int64_t>>> notes;
  std::pair<bool, colour> marks;
  leat::event_time at;
  LEAT_FIELDS(card, cents, to, rate, places, notes, marks, at)
};

/// The same record in a later version: fields in another order, one dropped with all it contains, one new, one wider.
struct later_payment {
  leat::event_time at;
  std::map<std::string, std::vector<std::optional<std::int64_t>>> notes;
  std::int64_t cents = 0;
  double rate = 0;
  std::string reason = "none";
  std::uint64_t card = 0;
  LEAT_FIELDS(at, notes, cents, rate, reason, card)
};

template <class T>
std::string encoded(const T& value) {
  leat::encoder e;
  leat::codec<T>::write(e, value);
  return e.take();
}

template <class T>
void read_and_read_back(std::string_view bytes, const leat::schema& stored) {
  leat::decoder d{bytes};
  T value{};
  leat::codec<T>::read(d, value, stored);
  if (d.failed()) return;
  const std::string own = encoded(value);
  static const leat::schema schema = leat::codec<T>::schema_of();
  leat::decoder again{own};
  T copy{};
  leat::codec<T>::read(again, copy, schema);
  leat::fuzz::check(!again.failed() && again.at_end(), "what was written can be read");
  leat::fuzz::check(encoded(copy) == own, "what was read back is what was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  static const leat::schema stored = leat::codec<payment>::schema_of();
  read_and_read_back<payment>(bytes, stored);
  read_and_read_back<later_payment>(bytes, stored);
  leat::decoder d{bytes};
  while (!d.at_end()) d.skip();
  return 0;
}
