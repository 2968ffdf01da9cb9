#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/commit_info.hpp"
#include "core/model/delta.hpp"
#include "core/model/probe_history.hpp"
#include "core/model/verdict.hpp"
#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A delta as reports name it. It does not contain values of variables or of
/// configuration, so no report can show one.
struct ReportDelta {
  DeltaKind kind = DeltaKind::commit;
  std::string name;  ///< variable, package, config key, full commit id
  Change change = Change::changed;
  /// Requirements only; nullopt = not required. Without passwords in URLs.
  std::optional<std::string> before, after;
  /// Commits only; empty if not known. `date` is ISO 8601.
  std::string subject, author, date;
  bool merge = false;  ///< commits only: it joins two histories
  /// Of a merge: which parent is the line that it was merged into, from 1.
  std::size_t mainline = 1;
  /// Commits only: paths that it changed, relative to the repository; the
  /// first of them, and only of culprits.
  std::vector<std::string> files = {};
  friend bool operator==(const ReportDelta&, const ReportDelta&) = default;
};

/// One observation of a proof.
struct ReportTrial {
  std::string label;  ///< "the good release with it"
  Verdict verdict = Verdict::good;
  std::optional<Failure> failure;
  friend bool operator==(const ReportTrial&, const ReportTrial&) = default;
};

/// A place where the program reads a variable; `file` is relative to the
/// repository.
struct ReportUse {
  std::string name, file;
  std::uint32_t line = 0;  ///< from 1; 0 = not known
  friend bool operator==(const ReportUse&, const ReportUse&) = default;
};

/// One minimal set, the failure it causes, and the proof.
struct ReportFinding {
  std::vector<ReportDelta> culprit;  ///< never empty
  Failure failure;
  std::vector<ReportTrial> proof;
  std::vector<ReportUse> uses;
  std::optional<ReportDelta> changed_at;  ///< became the hunted failure here
  friend bool operator==(const ReportFinding&, const ReportFinding&) = default;
};

/// Broken on the way and repaired later: not a culprit.
struct ReportRepair {
  ReportDelta broken_by, repaired_by;
  Failure failure;
  friend bool operator==(const ReportRepair&, const ReportRepair&) = default;
};

struct ReportPhase {
  enum class State { good, bad, no_verdict, waiting, not_reached };
  std::string name;
  State state = State::not_reached;
  std::string release;      ///< id; "" = none was made
  double seconds = 0;       ///< 0 = not deployed
  bool remembered = false;  ///< known good from an earlier run
  friend bool operator==(const ReportPhase&, const ReportPhase&) = default;
};

/// The release that serves now, or would serve after a rollback.
struct ReportKnownGood {
  std::string phase, target, release;
  bool newest = true;  ///< none has passed the phase's gates since
  friend bool operator==(const ReportKnownGood&,
                         const ReportKnownGood&) = default;
};

/// A change between good and bad, other than a commit, without its values.
struct ReportChange {
  DeltaKind kind = DeltaKind::env;
  std::string name;
  Change change = Change::changed;
  /// The version of a package, else a keyed hash of the value; nullopt = not
  /// set.
  std::optional<std::string> before, after;
  friend bool operator==(const ReportChange&, const ReportChange&) = default;
};

/// What the release of a search has of the changes between good and bad.
struct ProbePlace {
  std::uint64_t commits = 0;           ///< up to and with this one; 0 = none
  std::vector<std::uint32_t> changes;  ///< into Report::changes, ascending
  /// Where a single guilty change can be after this trial: a range of all
  /// changes, the commits last. Empty: not known.
  std::uint64_t first = 0, end = 0;
  /// Each commit below `commits` is part of it: not so beside a merge.
  bool all = true;
  friend bool operator==(const ProbePlace&, const ProbePlace&) = default;
};

/// One trial that an answer rests on.
struct ReportProbe {
  std::int64_t id = 0;  ///< as in `rung log`; 0 = not on record
  std::string label;
  ProbePurpose purpose = ProbePurpose::search;
  Verdict verdict = Verdict::skip;
  std::optional<Failure> failure;
  double seconds = 0;
  bool remembered = false;  ///< judged by an earlier run
  std::optional<ProbePlace> place;  ///< unset: no search asked for it
  friend bool operator==(const ReportProbe&, const ReportProbe&) = default;
};

/// The user's words for a good and a bad release, in text only.
struct Terms {
  std::string good = "good", bad = "bad";
  bool operator==(const Terms&) const = default;
};

