#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/model/verdict.hpp"
#include "core/report/report.hpp"

namespace rung {

/// One phase of a climb, as far as it came.
struct Step {
  ReportPhase::State state = ReportPhase::State::not_reached;
  bool remembered = false;  ///< judged before; not deployed again
  Observation observation;  ///< empty while it waits for approval
};

/// The phases of a plan on one target, as a climb sees them: numbered from 0,
/// lowest first.
class Ladder {
 public:
  virtual ~Ladder() = default;
  [[nodiscard]] virtual std::size_t phases() const = 0;
  virtual void begins(std::size_t phase) = 0;
  /// The verdict from before, if it still counts.
  virtual std::optional<Observation> remembered(std::size_t phase) = 0;
  /// False: a person has to approve the phase before rung deploys it.
  virtual bool approved(std::size_t phase) = 0;
  /// Deploys the phase as a trial and holds it against its gates.
  virtual Observation probe(std::size_t phase) = 0;
  virtual void ends(std::size_t phase, const Step& step) = 0;
};

struct Climbed {
  std::vector<Step> steps;                  ///< up to the first not good
  std::optional<std::size_t> highest_good;  ///< nullopt = not even the first
  [[nodiscard]] std::size_t deployed() const;
  /// The phase that waits for approval.
  [[nodiscard]] std::optional<std::size_t> waits_at() const;
  /// The phase where the climb stopped; nullopt = all are good.
  [[nodiscard]] std::optional<std::size_t> stopped_at() const;
};

/// Climbs phase by phase until one is not good.
Climbed climb(Ladder& ladder);

}  // namespace rung
