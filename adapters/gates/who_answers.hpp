#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/gates/health_check.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Who listens on `port` in the network of this process, each socket once.
/// `tree` gives the processes of the trial; it is asked again before anybody is
/// called a stranger, as a process may just have been forked. A socket that
/// the trial shares with somebody is the trial's. About 0.1 ms; when there is a
/// stranger, a look at every process.
std::vector<PortListener> port_listeners(
    std::uint16_t port, const std::function<std::vector<pid_t>()>& tree);

/// Ties an answer to the trial: an answer at its routed port counts only if the
/// trial listens there, before the question is sent and after the answer.
class AnswerTie {
 public:
  /// `connection` leads to `local_port` and nothing was sent yet.
  AnswerTie(Deployment& deployment, std::uint16_t local_port, int connection);
  /// `result`, or infra that names who answered in the trial's place.
  [[nodiscard]] CheckResult tied(CheckResult result,
                                 const std::string& asked) const;

 private:
  [[nodiscard]] std::optional<PortListener> stranger() const;

  Deployment& deployment_;
  std::uint16_t port_;   ///< 0 = not the trial's own: nothing is tied
  std::string address_;  ///< that was connected to
  std::optional<PortListener> before_;
};

}  // namespace rung