/// The result of a command; text and JSON contain the same facts.
struct Report {
  enum class Outcome {
    culprit,
    suspects,
    healthy,
    not_reproducible,
    drift,
    no_verdict,
    budget,
    broken,  ///< bad, without a search for the cause (probe, first phase)
  };
  std::string command;  ///< "bisect"
  Outcome outcome = Outcome::no_verdict;
  std::string run;           ///< id in the journal; "" = not recorded
  std::string plan, target;  ///< "" = none was named
  std::vector<ReportFinding> findings;  ///< in the order met from good
  std::vector<ReportDelta> suspects;
  std::vector<ReportRepair> repaired;
  std::optional<Failure> failure;  ///< the one hunted, or the last seen
  std::optional<Failure> hidden;   ///< lives behind the findings
  /// How many deltas were between good and bad.
  struct Between {
    std::uint64_t commits = 0, env = 0, requirements = 0, config = 0;
    [[nodiscard]] std::uint64_t total() const {
      return commits + env + requirements + config;
    }
    /// "3 commits, 1 variable"; "" = none.
    [[nodiscard]] std::string in_words() const;
    friend bool operator==(const Between&, const Between&) = default;
  } between;
  struct Probes {
    unsigned controls = 0, search = 0, proof = 0, cached = 0;
    /// The number of probes deployed for this answer.
    [[nodiscard]] unsigned total() const { return controls + search + proof; }
    friend bool operator==(const Probes&, const Probes&) = default;
  } probes;
  std::optional<Forecast> left;  ///< set when the budget was used up
  /// The estimate after both ends were judged, for the probes after that.
  std::optional<Forecast> estimate;
  /// The likeliest suspect, if the search ended before it was sure.
  struct Likeliest {
    ReportDelta delta;
    double probability = 0;
    friend bool operator==(const Likeliest&, const Likeliest&) = default;
  };
  std::optional<Likeliest> likeliest;
  /// Set for a flaky gate: the probability of the answer, and how often the
  /// gate is wrong.
  std::optional<double> confidence;
  std::optional<GateRates> gate_rates;
  /// The search was for the change that repaired the bad release; good came
  /// later.
  bool find_fix = false;
  bool has_history = true;  ///< releases are commits; not in JSON
  Terms terms;
  /// False if the release that should serve does not serve. True also if rung
  /// did not touch the live release.
  bool restored = true;
  /// Not restored, but it runs: only its gates fail.
  bool serves_unproved = false;
  std::optional<ReportKnownGood> known_good;
  std::vector<ReportPhase> phases;        ///< in climbing order
  /// Why rung could not try the release at all ("the build command cannot
  /// run"); "" = rung tried it.
  std::string refusal;
  /// If no change is guilty: what rung checked, and the likeliest reasons of
  /// this run, likeliest first.
  std::string checked;
  std::vector<std::string> reasons;
  std::vector<std::string> notes;         ///< each one line, without secrets

  // Not in to_json(); trials_json() keeps it:
  std::vector<ReportChange> changes;  ///< searched
  std::vector<ReportProbe> trials;    ///< in the order made
  std::string repository;             ///< or folder; "" = not known
  bool nothing_serves = false;        ///< looked at: there is nothing
  /// Variables that a release does without (env prune); the findings are then
  /// what it needs.
  std::optional<std::vector<std::string>> can_go;

  std::string logs;  ///< folder with a log per failed probe; "" = none
  std::vector<std::string> command_line;  ///< argv that repeats the command
  std::string next;                       ///< the next step, a sentence
  double seconds = 0;
  int exit = 0;
  friend bool operator==(const Report&, const Report&) = default;
};

std::string_view to_string(Report::Outcome outcome);   ///< as in the JSON
std::string_view to_string(ReportPhase::State state);  ///< as in the JSON

/// The meaning of the indices in an Answer.
struct ReportContext {
  const CommitGraph* commits = nullptr;  ///< nullptr: same commit
  std::string first = {};                ///< the commit that they follow
  std::span<const Delta> deltas;         ///< those that are not commits
  /// Called for each commit that the report names; can be empty.
  std::function<CommitInfo(const std::string& hex)> commit_info;
};

ReportDelta described(const Delta& delta);
ReportProbe described(const ProbeRecord& probe);
ReportDelta described(const DeltaRef& delta, const ReportContext& context);

/// Fills outcome, findings with their proofs, suspects, the likeliest of them,
/// repaired, failure, hidden, confidence and between. With find_fix set, the
/// answer names the repair, and `failure` is the failure that it repaired.
void fill(Report& report, const Answer& answer, const ReportContext& context);

/// The next step for a person after this outcome; cmd/ may know a better one.
std::string next_step(const Report& report);

}  // namespace rung
