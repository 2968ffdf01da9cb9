#include "tests/fakes/render_server.hpp"

#include <fmt/format.h>

#include "adapters/render/api.hpp"  // its times: one reading of RFC 3339
#include "core/text/rfc3339.hpp"
#include "tests/fakes/render_service.hpp"

// Services and deploys as Render's documentation says they behave; what the API
// says of them is in render_answers.cpp.
namespace rung::fakes {

RenderServer::RenderServer(Settings settings, Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}
RenderServer::~RenderServer() = default;

std::string RenderServer::new_id(const char* kind, std::size_t length) {
  std::string text = std::to_string(++ids_);
  return fmt::format("{}-{}{}", kind, std::string(length - text.size(), '0'),
                     text);
}

void RenderServer::note(Service& service, const std::string& type,
                        Json details) {
  service.events.push_back({{"id", new_id("evt")},
                            {"timestamp", rfc3339(clock_.unix_ms())},
                            {"serviceId", service.id},
                            {"type", type},
                            {"details", std::move(details)}});
}

void RenderServer::write_log(Service& service, const Deploy* deploy, bool build,
                             const std::string& text) {
  service.log.push_back({clock_.unix_ms(), new_id("log"), text,
                         deploy && !build ? deploy->instance : "", build});
}

RenderServer::Service& RenderServer::make(const NewService& from) {
  auto service = std::make_unique<Service>();
  service->id = new_id("srv");
  service->now = from;
  service->created = clock_.unix_ms();
  Service& made = *service;
  services_[made.id] = std::move(service);
  return made;
}

RenderServer::Deploy& RenderServer::begin(Service& service,
                                          const std::string& commit,
                                          const std::string& trigger,
                                          const RenderRelease* kept) {
  Deploy& deploy = service.deploys.emplace_back();
  deploy.id = new_id("dep");
  deploy.build_id = new_id("bld");
  deploy.instance =
      service.id + "-" + deploy.id.substr(deploy.id.size() - 5);
  deploy.commit = commit;
  deploy.trigger = trigger;
  deploy.created = clock_.unix_ms();
  deploy.release = {service.id,
                    service.now.repo,
                    commit,
                    service.now.env,
                    service.now.build,
                    service.now.start,
                    service.pre_deploy,
                    service.now.health_path,
                    service.root_dir,
                    false};
  for (const auto& [id, group] : groups_) {
    for (const Json& link : group["serviceLinks"]) {
      if (link["id"] != service.id) continue;
      for (const Json& variable : group["envVars"]) {
        deploy.release.env.try_emplace(variable["key"], variable["value"]);
      }
    }
  }
  if (kept != nullptr) {
    deploy.release = *kept;
    deploy.release.built = true;
  }
  // The newest waits for the one that runs, and those between are skipped;
  // or, by the workspace's policy, the one that runs is canceled.
  for (Deploy& other : service.deploys) {
    if (&other == &deploy || ended(other.status)) continue;
    if (!settings_.wait_policy || other.status == "queued") {
      end(service, other, "canceled",
          {{"newDeploy", {{"id", deploy.id}}}});
    }
  }
  deploy.status = "queued";
  start_next(service);
  return deploy;
}

void RenderServer::start_next(Service& service) {
  std::size_t in_flight = 0;
  for (const Deploy& deploy : service.deploys) {
    if (!ended(deploy.status) && deploy.status != "queued") ++in_flight;
  }
  if (in_flight > 0) return;
  for (Deploy& deploy : service.deploys) {
    if (deploy.status != "queued") continue;
    deploy.status = "build_in_progress";
    deploy.started = clock_.unix_ms();
    deploy.run = settings_.runs(deploy.release);
    note(service, "deploy_started",
         {{"deployId", deploy.id}, {"trigger", Json::object()}});
    write_log(service, &deploy, true, "==> Checking out commit " +
                                          deploy.commit + " in branch main");
    counts_.in_flight = std::max(counts_.in_flight, in_flight + 1);
    return;
  }
}

void RenderServer::end(Service& service, Deploy& deploy,
                       const std::string& status, Json reason) {
  const bool had_begun = deploy.run != nullptr;
  if (status != "live") {
    if (deploy.run) {
      for (const auto& line : deploy.run->take_lines()) {
        write_log(service, &deploy, line.build, line.text);
      }
    }
    deploy.run.reset();
  }
  deploy.finished = clock_.unix_ms();
  const char* word = status == "live"       ? "succeeded"
                     : status == "canceled" ? "canceled"
                                            : "failed";
  if (had_begun && deploy.building) {
    note(service, "build_ended",
         {{"buildId", deploy.build_id},
          {"buildStatus", word},
          {"status", status == "live" ? 2 : 3},
          {"reason", reason}});
  }
  if (status != "build_failed") {
    note(service, "deploy_ended",
         {{"deployId", deploy.id},
          {"deployStatus", word},
          {"status", status == "live" ? 2 : 3},
          {"reason", reason}});
  }
  deploy.status = status;
  if (status == "live") {
    if (service.live != nullptr) {
      service.live->status = "deactivated";
      service.live->run.reset();
    }
    service.live = &deploy;
    write_log(service, &deploy, false, "==> Your service is live");
  }
}

void RenderServer::advance(Service& service) {
  for (Deploy& deploy : service.deploys) {
    if (!deploy.run) continue;
    const RenderRun::State state = deploy.run->look();
    for (const auto& line : deploy.run->take_lines()) {
      write_log(service, &deploy, line.build, line.text);
    }
    if (deploy.building && state != RenderRun::State::building &&
        state != RenderRun::State::build_failed) {
      deploy.building = false;
      if (!deploy.release.built) {
        note(service, "build_ended",
             {{"buildId", deploy.build_id},
              {"buildStatus", "succeeded"},
              {"status", 2},
              {"reason", Json::object()}});
      }
    }
    const auto failure = [&] {
      return Json{{"failure", deploy.run->reason()}};
    };
    switch (state) {
      case RenderRun::State::building:
        break;
      case RenderRun::State::pre_deploy:
        deploy.status = "pre_deploy_in_progress";
        break;
      case RenderRun::State::starting:
        deploy.status = "update_in_progress";
        break;
      case RenderRun::State::healthy:
        if (!ended(deploy.status)) end(service, deploy, "live", Json::object());
        break;
      case RenderRun::State::build_failed:
        end(service, deploy, "build_failed", failure());
        break;
      case RenderRun::State::pre_deploy_failed:
        note(service, "pre_deploy_ended",
             {{"deployCommandExecutionId", "dce-1"},
              {"deployId", deploy.id},
              {"preDeployStatus", "failed"},
              {"status", 3},
              {"reason", failure()}});
        end(service, deploy, "pre_deploy_failed", failure());
        break;
      case RenderRun::State::update_failed:
        note(service, "server_failed",
             {{"instanceID", deploy.instance},
              {"reason", deploy.run->reason()}});
        end(service, deploy, "update_failed", failure());
        break;
      case RenderRun::State::exited:
        note(service, "server_failed",
             {{"instanceID", deploy.instance},
              {"reason", deploy.run->reason()}});
        deploy.run.reset();  // Render starts it again; this fake does not
        break;
    }
  }
  start_next(service);
  // What deploys ran is kept for a few of them only; the list is short.
  constexpr std::size_t kMost = 200;
  while (service.deploys.size() > kMost &&
         &service.deploys.front() != service.live) {
    service.deploys.pop_front();
  }
}

void RenderServer::tick() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, service] : services_) advance(*service);
}

