#include "adapters/render/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "adapters/http/json_members.hpp"
#include "adapters/http/url.hpp"
#include "adapters/process/environment.hpp"
#include "core/base/error.hpp"
#include "core/text/percent.hpp"
#include "core/text/rfc3339.hpp"

// Source of paths and fields: Render's OpenAPI description; of rates: its
// page "API rate limits".
namespace rung::render {
namespace {

using nlohmann::json;

[[noreturn]] void unreadable(const std::string& what) {
  throw PlatformError(
      fmt::format("reading Render's answer about {}: it does not match "
                  "Render's API description; try again",
                  what));
}

json parsed(const ApiReply& reply, const std::string& what) {
  json body = reply.json();
  if (body.is_discarded()) unreadable(what);
  return body;
}

[[noreturn]] void unexpected(const ApiReply& reply, const std::string& what) {
  if (reply.status == 404 || reply.status == 410) {
    throw AbortError(fmt::format(
        "asking Render for {}: it is not there ({} {}); check the target's "
        "service, and that the API key belongs to its workspace",
        what, reply.status, reply.said()));
  }
  if (reply.status == 409) {
    throw PlatformError(fmt::format("asking Render for {}: 409 {}", what,
                                    reply.said()));
  }
  throw AbortError(fmt::format("asking Render for {}: it refuses: {} {}", what,
                               reply.status, reply.said()));
}

json ok(const ApiReply& reply, const std::string& what) {
  if (!reply.ok()) unexpected(reply, what);
  return parsed(reply, what);
}

Service service_from(const json& from) {
  Service service;
  service.id = text_in(from, "id");
  service.name = text_in(from, "name");
  service.owner = text_in(from, "ownerId");
  service.type = text_in(from, "type");
  if (service.id.empty()) unreadable("a service");
  service.repo = text_in(from, "repo");
  service.branch = text_in(from, "branch");
  service.auto_deploy = text_in(from, "autoDeploy") == "yes";
  service.suspended = text_in(from, "suspended") == "suspended";
  const json suspenders = member(from, "suspenders");
  service.crash_looping =
      std::find(suspenders.begin(), suspenders.end(), "stuck_crashlooping") !=
      suspenders.end();
  const json details = member(from, "serviceDetails");
  service.runtime = text_in(details, "runtime");
  if (service.runtime.empty()) service.runtime = text_in(details, "env");
  service.plan = text_in(details, "plan");
  service.region = text_in(details, "region");
  service.url = without_end_slash(text_in(details, "url"));
  service.details.health_path = text_in(details, "healthCheckPath");
  service.details.root_dir = text_in(from, "rootDir");
  service.env_specific = member(details, "envSpecificDetails");
  service.details.build = text_in(service.env_specific, "buildCommand");
  service.details.start = text_in(
      service.env_specific,
      service.runtime == "docker" ? "dockerCommand" : "startCommand");
  service.details.pre_deploy =
      text_in(service.env_specific, "preDeployCommand");
  return service;
}

/// Milliseconds since 1970; 0 = it cannot be read.
std::int64_t time_in(const json& from, const char* name) {
  return unix_ms_of(text_in(from, name)).value_or(0);
}

Deploy deploy_from(const json& from) {
  Deploy deploy;
  deploy.id = text_in(from, "id");
  if (deploy.id.empty()) unreadable("a deploy");
  deploy.status = text_in(from, "status");
  deploy.trigger = text_in(from, "trigger");
  deploy.commit = text_in(member(from, "commit"), "id");
  deploy.created_ms = time_in(from, "createdAt");
  deploy.started_ms = time_in(from, "startedAt");
  deploy.finished_ms = time_in(from, "finishedAt");
  return deploy;
}

std::map<std::string, std::string> authorization(const std::string& name) {
  const std::string token = own_variable(name.c_str());
  if (token.empty()) {
    throw AbortError(fmt::format(
        "asking Render: ${} is not set; make an API key in Render's account "
        "settings and export it under that name, or say token_env: NAME",
        name));
  }
  // What would end the header's line would be sent as another header.
  const std::string_view key(token);
  if (key.find_first_of("\r\n") != key.npos) {
    throw AbortError(fmt::format(
        "asking Render: ${} holds a line break; export the API key alone",
        name));
  }
  return {{"Authorization", "Bearer " + std::string(key)},
          {"Accept", "application/json"}};
}

bool missing(const ApiReply& reply) {
  return reply.status == 404 || reply.status == 410;
}

}  // namespace

bool Deploy::in_flight() const {
  // A status of later years counts as one that goes on.
  static constexpr std::string_view kEnded[] = {
      "live",          "deactivated",       "build_failed",
      "update_failed", "pre_deploy_failed", "canceled"};
  return std::find(std::begin(kEnded), std::end(kEnded), status) ==
         std::end(kEnded);
}

void Pace::take(Clock& clock) {
  const auto drop_old = [&] {
    while (!taken_.empty() && clock.now() - taken_.front() >= window_) {
      taken_.pop_front();
    }
  };
  drop_old();
  while (taken_.size() >= calls_) {
    clock.sleep(std::chrono::ceil<std::chrono::microseconds>(
        taken_.front() + window_ - clock.now()));
    drop_old();
  }
  taken_.push_back(clock.now());
}

Api::Api(const std::string& base_url, std::string token_env, Clock& clock,
         std::chrono::milliseconds patience)
    : clock_(clock),
      http_(
          [&] {
            HttpApiSettings settings;
            settings.platform = "Render";
            settings.base_url = without_end_slash(base_url);
            settings.patience = patience;
            settings.authorize = [name = std::move(token_env)](bool) {
              return authorization(name);
            };
            return settings;
          }(),
          clock),
      reads_(400, std::chrono::minutes(1)),
      writes_(30, std::chrono::minutes(1)) {}

ApiReply Api::call(ApiRequest request, std::string_view limited_service) {
  (request.method == "GET" ? reads_ : writes_).take(clock_);
  if (!limited_service.empty()) {
    per_service_
        .try_emplace(std::string(limited_service), 10, std::chrono::minutes(1))
        .first->second.take(clock_);
  }
  try {
    return http_.call(request);
  } catch (const LostReply& error) {
    throw LostReply(redactor_(error.what()));
  } catch (const PlatformError& error) {
    throw PlatformError(redactor_(error.what()));
  } catch (const AbortError& error) {
    throw AbortError(redactor_(error.what()));
  }
}

ApiReply Api::get(const std::string& path) {
  ApiRequest request;
  request.path = path;
  return call(std::move(request));
}

// Every list is [{"THING": {...}, "cursor": "..."}, ...]; fewer than asked
// for is the last page.
std::vector<json> Api::pages(const std::string& path, std::string_view thing,
                             std::size_t at_most) {
  std::vector<json> all;
  std::string cursor;
  const char joint = path.find('?') == path.npos ? '?' : '&';
  while (all.size() < at_most) {
    const std::size_t limit = std::min<std::size_t>(at_most - all.size(), 100);
    std::string url = fmt::format("{}{}limit={}", path, joint, limit);
    if (!cursor.empty()) url += "&cursor=" + percent_encoded(cursor);
    const std::string what = path.substr(0, path.find('?'));
    const json page = ok(get(url), what);
    if (!page.is_array()) unreadable(what);
    for (const json& element : page) {
      const auto found =
          element.is_object() ? element.find(thing) : element.end();
      if (found == element.end() || !found->is_object()) unreadable(what);
      all.push_back(*found);
    }
    if (page.size() < limit) break;
    const std::string next = text_in(page.back(), "cursor");
    if (next.empty() || next == cursor) break;
    cursor = next;
  }
  return all;
}

Service Api::service(const std::string& id_or_name) {
  if (id_or_name.starts_with("srv-")) {
    return service_from(ok(get("/services/" + percent_encoded(id_or_name)),
                           "service " + id_or_name));
  }
  const auto named = services_named(id_or_name);
  if (named.size() == 1) return named.front();
  throw AbortError(fmt::format(
      "asking Render for service {}: {} has this name; check the target's "
      "service (its id, srv-..., is the surest), and that the API key belongs "
      "to its workspace",
      id_or_name, named.empty() ? "none" : "more than one"));
}

std::vector<Service> Api::services_named(const std::string& name) {
  std::vector<Service> services;
  for (const json& found :
       pages("/services?name=" + percent_encoded(name), "service", 100)) {
    // The filter may be a looser one than equality.
    if (text_in(found, "name") == name) services.push_back(service_from(found));
  }
  return services;
}

std::string Api::create_service(const json& body) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/services";
  request.body = body.dump();
  const std::string what = "a new service";
  const json answer = ok(call(std::move(request)), what);
  const json service = member(answer, "service");
  if (text_in(service, "id").empty()) unreadable(what);
  return text_in(service, "id");
}

