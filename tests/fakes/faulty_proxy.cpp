#include "tests/fakes/faulty_proxy.hpp"

namespace rung::fakes {

std::vector<ApiFault> FaultyProxy::all() {
  using enum ApiFault;
  return {too_many,   too_many_until, broken, broken_after, reset,  lost_reply,
          half_body,  slow,           stale,  expired,      meddled};
}

FaultyProxy::FaultyProxy(ApiHandler behind, Settings settings, Clock& clock)
    : behind_(std::move(behind)),
      settings_(std::move(settings)),
      clock_(clock),
      random_(settings_.seed) {}

void FaultyProxy::calm() {
  const std::lock_guard lock(mutex_);
  settings_.rate = 0;
}

std::map<ApiFault, int> FaultyProxy::happened() const {
  const std::lock_guard lock(mutex_);
  return happened_;
}

ApiAnswer FaultyProxy::passed_on(const ApiCall& call) {
  ApiAnswer answer = behind_(call);
  if (call.method == "GET") {
    // The oldest that is still young enough stays the one to be shown.
    auto [kept, fresh] =
        earlier_.try_emplace(call.target, Earlier{clock_.now(), answer});
    if (!fresh && clock_.now() - kept->second.at > settings_.stale) {
      kept->second = {clock_.now(), answer};
    }
  }
  return answer;
}

ApiAnswer FaultyProxy::operator()(const ApiCall& call) {
  const std::lock_guard lock(mutex_);
  std::uniform_real_distribution<> chance;
  const bool faulty = chance(random_) < settings_.rate;
  std::uniform_int_distribution<std::size_t> which(
      0, settings_.faults.size() - 1);
  const ApiFault fault = settings_.faults[which(random_)];
  const auto seconds =
      std::uniform_int_distribution<int>(1, 20)(random_);
  if (!faulty) {
    expired_ = false;
    return passed_on(call);
  }
  ++happened_[fault];
  ApiAnswer answer;
  switch (fault) {
    case ApiFault::too_many:
      return {429, "slow down", {{"Content-Type", "text/plain"}}};
    case ApiFault::too_many_until:
      return {429, "", {{"Retry-After", std::to_string(seconds)}}};
    case ApiFault::broken:
      return {500, R"({"message":"internal server error"})"};
    case ApiFault::broken_after:
      passed_on(call);
      return {500, R"({"message":"internal server error"})"};
    case ApiFault::reset:
      answer.wire = ApiAnswer::Wire::reset;
      return answer;
    case ApiFault::lost_reply:
      answer = passed_on(call);
      answer.wire = ApiAnswer::Wire::reset;
      return answer;
    case ApiFault::half_body:
      answer = passed_on(call);
      answer.wire = answer.body.empty() ? ApiAnswer::Wire::reset
                                        : ApiAnswer::Wire::half;
      return answer;
    case ApiFault::slow:
      clock_.sleep(std::chrono::seconds(seconds));
      return passed_on(call);
    case ApiFault::stale: {
      const auto kept = earlier_.find(call.target);
      if (call.method != "GET" || kept == earlier_.end() ||
          clock_.now() - kept->second.at > settings_.stale) {
        return passed_on(call);
      }
      return kept->second.answer;
    }
    case ApiFault::expired:
      // Again before anything was answered whole: a token that is no good.
      if (expired_) return passed_on(call);
      expired_ = true;
      return {401, R"({"message":"unauthorized"})"};
    case ApiFault::meddled:
      if (settings_.meddle) settings_.meddle();
      return passed_on(call);
  }
  return passed_on(call);
}

}  // namespace rung::fakes
