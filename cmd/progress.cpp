#include "cmd/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace rung {

struct Progress::State {
  bool quiet = false;
};

Progress::Progress(const Context&, const std::string&)
    : state_(std::make_unique<State>()) {}
Progress::~Progress() = default;

void Progress::between(const Question& question) {
  say(fmt::format("{} commits and {} other changes between good and bad",
                  question.commits.size(), question.deltas.size()));
}

HuntObserver Progress::observer() {
  HuntObserver observer;
  observer.verdict = [this](const std::string& label, Purpose,
                            const Observation& observation, bool remembered) {
    say(fmt::format("{:5} {} ({:.2f} s){}{}", to_string(observation.verdict),
                    label,
                    std::chrono::duration<double>(observation.duration).count(),
                    remembered ? " remembered" : "",
                    observation.failure
                        ? fmt::format(": {} {}: {}",
                                      to_string(observation.failure->stage),
                                      observation.failure->cause,
                                      observation.failure->message)
                        : ""));
  };
  return observer;
}

void Progress::say(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
}
void Progress::end() {}

}  // namespace rung
