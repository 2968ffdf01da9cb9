#include "adapters/cloudrun/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/hex.hpp"

namespace rung::cloudrun {
namespace {

using nlohmann::json;

constexpr const char* kByRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
constexpr const char* kLatest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
constexpr std::string_view kReference = "secret://";
constexpr std::uint16_t kDefaultPort = 8080;

std::string setting(const Bundle& bundle, const std::string& key) {
  const auto it = bundle.release.config.find(key);
  return it == bundle.release.config.end() ? "" : it->second;
}

std::optional<int> number(const std::string& text, int most) {
  int value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 ||
      value > most) {
    return std::nullopt;
  }
  return value;
}

Failure refused(std::string cause, std::string evidence, std::string message) {
  return {Stage::release, std::move(cause), std::move(evidence),
          std::move(message), {}};
}

// The container that gets the requests: the one with a port, or the only one.
template <typename Json>
Json* serving_container(Json& template_) {
  const auto containers = template_.find("containers");
  if (containers == template_.end() || !containers->is_array() ||
      containers->empty()) {
    return nullptr;
  }
  for (auto& container : *containers) {
    if (container.contains("ports")) return &container;
  }
  return &containers->front();
}

json reference(std::string_view text) {
  const auto colon = text.rfind(':');
  const bool version = colon != text.npos;
  return {{"secretKeyRef",
           {{"secret", std::string(text.substr(0, colon))},
            {"version",
             std::string(version ? text.substr(colon + 1) : "latest")}}}};
}

json env_for(const json& before, const Bundle& bundle, const Shape& shape) {
  json env = json::array();
  for (const auto& [name, value] : bundle.env) {
    // Source: Cloud Run's container contract: the platform sets these itself
    // and refuses them here.
    if (name == "PORT" || name == "K_SERVICE" || name == "K_REVISION" ||
        name == "K_CONFIGURATION") {
      continue;
    }
    if (const auto it = shape.secrets.find(name); it != shape.secrets.end()) {
      env.push_back({{"name", name}, {"valueSource", reference(it->second)}});
      continue;
    }
    if (value.rfind(kReference, 0) == 0) {
      env.push_back(
          {{"name", name},
           {"valueSource",
            reference(std::string_view(value).substr(kReference.size()))}});
      continue;
    }
    if (shape.secret_names.count(name) == 0) {
      env.push_back({{"name", name}, {"value", value}});
      continue;
    }
    const auto kept =
        std::find_if(before.begin(), before.end(),
                     [&name = name](const json& entry) {
                       return text_in(entry, "name") == name &&
                              entry.contains("valueSource");
                     });
    if (kept == before.end()) {
      throw AbortError(fmt::format(
          "{} is a secret, and Cloud Run is given references, never values: "
          "put it into Secret Manager and say so in the target: secrets: "
          "{{{}: SECRET:VERSION}}",
          name, name));
    }
    env.push_back(*kept);
  }
  return env;
}

std::string image_for(const json& container, const Bundle& bundle,
                      const Shape& shape) {
  std::string image = shape.image;
  if (image.empty()) image = setting(bundle, "platform:image");
  if (image.empty()) image = text_in(container, "image");
  static constexpr std::string_view kCommit = "{commit}";
  for (auto at = image.find(kCommit); at != image.npos;
       at = image.find(kCommit)) {
    image.replace(at, kCommit.size(), bundle.release.commit.hex);
  }
  if (image.empty()) {
    throw AbortError(
        "no image to run: set the target's image, as in REGISTRY/APP:{commit}");
  }
  return image;
}

void set_probe(json& container, const Bundle& bundle, const Shape& shape) {
  const std::string path = setting(bundle, "platform:health-path");
  if (!path.empty()) {
    json probe = {{"httpGet", {{"path", path}}}};
    const json before = container.value("startupProbe", json::object());
    for (const char* key : {"periodSeconds", "timeoutSeconds",
                            "failureThreshold", "initialDelaySeconds"}) {
      if (before.contains(key)) probe[key] = before[key];
    }
    // Source: the API's limits: threshold x period is at most 240 s.
    if (!probe.contains("periodSeconds")) {
      probe["periodSeconds"] = 5;
      probe["timeoutSeconds"] = 4;
      probe["failureThreshold"] = 48;
    }
    container["startupProbe"] = probe;
  }
  if (shape.start_deadline.count() == 0) return;
  json probe = container.value("startupProbe", json::object());
  if (!probe.contains("httpGet") && !probe.contains("grpc") &&
      !probe.contains("tcpSocket")) {
    probe["tcpSocket"] = {{"port", port_of({{"containers", {container}}})}};
  }
  probe["periodSeconds"] = 1;
  probe["timeoutSeconds"] = 1;
  probe["failureThreshold"] = shape.start_deadline.count();
  container["startupProbe"] = probe;
}

}  // namespace

