#include "tests/fakes/cloudrun_server.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <regex>

namespace rung::fakes {
namespace {

using nlohmann::json;
using State = CloudRunInstance::State;

const std::string kType = "application/json; charset=UTF-8";

ApiAnswer answer(const json& body, int status = 200) {
  return {status, body.dump(-1, ' ', false, json::error_handler_t::replace),
          {{"Content-Type", kType}}};
}

ApiAnswer refusal(int code, const char* status, const std::string& message) {
  return answer({{"error",
                  {{"code", code}, {"message", message}, {"status", status}}}},
                code);
}

std::string text_in(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

json without_name(json template_) {
  template_.erase("revision");
  return template_;
}

json condition(const char* state, const std::string& at) {
  return {{"type", "Ready"}, {"state", state}, {"lastTransitionTime", at}};
}

}  // namespace

CloudRunServer::CloudRunServer(Settings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      template_(json::object()),
      traffic_(json::array()),
      statuses_(json::array()),
      labels_(json::object()) {}

// Times never repeat, so that sorting by them is the order of writing.
std::string CloudRunServer::now_text() {
  const std::int64_t micros = clock_.unix_ms() * 1000;
  ticks_ = std::max(ticks_ + 1, micros);
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
      fmt::gmtime(static_cast<std::time_t>(ticks_ / 1'000'000)),
      ticks_ % 1'000'000);
}

std::string CloudRunServer::path() const {
  return fmt::format("projects/{}/locations/{}/services/{}", settings_.project,
                     settings_.region, settings_.service);
}

void CloudRunServer::touch(bool spec) {
  ++etag_;
  if (spec) ++generation_;
}

void CloudRunServer::write_log(const std::string& revision, const char* log,
                               const char* severity, const std::string& text) {
  const std::string at = now_text();
  log_.push_back(
      {clock_.now(),
       {{"timestamp", at},
        {"receiveTimestamp", at},
        {"severity", severity},
        {"logName", fmt::format("projects/{}/logs/run.googleapis.com%2F{}",
                                settings_.project, log)},
        {"insertId", fmt::format("e{:08}", ++entry_)},
        {"resource",
         {{"type", "cloud_run_revision"},
          {"labels",
           {{"service_name", settings_.service},
            {"location", settings_.region},
            {"revision_name", revision}}}}},
        {"textPayload", text}}});
}

// What the platform says of a revision that did not come up: reasons as
// documented, words as users report them.
void CloudRunServer::decide(const std::string& name, Revision& revision) {
  const State state =
      revision.instance ? revision.instance->look() : State::no_image;
  const json& container = revision.made_of["containers"][0];
  const auto port =
      container.contains("ports")
          ? container["ports"][0].value("containerPort", 8080)
          : 8080;
  const std::string at = now_text();
  json failed = condition("CONDITION_FAILED", at);
  failed["severity"] = "ERROR";
  const auto unhealthy = [&](const std::string& why) {
    failed["revisionReason"] = "HEALTH_CHECK_CONTAINER_ERROR";
    failed["message"] = why;
    revision.condition = failed;
  };
  const std::string not_listening = fmt::format(
      "The user-provided container failed to start and listen on the port "
      "defined provided by the PORT={} environment variable within the "
      "allocated timeout. This can happen when the container port is "
      "misconfigured or if the timeout is too short. The health check timeout "
      "can be extended. Logs for this revision might contain more information.",
      port);
  const json probe = container.value("startupProbe", json::object());
  const bool http = probe.contains("httpGet");
  const auto probe_line = [&](const std::string& met) {
    write_log(
        name, "varlog%2Fsystem", "ERROR",
        http ? fmt::format("STARTUP HTTP probe failed {} times consecutively "
                           "for container \"app-1\" on port {} path \"{}\". "
                           "The instance was not started.\n{}",
                           probe.value("failureThreshold", 1), port,
                           text_in(probe["httpGet"], "path"), met)
             : fmt::format("{} STARTUP TCP probe failed {} time consecutively "
                           "for container \"app-1\" on port {}. The instance "
                           "was not started.\n{}",
                           probe.empty() ? "Default" : "Custom",
                           probe.value("failureThreshold", 1), port, met));
  };
  const auto write_lines = [&] {
    for (const std::string& line : revision.instance->take_lines()) {
      write_log(name, "stderr", "DEFAULT", line);
    }
  };
  if (state != State::starting) write_lines();  // before what they led to
  switch (state) {
    case State::starting:
      return;
    case State::ready:
    case State::exited_later:
      revision.ready = true;
      revision.condition = condition("CONDITION_SUCCEEDED", at);
      break;
    case State::no_image:
      failed["reason"] = "CONTAINER_MISSING";
      failed["message"] = fmt::format("Image '{}' not found.",
                                      text_in(container, "image"));
      revision.condition = failed;
      break;
    case State::exited:
      write_log(name, "varlog%2Fsystem", "WARNING",
                fmt::format("Container called exit({}).",
                            revision.instance->code()));
      probe_line("Connection failed with status CANCELLED.");
      unhealthy(not_listening);
      break;
    case State::no_listen:
      probe_line(http ? "Connection failed with status "
                        "ERROR_CONNECTION_FAILED."
                      : "Connection failed with status DEADLINE_EXCEEDED.");
      unhealthy(not_listening);
      break;
    case State::unhealthy:
      probe_line(fmt::format("Probe failed with HTTP status {}.",
                             revision.instance->code()));
      unhealthy(
          "The user-provided container failed the configured startup probe "
          "checks. Logs for this revision might contain more information.");
      break;
    case State::internal:
      failed["reason"] = "INTERNAL";
      failed["message"] = "Internal error encountered.";
      revision.condition = failed;
      break;
  }
  revision.decided = true;
  if (revision.ready && latest_created_ == name) latest_ready_ = name;
  if (!revision.ready) revision.instance.reset();  // its lines are written
  touch(false);
}

void CloudRunServer::advance() {
  for (auto& [name, revision] : revisions_) {
    const bool was_ready = revision.ready;
    if (!revision.decided) decide(name, revision);
    if (!revision.instance) continue;
    for (const std::string& line : revision.instance->take_lines()) {
      write_log(name, "stderr", "DEFAULT", line);
    }
    if (was_ready && !revision.told_exit &&
        revision.instance->look() == State::exited_later) {
      revision.told_exit = true;
      write_log(name, "varlog%2Fsystem", "WARNING",
                fmt::format("Container called exit({}).",
                            revision.instance->code()));
    }
  }
  if (exists_) assign_traffic();
}

void CloudRunServer::assign_traffic() {
  json targets = traffic_;
  if (targets.empty()) {
    targets = {{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                {"percent", 100}}};
  }
  json now = json::array();
  for (json target : targets) {
    std::string revision = text_in(target, "revision");
    if (revision.empty()) revision = latest_ready_;
    const auto it = revisions_.find(revision);
    const bool ready = it != revisions_.end() && it->second.ready;
    const std::string tag = text_in(target, "tag");
    if (!ready) {
      // The last that served goes on serving.
      if (target.value("percent", 0) == 0) continue;
      now = json::array();
      for (const json& old : statuses_) {
        if (old.value("percent", 0) > 0) now.push_back(old);
      }
      break;
    }
    if (text_in(target, "revision").empty() == false) {
      target["revision"] = revision;
    }
    if (target.value("percent", 0) > 0) served_.insert(revision);
    if (settings_.routes) {
      const std::string key = tag.empty() ? "/" : tag;
      if (!tag.empty() || target.value("percent", 0) > 0) {
        auto& route = routes_[key];
        if (!route) route = std::make_unique<LoopbackRoute>();
        route->lead_to([instance = it->second.instance] {
          return instance ? instance->connect() : -1;
        });
        if (!tag.empty()) target["uri"] = route->url();
      }
    } else if (!tag.empty()) {
      target["uri"] = fmt::format("https://{}---{}-x-ew.a.run.app", tag,
                                  settings_.service);
    }
    now.push_back(std::move(target));
  }
  for (auto it = routes_.begin(); it != routes_.end();) {
    const bool used =
        it->first == "/" ||
        std::any_of(now.begin(), now.end(), [&](const json& status) {
          return text_in(status, "tag") == it->first;
        });
    it = used ? std::next(it) : routes_.erase(it);
  }
  if (now == statuses_) return;
  statuses_ = std::move(now);
  touch(false);
}

bool CloudRunServer::authorized(const ApiCall& call) const {
  const auto it = call.headers.find("authorization");
  return settings_.token.empty() ||
         (it != call.headers.end() && it->second == "Bearer " + settings_.token);
}

ApiAnswer CloudRunServer::operator()(const ApiCall& call) {
  const std::lock_guard lock(mutex_);
  bodies_ += call.target + "\n" + (call.path == "/token" ? "" : call.body) + "\n";
  if (call.path == "/token" ||
      call.path.rfind("/computeMetadata/", 0) == 0) {
    return give_token(call);
  }
  if (!authorized(call)) {
    return refusal(401, "UNAUTHENTICATED",
                   "Request had invalid authentication credentials.");
  }
  advance();
  const std::string base = fmt::format("/v2/projects/{}/locations/{}",
                                       settings_.project, settings_.region);
  ApiAnswer reply;
  if (call.path == "/v2/entries:list") {
    reply = list_entries(call);
  } else if (call.path == base + "/services" && call.method == "POST") {
    reply = create(call);
  } else if (call.path == "/v2/" + path()) {
    reply = call.method == "PATCH" ? patch(call) : service_call(call);
  } else if (const std::string all = "/v2/" + path() + "/revisions";
             call.path.rfind(all, 0) == 0) {
    reply = revision_call(call, call.path.size() > all.size()
                                    ? call.path.substr(all.size() + 1)
                                    : std::string());
  } else if (call.path.rfind(base + "/operations/", 0) == 0) {
    reply = operation_call(call);
  } else {
    reply = refusal(404, "NOT_FOUND",
                    "Requested entity was not found.");
  }
  return reply;
}

json CloudRunServer::service_json() const {
  const auto full = [&](const std::string& revision) {
    return path() + "/revisions/" + revision;
  };
  const auto latest = revisions_.find(latest_created_);
  const bool pending = latest != revisions_.end() && !latest->second.decided;
  const bool failed =
      latest != revisions_.end() && latest->second.decided &&
      !latest->second.ready;
  json ready = condition(pending  ? "CONDITION_RECONCILING"
                         : failed ? "CONDITION_FAILED"
                                  : "CONDITION_SUCCEEDED",
                         created_);
  if (failed) {
    ready["reason"] = "REVISION_FAILED";
    ready["message"] =
        fmt::format("Revision '{}' is not ready and cannot serve traffic. {}",
                    latest_created_,
                    text_in(latest->second.condition, "message"));
  }
  std::string uri =
      fmt::format("https://{}-x-ew.a.run.app", settings_.service);
  if (const auto route = routes_.find("/"); route != routes_.end()) {
    uri = route->second->url();
  }
  json out = {{"name", path()},
              {"uid", uid_},
              {"generation", std::to_string(generation_)},
              {"observedGeneration", std::to_string(generation_)},
              {"labels", labels_},
              {"createTime", created_},
              {"updateTime", created_},
              {"ingress", "INGRESS_TRAFFIC_ALL"},
              {"launchStage", "GA"},
              {"template", template_},
              {"traffic", traffic_},
              {"trafficStatuses", statuses_},
              {"terminalCondition", ready},
              {"reconciling", pending},
              {"uri", uri},
              {"urls", {uri}},
              {"etag", fmt::format("\"{}\"", etag_)}};
  if (!latest_created_.empty()) {
    out["latestCreatedRevision"] = full(latest_created_);
  }
  if (!latest_ready_.empty()) out["latestReadyRevision"] = full(latest_ready_);
  return out;
}

json CloudRunServer::revision_json(const std::string& name,
                                   const Revision& revision) const {
  json out = without_name(revision.made_of);
  out.erase("healthCheckDisabled");
  out["name"] = path() + "/revisions/" + name;
  out["uid"] = "uid-" + name;
  out["service"] = settings_.service;
  out["generation"] = "1";
  out["createTime"] = revision.created;
  out["reconciling"] = !revision.decided;
  out["logUri"] = "https://console.cloud.google.com/logs/viewer";
  out["etag"] = "\"r\"";
  out["conditions"] = {
      revision.decided ? revision.condition
                       : condition("CONDITION_RECONCILING", revision.created)};
  return out;
}

json CloudRunServer::operation_json(const std::string& name) const {
  const Operation& operation = operations_.at(name);
  json out = {{"name", name},
              {"metadata",
               {{"@type",
                 "type.googleapis.com/google.cloud.run.v2.Service"}}}};
  const auto revision = revisions_.find(operation.revision);
  const bool waits =
      revision != revisions_.end() && !revision->second.decided;
  out["done"] = !waits;
  if (waits) return out;
  if (revision != revisions_.end() && !revision->second.ready) {
    // 9: FAILED_PRECONDITION.
    out["error"] = {
        {"code", 9},
        {"message",
         fmt::format("Revision '{}' is not ready and cannot serve traffic. {}",
                     operation.revision,
                     text_in(revision->second.condition, "message"))}};
    return out;
  }
  out["response"] = {
      {"@type", "type.googleapis.com/google.cloud.run.v2.Service"},
      {"name", path()}};
  return out;
}

ApiAnswer CloudRunServer::begin_operation(const std::string& revision) {
  const std::string name =
      fmt::format("projects/{}/locations/{}/operations/op-{}",
                  settings_.project, settings_.region, ++names_);
  operations_[name] = {revision, false};
  advance();
  return answer(operation_json(name));
}

std::optional<std::string> CloudRunServer::wrong_with(
    const json& wanted) const {
  const json containers = wanted.value("containers", json::array());
  if (containers.empty()) return "template.containers: is required";
  for (const json& container : containers) {
    if (text_in(container, "image").empty()) {
      return "template.containers[0].image: is required";
    }
    std::string reserved;
    for (const json& entry : container.value("env", json::array())) {
      const std::string name = text_in(entry, "name");
      if (name.empty()) return "template.containers[0].env[0].name: is empty";
      if (name == "PORT" || name.rfind("K_", 0) == 0) {
        reserved += (reserved.empty() ? "" : ", ") + name;
      }
    }
    if (!reserved.empty()) {
      return "The following reserved env names were provided: " + reserved +
             ". These values are automatically set by the system.";
    }
    const json probe = container.value("startupProbe", json::object());
    const int period = probe.value("periodSeconds", 10);
    if (probe.value("timeoutSeconds", 1) > period) {
      return "startup_probe.timeout_seconds must not be more than "
             "period_seconds";
    }
    if (period * probe.value("failureThreshold", 3) > 240) {
      return "startup_probe: period times threshold must not exceed 240 "
             "seconds";
    }
  }
  const std::string name = text_in(wanted, "revision");
  if (!name.empty() &&
      (name.rfind(settings_.service + "-", 0) != 0 || name.size() > 63)) {
    return "template.revision: must begin with the service's name";
  }
  static const std::regex label("[a-z0-9_-]{0,63}");
  const json labels = wanted.value("labels", json::object());
  for (const auto& [key, value] : labels.items()) {
    if (!std::regex_match(value.get<std::string>(), label)) {
      return "template.labels: invalid value of " + key;
    }
  }
  return std::nullopt;
}

std::optional<std::string> CloudRunServer::wrong_with_traffic(
    const json& traffic, const std::string& new_revision) const {
  int sum = 0;
  static const std::regex tag("[a-z][a-z0-9-]{0,45}");
  std::set<std::string> tags;
  for (const json& target : traffic) {
    sum += target.value("percent", 0);
    const std::string revision = text_in(target, "revision");
    if (!revision.empty() && revision != new_revision &&
        revisions_.count(revision) == 0) {
      return fmt::format("traffic: revision {} does not exist", revision);
    }
    if (text_in(target, "type") == "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION" &&
        revision.empty()) {
      return "traffic: no revision is named";
    }
    const std::string word = text_in(target, "tag");
    if (!word.empty() &&
        (!std::regex_match(word, tag) || !tags.insert(word).second)) {
      return "traffic: invalid or repeated tag " + word;
    }
  }
  if (!traffic.empty() && sum != 100) {
    return fmt::format("traffic: percentages sum to {}, not 100", sum);
  }
  return std::nullopt;
}

std::string CloudRunServer::begin_revision(const json& made_of) {
  std::string name = text_in(made_of, "revision");
  if (name.empty()) {
    name = fmt::format("{}-{:05}-abc", settings_.service, ++names_);
  }
  Revision revision;
  revision.made_of = made_of;
  revision.created = now_text();
  const json& container = made_of["containers"][0];
  CloudRunRevision run;
  run.name = name;
  run.service = settings_.service;
  run.image = text_in(container, "image");
  for (const char* key : {"command", "args"}) {
    for (const json& word : container.value(key, json::array())) {
      run.command.push_back(word);
    }
  }
  if (container.contains("ports")) {
    run.port = container["ports"][0].value("containerPort", std::uint16_t{8080});
  }
  const json probe = container.value("startupProbe", json::object());
  if (probe.contains("httpGet")) {
    run.probe_path = text_in(probe["httpGet"], "path");
    if (run.probe_path.empty()) run.probe_path = "/";
  }
  if (!probe.empty()) {
    run.start_deadline =
        std::chrono::seconds(probe.value("periodSeconds", 10) *
                             probe.value("failureThreshold", 3));
  }
  std::string missing;
  for (const json& entry : container.value("env", json::array())) {
    std::string value = text_in(entry, "value");
    if (entry.contains("valueSource")) {
      const std::string secret =
          text_in(entry["valueSource"]["secretKeyRef"], "secret");
      const auto it = settings_.secrets.find(secret);
      if (it == settings_.secrets.end()) {
        missing = secret;
      } else {
        value = it->second;
      }
    }
    run.env[text_in(entry, "name")] = value;
  }
  if (missing.empty()) {
    ++started_;
    ++started_by_image_[run.image];
    revision.instance = settings_.make(run);
  } else {
    revision.decided = true;
    revision.condition = condition("CONDITION_FAILED", now_text());
    revision.condition["reason"] = "SECRETS_ACCESS_CHECK_FAILED";
    revision.condition["message"] = fmt::format(
        "Secret projects/{}/secrets/{}/versions/latest was not found",
        settings_.project, missing);
  }
  revisions_[name] = std::move(revision);
  latest_created_ = name;
  return name;
}

ApiAnswer CloudRunServer::patch(const ApiCall& call) {
  if (!exists_) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'SERVICE' in region '{}' "
                               "in project '{}' does not exist.",
                               settings_.service, settings_.region,
                               settings_.project));
  }
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object()) {
    return refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
  const std::string etag = text_in(body, "etag");
  const std::string current = fmt::format("\"{}\"", etag_);
  if (!etag.empty() && etag != current) {
    return refusal(409, "ABORTED",
                   fmt::format("Conflict for resource '{}': version '{}' was "
                               "specified but current version is '{}'.",
                               settings_.service, etag, current));
  }
  const std::string mask = "," + call.asked("updateMask") + ",";
  const auto masked = [&](const char* field) {
    return mask == ",," || mask.find(fmt::format(",{},", field)) != mask.npos;
  };
  json wanted = template_;
  if (masked("template")) wanted = body.value("template", json::object());
  if (masked("template.revision")) {
    const std::string name =
        text_in(body.value("template", json::object()), "revision");
    wanted["revision"] = name;
  }
  if (text_in(wanted, "revision").empty()) wanted.erase("revision");
  const json traffic =
      masked("traffic") ? body.value("traffic", json::array()) : traffic_;
  if (const auto wrong = wrong_with(wanted)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  const std::string name = text_in(wanted, "revision");
  const auto known = revisions_.find(name);
  if (!name.empty() && known != revisions_.end() &&
      without_name(known->second.made_of) != without_name(wanted)) {
    return refusal(409, "ALREADY_EXISTS",
                   fmt::format("Revision named '{}' with different "
                               "configuration already exists.",
                               name));
  }
  if (const auto wrong = wrong_with_traffic(traffic, name)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  if (call.asked("validateOnly") == "true") return begin_operation("");
  std::string waits;
  if (!name.empty() && known != revisions_.end()) {
    latest_created_ = name;
    if (known->second.ready) latest_ready_ = name;
  } else if (!name.empty() ||
             without_name(wanted) != without_name(template_)) {
    waits = begin_revision(wanted);
  }
  template_ = wanted;
  traffic_ = traffic;
  touch(true);
  return begin_operation(waits);
}

ApiAnswer CloudRunServer::create(const ApiCall& call) {
  if (exists_) {
    return refusal(409, "ALREADY_EXISTS",
                   fmt::format("Resource '{}' already exists.",
                               settings_.service));
  }
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object() || call.asked("serviceId") != settings_.service) {
    return refusal(400, "INVALID_ARGUMENT", "serviceId: unknown to this fake");
  }
  const json wanted = body.value("template", json::object());
  if (const auto wrong = wrong_with(wanted)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  exists_ = true;
  uid_ = fmt::format("uid-{}", ++names_);
  created_ = now_text();
  labels_ = body.value("labels", json::object());
  template_ = wanted;
  traffic_ = body.value("traffic", json::array());
  statuses_ = json::array();
  generation_ = 0;
  touch(true);
  const std::string revision = begin_revision(wanted);
  return begin_operation(revision);
}

void CloudRunServer::forget_service() {
  const std::lock_guard lock(mutex_);
  exists_ = false;
  revisions_.clear();
  routes_.clear();
}

ApiAnswer CloudRunServer::service_call(const ApiCall& call) {
  if (!exists_) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'SERVICE' does not "
                               "exist.",
                               settings_.service));
  }
  if (call.method == "GET") return answer(service_json());
  exists_ = false;
  revisions_.clear();
  routes_.clear();
  latest_created_.clear();
  latest_ready_.clear();
  return begin_operation("");
}

