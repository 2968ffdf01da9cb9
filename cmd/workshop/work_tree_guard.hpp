#pragma once

#include <optional>
#include <set>
#include <string>

#include "adapters/checkout/work_tree_watch.hpp"
#include "adapters/git/history.hpp"

namespace rung {

/// Refuses a command that reads what changes from the user's work tree: it would
/// judge each commit by the same files.
class WorkTreeGuard {
 public:
  /// Looks at the files that differ between two commits. In a partial clone that
  /// lacks them nothing is looked at.
  WorkTreeGuard(const GitHistory& history, const CommitId& one,
                const CommitId& other);

  void begin_command();
  /// `what`: "the command". Throws AbortError if each command so far opened the
  /// same file; once, it can have been an editor. A file that `words` name by
  /// an absolute path is meant: a script that is the same for each commit.
  void end_command(const std::string& what, const std::string& words);

 private:
  std::optional<WorkTreeWatch> watch_;
  /// What each command so far has opened.
  std::optional<std::set<std::string>> opened_;
};

}  // namespace rung
