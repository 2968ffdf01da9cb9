#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// How far a release got, in the order a deploy climbs. The stage of a failure
/// is the first rung it did not pass. Stored in journals: never renumber.
enum class Stage {
  source = 0,   ///< getting the code and base images
  build = 1,    ///< dependencies, compiling
  release = 2,  ///< configuration accepted, release command
  start = 3,    ///< the process loads, up to where it would listen
  listen = 4,   ///< an acceptable socket is open on the routed port
  health = 5,   ///< the gates answer as required
  soak = 6,     ///< still healthy after having been healthy
  network = 7,  ///< the way from the one who asks to the service
};

/// "listen"; the word used in plans, reports and JSON.
std::string_view to_string(Stage stage);
std::optional<Stage> stage_from(std::string_view word);

/// What one probe says of a release. Stored in journals: never renumber.
enum class Verdict {
  good = 0,
  bad = 1,
  skip = 2,   ///< this release cannot be judged
  infra = 3,  ///< the platform failed; nothing was learned about the release
};

std::string_view to_string(Verdict verdict);
std::optional<Verdict> verdict_from(std::string_view word);

/// Why a probe was not good. `cause` is an id of the diagnosis vocabulary
/// ("wrong-port", "missing-module", "unknown", ...; see core/diagnosis/diagnosis.hpp).
struct Failure {
  Stage stage = Stage::start;
  std::string cause = "unknown";
  /// The culprit's name as it stands in the log: module, variable, port, host.
  /// Never the value of a variable. May be empty.
  std::string evidence;
  /// One line for a person, secrets already redacted.
  std::string message;
  /// stage + cause + message without times, ids and addresses; two failures
  /// with different signatures are different failures.
  std::string signature;
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Joins what was found and the log's likely reason in a failure's message.
inline constexpr std::string_view kLikely = "; likely: ";
/// The two parts of a failure's message: what was found, and the line of the
/// log that likely says why ("" = none).
struct FoundAndLikely {
  std::string_view found, likely;
};
FoundAndLikely parts_of(const Failure& failure);

/// What a probe observed, all the search needs to know.
struct Observation {
  Verdict verdict = Verdict::skip;
  /// Set unless the verdict is good. For skip it says why.
  std::optional<Failure> failure;
  std::chrono::milliseconds duration{0};
  /// Facts worth telling that did not decide the verdict ("also binds 8081").
  std::vector<std::string> notes;
};

}  // namespace rung
