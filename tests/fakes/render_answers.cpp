#include <fmt/format.h>

#include <algorithm>

#include "adapters/render/api.hpp"  // its times: one reading of RFC 3339
#include "tests/fakes/render_service.hpp"
#include "core/text/rfc3339.hpp"

// Answers as Render's documentation and OpenAPI description say.
namespace rung::fakes {
namespace {

using nlohmann::json;

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

}  // namespace

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
          {"createdAt", rfc3339(service.created)},
          {"updatedAt", rfc3339(service.created)},
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
                {"createdAt", rfc3339(deploy.created)}}},
              {"createdAt", rfc3339(deploy.created)},
              {"updatedAt", rfc3339(clock_.unix_ms())}};
  if (deploy.started != 0) {
    out["startedAt"] = rfc3339(deploy.started);
  }
  if (deploy.finished != 0) {
    out["finishedAt"] = rfc3339(deploy.finished);
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
                     {"createdAt", rfc3339(service.live->started)}});
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
  const auto from = unix_ms_of(call.asked("startTime")).value_or(0);
  const auto until = unix_ms_of(call.asked("endTime")).value_or(0);
  std::vector<json> all;
  for (auto event = service.events.rbegin(); event != service.events.rend();
       ++event) {
    const auto at =
        unix_ms_of((*event)["timestamp"].get<std::string>()).value_or(0);
    if (at >= from && (until == 0 || at <= until)) all.push_back(*event);
  }
  return page(call, "event", all);
}

ApiAnswer RenderServer::on_logs(const ApiCall& call) {
  const auto found = services_.find(call.asked("resource"));
  if (found == services_.end()) return said(404, "resource not found");
  const auto from = unix_ms_of(call.asked("startTime")).value_or(0);
  auto until = unix_ms_of(call.asked("endTime")).value_or(0);
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
                     {"timestamp", rfc3339(fit[at]->at)},
                     {"labels", labels}});
    ++at;
  }
  const bool more = at < fit.size();
  const auto edge = more ? fit[at]->at : 0;
  return ok({{"hasMore", more},
             {"nextStartTime",
              rfc3339(more && forward ? edge : from)},
             {"nextEndTime", rfc3339(more && !forward ? edge : until)},
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

}  // namespace rung::fakes
