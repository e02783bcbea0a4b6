#pragma once

#include <array>
#include <cstddef>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include <leat/core/result.hpp>

#include "features.hpp"

namespace fraud {

/// A logistic regression over the amount and the fourteen features:
/// score = 1 / (1 + exp(-(intercept + sum of weight * (value - mean) / std))), between 0 and 1.
class model {
 public:
  /// The model that `--model` replaces. Trained on days 62 to 68 of the Fraud Detection Handbook's
  /// simulated data.
  model();

  /// Reads lines of `feature,weight,mean,std`, the first of which says just that; one for
  /// `intercept` and one for each feature by the Handbook's names, in any order. A feature that
  /// shall not count has weight 0.
  /// Errors: not_found or io (no such file); corrupt, with file, line and what was expected there.
  static leat::result<model> load(const std::string& path);
  static leat::result<model> read(std::istream& in, const std::string& name);

  [[nodiscard]] double score(const assessed& a) const;

 private:
  static constexpr std::size_t input_count = 15;

  // The formula with mean and std multiplied out.
  double offset_ = 0;
  std::array<double, input_count> factors_{};
};

/// An option's text: the path of a model file.
std::optional<std::string> parse_option(std::string_view text, model& value);

}  // namespace fraud
