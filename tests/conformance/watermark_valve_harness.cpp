#include "watermark_merge.hpp"

namespace leat::conformance {
namespace {

const operator_registration known{"watermark_valve", [](const json& oper) -> std::unique_ptr<operator_harness> {
                                    return std::make_unique<merge_harness<watermark_valve>>(
                                        "channel", oper.at("channels").get<std::uint32_t>());
                                  }};

}  // namespace
}  // namespace leat::conformance
