#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "adapters/render/api.hpp"
#include "adapters/render/deploying.hpp"
#include "adapters/render/options.hpp"
#include "adapters/render/state.hpp"
#include "core/model/platform.hpp"

namespace rung::render {

/// Changes the live service, and puts it back whole: Render's own rollback
/// brings back what runs, but not the variables and commands that the next
/// deploy would get.
class LiveService {
 public:
  LiveService(Api& api, Deploying& deploying, const StateFile& file,
              State& state, const Options& options, Clock& clock)
      : api_(api), deploying_(deploying), file_(file), state_(state),
        options_(options), clock_(clock) {}

  /// Off, once, with a note of it on disk first.
  void hold_auto_deploy(const Service& service);
  /// On again if hold_auto_deploy() switched it off, now or in an earlier run.
  bool release_auto_deploy();

  /// Deploys to the live service: the deploy that is live now, or why its
  /// release is refused; then, and when anything is thrown, the service is as
  /// before. From here to keep() or restore() what was is on disk.
  std::variant<Deploy, Refused> change(const Service& service,
                                       const Details& details,
                                       const Env& env,
                                       const std::string& commit);
  void keep(State::Served served);
  /// What was done, for people. Nothing to put back is no error.
  std::vector<std::string> restore();

 private:
  std::optional<Refused> configure(const Service& service,
                                   const Details& details, const Env& env);
  void store(const std::string& service, const Env& env);
  bool end_our_deploys(const Service& service, const State::Live& was);
  /// The deploy that serves again.
  std::string bring_back(const Service& service, const State::Live& was);

  Api& api_;
  Deploying& deploying_;
  const StateFile& file_;
  State& state_;
  const Options& options_;
  Clock& clock_;
};

/// A release Render does not take as it is configured.
Refused refused_configuration(const std::string& cause,
                              const std::string& message);

}  // namespace rung::render
