#pragma once

#include <set>
#include <string>
#include <vector>

#include "plans/proposing/app.hpp"
#include "plans/proposing/needed_variables.hpp"
#include "plans/proposing/proposal.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// A throw-away backing service on this machine, and what leads the app there.
struct BackingSetup {
  std::string phase;  ///< "database", "cache"
  ProposedService service;
  std::vector<ProposedVariable> env;
  ProposedGate gate;
  /// The app has no default for some of `env`: it may not start without.
  bool at_once = false;
};

struct BackingSetups {
  std::vector<BackingSetup> setups;  ///< databases first
  std::vector<std::string> todos;    ///< what rung cannot set up
  std::set<std::string> names;       ///< variables that are dealt with
};

BackingSetups backing_setups(const App& app, const Stated& stated,
                             const std::vector<NeededVariable>& variables);

}  // namespace rung