void Api::delete_service(const std::string& id) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = "/services/" + percent_encoded(id);
  const ApiReply reply = call(std::move(request));
  if (!reply.ok() && !missing(reply)) unexpected(reply, "deleting " + id);
}

void Api::set_auto_deploy(const std::string& id, bool on) {
  ApiRequest request;
  request.method = "PATCH";
  request.path = "/services/" + percent_encoded(id);
  request.body = json{{"autoDeploy", on ? "yes" : "no"}}.dump();
  request.repeatable = true;
  ok(call(std::move(request), id), "service " + id);
}

std::optional<std::string> Api::set_details(const Service& service,
                                            const Details& details) {
  json env_specific = json::object();
  if (service.runtime == "docker") {
    env_specific["dockerCommand"] = details.start;
  } else {
    env_specific = {{"buildCommand", details.build},
                    {"startCommand", details.start}};
  }
  ApiRequest request;
  request.method = "PATCH";
  request.path = "/services/" + percent_encoded(service.id);
  request.body = json{{"rootDir", details.root_dir},
                      {"serviceDetails",
                       {{"healthCheckPath", details.health_path},
                        {"preDeployCommand", details.pre_deploy},
                        {"envSpecificDetails", env_specific}}}}
                     .dump();
  request.repeatable = true;
  const ApiReply reply = call(std::move(request), service.id);
  if (reply.status == 400 || reply.status == 422) return reply.said();
  ok(reply, "service " + service.id);
  return std::nullopt;
}

