#include "adapters/render/blame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "adapters/http/json_members.hpp"
#include "core/diagnosis/diagnosis.hpp"

// Sources: Render's OpenAPI description (statuses, events, their reasons) and
// its documentation of deploys and health checks; the log lines are those that
// its users quote.
namespace rung::render {
namespace {

using nlohmann::json;

struct Reason {
  std::optional<int> exit_code;
  bool early_exit = false, evicted = false, oom = false, timed_out = false;
  std::string memory_limit, unhealthy;
};

// Where there is none, or another shape, nothing is set.
Reason reason_of(const json& details) {
  json from = member(details, "reason");
  if (const json inner = member(from, "failure"); inner.is_object()) {
    from = inner;
  }
  Reason reason;
  if (const json code = member(from, "nonZeroExit");
      code.is_number_integer() && code != 0) {
    reason.exit_code = code.get<int>();
  }
  reason.early_exit = member(from, "earlyExit") == true;
  reason.evicted = member(from, "evicted") == true;
  if (const json oom = member(from, "oomKilled"); oom.is_object()) {
    reason.oom = true;
    reason.memory_limit = text_in(oom, "memoryLimit");
  }
  const json seconds = member(from, "timedOutSeconds");
  reason.timed_out = (seconds.is_number() && seconds != 0) ||
                     !text_in(from, "timedOutReason").empty();
  reason.unhealthy = text_in(from, "unhealthy");
  return reason;
}

bool says(const std::string& log, std::string_view words) {
  return log.find(words) != std::string::npos;
}

// "==> Exited with status 1"; nullopt when no line says so.
std::optional<int> logged_exit(const std::string& log) {
  static constexpr std::string_view kWords = "==> Exited with status ";
  const auto at = log.rfind(kWords);
  if (at == log.npos) return std::nullopt;
  int code = 0;
  std::from_chars(log.data() + at + kWords.size(), log.data() + log.size(),
                  code);
  return code;
}

Blame on_release(Stage stage, std::string cause, std::string message,
                 std::string evidence = {}) {
  Blame blame;
  blame.failure = {stage, std::move(cause), std::move(evidence),
                   std::move(message), {}};
  return blame;
}

Blame on_platform(std::string why) {
  Blame blame;
  blame.on = Blame::On::platform;
  blame.why = std::move(why);
  return blame;
}

// What of the workspace or the platform got in the way, whatever the status.
std::optional<Blame> outside(const Evidence& evidence) {
  for (const Event& event : evidence.events) {
    if (event.type == "server_hardware_failure") {
      return on_platform("Render's hardware failed");
    }
    const char* why =
        event.type == "pipeline_minutes_exhausted"
            ? "the workspace has used up its build minutes on Render"
        : event.type == "branch_deleted"
            ? "the service's branch was deleted"
        : event.type == "suspender_added"
            ? "the service was suspended on Render"
            : nullptr;
    if (why == nullptr) continue;
    Blame blame = on_platform(why);
    blame.on = Blame::On::account;
    return blame;
  }
  return std::nullopt;
}

Blame of_build(const Evidence& evidence) {
  Reason reason;
  for (const Event& event : evidence.events) {
    if (event.type == "image_pull_failed") {
      return on_release(Stage::source, "image-pull-failed",
                        "the image could not be pulled: " +
                            text_in(event.details, "message"),
                        text_in(event.details, "imageURL"));
    }
    if (event.type != "build_ended") continue;
    if (text_in(event.details, "buildStatus") == "canceled") {
      return on_platform("the build was canceled");
    }
    if (const Reason its = reason_of(event.details);
        its.exit_code || its.oom || its.evicted || its.timed_out) {
      reason = its;
    }
  }
  if (reason.evicted) return on_platform("Render evicted the build");
  if (reason.oom) {
    return on_release(Stage::build, "oom-killed",
                      "the build used more memory than it has");
  }
  if (reason.timed_out) {
    return on_release(Stage::build, "unknown",
                      "the build did not end in time");
  }
  // Before the build command runs, what fails is getting the source.
  const Diagnosis found = diagnose(evidence.build_log);
  const bool built = says(evidence.build_log, "==> Running build command");
  if (found.stage == Stage::source && !built) {
    return on_release(Stage::source, found.cause, found.line, found.evidence);
  }
  return on_release(
      Stage::build, "unknown",
      reason.exit_code
          ? fmt::format("the build ended with status {}", *reason.exit_code)
          : std::string("the build failed"));
}

Blame of_pre_deploy(const Evidence& evidence) {
  Reason reason;
  for (const Event& event : evidence.events) {
    if (event.type == "pre_deploy_ended") reason = reason_of(event.details);
  }
  if (reason.evicted) return on_platform("Render evicted the release command");
  return on_release(
      Stage::release, "unknown",
      reason.exit_code ? fmt::format("the pre-deploy command ended with status "
                                     "{}",
                                     *reason.exit_code)
                       : std::string("the pre-deploy command failed"));
}

Blame unhealthy(const Evidence& evidence, const std::string& said) {
  const std::string path = evidence.health_path.empty()
                               ? "the health check"
                               : "the health check " + evidence.health_path;
  return on_release(Stage::health, "health-timeout",
                    path + " never passed" +
                        (said.empty() ? std::string() : ": " + said),
                    evidence.health_path);
}

Blame not_listening() {
  return on_release(
      Stage::listen, "no-port-bound",
      "Render found no open port in time; services have to bind 0.0.0.0");
}

Blame of_update(const Evidence& evidence) {
  Reason reason;
  for (const Event& event : evidence.events) {
    if (event.type != "deploy_ended" && event.type != "server_failed") continue;
    const Reason its = reason_of(event.details);
    if (its.exit_code) reason.exit_code = its.exit_code;
    reason.early_exit = reason.early_exit || its.early_exit;
    reason.evicted = reason.evicted || its.evicted;
    reason.timed_out = reason.timed_out || its.timed_out;
    if (its.oom) {
      reason.oom = true;
      reason.memory_limit = its.memory_limit;
    }
    if (!its.unhealthy.empty()) reason.unhealthy = its.unhealthy;
  }
  const std::string& log = evidence.app_log;
  if (reason.oom) {
    return on_release(Stage::start, "oom-killed",
                      "it used more memory than it has" +
                          (reason.memory_limit.empty()
                               ? std::string()
                               : " (" + reason.memory_limit + ")"));
  }
  if (reason.evicted) return on_platform("Render evicted the instance");
  const auto code = reason.exit_code ? reason.exit_code : logged_exit(log);
  if (code || reason.early_exit) {
    return on_release(Stage::start, "unknown",
                      fmt::format("exited with status {}", code.value_or(0)));
  }
  if (!reason.unhealthy.empty()) return unhealthy(evidence, reason.unhealthy);
  const bool found_port = says(log, "==> Detected service running on port");
  if (!found_port && (says(log, "==> No open ports detected") ||
                      says(log, "no open ports detected"))) {
    return not_listening();
  }
  if (reason.timed_out || says(log, "==> Timed Out")) {
    return evidence.health_path.empty() && !found_port ? not_listening()
                                                       : unhealthy(evidence, "");
  }
  if (evidence.status == "canceled") {
    return on_platform("the deploy was canceled; Render does not say by whom");
  }
  return on_release(Stage::start, "unknown",
                    "the update failed; Render does not say why");
}

// A deploy that another one took the place of says nothing about its release.
bool replaced(const Evidence& evidence) {
  return std::any_of(evidence.events.begin(), evidence.events.end(),
                     [](const Event& event) {
                       const json reason = member(event.details, "reason");
                       return !member(reason, "newDeploy").is_null() ||
                              !member(reason, "newBuild").is_null();
                     });
}

// Oldest first.
std::vector<Event> events_of_it(const Evidence& evidence) {
  std::vector<Event> its;
  for (auto event = evidence.events.rbegin(); event != evidence.events.rend();
       ++event) {
    const std::string deploy = text_in(event->details, "deployId");
    const bool ends = event->type == "deploy_ended";
    if (deploy.empty() || deploy == evidence.deploy_id) {
      const std::string instance = text_in(event->details, "instanceID");
      if (evidence.older_instances.count(instance) == 0) its.push_back(*event);
      if (ends && deploy == evidence.deploy_id) break;
    } else if (ends && event->at_ms <= evidence.finished_ms) {
      its.clear();
    }
  }
  return its;
}

}  // namespace

Blame blame(const Evidence& all) {
  Evidence evidence = all;
  evidence.events = events_of_it(all);
  if (auto found = outside(evidence)) return *found;
  if (evidence.status == "deactivated") {
    return on_platform("another deploy took its place");
  }
  if (evidence.status == "canceled" && replaced(evidence)) {
    return on_platform("a newer deploy canceled it");
  }
  if (evidence.status == "build_failed") return of_build(evidence);
  if (evidence.status == "pre_deploy_failed") return of_pre_deploy(evidence);
  return of_update(evidence);
}

}  // namespace rung::render
