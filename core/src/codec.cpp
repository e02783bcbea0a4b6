#include <leat/core/codec.hpp>

#include <msgpack.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace leat {
namespace {

/// msgpack's limits are the caller's duty; these are far above anything an encoder here writes into one chunk.
constexpr std::size_t container_limit = std::size_t{1} << 26;
constexpr std::size_t string_limit = std::size_t{1} << 28;
constexpr std::size_t depth_limit = 64;

}  // namespace

/// What msgpack's packer writes into.
struct encoder::sink {
  encoder* to;
  void write(const char* bytes, std::size_t count) {
    if (static_cast<std::size_t>(to->end_ - to->next_) < count) to->make_room(count);
    std::memcpy(to->next_, bytes, count);
    to->next_ += count;
  }
};

void encoder::make_room(std::size_t count) {
  constexpr std::size_t smallest = 64;
  const std::size_t used = size();
  bytes_.resize(std::max({smallest, 2 * bytes_.size(), used + count}));
  next_ = bytes_.data() + used;
  end_ = bytes_.data() + bytes_.size();
}

std::string encoder::take() {
  bytes_.resize(size());
  std::string all = std::move(bytes_);
  bytes_ = std::string{};
  next_ = end_ = bytes_.data();
  return all;
}

void encoder::put_wide_signed(std::int64_t v) {
  sink s{this};
  msgpack::packer<sink>{s}.pack_int64(v);
}
void encoder::put_wide_unsigned(std::uint64_t v) {
  sink s{this};
  msgpack::packer<sink>{s}.pack_uint64(v);
}
void encoder::put_real(double v) {
  sink s{this};
  msgpack::packer<sink>{s}.pack_double(v);
}
void encoder::put_real(float v) {
  sink s{this};
  msgpack::packer<sink>{s}.pack_float(v);
}
void encoder::put_string(std::string_view v) {
  LEAT_ASSERT(v.size() <= string_limit, "a string of more than 256 MiB cannot be stored");
  sink s{this};
  msgpack::packer<sink> p{s};
  p.pack_str(static_cast<std::uint32_t>(v.size()));
  p.pack_str_body(v.data(), static_cast<std::uint32_t>(v.size()));
}
void encoder::put_long_array(std::size_t count) {
  LEAT_ASSERT(count <= container_limit, "a list of more than 64 Mi elements cannot be stored");
  sink s{this};
  msgpack::packer<sink>{s}.pack_array(static_cast<std::uint32_t>(count));
}
void encoder::put_map(std::size_t count) {
  LEAT_ASSERT(count <= container_limit, "a map of more than 64 Mi entries cannot be stored");
  sink s{this};
  msgpack::packer<sink>{s}.pack_map(static_cast<std::uint32_t>(count));
}

/// The input as a flat list of values, made in one pass by msgpack's parser.
struct decoder::tokens {
  enum class kind : std::uint8_t { nil, boolean, positive, negative, real, string, array, map, other };
  struct token {
    kind type;
    std::uint64_t number;  ///< value, bit pattern, or count
    const char* text;
  };

  std::vector<token> list;
  std::size_t next = 0;

  struct visitor : msgpack::null_visitor {
    tokens* to;
    explicit visitor(tokens* t) : to(t) {}
    bool add(kind k, std::uint64_t n, const char* text = nullptr) {
      to->list.push_back({k, n, text});
      return true;
    }
    bool visit_nil() { return add(kind::nil, 0); }
    bool visit_boolean(bool v) { return add(kind::boolean, v ? 1 : 0); }
    bool visit_positive_integer(std::uint64_t v) { return add(kind::positive, v); }
    /// Also called for positive values that another writer put into a signed form.
    bool visit_negative_integer(std::int64_t v) {
      return add(v < 0 ? kind::negative : kind::positive, static_cast<std::uint64_t>(v));
    }
    bool visit_float32(float v) { return visit_float64(static_cast<double>(v)); }
    bool visit_float64(double v) { return add(kind::real, std::bit_cast<std::uint64_t>(v)); }
    bool visit_str(const char* v, std::uint32_t size) { return size <= string_limit && add(kind::string, size, v); }
    bool visit_bin(const char*, std::uint32_t) { return add(kind::other, 0); }
    bool visit_ext(const char*, std::uint32_t) { return add(kind::other, 0); }
    bool start_array(std::uint32_t count) {
      return count <= container_limit && ++depth <= depth_limit && add(kind::array, count);
    }
    bool end_array() { return --depth, true; }
    bool start_map(std::uint32_t count) {
      return count <= container_limit && ++depth <= depth_limit && add(kind::map, count);
    }
    bool end_map() { return --depth, true; }
    std::size_t depth = 0;
  };
};

