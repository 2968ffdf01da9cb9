#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/input/planned.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/model/live_platform.hpp"

namespace rung {

/// What should serve on a target, on record: survives rung and the machine.
struct WantedRelease {
  std::string phase, release;
};

/// The release that serves on a target, from the journal's point of view.
class Served {
 public:
  Served(const Planned& planned, const Target& target, Workshop& workshop);
  ~Served();

  [[nodiscard]] std::optional<WantedRelease> wanted() const;
  /// Makes a kept release the one that serves, and holds it against its
  /// phase's gates. Good: it is on record as wanted. Any other verdict: what
  /// served before does.
  Observation serve(const WantedRelease& release);
  /// The same with the values of secrets that `exact` has, which may not be
  /// those the plan reads. REQUIRES: a target that is not local.
  Observation serve(const WantedRelease& release, const Release& exact);
  /// Serves what is wanted and proves it, starting it again if need be.
  /// False: it is NOT serving. Nothing wanted: true.
  bool restore();
  /// What somebody else did to what serves, or why it does not, since this was
  /// last asked: a line for people each.
  [[nodiscard]] std::vector<std::string> take_notes();
  /// Stops what serves if trials need its place; restore() undoes it.
  void make_room();
  /// Stops it for good.
  void stop();
  /// What serves now, whoever put it there.
  [[nodiscard]] std::optional<LiveRelease> live();

 private:
  [[nodiscard]] std::string key() const;
  [[nodiscard]] Release kept(const WantedRelease& wanted);
  [[nodiscard]] Bundle bundle(
      const WantedRelease& wanted,
      const std::map<std::string, std::string>& addresses);
  [[nodiscard]] Bundle bundle(
      const WantedRelease& wanted, const Release& release,
      const std::map<std::string, std::string>& addresses);
  Observation serve(const WantedRelease& wanted,
                    const std::function<Bundle()>& make);
  Observation serve_once(const WantedRelease& wanted,
                         const std::function<Bundle()>& make);
  bool restore(const WantedRelease& wanted);
  Observation judged(const WantedRelease& wanted, Deployment& deployment);
  [[nodiscard]] LivePlatform& place();

  const Planned& planned_;
  const Target& target_;
  Workshop& workshop_;
  std::unique_ptr<Platform> platform_;     ///< null on the local target
  std::unique_ptr<class LocalLive> local_;  ///< null elsewhere
  bool made_room_ = false;  ///< by stopping it
  std::vector<std::string> notes_;
};

}  // namespace rung
