#pragma once

// What decide() (strategy.hpp) is made of. Only core/search/strategy.cpp and
// core/search/hunt_*.cpp include this.

#include <algorithm>
#include <optional>
#include <vector>

#include "core/search/culprit.hpp"
#include "core/search/strategy.hpp"

namespace rung::hunt {

inline constexpr auto kGood = Point::kGoodCommit;

/// A boundary that the search found: the step that breaks and, if it breaks
/// with another failure, the place where this turns into the hunted one.
struct Boundary {
  std::uint32_t vertex = 0;
  std::optional<DeltaRef> changed_at;
};

inline Failure failure_of(const Observation& observation, Stage stage) {
  if (observation.failure) return *observation.failure;
  Failure failure;
  failure.stage = stage;
  return failure;
}

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
  // Functions that can need a probe return false or nullopt if they do;
  // decision_ then holds the probe.

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
  void drop_contradicted();

  /// The one step left. nullopt: more probes are needed, or, if suspects_ is
  /// set, no probe can narrow further.
  std::optional<std::uint32_t> narrow(const Line& line,
                                      std::optional<std::uint32_t> from,
                                      std::uint32_t end, const Judge& judge,
                                      unsigned found = 0);
  const Observation* known(const Place& place) const {
    const auto it = facts_.find(place);
    return it == facts_.end() ? nullptr : &it->second;
  }
  /// The observation if known; else nullptr, and the place becomes wanted.
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
  [[nodiscard]] Upper upper() const { return Upper::of(input_, history_); }
  void suspect(std::vector<DeltaRef> refs) {
    decision_.answer.suspects = sorted(std::move(refs));
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
