#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "cmd/hunt.hpp"

namespace rung {

/// What goes to standard error while a command works.
class Progress {
 public:
  Progress(const Context& context, const std::string& command);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// "12 commits, 3 variables between good and bad".
  void between(const Question& question);
  [[nodiscard]] HuntObserver observer();
  /// One line of news ("the known good release serves again").
  void say(const std::string& line);
  /// Takes the live view off the screen.
  void end();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
