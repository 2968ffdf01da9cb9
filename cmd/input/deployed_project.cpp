#include "cmd/input/deployed_project.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/base/error.hpp"
#include "core/text/port_number.hpp"
#include "plans/generate/release_of.hpp"
#include "plans/proposing/docker_statements.hpp"
#include "plans/proposing/platform_statements.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/project_folder.hpp"

namespace rung {
namespace {

/// "Procfile, line 1" -> "Procfile:1".
std::string place_of(const Guess& guess) {
  constexpr std::string_view kLine = ", line ";
  std::string place = guess.from;
  if (const auto at = place.find(kLine); at != place.npos) {
    place.replace(at, kLine.size(), ":");
  }
  return place;
}

void add_files(const std::filesystem::path& folder, Deployed& deployed) {
  std::error_code error;
  const auto whole = std::filesystem::canonical(folder, error);
  if (error) return;
  const ProjectFolder files(whole, whole);
  const Project project(files);
  Stated stated;
  read_platform_statements(project, stated);
  const bool has_start = stated.start.has_value();
  read_dockerfile(project, stated);
  const auto& start = has_start ? stated.start : stated.image_start;
  if (start && deployed.starts.empty()) {
    deployed.starts.push_back({start->value, place_of(*start)});
  }
  if (deployed.platform.empty() && stated.start &&
      stated.start->from.starts_with("render.y")) {
    deployed.platform = "render";
  }
  if (stated.health && stated.health->value.starts_with('/')) {
    deployed.health.push_back({stated.health->value, place_of(*stated.health)});
  }
  // What else names a port, EXPOSE say, routes nothing.
  if (stated.port && stated.port->from.starts_with("fly.toml") &&
      !deployed.port) {
    deployed.port = port_number(stated.port->value);
    deployed.port_place = place_of(*stated.port);
    // Source: fly.io/docs/reference/runtime-environment: no PORT is set.
    const std::string* image = project.text("Dockerfile");
    deployed.sets_port = std::any_of(stated.env.begin(), stated.env.end(),
                                     [](const StatedVariable& one) {
                                       return one.name == "PORT";
                                     }) ||
                         image == nullptr || image->find("PORT") != image->npos;
  }
}

void add_plan(const Plan& plan, Deployed& deployed) {
  const Target* target = nullptr;
  for (const Target& one : plan.targets) {
    // What `command` deploys to, only the commands know.
    if (one.adapter != "command" &&
        (one.adapter != "local" || one.emulate != Emulation::none)) {
      target = &one;
    }
  }
  if (target == nullptr) return;
  const std::size_t last = plan.phases.size() - 1;
  const Release release = release_of(plan, last, {}, CommitId{});
  const std::string file = plan.file.filename().string();
  deployed.certain = true;
  deployed.platform = target->emulate != Emulation::none
                          ? std::string(to_string(target->emulate))
                          : target->adapter;
  if (const auto start = release.config.find("start");
      start != release.config.end()) {
    deployed.starts.push_back({start->second, file});
  }
  if (target->port_given) {
    deployed.port = target->port;
    deployed.port_place = file;
    deployed.sets_port =
        release.env.contains("PORT") || target->inject_port.value_or(true);
  }
  for (const Gate& gate : gates_of(plan, last)) {
    const auto* http = std::get_if<HttpGate>(&gate.check);
    if (http == nullptr || !http->url.starts_with('/') ||
        http->method != "GET" || http->url.find('$') != http->url.npos ||
        std::any_of(http->status.begin(), http->status.end(),
                    [](int status) { return status >= 400; })) {
      continue;
    }
    deployed.health.push_back({http->url.substr(0, http->url.find('?')), file});
  }
}

}  // namespace

Deployed deployed_project(const std::filesystem::path& folder,
                          const std::optional<Plan>& plan) {
  Deployed deployed;
  if (plan) add_plan(*plan, deployed);
  try {
    add_files(folder, deployed);
  } catch (const PlanError&) {
    // The folder is read elsewhere, too, and what is wrong with it told there.
  }
  return deployed;
}

}  // namespace rung
