#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <vector>

#include "core/gates/probe.hpp"
#include "core/model/clock.hpp"
#include "core/model/release.hpp"
#include "core/search/forecast.hpp"
#include "core/search/search.hpp"

namespace rung {

/// One probe that a hunt asks for.
struct Trial {
  Proposal proposal;
  Release release;
  ProbeKind kind = ProbeKind::cached;  ///< what it has to build
  std::optional<std::chrono::milliseconds> enough;  ///< see hold()
};

/// News of a trial.
struct TrialEvent {
  std::size_t worker = 0;
  std::optional<Stage> stage;  ///< set: a stage was reached; else finished
  Trial trial;                 ///< of a finished one
  ProbeEvidence evidence;
  bool beside = false;       ///< others ran at the same time, for a while
  bool cancelled = false;    ///< the hunt called it off: there is no evidence
  std::exception_ptr error;  ///< set: the probe ended with it
};

/// Makes the trials that a hunt asks for, one at a time on each worker. Workers
/// are numbered from 0. The hunt calls everything from one thread.
class Trials {
 public:
  virtual ~Trials() = default;
  /// How many trials can run at once.
  [[nodiscard]] virtual std::size_t workers() const = 0;
  /// Whether a trial of this release has nothing to build.
  [[nodiscard]] virtual bool ready(const Release& release) const = 0;
  /// Begins a trial. REQUIRES: the worker has none; it has one until next()
  /// has returned the event that finishes it.
  virtual void give(std::size_t worker, Trial trial) = 0;
  /// Calls off the trials of these points; each still ends with an event.
  virtual void cancel(const std::vector<Point>& points) = 0;
  /// Blocks until something happened, but not longer than `until`; nullopt:
  /// nothing did. Without `until` it always returns an event. REQUIRES: a trial
  /// runs.
  virtual std::optional<TrialEvent> next(
      std::optional<Clock::Time> until = std::nullopt) = 0;
  /// Throws Interrupted if the user wants the hunt to stop.
  virtual void check() const = 0;
};

}  // namespace rung