// A branch's name stands for its head, as in the dashboard.
std::string RenderServer::add(const NewService& from,
                              const std::string& commit) {
  const std::string id =
      commit == "main" ? settings_.head(from.repo) : commit;
  const std::lock_guard lock(mutex_);
  Service& service = make(from);
  begin(service, id, "new_commit");
  return service.id;
}

std::string RenderServer::deploy_by_somebody(const std::string& id,
                                             const std::string& commit,
                                             const std::string& trigger) {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(id);
  if (found == services_.end()) return "";
  if (trigger == "new_commit" && !found->second->now.auto_deploy) return "";
  return begin(*found->second, commit, trigger).id;
}

void RenderServer::set_env(const std::string& id,
                           const std::map<std::string, std::string>& env) {
  const std::lock_guard lock(mutex_);
  services_.at(id)->now.env = env;
}

void RenderServer::add_group(const std::string& id,
                             const std::map<std::string, std::string>& env) {
  const std::lock_guard lock(mutex_);
  const Service& service = *services_.at(id);
  const std::string group = new_id("evg");
  Json variables = Json::array();
  for (const auto& [name, value] : env) {
    variables.push_back({{"key", name}, {"value", value}});
  }
  groups_[group] = {{"id", group},
                    {"name", "shared"},
                    {"ownerId", service.owner},
                    {"createdAt", rfc3339(clock_.unix_ms())},
                    {"updatedAt", rfc3339(clock_.unix_ms())},
                    {"serviceLinks",
                     {{{"id", id},
                       {"name", service.now.name},
                       {"type", "web"}}}},
                    {"envVars", variables},
                    {"secretFiles", Json::array()}};
}

void RenderServer::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  services_.erase(id);
}

std::vector<RenderServer::View> RenderServer::services() {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, service] : services_) ids.push_back(id);
  }
  std::vector<View> all;
  for (const auto& id : ids) all.push_back(view(id));
  return all;
}

RenderServer::View RenderServer::view(const std::string& id) {
  const std::lock_guard lock(mutex_);
  Service& service = *services_.at(id);
  advance(service);
  View view;
  view.id = id;
  view.name = service.now.name;
  view.env = service.now.env;
  view.build = service.now.build;
  view.start = service.now.start;
  view.health_path = service.now.health_path;
  view.auto_deploy = service.now.auto_deploy;
  if (service.live != nullptr) {
    view.live_deploy = service.live->id;
    view.live_commit = service.live->commit;
    view.live_env = service.live->release.env;
  }
  for (const Deploy& deploy : service.deploys) {
    view.quiet = view.quiet && ended(deploy.status);
  }
  return view;
}

RenderServer::Counts RenderServer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t RenderServer::api_deploys(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(id);
  return found == services_.end() ? 0 : found->second->api_deploys;
}

int RenderServer::connect(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(id);
  if (found == services_.end() || found->second->live == nullptr ||
      !found->second->live->run) {
    return -1;
  }
  return found->second->live->run->connect();
}

}  // namespace rung::fakes
