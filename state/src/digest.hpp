#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;

namespace leat {

/// XXH3-128 with seed 0 of bytes that come piece by piece.
class digest {
 public:
  digest();

  void add(std::string_view bytes);
  /// Of everything added so far: 32 hexadecimal digits in XXH128's canonical order, as xxh128sum
  /// prints them.
  [[nodiscard]] std::string hex() const;

 private:
  struct free_state {
    void operator()(XXH3_state_s* s) const;
  };
  std::unique_ptr<XXH3_state_s, free_state> state_;
};

[[nodiscard]] std::string digest_of(std::string_view bytes);

/// XXH3-64 with seed 0.
[[nodiscard]] std::uint64_t short_digest_of(std::string_view bytes);

/// 16 hexadecimal digits, most significant first.
[[nodiscard]] std::string to_hex(std::uint64_t number);

}  // namespace leat
