#pragma once

#include <optional>
#include <string>
#include <variant>

#include "adapters/render/api.hpp"
#include "adapters/render/deploying.hpp"
#include "adapters/render/options.hpp"
#include "adapters/render/state.hpp"
#include "core/model/platform.hpp"

namespace rung::render {

/// The throw-away service of one run of rung. Render lets nobody make more
/// than twenty services an hour, so all trials of a run share one.
class TrialService {
 public:
  TrialService(Api& api, Deploying& deploying, const StateFile& file,
               State& state, const Options& options, std::string run,
               Clock& clock);

  /// Makes it, or reads it again.
  Service like(const Service& live);
  /// Sets what differs from the trial before; the refusal, if any.
  std::optional<Refused> configure(Service& trial, const Details& details,
                                   const Env& env);
  /// Removes it, or what an earlier run left of its own. Whether there was any.
  bool remove();
  /// Whether the one that the state file tells of is this run's.
  [[nodiscard]] bool ours() const { return !name_.empty(); }

 private:
  std::string made(const Service& live);

  Api& api_;
  Deploying& deploying_;
  const StateFile& file_;
  State& state_;
  const Options& options_;
  std::string run_;
  Clock& clock_;
  std::string name_;             ///< "" = none made by this run
  std::optional<Env> env_;       ///< what it has; nullopt = unknown
};

}  // namespace rung::render
