#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/model/live_platform.hpp"
#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung::conformance {

/// What a release of the suite does once it is deployed.
enum class Behaviour {
  good,       ///< answers 200 at /health of the deployment's url
  good_too,   ///< the same, another release (code or configuration)
  unhealthy,  ///< the same, but /health answers 500
  exits,      ///< writes "API_KEY is set, SETTING is missing", exits with 3
};

/// What goes wrong between rung and the platform.
enum class Trouble {
  lost_reply,  ///< the platform does it, its answer never arrives
  interrupt,   ///< the user stops rung while the platform is doing it
  cut,         ///< this call and all later ones reach nobody: rung was killed
};

/// A platform with a place to run it, as the suite sees it. Made anew for each
/// section; what it leaves behind when it is destroyed is its own affair.
class World {
 public:
  virtual ~World() = default;
  /// The platform as one more process of rung would have it. Destroying it
  /// without withdrawing is what being killed looks like from outside.
  virtual std::unique_ptr<Platform> another_rung() = 0;
  /// The same release whenever it is asked for.
  virtual Bundle bundle(Behaviour behaviour) = 0;
  /// Releases this platform itself says no to, by the stage it must name.
  virtual std::map<Stage, Bundle> refused() { return {}; }
  /// What rung made for this app and target that is there now, each by a name
  /// for people: processes, containers, services, revisions with a tag. Not
  /// what is kept on purpose to be used again (images, builds, old revisions).
  virtual std::vector<std::string> existing() = 0;
  /// How often a release was started so far, as the platform counts.
  virtual std::size_t starts() = 0;
  /// From now on, calls to the platform are counted from 1 (for lost_reply
  /// only those that change something), and `trouble` comes with the nth.
  /// False: nothing lies between rung and this platform.
  virtual bool arrange(Trouble, std::size_t) { return false; }
  /// Trouble is tried at every call, or where a try takes seconds at every
  /// so manieth.
  virtual std::size_t step() { return 1; }
  /// Whether the nth call came. Ends the trouble; one that has begun, too.
  virtual bool happened() { return false; }
  /// The platform is down, or back. False: this one cannot be.
  virtual bool down(bool) { return false; }
  /// What others than the platform could read: request lines, arguments of
  /// processes, files that rung wrote unsealed.
  virtual std::string overheard() = 0;
};

using MakeWorld = std::function<std::unique_ptr<World>()>;

/// What core/model/platform.hpp promises. Has SECTIONs: call it as the whole of a
/// TEST_CASE.
void check_platform(const MakeWorld& make);

/// What core/model/live_platform.hpp promises: for a LivePlatform.
void check_live_platform(const MakeWorld& make);

}  // namespace rung::conformance
