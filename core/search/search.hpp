#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/commit_graph.hpp"
#include "core/model/probe_history.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// A release between good and bad: which changes are switched on. Commits are
/// switched on by history (a commit includes its ancestors), each other delta
/// by itself.
struct Point {
  static constexpr std::uint32_t kGoodCommit = UINT32_MAX;
  std::uint32_t commit = kGoodCommit;  ///< index into the CommitGraph
  std::vector<std::uint32_t> on;       ///< ascending indices of other deltas
  friend auto operator<=>(const Point&, const Point&) = default;
};

/// One delta by its position: a commit of the graph or another delta.
struct DeltaRef {
  bool is_commit = false;
  std::uint32_t index = 0;
  friend auto operator<=>(const DeltaRef&, const DeltaRef&) = default;
};

enum class Purpose {
  control_good,
  control_bad,
  search,
  alone,    ///< good with the suspects
  without,  ///< proof: bad without the culprit, or the culprit less a member
};
ProbePurpose counted_as(Purpose purpose);

struct Proposal {
  Point point;
  Purpose purpose = Purpose::search;
};

/// The input of a search. `commits` outlives the search; empty = same commit.
struct SearchInput {
  const CommitGraph* commits = nullptr;
  std::uint32_t deltas = 0;  ///< how many deltas that are not commits
  /// Expected seconds of a probe of this point (a build not cached costs
  /// more); unset = all equal. Used only to choose among equally good probes.
  std::function<double(const Point&)> seconds = {};
  /// How likely each delta is the culprit, relative to the others; any scale, >
  /// 0; unset = all equal. A wrong value costs probes, but never the right
  /// answer.
  std::function<double(const DeltaRef&)> risk = {};
};

/// How often a gate is wrong, as probabilities.
struct GateRates {
  double pass_when_broken = 0;
  double fail_when_sound = 0;
  friend bool operator==(const GateRates&, const GateRates&) = default;
};

/// Settings for a flaky gate: rung can probe the same point several times, and
/// the search ends when its answer is as sure as asked.
struct Noise {
  double confidence = 0.95;
  std::optional<GateRates> known;  ///< unset = learned as the search goes
  /// Recorded runs of this gate on releases known to be sound. (Record those of
  /// the bad release like any verdict: they also tell whether anything is
  /// broken.)
  unsigned healthy_passes = 0, healthy_fails = 0;
};

struct SearchOptions {
  bool first_only = false;         ///< stop after one confirmed finding
  bool only_this_failure = false;  ///< another signature is a skip
  bool first_parent = false;       ///< commits: stay on the main line
  /// How many probes more than ceil(log2 n) a search can take at worst so that
  /// likelier (`risk`) or cheaper (`seconds`) places come first. 2 is a good
  /// number if either is known.
  unsigned spare = 0;
  /// Unset: a verdict is final, and no point is probed twice.
  std::optional<Noise> noise = {};
};

/// A confirmed minimal set, with the two observations that prove it.
struct Finding {
  std::vector<DeltaRef> culprit;  ///< all needed together; ascending
  Failure failure;                ///< what it causes
  /// Points: good plus the culprit (fails), and bad without it (passes, or
  /// fails differently: then another finding follows, or `hidden` is set).
  Point fails, passes;
  /// Where the failure turned into the hunted one, if that was further up.
  std::optional<DeltaRef> changed_at;
};

/// A breakage that a later change repaired before the bad end.
struct SideFinding {
  DeltaRef broken_by, repaired_by;
  Failure failure;
};

struct Answer {
  enum class Outcome {
    culprit,           ///< findings, each proved
    suspects,          ///< more than one candidate left: `suspects`
    not_reproducible,  ///< the bad release passes now
    drift,             ///< the good release fails now: no delta is guilty
    no_verdict,        ///< a control could not be judged
  };
  Outcome outcome = Outcome::suspects;
  std::vector<Finding> findings;   ///< in the order met from good
  std::vector<DeltaRef> suspects;  ///< never empty when outcome is suspects
  /// How likely each suspect is the one that breaks, parallel to `suspects`;
  /// empty if they were not compared.
  std::vector<double> probabilities;
  std::vector<SideFinding> repaired;
  std::optional<Failure> hidden;  ///< another failure lives behind, not hunted
  /// The bad control's; drift: the good one's; no_verdict: why an end could
  /// not be judged.
  std::optional<Failure> hunted;
  /// With noise: the probability of the answer, and the estimated rates of the
  /// gate. not_reproducible then also means: nothing broke, the gate is flaky.
  double confidence = 1;
  std::optional<GateRates> rates;
};

/// Finds the first breaking deltas between a good and a bad release. It
/// proposes points and receives verdicts; it owns no platform and no clock.
/// Equal inputs give equal proposals: to resume a killed run, record the
/// journal's verdicts again.
class Search {
 public:
  Search(SearchInput input, SearchOptions options);
  ~Search();
  Search(Search&&) noexcept;
  Search& operator=(Search&&) noexcept;

  /// Up to `idle` points to probe now, the most useful first, without points
  /// handed out and not yet recorded. Empty and nothing outstanding = finished.
  [[nodiscard]] std::vector<Proposal> next(std::size_t idle = 1);
  /// Accepts any point, even one that next() did not propose (a remembered
  /// verdict). infra means that the retries are used up, and counts as skip. A
  /// second verdict on a point corrects the first; with noise both count.
  void record(const Point& point, const Observation& observation);
  /// Points handed out and not yet recorded whose answers would no longer help:
  /// the caller can cancel their probes.
  [[nodiscard]] std::vector<Point> obsolete() const;
  /// Tells the search that a probe runs for a point that next() did not hand
  /// out.
  void expect(const Point& point);
  /// Tells the search that the probe of a point was cancelled: no verdict will
  /// follow.
  void cancel(const Point& point);
  [[nodiscard]] bool finished() const;
  /// The answer so far; meaningful at any time.
  [[nodiscard]] Answer answer() const;
  /// How many candidates are left, and how many probes are still needed: the
  /// maximum for a single culprit with final verdicts (with noise nothing is
  /// certain, so three times the expected number), and the mean. In nine of ten
  /// cases the number lies between `low` and `high`, whatever the world.
  struct Left {
    std::uint64_t candidates = 0;
    unsigned probes_at_most = 0;
    double expected = 0;
    unsigned low = 0, high = 0;
    friend bool operator==(const Left&, const Left&) = default;
  };
  [[nodiscard]] Left left() const;
  /// Up to `count` points that the search may probe before the end, evenly
  /// spread: a sample to estimate the remaining cost.
  [[nodiscard]] std::vector<Point> ahead(std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
