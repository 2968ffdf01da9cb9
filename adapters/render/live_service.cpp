#include "adapters/render/live_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/render/release.hpp"
#include "core/base/error.hpp"

namespace rung::render {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

Refused refused_configuration(const std::string& cause,
                              const std::string& message) {
  Refused refused;
  refused.failure.stage = Stage::release;
  refused.failure.cause = cause;
  refused.failure.message = message;
  return refused;
}

void LiveService::hold_auto_deploy(const Service& service) {
  if (!service.auto_deploy || state_.auto_deploy_off) return;
  state_.service = service.id;
  state_.auto_deploy_off = true;
  write_state(file_, state_);
  api_.set_auto_deploy(service.id, false);
}

bool LiveService::release_auto_deploy() {
  if (!state_.auto_deploy_off) return false;
  api_.set_auto_deploy(state_.service, true);
  state_.auto_deploy_off = false;
  write_state(file_, state_);
  return true;
}

// Render knows no precondition for it, so it is read back.
void LiveService::store(const std::string& service, const Env& env) {
  if (const auto said = api_.set_env(service, env)) {
    throw PlatformError(fmt::format(
        "putting back the variables of {}: Render refuses: {}", service,
        *said));
  }
  Polling polling(options_.poll, clock_);
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) polling.pause();
    if (api_.env(service) == env) return;
  }
  throw PlatformError(fmt::format(
      "storing the variables of {}: they are not what was stored; does "
      "somebody else change them?",
      service));
}

std::optional<Refused> LiveService::configure(const Service& service,
                                              const Details& details,
                                              const Env& env) {
  if (const auto said = api_.set_env(service.id, env)) {
    return refused_configuration(
        "bad-env-value", "Render refuses the variables: " + *said);
  }
  Polling polling(options_.poll, clock_);
  for (int look = 0; api_.env(service.id) != env; ++look) {
    if (look == kLooks) {
      throw PlatformError(fmt::format(
          "storing the variables of {}: they are not what was stored; does "
          "somebody else change them?",
          service.name));
    }
    polling.pause();
  }
  if (details == service.details) return std::nullopt;
  if (const auto said = api_.set_details(service, details)) {
    return refused_configuration("unknown",
                                 "Render refuses the settings: " + *said);
  }
  return std::nullopt;
}

std::variant<Deploy, Refused> LiveService::change(const Service& service,
                                                  const Details& details,
                                                  const Env& env,
                                                  const std::string& commit) {
  hold_auto_deploy(service);
  State::Live was;
  was.suspended = service.suspended;
  was.known = deploying_.quiet(service.id, InFlight::waited_for);
  const auto live = api_.deploys(service.id, 1, "live");
  if (!live.empty()) {
    was.deploy = live.front().id;
    was.commit = live.front().commit;
  }
  was.env = api_.env(service.id);
  was.details = service.details;
  was.commit_put = commit;
  was.env_put = env;
  was.details_put = details;
  // A group's variable that the service does not set itself stays the group's.
  for (const auto& [name, value] : api_.group_env(service)) {
    const auto ours = was.env_put.find(name);
    if (ours != was.env_put.end() && ours->second == value &&
        was.env.count(name) == 0) {
      was.env_put.erase(ours);
    }
  }
  state_.service = service.id;
  state_.live = was;
  write_state(file_, state_);

  if (service.suspended) {
    api_.resume(service.id);
    state_.live->known = deploying_.quiet(service.id, InFlight::canceled);
  }
  std::optional<Refused> refused =
      configure(service, details, was.env_put);
  std::optional<Deploy> deploy;
  if (!refused) {
    auto answer = deploying_.trigger(service, commit, state_.live->known);
    if (auto* no = std::get_if<Refused>(&answer)) {
      refused = std::move(*no);
    } else {
      state_.live->deploys.push_back(std::get<std::string>(answer));
      write_state(file_, state_);
      deploy = deploying_.wait(service.id, state_.live->deploys.back());
      state_.live->went_live =
          deploy->status == "live" || deploy->status == "deactivated";
      Service changed = service;
      changed.details = details;
      refused = deploying_.outcome(changed, *deploy);
    }
  }
  if (refused) {
    restore();
    return *std::move(refused);
  }
  return *deploy;
}

