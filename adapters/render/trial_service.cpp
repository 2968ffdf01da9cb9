#include "adapters/render/trial_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/render/live_service.hpp"
#include "adapters/render/release.hpp"
#include "core/base/error.hpp"

namespace rung::render {

TrialService::TrialService(Api& api, Deploying& deploying,
                           const StateFile& file, State& state,
                           const Options& options, std::string run,
                           Clock& clock)
    : api_(api),
      deploying_(deploying),
      file_(file),
      state_(state),
      options_(options),
      run_(std::move(run)),
      clock_(clock) {}

std::string TrialService::made(const Service& live) {
  const nlohmann::json body =
      copy_of(live, name_, options_.plan, api_.secret_files(live.id));
  Polling polling(options_.poll, clock_);
  for (int tried = 0; tried < 3; ++tried) {
    try {
      return api_.create_service(body);
    } catch (const LostReply&) {
      for (int look = 0; look < kLooks; ++look) {
        const auto there = api_.services_named(name_);
        if (!there.empty()) return there.front().id;
        polling.pause();
      }
      state_.trial->doubtful = true;
      write_state(file_, state_);
    }
  }
  throw PlatformError(fmt::format(
      "making service {}: Render accepted three requests and shows no effect",
      name_));
}

Service TrialService::like(const Service& live) {
  if (!name_.empty() && !state_.trial->id.empty()) {
    return api_.service(state_.trial->id);
  }
  if (name_.empty() && state_.trial) remove();  // a dead run's
  if (!name_.empty()) remove();  // begun and not finished
  name_ = fmt::format("{}-rung-{}", live.name, run_);
  state_.service = live.id;
  state_.trial = State::Trial{name_, "", false};
  write_state(file_, state_);
  state_.trial->id = made(live);
  write_state(file_, state_);
  env_.reset();
  // Making it has begun to deploy the head of its branch.
  deploying_.quiet(state_.trial->id, InFlight::canceled);
  return api_.service(state_.trial->id);
}

std::optional<Refused> TrialService::configure(Service& trial,
                                               const Details& details,
                                               const Env& env) {
  if (env_ != env) {
    env_.reset();
    if (const auto said = api_.set_env(trial.id, env)) {
      return refused_configuration(
          "bad-env-value", "Render refuses the variables: " + *said);
    }
    env_ = env;
  }
  if (trial.details == details) return std::nullopt;
  if (const auto said = api_.set_details(trial, details)) {
    return refused_configuration("unknown",
                                 "Render refuses the settings: " + *said);
  }
  trial.details = details;
  return std::nullopt;
}

bool TrialService::remove() {
  if (!state_.trial) return false;
  const State::Trial trial = *state_.trial;
  bool any = !trial.id.empty();
  if (any) api_.delete_service(trial.id);
  // One whose making was never answered is known by its name alone.
  if (trial.id.empty() || trial.doubtful) {
    Polling polling(options_.poll, clock_);
    for (int look = 0; look < kLooks; ++look) {
      if (look > 0) polling.pause();
      for (const Service& left : api_.services_named(trial.name)) {
        if (left.id == state_.service) continue;
        api_.delete_service(left.id);
        any = true;
      }
    }
  }
  state_.trial.reset();
  name_.clear();
  env_.reset();
  write_state(file_, state_);
  return any;
}

}  // namespace rung::render