std::variant<json, Failure> template_for(const json& base, const Bundle& bundle,
                                         const Shape& shape,
                                         const std::string& revision) {
  json made = base.is_object() ? base : json::object();
  made["revision"] = revision;
  if (serving_container(made) == nullptr) {
    made["containers"] = json::array({json::object()});
  }
  for (json& container : made["containers"]) container.erase("buildInfo");
  json& container = *serving_container(made);
  container["image"] = image_for(container, bundle, shape);
  const std::string start = setting(bundle, "start");
  if (!start.empty() && !shape.image_starts) {
    container["command"] = {"/bin/sh", "-c", start};
    container.erase("args");
  }

  std::string port = setting(bundle, "platform:container-port");
  if (const auto it = bundle.env.find("PORT"); it != bundle.env.end()) {
    port = it->second;
    if (!number(port, 65535)) {
      return refused("bad-env-value", "PORT",
                     "PORT is not a number from 1 to 65535; Cloud Run sets it "
                     "to the container port itself");
    }
  }
  if (!port.empty()) {
    const auto value = number(port, 65535);
    if (!value) {
      return refused("bad-config-file", "container-port",
                     "container-port is not a number from 1 to 65535");
    }
    json ports = container.value("ports", json::array());
    if (ports.empty()) ports.push_back(json::object());
    ports[0]["containerPort"] = *value;
    container["ports"] = ports;
  }
  container["env"] =
      env_for(container.value("env", json::array()), bundle, shape);
  set_probe(container, bundle, shape);

  if (const auto text = setting(bundle, "platform:concurrency"); !text.empty()) {
    const auto value = number(text, 1000);
    if (!value) {
      return refused("bad-config-file", "concurrency",
                     "concurrency is not a number from 1 to 1000");
    }
    made["maxInstanceRequestConcurrency"] = *value;
  }
  if (const auto text = setting(bundle, "platform:timeout-seconds");
      !text.empty()) {
    const auto value = number(text, 3600);
    if (!value) {
      return refused("bad-config-file", "timeout-seconds",
                     "timeout-seconds is not a number from 1 to 3600");
    }
    made["timeout"] = fmt::format("{}s", *value);
  }
  if (const auto text = setting(bundle, "platform:service-account");
      !text.empty()) {
    made["serviceAccount"] = text;
  }
  for (const auto& [name, value] : shape.labels) made["labels"][name] = value;
  for (const auto& [name, value] : shape.annotations) {
    made["annotations"][name] = value;
  }
  if (!bundle.release.commit.hex.empty()) {
    made["annotations"]["rung-commit"] = bundle.release.commit.hex;
  }
  return made;
}

json template_of(const json& revision) {
  json made = json::object();
  // What a RevisionTemplate has and a Revision has too.
  for (const char* key :
       {"annotations", "containers", "encryptionKey",
        "encryptionKeyRevocationAction", "encryptionKeyShutdownDuration",
        "executionEnvironment", "gpuZonalRedundancyDisabled", "labels",
        "maxInstanceRequestConcurrency", "nodeSelector", "scaling",
        "serviceAccount", "serviceMesh", "sessionAffinity", "timeout",
        "volumes", "vpcAccess"}) {
    if (revision.contains(key)) made[key] = revision[key];
  }
  return made;
}

std::map<std::string, std::string> env_of(const json& template_) {
  std::map<std::string, std::string> env;
  const json* container = serving_container(template_);
  if (container == nullptr) return env;
  for (const json& entry : container->value("env", json::array())) {
    const std::string name = text_in(entry, "name");
    const auto source = entry.find("valueSource");
    if (source == entry.end()) {
      env[name] = text_in(entry, "value");
      continue;
    }
    const json key = source->value("secretKeyRef", json::object());
    std::string version = text_in(key, "version");
    if (version.empty()) version = "latest";
    env[name] =
        fmt::format("{}{}:{}", kReference, text_in(key, "secret"), version);
  }
  if (container->contains("ports")) {
    env["PORT"] = std::to_string(port_of(template_));
  }
  return env;
}