ApiAnswer CloudRunServer::revision_call(const ApiCall& call,
                                        const std::string& name) {
  if (name.empty()) {
    json all = json::array();
    for (const auto& [each, revision] : revisions_) {
      all.push_back(revision_json(each, revision));
    }
    std::sort(all.begin(), all.end(), [](const json& a, const json& b) {
      return text_in(a, "createTime") > text_in(b, "createTime");
    });
    // Small pages, so that whoever reads only the first is found out.
    constexpr std::size_t kPage = 3;
    const std::string page = call.asked("pageToken", "0");
    const std::size_t from = std::min(std::stoul(page), all.size());
    const std::size_t end = std::min(from + kPage, all.size());
    json out = {{"revisions", json(all.begin() + static_cast<long>(from),
                                   all.begin() + static_cast<long>(end))}};
    if (end < all.size()) out["nextPageToken"] = std::to_string(end);
    return answer(out);
  }
  const auto it = revisions_.find(name);
  if (it == revisions_.end()) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'REVISION' does not "
                               "exist.",
                               name));
  }
  if (call.method == "GET") return answer(revision_json(name, it->second));
  const bool used =
      std::any_of(traffic_.begin(), traffic_.end(), [&](const json& target) {
        return text_in(target, "revision") == name;
      }) ||
      std::any_of(statuses_.begin(), statuses_.end(), [&](const json& target) {
        return text_in(target, "revision") == name;
      });
  if (used || (settings_.keeps_latest && latest_created_ == name)) {
    return refusal(400, "FAILED_PRECONDITION",
                   fmt::format("Revision '{}' is in use.", name));
  }
  revisions_.erase(it);
  if (latest_ready_ == name) {
    for (const json& status : statuses_) {
      if (status.value("percent", 0) > 0) {
        latest_ready_ = text_in(status, "revision");
      }
    }
  }
  return begin_operation("");
}

