#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/render/api.hpp"
#include "core/model/verdict.hpp"

namespace rung::render {

/// All that Render tells of a deploy that has ended without going live.
struct Evidence {
  std::string status;          ///< of the deploy
  /// Of the service while the deploy ran, newest first. Not all name their
  /// deploy; as deploys take turns, those before another one's end are its.
  std::vector<Event> events;
  std::string deploy_id;
  std::int64_t finished_ms = 0;
  std::set<std::string> older_instances;  ///< of deploys before
  std::string build_log, app_log;
  std::string health_path;     ///< "" = Render only looks for an open port
};

/// Who is to blame.
struct Blame {
  enum class On {
    release,   ///< `failure` says for what
    platform,  ///< nothing was learned: `why`
    account,   ///< nor will be until somebody acts: `why`
  } on = On::release;
  Failure failure;
  std::string why;
};

/// Decides by what Render recorded first, by its log lines else. What exited
/// is blamed at start, whatever Render says about ports.
Blame blame(const Evidence& evidence);

}  // namespace rung::render
