#include "core/climbing/climb.hpp"

#include <algorithm>

namespace rung {
namespace {

using State = ReportPhase::State;

State state_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good: return State::good;
    case Verdict::bad: return State::bad;
    default: return State::no_verdict;
  }
}

Step step_on(Ladder& ladder, std::size_t phase) {
  Step step;
  if (const auto known = ladder.remembered(phase)) {
    step.remembered = true;
    step.observation = *known;
  } else if (ladder.approved(phase)) {
    step.observation = ladder.probe(phase);
  } else {
    step.state = State::waiting;
    return step;
  }
  step.state = state_of(step.observation.verdict);
  return step;
}

}  // namespace

Climbed climb(Ladder& ladder) {
  Climbed climbed;
  for (std::size_t phase = 0; phase < ladder.phases(); ++phase) {
    ladder.begins(phase);
    climbed.steps.push_back(step_on(ladder, phase));
    ladder.ends(phase, climbed.steps.back());
    if (climbed.steps.back().state != State::good) break;
    climbed.highest_good = phase;
  }
  return climbed;
}

std::size_t Climbed::deployed() const {
  return static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(), [](const Step& step) {
        return step.state != State::waiting && !step.remembered;
      }));
}

std::optional<std::size_t> Climbed::waits_at() const {
  if (steps.empty() || steps.back().state != State::waiting) {
    return std::nullopt;
  }
  return steps.size() - 1;
}

std::optional<std::size_t> Climbed::stopped_at() const {
  if (steps.empty() || steps.back().state == State::good) return std::nullopt;
  return steps.size() - 1;
}

}  // namespace rung