decoder::decoder(std::string_view bytes) : tokens_(std::make_unique<tokens>()) {
  tokens_->list.reserve(bytes.size() / 4 + 4);
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    tokens::visitor v{tokens_.get()};
    const std::size_t before = offset;
    bool whole = false;
    try {
      whole = msgpack::parse(bytes.data(), bytes.size(), offset, v);
    } catch (const msgpack::unpack_error&) {  // of all malformed input only an absurd ext size comes this way
      whole = false;
    }
    if (!whole || offset == before) {
      fail("malformed or truncated msgpack at byte " + std::to_string(before));
      break;
    }
  }
}

decoder::~decoder() = default;

bool decoder::at_end() const { return failed() || tokens_->next >= tokens_->list.size(); }

void decoder::fail(std::string why) {
  if (failure_.empty()) failure_ = why.empty() ? "malformed" : std::move(why);
  tokens_->next = tokens_->list.size();
}

bool decoder::take_nil() {
  if (at_end() || tokens_->list[tokens_->next].type != tokens::kind::nil) return false;
  ++tokens_->next;
  return true;
}

bool decoder::take_bool() {
  if (at_end() || tokens_->list[tokens_->next].type != tokens::kind::boolean)
    return fail("expected true or false"), false;
  return tokens_->list[tokens_->next++].number != 0;
}

std::int64_t decoder::take_signed(std::int64_t lowest, std::int64_t highest) {
  if (!at_end()) {
    const auto& t = tokens_->list[tokens_->next];
    const auto v = static_cast<std::int64_t>(t.number);
    const bool fits = (t.type == tokens::kind::positive && v >= 0) || t.type == tokens::kind::negative;
    if (fits && lowest <= v && v <= highest) return ++tokens_->next, v;
  }
  return fail("expected an integer from " + std::to_string(lowest) + " to " + std::to_string(highest)), 0;
}

std::uint64_t decoder::take_unsigned(std::uint64_t highest) {
  if (!at_end()) {
    const auto& t = tokens_->list[tokens_->next];
    if (t.type == tokens::kind::positive && t.number <= highest) return ++tokens_->next, t.number;
  }
  return fail("expected an integer from 0 to " + std::to_string(highest)), 0;
}

double decoder::take_real() {
  if (!at_end()) {
    const auto& t = tokens_->list[tokens_->next];
    if (t.type == tokens::kind::real) return ++tokens_->next, std::bit_cast<double>(t.number);
    if (t.type == tokens::kind::positive) return ++tokens_->next, static_cast<double>(t.number);
    if (t.type == tokens::kind::negative)
      return ++tokens_->next, static_cast<double>(static_cast<std::int64_t>(t.number));
  }
  return fail("expected a number"), 0;
}

std::string_view decoder::take_string() {
  if (at_end() || tokens_->list[tokens_->next].type != tokens::kind::string)
    return fail("expected a string"), std::string_view{};
  const auto& t = tokens_->list[tokens_->next++];
  return {t.text, static_cast<std::size_t>(t.number)};
}

std::size_t decoder::take_array() {
  if (at_end() || tokens_->list[tokens_->next].type != tokens::kind::array) return fail("expected a list"), 0;
  return static_cast<std::size_t>(tokens_->list[tokens_->next++].number);
}

std::size_t decoder::take_map() {
  if (at_end() || tokens_->list[tokens_->next].type != tokens::kind::map) return fail("expected a map"), 0;
  return static_cast<std::size_t>(tokens_->list[tokens_->next++].number);
}

void decoder::skip() {
  if (at_end()) return fail("expected a value");
  std::uint64_t left = 1;
  while (left > 0 && !at_end()) {
    const auto& t = tokens_->list[tokens_->next++];
    --left;
    if (t.type == tokens::kind::array) left += t.number;
    if (t.type == tokens::kind::map) left += 2 * t.number;
  }
}

}  // namespace leat
