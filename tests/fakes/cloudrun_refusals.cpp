#include "tests/fakes/cloudrun_server.hpp"

#include <fmt/format.h>

#include <regex>

#include "tests/fakes/cloudrun_words.hpp"

namespace rung::fakes {

using namespace cloudrun;
using nlohmann::json;

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

}  // namespace rung::fakes
