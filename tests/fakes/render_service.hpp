#pragma once

// What RenderServer keeps of a service: for render_server.cpp and
// render_answers.cpp only.

#include <list>

#include "tests/fakes/render_server.hpp"

namespace rung::fakes {

/// Whether a deploy with this status goes no further.
inline bool ended(const std::string& status) {
  return status == "live" || status == "deactivated" ||
         status == "canceled" || status.ends_with("_failed");
}

struct RenderServer::Deploy {
  std::string id, build_id, instance, commit, trigger;
  std::string status = "created";
  std::int64_t created = 0, started = 0, finished = 0;
  RenderRelease release;
  std::unique_ptr<RenderRun> run;
  bool building = true;
};

struct RenderServer::Service {
  struct Entry {
    std::int64_t at = 0;
    std::string id, text, instance;
    bool build = false;
  };
  std::string id;
  NewService now;
  std::string root_dir, pre_deploy, owner = "tea-000000000000000000";
  std::int64_t created = 0;
  bool suspended = false, made_by_api = false;
  std::map<std::string, std::string> secret_files;
  std::list<Deploy> deploys;  ///< oldest first
  std::vector<Json> events;   ///< oldest first
  std::vector<Entry> log;
  Deploy* live = nullptr;
  std::size_t api_deploys = 0;
};

}  // namespace rung::fakes
