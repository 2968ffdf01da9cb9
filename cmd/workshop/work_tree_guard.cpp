#include "cmd/workshop/work_tree_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>
#include <utility>

#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// How long nothing runs, to see who else opens files.
constexpr std::chrono::milliseconds kQuiet(500);
std::atomic<int> running = 0;  ///< commands of all workers

/// The names of files that a command gives by a path which does not begin in
/// the checkout: "check.sh" of "sh $HOME/bin/check.sh tests/test_x.py".
std::set<std::string> files_outside(std::string_view words) {
  constexpr std::string_view kBetween = " \t\n'\"`;&|()<>=";
  std::set<std::string> names;
  while (!words.empty()) {
    const auto end = std::min(words.find_first_of(kBetween), words.size());
    const std::string_view word = words.substr(0, end);
    if (word.starts_with('/') || word.starts_with('~') ||
        word.find('$') != word.npos) {
      names.insert(fs::path(word).filename().string());
    }
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return names;
}

}  // namespace

WorkTreeGuard::WorkTreeGuard(const GitHistory& history, const CommitId& one,
                             const CommitId& other) {
  try {
    watch_.emplace(history.root(), history.changed_paths(one, other, ""));
  } catch (const HistoryError&) {
    // a partial clone: what changed is not known
  }
}

void WorkTreeGuard::begin_command() {
  ++running;
  if (watch_) watch_->take_opened();
}

void WorkTreeGuard::end_command(const std::string& what,
                                const std::string& words) {
  --running;
  if (!watch_) return;
  std::set<std::string> opened = watch_->take_opened();
  const std::set<std::string> meant = files_outside(words);
  std::erase_if(opened, [&](const std::string& file) {
    return meant.contains(fs::path(file).filename().string()) ||
           (opened_ && opened_->count(file) == 0);
  });
  const bool again = std::exchange(opened_, opened).has_value();
  if (!again || opened.empty()) return;
  // Another program (an indexer, a dev server) opens it at any time. Commands
  // beside this one would look like that.
  if (running == 0) {
    watch_->take_opened();
    std::this_thread::sleep_for(kQuiet);
    const auto by_others = watch_->take_opened();
    if (running == 0) {
      for (const std::string& file : by_others) opened.erase(file);
      opened_ = opened;
    }
  }
  if (opened.empty()) return;
  throw AbortError(fmt::format(
      "{} reads {} of your work tree, which is the same for each commit, and "
      "not the checkout it runs in (an editable install, PYTHONPATH, an "
      "absolute path?); make it read the checkout: PYTHONPATH=$PWD/src ..., or "
      "install there first",
      what, printable(*opened.begin(), true)));
}

}  // namespace rung
