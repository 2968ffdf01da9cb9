#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/nightly/night_state.hpp"
#include "core/nightly/suite_run.hpp"

namespace rung {

/// What a night works on. Commits are full ids.
struct NightInput {
  /// The main line (first parents), oldest first; the last one is judged.
  std::vector<std::string> line;
  /// Without a known good: no place of the line before this one is tried.
  std::size_t oldest = 0;
  std::int64_t now = 0;  ///< seconds since 1970
  /// The first paragraph of a commit's message, in one line.
  std::function<std::string(const std::string& commit)> subject_of;
  /// Whether so many seconds of work still fit the budget. Unset = no limit.
  std::function<bool(double seconds)> affords;
  /// Called after each run, so that a killed night goes on from there.
  std::function<void(const NightState&)> save;
  /// What it does, a line each, for a person who watches.
  std::function<void(const std::string&)> say;
};

/// A failing test of a report.
struct NightTest {
  std::string id;
  std::string message;  ///< what it says on HEAD, one line
  bool flaky = false;   ///< it both passed and failed at one commit on the way
  unsigned failures = 0, passes = 0;  ///< the proof; see ManyRange
  /// On record: how often it passed when repeated, and how often it did not.
  unsigned flaked = 0, confirmed = 0;
};

/// Tests that one commit broke, or repaired.
struct NightFinding {
  /// One = it is guilty. More = they are suspects, oldest first: those between
  /// cannot be judged.
  std::vector<std::string> commits;
  std::string good;  ///< the commit below them
  std::vector<NightTest> tests;
};

/// Failures that are not searched to their end.
struct NightOpen {
  std::string good, bad;    ///< passes, fails; "" = good is not known
  std::size_t commits = 0;  ///< how many are suspects
  bool searched = false;    ///< all but the proof is done; it cannot be made
  std::vector<NightTest> tests;
};

/// What a night found. A test is in one list only.
struct NightReport {
  enum class Outcome {
    green,       ///< the suite passes, or what failed passes when repeated
    red,         ///< something is broken; all that can be told is told
    budget,      ///< broken, and the budget ended the search
    no_verdict,  ///< HEAD cannot be judged
  };
  Outcome outcome = Outcome::green;
  std::string head;
  unsigned passed = 0, skipped = 0;  ///< tests on HEAD
  std::vector<NightFinding> broken;
  /// Told on an earlier night and not searched again; the message on HEAD.
  std::vector<std::pair<BrokenSince, NightTest>> still;
  std::vector<NightTest> flaky;       ///< failed on HEAD, and then passed there
  std::vector<NightTest> drift;       ///< fail where they passed before, too
  std::vector<NightTest> no_good;     ///< no commit within reach passes
  std::vector<NightTest> unrepeated;  ///< did not run when repeated on HEAD
  std::vector<NightOpen> unfinished;
  std::vector<NightFinding> repaired;
  std::vector<std::string> repaired_unsearched;  ///< by which commit: unknown
  std::vector<std::string> missing;  ///< known the night before, not on HEAD
  /// Why HEAD was not judged as a whole; "" = it was.
  std::string unjudged;
  std::string infra;  ///< why the night ended early; "" = it did not
  std::string no_known_good_within;  ///< how far was looked: "14 commits"
  std::size_t builds_left = 0;
  double seconds_left = 0;  ///< what those would take
  unsigned builds = 0, suites = 0;
  double seconds = 0;  ///< of builds and suites
  bool first_night = false, resumed = false;
  std::vector<std::string> notes;
};

/// Judges the last commit of the line and finds out what broke: confirms each
/// failure on HEAD and on its known good, then searches them all together.
/// `state` is what is known, and learns. Throws what the judge throws; `state`
/// and what was saved then hold all that was learned until then.
NightReport work_a_night(const NightInput& input, NightState& state,
                         SuiteJudge& judge);

}  // namespace rung
