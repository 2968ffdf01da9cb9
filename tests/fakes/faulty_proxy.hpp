#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "core/model/clock.hpp"
#include "tests/fakes/api_server.hpp"

namespace rung::fakes {

/// What can go wrong between rung and a platform's API.
enum class ApiFault {
  too_many,        ///< 429 and no word of how long
  too_many_until,  ///< 429 with Retry-After
  broken,          ///< 500, nothing done
  broken_after,    ///< 500, but done
  reset,           ///< the connection is reset, nothing done
  lost_reply,      ///< reset, but done
  half_body,       ///< done, and the answer breaks off
  slow,            ///< done; time passes
  stale,           ///< a read as it was answered a while ago
  expired,         ///< 401 once: the token has to be renewed
  meddled,         ///< somebody else does something first
};

/// Stands before a platform's fake (or, with forwarded(), a real one) and
/// breaks calls, the same ones for the same seed. Thread-safe.
class FaultyProxy {
 public:
  struct Settings {
    std::uint64_t seed = 1;
    double rate = 0.1;  ///< of all calls
    std::vector<ApiFault> faults = all();
    /// How old a stale read may be.
    std::chrono::milliseconds stale{4000};
    std::function<void()> meddle = {};
  };
  static std::vector<ApiFault> all();

  /// `clock` is what rung waits with: a slow answer lets it pass.
  FaultyProxy(ApiHandler behind, Settings settings, Clock& clock);
  ApiAnswer operator()(const ApiCall& call);
  /// From now on nothing goes wrong.
  void calm();
  [[nodiscard]] std::map<ApiFault, int> happened() const;

 private:
  struct Earlier {
    Clock::Time at;
    ApiAnswer answer;
  };
  ApiAnswer passed_on(const ApiCall& call);

  ApiHandler behind_;
  Settings settings_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::map<std::string, Earlier> earlier_;  ///< by target of GETs
  std::map<ApiFault, int> happened_;
  bool expired_ = false;
};

}  // namespace rung::fakes
