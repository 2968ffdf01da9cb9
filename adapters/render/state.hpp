#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/platform/state_file.hpp"
#include "adapters/render/api.hpp"

namespace rung::render {

/// What rung has changed on Render, or is about to, kept on disk so that the
/// next rung can put it back. Sealed: it holds variables.
struct State {
  /// A throw-away service. The name is written before it is made, the id after.
  struct Trial {
    std::string name, id;
    bool doubtful = false;  ///< there may be more than one of this name
  };
  /// The live service as it was before the first change.
  struct Live {
    std::string deploy, commit;  ///< what served; "" = nothing did
    Env env;
    Details details;
    Env env_put;                      ///< what we replaced `env` by
    Details details_put;              ///< and `details`
    std::vector<std::string> deploys; ///< of ours: what to take away again
    /// Our deploys are those of these commits, if their ids were never heard.
    std::string commit_put;
    /// Deploys there were before ours.
    std::vector<std::string> known;
    bool went_live = false;  ///< one of ours did
    bool suspended = false;  ///< it served nobody
  };
  /// What rung put there and left serving.
  struct Served {
    std::string deploy, release, phase;
  };
  std::string service;            ///< id of the live service
  bool auto_deploy_off = false;   ///< by us: it was on
  std::optional<Trial> trial;
  std::optional<Live> live;
  std::optional<Served> served;
};

/// Throws JournalError for a file of another format.
State read_state(const StateFile& file);
void write_state(const StateFile& file, const State& state);

}  // namespace rung::render
