#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace rung {

/// Reads a target's own options for an adapter; each error is a PlanError that
/// names target and option.
class AdapterOptions {
 public:
  /// Refuses an option that is not in `known` and suggests the likely word; a
  /// known name that ends in '.' stands for all names that begin with it.
  AdapterOptions(std::string target, std::map<std::string, std::string> given,
                 std::span<const std::string_view> known);

  /// "" if not given.
  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name,
                                 std::string_view otherwise) const;
  [[nodiscard]] std::string required(const std::string& name,
                                     std::string_view example) const;
  [[nodiscard]] bool flag(const std::string& name) const;
  /// More than 0.
  [[nodiscard]] std::chrono::milliseconds duration(
      const std::string& name, std::chrono::milliseconds otherwise) const;
  /// The error to throw if `name` is given but is not `wanted`, e.g. "true or
  /// false".
  [[nodiscard]] PlanError wrong(const std::string& name,
                                std::string_view wanted) const;
  /// The rest of each name that begins with `prefix` -> value.
  [[nodiscard]] std::map<std::string, std::string> below(
      std::string_view prefix) const;

 private:
  std::string target_;
  std::map<std::string, std::string> given_;
};

}  // namespace rung
