#include "core/serving/served.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/error.hpp"

namespace rung {

Observation Served::serve(const WantedRelease& wanted, const Release* exact) {
  try {
    return serve_once(wanted, exact);
  } catch (const RemovedError& error) {
    // Someone removed it: try once more. If it happens again, give up: they
    // mean it.
    notes_.emplace_back(error.what());
    return serve_once(wanted, exact);
  }
}

Observation Served::serve_once(const WantedRelease& wanted,
                               const Release* exact) {
  const auto live = this->live();
  Observation observation = live && live->release_id == wanted.release
                                ? judge_again(wanted)
                                : take_over(wanted, exact);
  if (observation.verdict == Verdict::good) record_.write(wanted);
  return observation;
}

Observation Served::judge_again(const WantedRelease& wanted) {
  LivePlatform& platform = place_.live_platform();
  Observation observation = place_.judge(wanted, *platform.attach());
  if (observation.verdict != Verdict::good && platform.killed()) {
    throw RemovedError("what served was killed from outside");
  }
  return observation;
}

Observation Served::take_over(const WantedRelease& wanted, const Release* exact,
                              bool whatever_gates_say) {
  Observation observation;
  const ServeResult result = place_.live_platform().serve(
      place_.bundle(wanted, exact), wanted.phase,
      [&](Deployment& deployment) {
        observation = place_.judge(wanted, deployment);
        return observation.verdict == Verdict::good ||
               (whatever_gates_say && !deployment.exited());
      });
  serves_unproved_ = result.serves && observation.verdict != Verdict::good;
  if (result.refused) {
    observation.verdict = Verdict::bad;
    observation.failure = result.refused->failure;
  } else if (!result.serves && observation.verdict == Verdict::good) {
    observation.verdict = Verdict::bad;
    Failure failure;
    failure.stage = Stage::network;
    failure.message = "its gates passed, but the platform did not make it live";
    observation.failure = std::move(failure);
  }
  return observation;
}

bool Served::restore() {
  const auto wanted = this->wanted();
  if (!wanted) return true;
  try {
    return restore(*wanted);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    notes_.emplace_back(error.what());
    return false;
  }
}

bool Served::restore(const WantedRelease& wanted) {
  serves_unproved_ = false;
  const bool gone = !place_.may_restart() && !made_room_ && !live();
  if (serve(wanted).verdict == Verdict::good) {
    made_room_ = false;
    if (gone) {
      notes_.push_back(fmt::format(
          "nothing served on {} any more (did somebody remove it?): phase {} "
          "was put back",
          place_.name(), wanted.phase));
    }
    return true;
  }
  if (!place_.may_restart()) {
    serves_unproved_ = live().has_value();
    return false;
  }
  // A process may hang since before: once more, from the start. If its gates
  // fail again, maybe for what they ask of others, it is still the best there
  // is.
  place_.live_platform().stop();
  const Observation seen = take_over(wanted, nullptr, true);
  if (serves_unproved_) {
    notes_.push_back(
        fmt::format("phase {} serves on {} again, but fails its gates{}{}",
                    wanted.phase, place_.name(), seen.failure ? ": " : "",
                    seen.failure ? found_and_likely(*seen.failure) : ""));
  }
  if (!serves_unproved_ && seen.failure) {
    notes_.push_back(fmt::format("phase {} does not come up on {}: {}",
                                 wanted.phase, place_.name(),
                                 found_and_likely(*seen.failure)));
  }
  if (seen.verdict != Verdict::good) return false;
  record_.write(wanted);
  made_room_ = false;
  return true;
}

std::vector<std::string> Served::take_notes() {
  return std::exchange(notes_, {});
}

void Served::make_room() {
  if (!place_.trials_need_its_place(wanted())) return;
  place_.live_platform().stop();
  made_room_ = true;
}

void Served::stop() {
  place_.live_platform().stop();
  record_.clear();
}

}  // namespace rung
