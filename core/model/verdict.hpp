#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// How far a release got, in the order of a deploy. The stage of a failure is
/// the first stage that the release did not pass. Stored in journals: never
/// renumber.
enum class Stage {
  source = 0,   ///< getting the code and base images
  build = 1,    ///< dependencies, compiling
  release = 2,  ///< configuration accepted, release command
  start = 3,    ///< the process loads, up to where it would listen
  listen = 4,   ///< an acceptable socket is open on the routed port
  health = 5,   ///< the gates pass
  soak = 6,     ///< still healthy after having been healthy
  network = 7,  ///< the way from the client to the service
};

/// "listen"; the word used in plans, reports and JSON.
std::string_view to_string(Stage stage);
std::optional<Stage> stage_from(std::string_view word);

/// The result of one probe of a release. Stored in journals: never renumber.
enum class Verdict {
  good = 0,
  bad = 1,
  skip = 2,   ///< rung cannot judge this release
  infra = 3,  ///< the platform failed; this says nothing about the release
};

std::string_view to_string(Verdict verdict);
std::optional<Verdict> verdict_from(std::string_view word);

/// What became of the program that failed, where the advice depends on it.
/// Stored in journals: never renumber.
enum class Ending {
  unknown = 0,
  exited = 1,        ///< by itself, or killed
  cannot_run = 2,    ///< its file is not found or not executable
  in_background = 3, ///< it ended well and left the service behind
  too_slow = 4,      ///< it still ran when the time was over
};

/// The reason why a probe was not good. `cause` is an id of the diagnosis
/// vocabulary ("wrong-port", "missing-module", "unknown", ...; see
/// core/diagnosis/diagnosis.hpp).
struct Failure {
  Stage stage = Stage::start;
  std::string cause = "unknown";
  /// The culprit's name as in the log: module, variable, port, host. Never the
  /// value of a variable. Can be empty.
  std::string evidence;
  /// What was found, in one line for a person, with secrets redacted.
  std::string message;
  /// stage + cause + message without times, ids and addresses; two failures
  /// with different signatures are different failures.
  std::string signature;
  /// The port this trial was given, 0 = none. The next one may get another, so
  /// the signature does not have it.
  std::uint16_t port = 0;
  Ending ending = Ending::unknown;
  /// Where a gate's request was sent instead of being answered; "" = nowhere.
  std::string redirected_to = {};
  /// The line of the log that likely gives the reason, with secrets redacted;
  /// "" = none.
  std::string likely = {};
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// "FOUND; likely: LINE OF THE LOG", or what was found alone.
std::string found_and_likely(const Failure& failure);

/// The observation of one probe; the search needs no more.
struct Observation {
  Verdict verdict = Verdict::skip;
  /// Set unless the verdict is good. For skip it gives the reason.
  std::optional<Failure> failure;
  std::chrono::milliseconds duration{0};
  /// Facts to report that did not decide the verdict ("also binds 8081").
  std::vector<std::string> notes;
};

}  // namespace rung
