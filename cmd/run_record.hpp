#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cmd/commands.hpp"
#include "core/journal.hpp"
#include "core/report.hpp"

namespace rung {

/// One run of a command on record. Asking the same question as a run that was
/// killed goes on with that run and its verdicts.
class Run {
 public:
  /// `facts` say what is asked; equal facts, equal question. A new run is
  /// begun with `fresh`, or when none is unfinished. A run that is `part_of`
  /// another (its id) goes on even when it had ended: the whole had not.
  static Run begin_or_go_on(Journal& journal, const Context& context,
                            const std::string& command,
                            std::vector<std::string> facts, bool fresh,
                            const std::string& part_of = "");

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool goes_on() const { return goes_on_; }
  /// Since this process began with it.
  [[nodiscard]] double seconds() const;
  /// Puts the outcome on record. Without it the run stays unfinished.
  void end(const Report& report);

 private:
  Run(Journal& journal, std::string id, bool goes_on);

  Journal& journal_;
  std::string id_;
  bool goes_on_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace rung
