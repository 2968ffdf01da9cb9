#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/local/supervisor.hpp"
#include "cmd/input/planned.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/serving/served.hpp"

namespace rung {

class LocalLive;

/// A target of a plan as a place where a release serves.
class ServedTarget final : public ServingPlace {
 public:
  ServedTarget(const Planned& planned, const Target& target,
               Workshop& workshop);
  ~ServedTarget() override;

  /// What decides about this place.
  [[nodiscard]] Served served();

  LivePlatform& live_platform() override;
  Bundle bundle(const WantedRelease& wanted, const Release* exact) override;
  Observation judge(const WantedRelease& wanted,
                    Deployment& deployment) override;
  bool trials_need_its_place(
      const std::optional<WantedRelease>& wanted) override;
  [[nodiscard]] bool may_restart() const override;
  [[nodiscard]] const std::string& name() const override {
    return target_.name;
  }

 private:
  [[nodiscard]] Subject subject_of(const std::string& phase) const;
  [[nodiscard]] Bundle deployable_bundle(
      const WantedRelease& wanted, const Release& release,
      const std::map<std::string, std::string>& addresses) const;
  [[nodiscard]] Release kept(const WantedRelease& wanted) const;

  const Planned& planned_;
  const Target& target_;
  Workshop& workshop_;
  std::unique_ptr<Platform> platform_;  ///< null on the local target
  std::unique_ptr<LocalLive> local_;    ///< null elsewhere
};

/// The supervisor of what serves on a local target: the hidden command
/// `rung supervise`.
Supervisor supervisor_of(const Planned& planned, const Target& target);

/// What serves on a local target, or was serving when its supervisor ended.
struct LiveTarget {
  Serving serving;
  bool serves = false;
  bool in_plan = true;  ///< the plan has such a target
};
/// All of the folder that holds `.rung`, by name of the target. `planned`: none
/// of another plan that shares the folder; nullptr = all.
std::vector<LiveTarget> live_targets(const std::filesystem::path& folder,
                                     const Planned* planned);
/// Stops what serves on a target that the plan no longer has; false: nothing.
bool stop_elsewhere(const Planned& planned, const std::string& target);

}  // namespace rung
