#pragma once

// The working of decide() (strategy.hpp), apart only to keep the files short:
// nothing but core/strategy.cpp and core/hunt_*.cpp includes this.

#include <algorithm>
#include <optional>
#include <vector>

#include "core/strategy.hpp"

namespace rung::hunt {

inline constexpr auto kGood = Point::kGoodCommit;

/// A boundary that was found: the step that breaks, and where the failure it
/// brings turns into the hunted one, when it is another.
struct Boundary {
  std::uint32_t vertex = 0;
  std::optional<DeltaRef> changed_at;
};

/// Deltas that break together.
struct Culprit {
  std::optional<std::uint32_t> commit;
  IndexSet deltas;

  [[nodiscard]] std::uint32_t size() const {
    return deltas.size() + (commit ? 1 : 0);
  }
  /// Good with the culprit switched on.
  [[nodiscard]] Place place() const { return {commit.value_or(kGood), deltas}; }
  [[nodiscard]] std::vector<DeltaRef> refs() const {
    std::vector<DeltaRef> all;
    for (const auto index : deltas.indices()) all.push_back({false, index});
    if (commit) all.push_back({true, *commit});
    return all;
  }
};

inline Failure failure_of(const Observation& observation, Stage stage) {
  if (observation.failure) return *observation.failure;
  Failure failure;
  failure.stage = stage;
  return failure;
}

/// The bad release without some findings.
struct Upper {
  std::uint32_t commit = kGood;
  IndexSet deltas;
  [[nodiscard]] Place place() const { return {commit, deltas}; }
};

class Hunt {
 public:
  Hunt(const SearchInput& input, const SearchOptions& options,
       const Facts& facts)
      : input_(input),
        options_(options),
        facts_(facts),
        history_{input.commits, options.first_parent} {}

  Decision decide() {
    if (run()) {
      decision_.finished = true;
      decision_.wanted.clear();
      decision_.narrowing.reset();
    }
    return std::move(decision_);
  }

 private:
  // Functions that may need a probe return false or nullopt when they do; what
  // they need is then in decision_.

  bool run();
  bool controls();
  std::optional<Boundary> boundary(const Line& line, std::uint32_t end);
  bool look_beside(const Line& line, std::vector<std::uint32_t>& suspects,
                   const Judge& judge);
  std::optional<std::uint32_t> one_alone(
      const Line& line, const std::vector<std::uint32_t>& suspects,
      bool& complete);
  bool verify_parents(const Line& line, std::uint32_t& end, bool& moved);
  std::optional<Culprit> minimal(const Line& line, std::uint32_t vertex,
                                 const Place& without);
  std::optional<Culprit> without_spare(Culprit culprit);
  bool drop_redundant();
  bool repaired(const Line& line);

  /// The one step left, or nullopt: more probes are needed, or (suspects_ is
  /// set) there will never be fewer.
  std::optional<std::uint32_t> narrow(const Line& line,
                                      std::optional<std::uint32_t> from,
                                      std::uint32_t end, const Judge& judge,
                                      unsigned found = 0);
  const Observation* known(const Place& place) const {
    const auto it = facts_.find(place);
    return it == facts_.end() ? nullptr : &it->second;
  }
  /// Known, or wanted and nullptr.
  const Observation* ask(const Place& place, Purpose purpose) {
    const auto* observation = known(place);
    if (!observation) decision_.wanted.push_back({place, purpose});
    return observation;
  }
  [[nodiscard]] Side judge(const Observation& observation) const;
  [[nodiscard]] Judge judge() const {
    return
        [this](const Observation& observation) { return judge(observation); };
  }
  [[nodiscard]] Upper upper() const {
    return {input_.commits && input_.commits->size() > 0
                ? static_cast<std::uint32_t>(input_.commits->size() - 1)
                : kGood,
            IndexSet::range(0, input_.deltas)};
  }
  /// The commit before v on its own line: what is deployed "without" v. A
  /// commit cannot be taken out of history, so all after it goes too; of a
  /// merge's parents the first is the line it was merged into.
  [[nodiscard]] std::uint32_t before(std::uint32_t v) const {
    const auto parents = history_.parents(v);
    return parents.empty() ? kGood : parents.front();
  }
  [[nodiscard]] Upper without(Upper from, const Culprit& culprit) const {
    if (culprit.commit) from.commit = before(*culprit.commit);
    from.deltas = from.deltas.minus(culprit.deltas);
    return from;
  }
  [[nodiscard]] Line main_line(const Upper& top) const {
    return {history_, kGood, {}, top.deltas, top.commit != kGood};
  }
  void suspect(std::vector<DeltaRef> refs) {
    std::sort(refs.begin(), refs.end());
    refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    decision_.answer.suspects = std::move(refs);
    unresolved_ = true;
  }

  const SearchInput& input_;
  const SearchOptions& options_;
  const Facts& facts_;
  Ancestry history_;
  Failure hunted_;
  std::vector<Culprit> culprits_;  ///< parallel to the answer's findings
  Decision decision_;
  bool unresolved_ = false;
};

}  // namespace rung::hunt