ApiAnswer CloudRunServer::operation_call(const ApiCall& call) {
  std::string name = call.path.substr(4);
  const std::string wait = ":wait";
  if (name.ends_with(wait)) name.resize(name.size() - wait.size());
  if (operations_.count(name) == 0) {
    return refusal(404, "NOT_FOUND", "Operation does not exist.");
  }
  // It may return early, and does.
  return answer(operation_json(name));
}

ApiAnswer CloudRunServer::list_entries(const ApiCall& call) {
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object()) {
    return refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
  const std::string filter = text_in(body, "filter");
  const auto quoted = [&](const std::string& before) {
    const auto at = filter.find(before + "\"");
    if (at == filter.npos) return std::string();
    const auto from = at + before.size() + 1;
    return filter.substr(from, filter.find('"', from) - from);
  };
  const std::string revision = quoted("resource.labels.revision_name=");
  const std::string since = quoted("timestamp>=");
  json found = json::array();
  for (const Entry& entry : log_) {
    if (clock_.now() - entry.at < settings_.log_delay) continue;
    if (entry.json["resource"]["labels"]["revision_name"] != revision) continue;
    if (text_in(entry.json, "timestamp") < since) continue;
    found.push_back(entry.json);
  }
  const std::size_t size =
      std::min<std::size_t>(body.value("pageSize", std::size_t{50}), 1000);
  const std::string token = text_in(body, "pageToken");
  const std::size_t from =
      std::min(token.empty() ? 0 : std::stoul(token), found.size());
  const std::size_t end = std::min(from + size, found.size());
  json out = json::object();
  if (end > from) {
    out["entries"] = json(found.begin() + static_cast<long>(from),
                          found.begin() + static_cast<long>(end));
  }
  if (end < found.size()) out["nextPageToken"] = std::to_string(end);
  return answer(out);
}