void Api::suspend(const std::string& id) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/services/" + percent_encoded(id) + "/suspend";
  request.repeatable = true;
  const ApiReply reply = call(std::move(request), id);
  if (!reply.ok() && !missing(reply)) unexpected(reply, "suspending " + id);
}

void Api::resume(const std::string& id) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/services/" + percent_encoded(id) + "/resume";
  request.repeatable = true;
  const ApiReply reply = call(std::move(request), id);
  if (!reply.ok()) unexpected(reply, "resuming " + id);
}

std::vector<Deploy> Api::deploys(const std::string& service,
                                 std::size_t at_most,
                                 std::string_view status) {
  std::string path = "/services/" + percent_encoded(service) + "/deploys";
  if (!status.empty()) path += fmt::format("?status={}", status);
  std::vector<Deploy> all;
  for (const json& found : pages(path, "deploy", at_most)) {
    all.push_back(deploy_from(found));
  }
  return all;
}

std::optional<Deploy> Api::deploy(const std::string& service,
                                  const std::string& id) {
  const ApiReply reply = get(fmt::format("/services/{}/deploys/{}",
                                         percent_encoded(service),
                                         percent_encoded(id)));
  if (reply.status == 404) return std::nullopt;
  return deploy_from(ok(reply, "deploy " + id));
}

ApiReply Api::trigger(const std::string& service, const std::string& commit) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/services/" + percent_encoded(service) + "/deploys";
  request.body =
      json{{"commitId", commit}, {"clearCache", "do_not_clear"}}.dump();
  return call(std::move(request), service);
}

ApiReply Api::rollback(const std::string& service, const std::string& deploy) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/services/" + percent_encoded(service) + "/rollback";
  request.body = json{{"deployId", deploy}}.dump();
  return call(std::move(request), service);
}

void Api::cancel(const std::string& service, const std::string& deploy) {
  ApiRequest request;
  request.method = "POST";
  request.path =
      fmt::format("/services/{}/deploys/{}/cancel", percent_encoded(service),
                  percent_encoded(deploy));
  request.repeatable = true;
  const ApiReply reply = call(std::move(request));
  if (reply.ok() || missing(reply)) return;
  if (reply.status >= 400 && reply.status < 500) return;  // it had ended
  unexpected(reply, "canceling " + deploy);
}

Env Api::env(const std::string& service) {
  Env env;
  for (const json& found :
       pages("/services/" + percent_encoded(service) + "/env-vars", "envVar",
             10000)) {
    env[text_in(found, "key")] = text_in(found, "value");
  }
  for (const auto& [name, value] : env) redactor_.add_value(value);
  return env;
}

