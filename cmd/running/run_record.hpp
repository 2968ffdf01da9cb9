#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "core/model/journal.hpp"
#include "core/report/report.hpp"

namespace rung {

/// One run of a command on record. Asking the same question as a run that was
/// killed goes on with that run and its verdicts.
class Run {
 public:
  /// `facts` say what is asked; equal facts, equal question. A new run is
  /// begun with `fresh`, or when none is unfinished. A run that is `part_of`
  /// another (its id) goes on even when it had ended: the whole had not.
  /// A new one replaces unfinished runs of the same words.
  static Run begin_or_go_on(Journal& journal, const Context& context,
                            const std::string& command,
                            std::vector<std::string> facts, bool fresh,
                            const std::string& part_of = "");

  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  /// Left by an error before its first probe: there is nothing to resume.
  ~Run();
  /// The user interrupted it: it can be resumed, whatever it had reached.
  void interrupted() { resumable_ = true; }

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool goes_on() const { return goes_on_; }
  /// Since this process began with it.
  [[nodiscard]] double seconds() const;

 private:
  Run(Journal& journal, const Context& context, std::string id, bool goes_on);

  Journal& journal_;
  std::shared_ptr<Posts> posts_;
  std::string id_;
  bool goes_on_;
  bool resumable_ = false;
  int exceptions_ = std::uncaught_exceptions();
  std::chrono::steady_clock::time_point begun_;
};

/// The folder and the words of a run; empty = they are not on record.
std::vector<std::string> words_of(const RunRecord& run);
/// A new id for what is kept of a command.
std::string new_run_id();
/// Whether `part` is a search within `whole`, a climb.
bool is_part_of(const Journal& journal, const RunRecord& part,
                const RunRecord& whole);

/// Puts a report on record as the end of its run. Call it once the report has
/// been shown: who is killed before that asks again and is answered from
/// memory. A run without an end stays unfinished.
void end_run(Journal& journal, const Report& report);

}  // namespace rung
