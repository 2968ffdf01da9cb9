#pragma once

#include <string>

#include "cmd/live.hpp"
#include "cmd/planned.hpp"
#include "cmd/wiring.hpp"

namespace rung {

/// What should serve on a target, on record: survives rung and the machine.
struct WantedRelease {
  std::string phase, release;
};

/// The local target's serving release, from the journal's point of view.
class Served {
 public:
  Served(const Planned& planned, const Target& target, Workshop& workshop);

  [[nodiscard]] std::optional<WantedRelease> wanted() const;
  /// Makes a kept release the one that serves, and holds it against its
  /// phase's gates. Good: it is on record as wanted. Any other verdict: it
  /// runs, or not, but does not count.
  Observation serve(const WantedRelease& release);
  /// Judges what serves now; bad when it is not `release` or nothing serves.
  [[nodiscard]] Observation judge_serving(const WantedRelease& release);
  /// Serves what is wanted and proves it, starting it again if need be.
  /// False: it is NOT serving. Nothing wanted: true.
  bool restore();
  /// Stops what serves if trials need its port; restore() undoes it.
  void make_room();
  /// Stops it for good.
  void stop();
  [[nodiscard]] const Live& live() const { return live_; }

 private:
  [[nodiscard]] std::string key() const;
  [[nodiscard]] Release kept(const WantedRelease& wanted, std::size_t phase);

  const Planned& planned_;
  const Target& target_;
  Workshop& workshop_;
  Live live_;
};

}  // namespace rung
