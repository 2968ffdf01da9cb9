#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace rung {

/// `--settle`, of every command that judges: how long what has passed its gates
/// must stay up.
class SettleFlag {
 public:
  void add_option(CLI::App& command_line);
  /// nullopt: as the plan says, or the default. Throws UsageError.
  [[nodiscard]] std::optional<std::chrono::milliseconds> given() const;

 private:
  std::string text_;
};

}  // namespace rung
