#pragma once

#include <string>

#include "cmd/serving/served_target.hpp"

namespace rung {

/// A target of a plan, opened by a command that looks at what serves there or
/// changes it.
struct OpenedTarget {
  /// `name`: "" = the plan's first. Throws as Planned and Workshop do.
  OpenedTarget(const std::string& plan, const std::string& name,
               Planned::Secrets secrets = Planned::Secrets::now)
      : planned(plan, secrets), target(planned.target(name)) {}

  const Planned planned;
  const Target& target;
  Workshop workshop{planned.subject(0, target), planned.folder()};
  ServedTarget place{planned, target, workshop};
  Served served = place.served();
};

}  // namespace rung
