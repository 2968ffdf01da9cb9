#include "adapters/render/release.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/text/base64.hpp"
#include "core/text/printable.hpp"
#include "core/text/secret_shapes.hpp"

namespace rung::render {
namespace {

using nlohmann::json;

// Source: `paidPlan` of Render's OpenAPI description, the only ones a service
// can be made with.
constexpr std::string_view kPaidPlans[] = {"starter",  "standard", "pro",
                                           "pro_plus", "pro_max",  "pro_ultra"};

// The build command is shown to whoever may see the service's settings.
void refuse_secrets(const std::string& path, const std::string& content,
                    const Bundle& bundle,
                    const std::set<std::string>& secrets) {
  for (const auto& [name, value] : bundle.env) {
    if (value.size() < 4) continue;
    if (secrets.count(name) == 0 && !names_a_secret(name)) continue;
    if (content.find(value) == content.npos) continue;
    throw AbortError(fmt::format(
        "writing {} for Render: it would hold the value of {}; Render gives "
        "the service its variables itself, so leave this file out of the plan",
        path, name));
  }
}

std::string writing(const Files& files) {
  std::string command;
  for (const auto& [path, content] : files) {
    const auto slash = path.rfind('/');
    if (slash != path.npos) {
      command += "mkdir -p " + single_quoted(path.substr(0, slash)) + " && ";
    }
    command += fmt::format("echo {} | base64 -d > {} && ", base64(content),
                           single_quoted(path));
  }
  return command;
}

}  // namespace

Details details_of(const Bundle& bundle, const Details& live,
                   const std::string& runtime, const std::string& path,
                   const Files& files, const std::set<std::string>& secrets) {
  Details details = live;
  const auto take = [&](const char* key, std::string& into) {
    const auto found = bundle.release.config.find(key);
    if (found != bundle.release.config.end()) into = found->second;
  };
  take("build", details.build);
  take("start", details.start);
  take("platform:health-path", details.health_path);
  take("platform:pre-deploy-command", details.pre_deploy);
  if (!path.empty()) details.root_dir = path;
  take("platform:root-dir", details.root_dir);
  if (files.empty()) return details;
  if (runtime == "docker") {
    throw AbortError(fmt::format(
        "writing {} for Render: a service built from a Dockerfile takes files "
        "from its commit only; commit it, or leave it out of the plan",
        files.begin()->first));
  }
  for (const auto& [name, content] : files) {
    refuse_secrets(name, content, bundle, secrets);
  }
  details.build =
      writing(files) +
      (details.build.empty() ? std::string("true")
                             : "( " + details.build + "\n)");
  return details;
}

json copy_of(
    const Service& live, const std::string& name, const std::string& plan,
    const std::vector<std::pair<std::string, std::string>>& secret_files) {
  json details = {{"runtime", live.runtime},
                  {"numInstances", 1},
                  {"healthCheckPath", live.details.health_path}};
  const std::string& wanted = plan.empty() ? live.plan : plan;
  if (std::find(std::begin(kPaidPlans), std::end(kPaidPlans), wanted) !=
      std::end(kPaidPlans)) {
    details["plan"] = wanted;
  }
  if (!live.region.empty()) details["region"] = live.region;
  details["envSpecificDetails"] = live.env_specific;
  // A release command changes what the copy shares with the live service.
  details["envSpecificDetails"].erase("preDeployCommand");
  json body = {{"type", "web_service"}, {"name", name},
               {"ownerId", live.owner}, {"repo", live.repo},
               {"autoDeploy", "no"},    {"serviceDetails", details}};
  if (!live.branch.empty()) body["branch"] = live.branch;
  if (!live.details.root_dir.empty()) body["rootDir"] = live.details.root_dir;
  for (const auto& [file, content] : secret_files) {
    body["secretFiles"].push_back({{"name", file}, {"content", content}});
  }
  return body;
}

Env put_back(const Env& now, const Env& put, const Env& before) {
  Env result = now;
  const auto value = [](const Env& env, const std::string& name) {
    const auto found = env.find(name);
    return found == env.end() ? std::optional<std::string>()
                              : std::optional(found->second);
  };
  Env changed = put;
  changed.insert(before.begin(), before.end());
  for (const auto& [name, unused] : changed) {
    const auto was = value(before, name);
    if (value(put, name) == was) continue;                // not ours
    if (value(now, name) != value(put, name)) continue;   // changed since
    if (was) {
      result[name] = *was;
    } else {
      result.erase(name);
    }
  }
  return result;
}

}  // namespace rung::render