ApiAnswer CloudRunServer::give_token(const ApiCall& call) {
  const json token = {{"access_token", settings_.token},
                      {"expires_in", 3599},
                      {"token_type", "Bearer"}};
  if (call.path != "/token") {
    const auto flavor = call.headers.find("metadata-flavor");
    if (flavor == call.headers.end() || flavor->second != "Google") {
      return {403, "Missing Metadata-Flavor:Google header.", {}};
    }
    ApiAnswer reply = answer(token);
    reply.headers["Metadata-Flavor"] = "Google";
    return reply;
  }
  const bool asked =
      call.body.find("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                     "jwt-bearer") != std::string::npos &&
      call.body.find("assertion=") != std::string::npos;
  if (asked) return answer(token);
  return answer({{"error", "invalid_grant"},
                 {"error_description", "Invalid JWT Signature."}},
                400);
}

std::string CloudRunServer::deploy_by_other(
    const std::string& image, std::map<std::string, std::string> env) {
  const std::lock_guard lock(mutex_);
  json made = without_name(template_);
  made["containers"][0]["image"] = image;
  for (const auto& [name, value] : env) {
    made["containers"][0]["env"].push_back({{"name", name}, {"value", value}});
  }
  // gcloud run deploy leaves the split as it is, as people expect who pinned
  // it; here the other one wants all of it.
  const std::string name = begin_revision(made);
  template_ = made;
  traffic_ = json::array({{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                           {"percent", 100}}});
  touch(true);
  advance();
  return name;
}

void CloudRunServer::seed(const std::string& image,
                          const std::map<std::string, std::string>& env,
                          std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  json container = {{"image", image},
                    {"ports", {{{"name", "http1"}, {"containerPort", port}}}},
                    {"env", json::array()}};
  for (const auto& [name, value] : env) {
    container["env"].push_back({{"name", name}, {"value", value}});
  }
  exists_ = true;
  uid_ = "uid-0";
  created_ = now_text();
  labels_ = json::object();
  statuses_ = json::array();
  template_ = {{"containers", {container}},
               {"timeout", "300s"},
               {"maxInstanceRequestConcurrency", 80}};
  traffic_ = json::array({{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                           {"percent", 100}}});
  touch(true);
  begin_revision(template_);
  advance();
}

CloudRunServer::Facts CloudRunServer::facts() {
  const std::lock_guard lock(mutex_);
  advance();
  Facts facts;
  facts.exists = exists_;
  facts.template_ = template_;
  facts.traffic = traffic_;
  facts.started = started_;
  facts.started_by_image = started_by_image_;
  facts.served = served_;
  for (const auto& [name, revision] : revisions_) {
    facts.revisions.push_back(name);
  }
  if (!exists_) return facts;
  for (const json& status : statuses_) {
    if (status.value("percent", 0) == 100) {
      facts.serving = text_in(status, "revision");
      if (facts.serving.empty()) facts.serving = latest_ready_;
    }
  }
  for (const json& target : traffic_) {
    if (target.contains("tag")) {
      facts.tagged.push_back(text_in(target, "revision"));
    }
  }
  return facts;
}

void CloudRunServer::set_token(const std::string& token) {
  const std::lock_guard lock(mutex_);
  settings_.token = token;
}

std::string CloudRunServer::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}

}  // namespace rung::fakes
