#pragma once

#include "core/model/live_platform.hpp"
#include "core/model/verdict.hpp"
#include "core/serving/wanted_release.hpp"

namespace rung {

/// One target, as Served sees it.
class ServingPlace {
 public:
  virtual ~ServingPlace() = default;
  /// Throws UsageError if its platform keeps nothing serving.
  virtual LivePlatform& live_platform() = 0;
  /// Everything that a release needs to run there. `exact`, if given, is used
  /// in place of the release on record: its secrets may have other values than
  /// those the plan reads now. Throws JournalError if it is not on record.
  virtual Bundle bundle(const WantedRelease& wanted, const Release* exact) = 0;
  /// The verdict of its phase's gates on what runs there.
  virtual Observation judge(const WantedRelease& wanted,
                            Deployment& deployment) = 0;
  /// True if a trial cannot run while this release serves.
  virtual bool trials_need_its_place(
      const std::optional<WantedRelease>& wanted) = 0;
  /// True if rung may stop a release that answers badly and start it again.
  /// False if others may rely on it or have changed it.
  [[nodiscard]] virtual bool may_restart() const = 0;
  [[nodiscard]] virtual const std::string& name() const = 0;
};

}  // namespace rung
