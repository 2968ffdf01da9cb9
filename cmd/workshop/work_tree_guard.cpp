#include "cmd/workshop/work_tree_guard.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace rung {

WorkTreeGuard::WorkTreeGuard(const GitHistory& history, const CommitId& one,
                             const CommitId& other) {
  try {
    watch_.emplace(history.root(), history.changed_paths(one, other, ""));
  } catch (const HistoryError&) {
    // a partial clone: what changed is not known
  }
}

void WorkTreeGuard::begin_command() {
  if (watch_) watch_->take_opened();
}

void WorkTreeGuard::end_command(const std::string& what,
                                const std::string& words) {
  if (!watch_) return;
  std::set<std::string> opened = watch_->take_opened();
  std::erase_if(opened, [&](const std::string& file) {
    return words.find(std::filesystem::path(file).filename().string()) !=
               words.npos ||
           (opened_ && opened_->count(file) == 0);
  });
  const bool again = std::exchange(opened_, opened).has_value();
  if (!again || opened.empty()) return;
  throw AbortError(fmt::format(
      "{} reads {} of your work tree, which is the same for each commit, and "
      "not the checkout it runs in (an editable install, PYTHONPATH, an "
      "absolute path?); make it read the checkout: PYTHONPATH=$PWD/src ..., or "
      "install there first",
      what, printable(*opened.begin(), true)));
}

}  // namespace rung