std::uint16_t port_of(const json& template_) {
  const json* container = serving_container(template_);
  if (container == nullptr || !container->contains("ports")) {
    return kDefaultPort;
  }
  const json& ports = (*container)["ports"];
  const int port = ports.is_array() && !ports.empty()
                       ? number_in(ports[0], "containerPort")
                       : 0;
  return port > 0 && port < 65536 ? static_cast<std::uint16_t>(port)
                                  : kDefaultPort;
}

std::string commit_of(const json& template_) {
  const auto full = [](const std::string& text) {
    return text.size() == 40 && is_hex(text);
  };
  const std::string noted =
      text_in(template_.value("annotations", json::object()), "rung-commit");
  if (full(noted)) return noted;
  const json* container = serving_container(template_);
  if (container == nullptr) return "";
  const std::string image = text_in(*container, "image");
  const auto colon = image.rfind(':');
  const std::string tag =
      colon == std::string::npos ? "" : image.substr(colon + 1);
  return full(tag) ? tag : "";
}

std::string short_name(const json& name) {
  if (!name.is_string()) return "";
  const std::string text = name;
  const auto slash = text.rfind('/');
  return slash == std::string::npos ? text : text.substr(slash + 1);
}

std::string serving(const json& service) {
  std::string found;
  int most = 0;
  for (const char* list : {"trafficStatuses", "traffic"}) {
    for (const json& target : service.value(list, json::array())) {
      const int percent = number_in(target, "percent");
      if (percent <= most) continue;
      most = percent;
      found = short_name(target.value("revision", json()));
      if (found.empty()) {
        found = short_name(service.value("latestReadyRevision", json()));
      }
    }
    if (most > 0) return found;
  }
  return short_name(service.value("latestReadyRevision", json()));
}

json pinned(const json& service) {
  const std::string latest =
      short_name(service.value("latestReadyRevision", json()));
  json traffic = json::array();
  for (const json& target : service.value("traffic", json::array())) {
    json kept = target;
    if (text_in(target, "revision").empty()) {
      kept["type"] = kByRevision;
      kept["revision"] = latest;
    }
    traffic.push_back(std::move(kept));
  }
  // Source: the API: no traffic means all to the latest ready revision.
  if (latest.empty()) return all_to_latest();  // it has never served
  return traffic.empty() ? all_to(latest) : traffic;
}

json all_to(const std::string& revision) {
  return json::array(
      {{{"type", kByRevision}, {"revision", revision}, {"percent", 100}}});
}

json all_to_latest() {
  return json::array({{{"type", kLatest}, {"percent", 100}}});
}

json with_tag(json traffic, const std::string& revision,
              const std::string& tag) {
  for (const json& target : traffic) {
    if (text_in(target, "tag") == tag) return traffic;
  }
  traffic.push_back({{"type", kByRevision},
                     {"revision", revision},
                     {"percent", 0},
                     {"tag", tag}});
  return traffic;
}

json without(const json& traffic, const std::set<std::string>& revisions) {
  json kept = json::array();
  for (const json& target : traffic) {
    if (number_in(target, "percent") == 0 &&
        revisions.count(text_in(target, "revision")) != 0) {
      continue;
    }
    kept.push_back(target);
  }
  return kept;
}

std::string tag_url(const json& service, const std::string& tag) {
  for (const json& status : service.value("trafficStatuses", json::array())) {
    if (text_in(status, "tag") == tag) return text_in(status, "uri");
  }
  return "";
}

std::string trial_name(const std::string& service, const std::string& hex) {
  return service + "-rung-" + hex;
}

std::string tag_of(const std::string& trial_name) {
  return "r-" + trial_name.substr(trial_name.rfind('-') + 1);
}

bool is_trial_name(std::string_view service, std::string_view revision) {
  const std::string prefix = trial_name(std::string(service), "");
  return revision.size() == prefix.size() + 8 && revision.starts_with(prefix) &&
         is_hex(revision.substr(prefix.size()));
}

std::string label(std::string_view text) {
  std::string out;
  for (const char c : ascii_lower(text.substr(0, 63))) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    out += plain ? c : '-';
  }
  return out;
}

}  // namespace rung::cloudrun