Env Api::group_env(const Service& service) {
  // The one list without cursors, hence of one page.
  const std::string path =
      "/env-groups?limit=100&ownerId=" + percent_encoded(service.owner);
  Env env;
  for (const json& group : ok(get(path), "env groups")) {
    const json links = member(group, "serviceLinks");
    const bool linked =
        std::any_of(links.begin(), links.end(), [&](const json& link) {
          return text_in(link, "id") == service.id;
        });
    if (!linked) continue;
    const std::string id = text_in(group, "id");
    const json whole =
        ok(get("/env-groups/" + percent_encoded(id)), "env group " + id);
    for (const json& variable : member(whole, "envVars")) {
      env[text_in(variable, "key")] = text_in(variable, "value");
    }
  }
  for (const auto& [name, value] : env) redactor_.add_value(value);
  return env;
}

std::vector<std::pair<std::string, std::string>> Api::secret_files(
    const std::string& service) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const json& found :
       pages("/services/" + percent_encoded(service) + "/secret-files",
             "secretFile", 1000)) {
    files.emplace_back(text_in(found, "name"), text_in(found, "content"));
  }
  return files;
}

std::optional<std::string> Api::set_env(const std::string& service,
                                        const Env& env) {
  json body = json::array();
  for (const auto& [name, value] : env) {
    body.push_back({{"key", name}, {"value", value}});
    redactor_.add_value(value);  // an answer may quote what it refuses
  }
  ApiRequest request;
  request.method = "PUT";
  request.path = "/services/" + percent_encoded(service) + "/env-vars";
  try {
    request.body = body.dump();
  } catch (const json::type_error&) {
    return "a value is not UTF-8, which Render cannot store";
  }
  const ApiReply reply = call(std::move(request));
  if (reply.status == 400 || reply.status == 422) {
    return redactor_(reply.said());
  }
  ok(reply, "the variables of " + service);
  return std::nullopt;
}

std::vector<Event> Api::events(const std::string& service, Window window) {
  std::string path =
      fmt::format("/services/{}/events?startTime={}", percent_encoded(service),
                  percent_encoded(rfc3339(window.from_ms)));
  if (window.until_ms != 0) {
    path += "&endTime=" + percent_encoded(rfc3339(window.until_ms));
  }
  std::vector<Event> events;
  for (const json& found : pages(path, "event", 500)) {
    events.push_back({text_in(found, "type"),
                      time_in(found, "timestamp"),
                      member(found, "details")});
  }
  return events;
}

std::vector<LogLine> Api::logs(const Service& service, std::string_view type,
                               Window window, std::size_t at_most) {
  std::vector<LogLine> lines;  // newest first until the end
  std::map<std::string, bool> seen;
  std::string from = rfc3339(window.from_ms);
  std::string until =
      window.until_ms == 0 ? "" : rfc3339(window.until_ms);
  while (lines.size() < at_most) {
    std::string path = fmt::format(
        "/logs?ownerId={}&resource={}&type={}&direction=backward&limit=100"
        "&startTime={}",
        percent_encoded(service.owner), percent_encoded(service.id), type,
        percent_encoded(from));
    if (!until.empty()) path += "&endTime=" + percent_encoded(until);
    const json page = ok(get(path), "logs");
    const json entries = member(page, "logs");
    const std::size_t before = lines.size();
    for (const json& entry : entries) {
      LogLine line;
      line.id = text_in(entry, "id");
      if (!line.id.empty() && !seen.emplace(line.id, true).second) continue;
      line.text = text_in(entry, "message");
      line.at_ms = time_in(entry, "timestamp");
      for (const json& label : member(entry, "labels")) {
        if (text_in(label, "name") == "instance") {
          line.instance = text_in(label, "value");
        }
      }
      lines.push_back(std::move(line));
    }
    // Without anything new the same page would come for ever.
    if (member(page, "hasMore") != true || lines.size() == before) break;
    from = text_in(page, "nextStartTime");
    until = text_in(page, "nextEndTime");
    if (from.empty() || until.empty()) break;
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> Api::instances(const std::string& service,
                                        std::int64_t before_ms) {
  const std::string path =
      "/services/" + percent_encoded(service) + "/instances";
  std::vector<std::string> ids;
  for (const json& found : ok(get(path), path)) {
    if (time_in(found, "createdAt") < before_ms) {
      ids.push_back(text_in(found, "id"));
    }
  }
  return ids;
}

}  // namespace rung::render
