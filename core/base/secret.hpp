#pragma once

#include <string>
#include <utility>

namespace rung {

/// A value that rung must never show. Text, JSON and logs get "[redacted]";
/// only an explicit reveal() reads it, so that grep finds every use.
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
