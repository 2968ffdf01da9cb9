#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/commit_info.hpp"
#include "core/report/report.hpp"
#include "core/report/report_facts.hpp"

namespace rung {

/// A file, and a line of it, that people look at first. `file` is relative to
/// the repository.
struct PostedPlace {
  std::string file;
  std::uint32_t line = 0;  ///< from 1; 0 = not known
  friend bool operator==(const PostedPlace&, const PostedPlace&) = default;
};

/// A failing test and what it says.
struct PostedTest {
  std::string id, message;
};

/// One thing that a posting tells.
struct PostedItem {
  enum class Level { error, warning, note };
  Level level = Level::error;
  /// "culprit", "suspects", "drift", ...; programs read it: never rename.
  std::string kind;
  std::string title;  ///< one line
  /// What is to blame: commit ids, variables, packages; suspects, if `kind`
  /// says so.
  std::vector<std::string> names;
  std::vector<CommitInfo> commits;  ///< those of `names` that are known
  std::vector<PostedTest> tests;
  std::vector<ReportFact> facts;
  std::vector<PostedPlace> places;  ///< the most telling one first
  /// Equal in two runs that tell of the same trouble.
  std::string identity;
};

/// "error", "warning", "note".
std::string_view to_string(PostedItem::Level level);
/// What is told of an item below its title: facts and tests, a line each, all
/// of it printable. Longer lines are cut; of more lines the number is told.
std::string details_of(const PostedItem& item, std::size_t longest_line,
                       std::size_t most_lines);

/// A log, or a part of it, and what the trial failed with, if that is known.
struct PostedLog {
  std::string name, text;
  std::string message = {}, evidence = {}, likely = {};  ///< as in Failure
};

/// Where an answer comes from; "" = not known.
struct PostedOrigin {
  std::string run, plan, repository, target;
  std::string folder, version;  ///< where the command was given, of rung
  std::int64_t at_ms = 0;       ///< when it began or was told
};

/// What a report file, or the page of a CI system, tells of an answer: what
/// bisect, climb, probe, recover and nightly have in common. All texts are
/// plain: a format escapes every one of them, because any may hold foreign
/// words. Without values of variables and without secrets, as Report.
struct Posting {
  std::string command;  ///< "bisect"
  std::string outcome;  ///< as in the command's JSON
  std::string title;    ///< the answer in one line
  std::string about;    ///< names the subject from run to run: plan, suite
  PostedOrigin origin;
  std::vector<PostedItem> items;  ///< the most important first
  std::vector<ReportFact> facts;
  std::vector<PostedLog> logs;
  /// What pictures show: the phases of a climb, the trials, and what a search
  /// was among. `low` and `high`: what its two ends are called.
  std::vector<ReportPhase> phases;
  std::vector<ReportProbe> trials;
  std::vector<ReportChange> changes;
  std::uint64_t commits = 0;
  std::string low = "good", high = "bad";
  Terms terms;                            ///< the user's words for verdicts
  bool find_fix = false;                  ///< the search was for a repair
  std::string serves;                     ///< "" = not known
  std::vector<std::string> command_line;  ///< argv that repeats the command
  std::string next;                       ///< the next step, a sentence
  double seconds = 0;
  std::optional<int> exit;  ///< unset: the command has not ended
};

/// The culprit as outputs name it: a commit's id or a variable's name, several
/// with a blank between them; "" = none.
std::string culprit_of(const Posting& posting);
/// 16 hex digits, the same in two runs that tell of the same trouble of the
/// same subject.
std::string signature_of(const Posting& posting, const PostedItem& item);

/// The posting of a report.
Posting posting_of(const Report& report);
/// The posting of a run without an answer that could be told; `report` has
/// what is known of it.
Posting posting_without_answer(const Report& report, const std::string& outcome,
                               const std::string& title);
/// The posting of a command that could not work; `error` is its one line.
Posting posting_of_error(const std::string& command, const std::string& error,
                         int exit);
/// The posting of a command that was interrupted; `unfinished` has what its
/// run came to.
Posting posting_of_interrupted(Posting unfinished, const std::string& error,
                               int exit);

}  // namespace rung
