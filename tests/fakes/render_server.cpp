#include "tests/fakes/render_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "adapters/render_api.hpp"  // its times: one reading of RFC 3339

// Behaves as Render's documentation and OpenAPI description say.
namespace rung::fakes {
namespace {

using nlohmann::json;
using State = RenderRun::State;

ApiAnswer said(int status, const std::string& message) {
  return {status,
          json{{"id", "err-fake"}, {"message", message}}.dump()};
}
ApiAnswer ok(const json& body, int status = 200) {
  return {status, body.dump()};
}

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 1;
  while (at <= path.size()) {
    const auto stop = std::min(path.find('/', at), path.size());
    parts.push_back(url_decoded(path.substr(at, stop - at)));
    at = stop + 1;
  }
  return parts;
}

/// One page of what is listed newest first: [{THING: ..., "cursor": ...}].
ApiAnswer page(const ApiCall& call, const std::string& thing,
               const std::vector<json>& all) {
  const auto limit =
      static_cast<std::size_t>(std::stoul(call.asked("limit", "20")));
  if (limit < 1 || limit > 100) return said(400, "limit must be 1 to 100");
  std::size_t at = 0;
  if (const auto cursor = call.asked("cursor"); !cursor.empty()) {
    at = static_cast<std::size_t>(std::stoul(cursor.substr(1)));
  }
  json out = json::array();
  for (; at < all.size() && out.size() < limit; ++at) {
    out.push_back({{thing, all[at]}, {"cursor", fmt::format("c{}", at + 1)}});
  }
  return ok(out);
}

bool ended(const std::string& status) {
  return status == "live" || status == "deactivated" ||
         status == "canceled" || status.ends_with("_failed");
}

}  // namespace

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
  std::vector<json> events;   ///< oldest first
  std::vector<Entry> log;
  Deploy* live = nullptr;
  std::size_t api_deploys = 0;
};

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
                            {"timestamp", render::time_text(clock_.unix_ms())},
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
    const State state = deploy.run->look();
    for (const auto& line : deploy.run->take_lines()) {
      write_log(service, &deploy, line.build, line.text);
    }
    if (deploy.building && state != State::building &&
        state != State::build_failed) {
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
      case State::building:
        break;
      case State::pre_deploy:
        deploy.status = "pre_deploy_in_progress";
        break;
      case State::starting:
        deploy.status = "update_in_progress";
        break;
      case State::healthy:
        if (!ended(deploy.status)) end(service, deploy, "live", Json::object());
        break;
      case State::build_failed:
        end(service, deploy, "build_failed", failure());
        break;
      case State::pre_deploy_failed:
        note(service, "pre_deploy_ended",
             {{"deployCommandExecutionId", "dce-1"},
              {"deployId", deploy.id},
              {"preDeployStatus", "failed"},
              {"status", 3},
              {"reason", failure()}});
        end(service, deploy, "pre_deploy_failed", failure());
        break;
      case State::update_failed:
        note(service, "server_failed",
             {{"instanceID", deploy.instance},
              {"reason", deploy.run->reason()}});
        end(service, deploy, "update_failed", failure());
        break;
      case State::exited:
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

RenderServer::Json RenderServer::json_of(const Service& service) const {
  const std::string url =
      settings_.url ? settings_.url(service.id)
                    : "https://" + service.now.name + ".onrender.com";
  Json ports = Json::array();
  if (service.live != nullptr && service.live->run) {
    for (const auto port : service.live->run->open_ports()) {
      ports.push_back({{"port", port}, {"protocol", "TCP"}});
    }
  }
  Json env_specific = {{"buildCommand", service.now.build},
                       {"startCommand", service.now.start},
                       {"preDeployCommand", service.pre_deploy}};
  return {{"id", service.id},
          {"name", service.now.name},
          {"ownerId", service.owner},
          {"type", "web_service"},
          {"createdAt", render::time_text(service.created)},
          {"updatedAt", render::time_text(service.created)},
          {"dashboardUrl", "https://dashboard.render.com/web/" + service.id},
          {"suspended", service.suspended ? "suspended" : "not_suspended"},
          {"suspenders", service.suspended ? Json{"user"} : Json::array()},
          {"autoDeploy", service.now.auto_deploy ? "yes" : "no"},
          {"notifyOnFail", "default"},
          {"slug", service.now.name},
          {"rootDir", service.root_dir},
          {"repo", service.now.repo},
          {"branch", "main"},
          {"serviceDetails",
           {{"env", service.now.runtime},
            {"runtime", service.now.runtime},
            {"plan", service.now.plan},
            {"region", "frankfurt"},
            {"numInstances", 1},
            {"buildPlan", "starter"},
            {"healthCheckPath", service.now.health_path},
            {"openPorts", ports},
            {"url", url},
            {"envSpecificDetails", env_specific}}}};
}

RenderServer::Json RenderServer::json_of(const Service&,
                                         const Deploy& deploy) const {
  Json out = {{"id", deploy.id},
              {"status", deploy.status},
              {"trigger", deploy.trigger},
              {"commit",
               {{"id", deploy.commit},
                {"message", "change"},
                {"createdAt", render::time_text(deploy.created)}}},
              {"createdAt", render::time_text(deploy.created)},
              {"updatedAt", render::time_text(clock_.unix_ms())}};
  if (deploy.started != 0) {
    out["startedAt"] = render::time_text(deploy.started);
  }
  if (deploy.finished != 0) {
    out["finishedAt"] = render::time_text(deploy.finished);
  }
  return out;
}

// Source: Render's documentation, "API rate limits".
std::optional<ApiAnswer> RenderServer::limited(const ApiCall& call) {
  struct Limit {
    std::string key;
    std::size_t calls;
    std::chrono::seconds window;
  };
  const auto parts = parts_of(call.path);
  std::vector<Limit> limits;
  limits.push_back(call.method == "GET"
                       ? Limit{"read", 400, std::chrono::seconds(60)}
                       : Limit{"write", 30, std::chrono::seconds(60)});
  if (call.method == "POST" && call.path == "/services") {
    limits.push_back({"create", 20, std::chrono::seconds(3600)});
  }
  const bool patch = call.method == "PATCH" && parts.size() == 2;
  const bool act = call.method == "POST" && parts.size() == 3 &&
                   (parts[2] == "deploys" || parts[2] == "suspend" ||
                    parts[2] == "resume");
  if (parts.size() >= 2 && (patch || act)) {
    limits.push_back({parts[1], 10, std::chrono::seconds(60)});
  }
  for (const Limit& limit : limits) {
    auto& taken = taken_[limit.key];
    while (!taken.empty() && clock_.now() - taken.front() >= limit.window) {
      taken.pop_front();
    }
    if (taken.size() < limit.calls) continue;
    ++counts_.refused;
    ApiAnswer answer = said(429, "rate limit exceeded");
    const auto left = std::chrono::ceil<std::chrono::seconds>(
        taken.front() + limit.window - clock_.now());
    answer.headers = {{"Ratelimit-Limit", std::to_string(limit.calls)},
                      {"Ratelimit-Remaining", "0"},
                      {"Ratelimit-Reset", std::to_string(left.count())}};
    return answer;
  }
  for (const Limit& limit : limits) {
    taken_[limit.key].push_back(clock_.now());
  }
  return std::nullopt;
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

ApiAnswer RenderServer::operator()(const ApiCall& call) {
  const std::lock_guard lock(mutex_);
  ++counts_.calls;
  if (call.method != "GET") ++counts_.writes;
  for (auto& [id, service] : services_) advance(*service);
  const auto authorization = call.headers.find("authorization");
  if (authorization == call.headers.end() ||
      authorization->second != "Bearer " + settings_.token) {
    return said(401, "unauthorized");
  }
  if (settings_.limits) {
    if (auto no = limited(call)) return *no;
  }
  try {
    return answer(call);
  } catch (const Json::exception& error) {
    return said(400, error.what());
  } catch (const std::logic_error& error) {  // of std::stoul
    return said(400, error.what());
  }
}

ApiAnswer RenderServer::answer(const ApiCall& call) {
  const auto parts = parts_of(call.path);
  if (parts.empty()) return said(404, "not found");
  if (parts[0] == "users") {
    return ok({{"email", "someone@example.com"}, {"name", "Someone"}});
  }
  if (parts[0] == "logs") return on_logs(call);
  if (parts[0] == "env-groups") {
    return on_groups(call, parts.size() > 1 ? parts[1] : "");
  }
  if (parts[0] != "services") return said(404, "not found");
  if (parts.size() == 1) return on_services(call);
  const auto found = services_.find(parts[1]);
  if (found == services_.end()) return said(404, "service not found");
  Service& service = *found->second;
  if (parts.size() == 2) return on_service(call, service);
  const std::string& what = parts[2];
  if (what == "deploys" || what == "rollback") {
    return on_deploys(call, service, parts);
  }
  if (what == "env-vars" || what == "secret-files") {
    return on_variables(call, service);
  }
  if (what == "events") return on_events(call, service);
  if (what == "instances") {
    Json all = Json::array();
    if (service.live != nullptr) {
      all.push_back({{"id", service.live->instance},
                     {"createdAt", render::time_text(service.live->started)}});
    }
    return ok(all);
  }
  if (what == "suspend" && call.method == "POST") {
    service.suspended = true;
    if (service.live != nullptr) service.live->run.reset();
    return {202};
  }
  if (what == "resume" && call.method == "POST") {
    service.suspended = false;
    begin(service, settings_.head(service.now.repo), "service_resumed");
    return {202};
  }
  return said(404, "not found");
}

ApiAnswer RenderServer::on_services(const ApiCall& call) {
  if (call.method == "GET") {
    std::vector<json> all;
    for (const auto& [id, service] : services_) {
      const std::string name = call.asked("name");
      if (name.empty() || name == service->now.name) {
        all.push_back(json_of(*service));
      }
    }
    return page(call, "service", all);
  }
  if (call.method != "POST") return said(405, "method not allowed");
  const Json body = Json::parse(call.body);
  const Json& details = body.at("serviceDetails");
  NewService from;
  from.name = body.at("name");
  from.repo = body.at("repo");
  from.auto_deploy = body.value("autoDeploy", "yes") == "yes";
  from.runtime = details.at("runtime");
  from.plan = details.value("plan", "starter");
  from.health_path = details.value("healthCheckPath", "");
  const Json& commands = details.at("envSpecificDetails");
  from.build = commands.value("buildCommand", "");
  from.start = commands.value("startCommand", "");
  for (const Json& variable : body.value("envVars", Json::array())) {
    from.env[variable.at("key")] = variable.at("value");
  }
  Service& service = make(from);
  service.owner = body.at("ownerId");
  service.root_dir = body.value("rootDir", "");
  service.made_by_api = true;
  for (const Json& file : body.value("secretFiles", Json::array())) {
    service.secret_files[file.at("name")] = file.at("content");
  }
  ++counts_.created;
  const Deploy& deploy =
      begin(service, settings_.head(from.repo), "deployed_by_render");
  return ok({{"service", json_of(service)}, {"deployId", deploy.id}}, 201);
}

ApiAnswer RenderServer::on_service(const ApiCall& call, Service& service) {
  if (call.method == "GET") return ok(json_of(service));
  if (call.method == "DELETE") {
    services_.erase(service.id);
    return {204};
  }
  if (call.method != "PATCH") return said(405, "method not allowed");
  const Json body = Json::parse(call.body);
  if (body.contains("autoDeploy")) {
    service.now.auto_deploy = body["autoDeploy"] == "yes";
  }
  if (body.contains("rootDir")) service.root_dir = body["rootDir"];
  const Json details = body.value("serviceDetails", Json::object());
  if (details.contains("healthCheckPath")) {
    service.now.health_path = details["healthCheckPath"];
  }
  if (details.contains("preDeployCommand")) {
    service.pre_deploy = details["preDeployCommand"];
  }
  const Json commands = details.value("envSpecificDetails", Json::object());
  if (commands.contains("buildCommand")) {
    service.now.build = commands["buildCommand"];
  }
  if (commands.contains("startCommand")) {
    if (commands["startCommand"].get<std::string>().find('\0') !=
        std::string::npos) {
      return said(400, "invalid startCommand");
    }
    service.now.start = commands["startCommand"];
  }
  return ok(json_of(service));
}

ApiAnswer RenderServer::on_deploys(const ApiCall& call, Service& service,
                                   const std::vector<std::string>& parts) {
  if (parts[2] == "rollback") {
    const std::string target = Json::parse(call.body).at("deployId");
    std::size_t newer = 0;
    for (auto deploy = service.deploys.rbegin();
         deploy != service.deploys.rend(); ++deploy) {
      if (deploy->id != target) {
        newer += deploy->status == "deactivated" || deploy->status == "live";
        continue;
      }
      if (newer > settings_.artifacts) {
        return said(400, "the deploy's artifact is no longer available");
      }
      const RenderRelease release = deploy->release;
      const Deploy& made =
          begin(service, deploy->commit, "rollback", &release);
      return ok(json_of(service, made), 201);
    }
    return said(404, "deploy not found");
  }
  if (parts.size() == 3 && call.method == "GET") {
    std::vector<json> all;
    const std::string status = call.asked("status");
    for (auto deploy = service.deploys.rbegin();
         deploy != service.deploys.rend(); ++deploy) {
      if (status.empty() || deploy->status == status) {
        all.push_back(json_of(service, *deploy));
      }
    }
    return page(call, "deploy", all);
  }
  if (parts.size() == 3 && call.method == "POST") {
    const Json body = Json::parse(call.body);
    const std::string commit =
        body.value("commitId", settings_.head(service.now.repo));
    if (service.suspended) return said(409, "the service is suspended");
    if (!settings_.has_commit(service.now.repo, commit)) {
      return said(404, "commit not found");
    }
    ++counts_.deploys;
    ++service.api_deploys;
    const Deploy& deploy = begin(service, commit, "api");
    if (deploy.status == "queued") return {202};
    return ok(json_of(service, deploy), 201);
  }
  if (parts.size() < 4) return said(405, "method not allowed");
  for (Deploy& deploy : service.deploys) {
    if (deploy.id != parts[3]) continue;
    if (parts.size() == 4) return ok(json_of(service, deploy));
    if (parts[4] != "cancel" || call.method != "POST") break;
    if (ended(deploy.status)) return said(400, "the deploy has ended");
    end(service, deploy, "canceled", Json::object());
    start_next(service);
    return ok(json_of(service, deploy));
  }
  return said(404, "deploy not found");
}

ApiAnswer RenderServer::on_variables(const ApiCall& call, Service& service) {
  const bool files = call.path.ends_with("/secret-files");
  if (call.method == "PUT" && !files) {
    std::map<std::string, std::string> env;
    for (const Json& variable : Json::parse(call.body)) {
      const std::string key = variable.at("key");
      if (key.empty() || key.find('=') != key.npos) {
        return said(400, "invalid environment variable name: " + key);
      }
      env[key] = variable.at("value");
    }
    service.now.env = env;
  } else if (call.method != "GET") {
    return said(405, "method not allowed");
  }
  std::vector<json> all;
  if (files) {
    for (const auto& [name, content] : service.secret_files) {
      all.push_back({{"name", name}, {"content", content}});
    }
    return page(call, "secretFile", all);
  }
  for (const auto& [name, value] : service.now.env) {
    all.push_back({{"key", name}, {"value", value}});
  }
  return page(call, "envVar", all);
}

ApiAnswer RenderServer::on_events(const ApiCall& call, Service& service) {
  const auto from = render::time_ms(call.asked("startTime"));
  const auto until = render::time_ms(call.asked("endTime"));
  std::vector<json> all;
  for (auto event = service.events.rbegin(); event != service.events.rend();
       ++event) {
    const auto at = render::time_ms((*event)["timestamp"]);
    if (at >= from && (until == 0 || at <= until)) all.push_back(*event);
  }
  return page(call, "event", all);
}

ApiAnswer RenderServer::on_logs(const ApiCall& call) {
  const auto found = services_.find(call.asked("resource"));
  if (found == services_.end()) return said(404, "resource not found");
  const auto from = render::time_ms(call.asked("startTime"));
  auto until = render::time_ms(call.asked("endTime"));
  if (until == 0) until = clock_.unix_ms();
  const bool forward = call.asked("direction", "backward") == "forward";
  const auto limit =
      static_cast<std::size_t>(std::stoul(call.asked("limit", "20")));
  const std::string type = call.asked("type", "app");
  std::vector<const Service::Entry*> fit;
  for (const auto& entry : found->second->log) {
    if (entry.at < from || entry.at > until) continue;
    if (entry.build == (type == "build")) fit.push_back(&entry);
  }
  if (!forward) std::reverse(fit.begin(), fit.end());
  Json lines = Json::array();
  std::size_t at = 0;
  // A page ends between two times, so that none is split by the next window;
  // the first time goes out whole, however long.
  while (at < fit.size() &&
         (at < limit || fit[at]->at == fit[at - 1]->at)) {
    Json labels = {{{"name", "type"}, {"value", type}}};
    if (!fit[at]->instance.empty()) {
      labels.push_back({{"name", "instance"}, {"value", fit[at]->instance}});
    }
    lines.push_back({{"id", fit[at]->id},
                     {"message", fit[at]->text},
                     {"timestamp", render::time_text(fit[at]->at)},
                     {"labels", labels}});
    ++at;
  }
  const bool more = at < fit.size();
  const auto edge = more ? fit[at]->at : 0;
  return ok({{"hasMore", more},
             {"nextStartTime",
              render::time_text(more && forward ? edge : from)},
             {"nextEndTime", render::time_text(more && !forward ? edge : until)},
             {"logs", lines}});
}

ApiAnswer RenderServer::on_groups(const ApiCall&, const std::string& id) {
  if (!id.empty()) {
    const auto found = groups_.find(id);
    return found == groups_.end() ? said(404, "group not found")
                                  : ok(found->second);
  }
  Json all = Json::array();
  for (auto [unused, group] : groups_) {
    group.erase("envVars");
    group.erase("secretFiles");
    all.push_back(group);
  }
  return ok(all);
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
                    {"createdAt", render::time_text(clock_.unix_ms())},
                    {"updatedAt", render::time_text(clock_.unix_ms())},
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
