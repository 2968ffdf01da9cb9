#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace rung {

/// A target's own options as an adapter reads them; every complaint is a
/// PlanError that names target and option.
class AdapterOptions {
 public:
  /// Refuses what is not among `known` with the likely word; a known name that
  /// ends in '.' stands for all that begin so.
  AdapterOptions(std::string target, std::map<std::string, std::string> given,
                 std::span<const std::string_view> known);

  /// "" when it is not given.
  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name,
                                 std::string_view otherwise) const;
  [[nodiscard]] std::string required(const std::string& name,
                                     std::string_view example) const;
  [[nodiscard]] bool flag(const std::string& name) const;
  /// More than 0.
  [[nodiscard]] std::chrono::milliseconds duration(
      const std::string& name, std::chrono::milliseconds otherwise) const;
  /// To throw: `name` is there and is not `wanted`, "true or false".
  [[nodiscard]] PlanError wrong(const std::string& name,
                                std::string_view wanted) const;
  /// What follows `prefix` -> value.
  [[nodiscard]] std::map<std::string, std::string> below(
      std::string_view prefix) const;

 private:
  std::string target_;
  std::map<std::string, std::string> given_;
};

}  // namespace rung
