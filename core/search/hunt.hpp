#pragma once

// The working of decide() (strategy.hpp), apart only to keep the files short:
// nothing but core/search/strategy.cpp and core/hunt_*.cpp includes this.

#include <algorithm>
#include <optional>
#include <vector>

#include "core/search/culprit.hpp"
#include "core/search/strategy.hpp"

namespace rung::hunt {

inline constexpr auto kGood = Point::kGoodCommit;

/// A boundary that was found: the step that breaks, and where the failure it
/// brings turns into the hunted one, when it is another.
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
  void drop_contradicted();

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
