#pragma once

#include <string>
#include <utility>

namespace rung {

/// A value that must never be shown. Text, JSON and logs get "[redacted]";
/// only an explicit reveal() reads it, so every use can be found by grep.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

inline constexpr const char* kRedacted = "[redacted]";

}  // namespace rung
