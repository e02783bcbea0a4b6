#include <leat/core/clock.hpp>

namespace leat {
namespace {

class host_clock final : public clock {
 public:
  [[nodiscard]] processing_time now() const override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return processing_time{std::chrono::floor<std::chrono::milliseconds>(since_1970).count()};
  }

  [[nodiscard]] std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

}  // namespace

const clock& system_clock() {
  static const host_clock the_clock;
  return the_clock;
}

}  // namespace leat