void LiveService::keep(State::Served served) {
  state_.live.reset();
  state_.served = std::move(served);
  write_state(file_, state_);
}

// True when one of them went live.
bool LiveService::end_our_deploys(const Service& service,
                                  const State::Live& was) {
  bool live = was.went_live;
  for (const Deploy& deploy : api_.deploys(service.id, 20)) {
    const bool ours =
        contains(was.deploys, deploy.id) ||
        (!contains(was.known, deploy.id) && deploy.trigger == "api" &&
         deploy.commit == was.commit_put);
    if (!ours) continue;
    if (deploy.in_flight()) api_.cancel(service.id, deploy.id);
    live = live || deploying_.wait(service.id, deploy.id).status == "live";
  }
  return live;
}

std::string LiveService::bring_back(const Service& service,
                                    const State::Live& was) {
  const auto failed = [&](const std::string& why) {
    throw PlatformError(fmt::format(
        "putting back deploy {} of {}: NOT RESTORED: {}; roll back to it in "
        "Render's dashboard",
        was.deploy, service.name, why));
  };
  const auto known = deploying_.quiet(service.id, InFlight::waited_for);
  std::string id = deploying_.roll_back(service, was.deploy, known);
  if (!id.empty() && deploying_.wait(service.id, id).status == "live") {
    return id;
  }
  // Render keeps what a limited number of deploys ran: built again, then.
  if (was.commit.empty()) failed("Render no longer has what it ran");
  auto answer = deploying_.trigger(service, was.commit,
                                   deploying_.quiet(service.id,
                                                    InFlight::waited_for));
  if (auto* no = std::get_if<Refused>(&answer)) failed(no->failure.message);
  const Deploy deploy =
      deploying_.wait(service.id, std::get<std::string>(answer));
  if (const auto no = deploying_.outcome(service, deploy)) {
    failed(no->failure.message);
  }
  return deploy.id;
}

std::vector<std::string> LiveService::restore() {
  if (!state_.live) return {};
  const State::Live was = *state_.live;
  std::vector<std::string> done;
  Service service = api_.service(state_.service);
  const bool went_live = end_our_deploys(service, was);
  // What is read may lag behind what we changed, so what may have been changed
  // is stored again even where it looks as it was.
  const Env now = api_.env(service.id);
  const Env wanted = put_back(now, was.env_put, was.env);
  if (wanted != now || was.env_put != was.env) {
    store(service.id, wanted);
    done.push_back("put back the variables of " + service.name);
  }
  if (service.details != was.details || was.details_put != was.details) {
    if (const auto said = api_.set_details(service, was.details)) {
      throw PlatformError(fmt::format(
          "putting back the settings of {}: Render refuses: {}", service.name,
          *said));
    }
    service.details = was.details;
    done.push_back("put back the settings of " + service.name);
  }
  if (went_live && !was.deploy.empty()) {
    const auto live = api_.deploys(service.id, 1, "live");
    const Deploy now_live = live.empty() ? Deploy{} : live.front();
    // By the rung that was killed while it did this.
    const bool brought_back = now_live.trigger == "rollback" &&
                              now_live.commit == was.commit &&
                              !contains(was.known, now_live.id);
    const bool somebody_else =
        !live.empty() && now_live.id != was.deploy &&
        !contains(was.deploys, now_live.id) &&
        !(now_live.trigger == "api" && now_live.commit == was.commit_put);
    std::string serves = now_live.id;
    if (brought_back) {
      done.push_back(fmt::format("{} is back at deploy {}", service.name,
                                 was.deploy));
    } else if (somebody_else) {
      done.push_back(fmt::format("left deploy {} of {} alone: it is not ours",
                                 now_live.id, service.name));
    } else if (now_live.id != was.deploy) {
      serves = bring_back(service, was);
      done.push_back(fmt::format("rolled {} back to deploy {}", service.name,
                                 was.deploy));
    }
    // Render calls the same release by another name now.
    if (state_.served && state_.served->deploy == was.deploy &&
        (brought_back || !somebody_else)) {
      state_.served->deploy = serves;
    }
  }
  if (!service.suspended &&
      (was.suspended || (went_live && was.deploy.empty()))) {
    api_.suspend(service.id);
    done.push_back(service.name + " is suspended: nothing served before");
  }
  state_.live.reset();
  write_state(file_, state_);
  return done;
}

}  // namespace rung::render
