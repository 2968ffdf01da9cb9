#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/hunting/question.hpp"
#include "core/hunting/trials.hpp"
#include "core/model/probe_history.hpp"
#include "core/search/forecast.hpp"

namespace rung {

/// How long trials take, learned from this hunt and from earlier ones.
class TrialCosts {
 public:
  /// Reads the times of earlier hunts. All outlive this.
  TrialCosts(const Question& question, const Trials& trials,
             ProbeHistory& history);

  /// What a trial of this release has to build.
  [[nodiscard]] ProbeKind kind_of(const Release& release) const;
  /// Expected seconds; 0 = nobody knows.
  [[nodiscard]] double seconds(ProbeKind kind) const;
  /// The same on any scale, to compare points.
  [[nodiscard]] double weight(const Point& point) const;

  void add(ProbeKind kind, std::chrono::milliseconds took);
  /// For the next hunt.
  void save() const;

  /// The rest of `search`. `again`: how many restarts of existing builds come
  /// on top; unset = the search asks for all itself. `on_record`: whether a
  /// release needs no trial; it is asked for few.
  [[nodiscard]] Forecast rest_of(
      const Search& search, std::optional<unsigned> again,
      const std::function<bool(const Release&)>& on_record) const;

 private:
  [[nodiscard]] JournalFact fact() const {
    return JournalFact::times(question_.gate_id);
  }

  const Question& question_;
  const Trials& trials_;
  ProbeHistory& history_;
  ProbeTimes times_;
};

}  // namespace rung
