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
#include "core/model/verdict.hpp"

namespace rung {

/// A release between good and bad: which changes are switched on. Commits are
/// switched on by history (a commit brings its ancestors), every other delta
/// by itself.
struct Point {
  static constexpr std::uint32_t kGoodCommit = UINT32_MAX;
  std::uint32_t commit = kGoodCommit;  ///< index into the CommitGraph
  std::vector<std::uint32_t> on;       ///< ascending indices of other deltas
  friend auto operator<=>(const Point&, const Point&) = default;
};

/// One delta, by where it stands: a commit of the graph or another delta.
struct DeltaRef {
  bool is_commit = false;
  std::uint32_t index = 0;
  friend auto operator<=>(const DeltaRef&, const DeltaRef&) = default;
};

enum class Purpose {
  control_good,
  control_bad,
  search,
  alone,    ///< good with what is suspected
  without,  ///< proof: bad without the culprit, or the culprit less a member
};
/// "control", "search" or "proof": as reports count them.
std::string_view counted_as(Purpose purpose);

struct Proposal {
  Point point;
  Purpose purpose = Purpose::search;
};

/// What is searched. `commits` outlives the search; empty = same commit.
struct SearchInput {
  const CommitGraph* commits = nullptr;
  std::uint32_t deltas = 0;  ///< how many deltas that are not commits
  /// Expected seconds of a probe of this point (a build not cached costs
  /// more); unset = all equal. Used only to choose among equally good probes.
  std::function<double(const Point&)> seconds = {};
  /// How likely each delta is the guilty one, against the others; any scale,
  /// > 0; unset = all equal. A wrong one costs probes, never the right answer.
  std::function<double(const DeltaRef&)> risk = {};
};

/// How often a gate is wrong, as probabilities.
struct GateRates {
  double pass_when_broken = 0;
  double fail_when_sound = 0;
  friend bool operator==(const GateRates&, const GateRates&) = default;
};

/// The gate may lie: the same point may be probed several times, and the
/// search ends when its answer is as sure as asked.
struct Noise {
  double confidence = 0.95;
  std::optional<GateRates> known;  ///< unset = learned as the search goes
  /// Runs of this gate on record, of releases known to be sound. (Those of
  /// the bad release are recorded as any verdict: they also tell whether
  /// anything is broken.)
  unsigned healthy_passes = 0, healthy_fails = 0;
};

struct SearchOptions {
  bool first_only = false;         ///< stop after one confirmed finding
  bool only_this_failure = false;  ///< another signature is a skip
  bool first_parent = false;       ///< commits: stay on the main line
  /// How many probes more than ceil(log2 n) a search may take at worst so that
  /// likelier (`risk`) or cheaper (`seconds`) places come first. 2 is a good
  /// number when either is known.
  unsigned spare = 0;
  /// Unset: a verdict is final, and no point is asked twice.
  std::optional<Noise> noise = {};
};

/// A confirmed minimal set, with the two observations that prove it.
struct Finding {
  std::vector<DeltaRef> culprit;  ///< all needed together; ascending
  Failure failure;                ///< what it causes
  /// Points: good plus the culprit (fails), bad without it (passes, or fails
  /// differently: then another finding follows or `hidden` says what).
  Point fails, passes;
  /// Set when the failure turned into the hunted one further up: where.
  std::optional<DeltaRef> changed_at;
};

/// A breakage that was repaired again before the bad end.
struct SideFinding {
  DeltaRef broken_by, repaired_by;
  Failure failure;
};

struct Answer {
  enum class Outcome {
    culprit,           ///< findings, each proved
    suspects,          ///< could not be narrowed to one: `suspects`
    not_reproducible,  ///< the bad release passes now
    drift,             ///< the good release fails now: no delta is guilty
    no_verdict,        ///< a control could not be judged
  };
  Outcome outcome = Outcome::suspects;
  std::vector<Finding> findings;   ///< in the order met from good
  std::vector<DeltaRef> suspects;  ///< never empty when outcome is suspects
  /// How likely each suspect is the one that breaks, parallel to `suspects`;
  /// empty when they were not compared.
  std::vector<double> probabilities;
  std::vector<SideFinding> repaired;
  std::optional<Failure> hidden;  ///< another failure lives behind, not hunted
  std::optional<Failure> hunted;  ///< the bad control's; drift: the good one's
  /// With noise: the probability of the answer, and what the gate was found
  /// to do. not_reproducible then also means: nothing broke, the gate flakes.
  double confidence = 1;
  std::optional<GateRates> rates;
};

/// Finds the first breaking deltas between a good and a bad release. Asks and
/// is told; owns no platform and no clock. Same inputs, same proposals: a
/// killed run is resumed by recording the journal's verdicts again.
class Search {
 public:
  Search(SearchInput input, SearchOptions options);
  ~Search();
  Search(Search&&) noexcept;
  Search& operator=(Search&&) noexcept;

  /// Up to `idle` points to probe now, the most useful first; points already
  /// handed out and not yet recorded are not repeated. Empty and nothing
  /// outstanding = finished.
  [[nodiscard]] std::vector<Proposal> next(std::size_t idle = 1);
  /// Any point, also one nobody proposed (a remembered verdict). infra means
  /// the retries are used up: counts as skip. A second verdict of one point
  /// corrects the first; with noise it counts besides.
  void record(const Point& point, const Observation& observation);
  /// Points handed out and not yet recorded whose answers would not help any
  /// more: their probes can be cancelled.
  [[nodiscard]] std::vector<Point> obsolete() const;
  /// A point is being probed although next() did not hand it out.
  void expect(const Point& point);
  /// A point handed out will not be recorded: its probe was cancelled.
  void cancel(const Point& point);
  [[nodiscard]] bool finished() const;
  /// Meaningful at any time: what is known so far.
  [[nodiscard]] Answer answer() const;
  /// How many candidates are left, and probes still needed: at most for a
  /// single culprit when verdicts are final (with noise nothing is certain:
  /// three times what is expected), and in the mean. `low` to `high` is where
  /// the number will lie nine times of ten, whatever the world.
  struct Left {
    std::uint64_t candidates = 0;
    unsigned probes_at_most = 0;
    double expected = 0;
    unsigned low = 0, high = 0;
    friend bool operator==(const Left&, const Left&) = default;
  };
  [[nodiscard]] Left left() const;
  /// Up to `count` points that may be probed before the end, evenly spread:
  /// a sample to price what is left.
  [[nodiscard]] std::vector<Point> ahead(std::size_t count) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
