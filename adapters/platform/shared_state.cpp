#include "adapters/platform/shared_state.hpp"

#include <mutex>

namespace rung {
namespace {

// One for all files: they are small and seldom written.
std::mutex one_at_a_time;

}  // namespace

nlohmann::json SharedState::read() const {
  const std::lock_guard lock(one_at_a_time);
  return file_.read().value_or(nlohmann::json::object());
}

void SharedState::change(
    const std::function<void(nlohmann::json&)>& change) const {
  const std::lock_guard lock(one_at_a_time);
  const auto before = file_.read();
  nlohmann::json now = before.value_or(nlohmann::json::object());
  change(now);
  if (before ? now == *before : now.empty()) return;
  if (now.empty()) {
    file_.erase();
  } else {
    file_.write(now);
  }
}

}  // namespace rung
