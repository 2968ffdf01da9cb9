#include "core/hunting/held_verdicts.hpp"

#include <iterator>
#include <utility>

namespace rung {

void HeldVerdicts::started(std::size_t worker, Purpose purpose) {
  if (purpose == Purpose::control_good) good_controls_.insert(worker);
}

std::vector<TrialEvent> HeldVerdicts::admit(TrialEvent event, bool compared) {
  std::vector<TrialEvent> heard;
  good_controls_.erase(event.worker);
  const bool waits =
      !good_controls_.empty() && !compared && event.evidence.found;
  (waits ? waiting_ : heard).push_back(std::move(event));
  if (good_controls_.empty()) {
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(heard));
    waiting_.clear();
  }
  return heard;
}

}  // namespace rung
