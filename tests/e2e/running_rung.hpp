#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::e2e {

/// The built binary while it runs, as a shell would have started it: what it
/// leaves running on purpose outlives it, and this object. (The function
/// rung() stops all of that.)
class RunningRung {
 public:
  RunningRung(const std::vector<std::string>& arguments,
              const std::filesystem::path& cwd,
              const std::map<std::string, std::string>& more_env = {});
  RunningRung(const RunningRung&) = delete;
  RunningRung& operator=(const RunningRung&) = delete;
  /// Kills it if it still runs.
  ~RunningRung();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// False: it still runs after `at_most`.
  [[nodiscard]] bool ended_within(std::chrono::microseconds at_most) const;
  /// To rung alone, not to what it started.
  void signal(int number) const;
  /// Waits for its end, five minutes at most.
  Result result();
  /// stdout and stderr so far.
  [[nodiscard]] std::string log() const;

 private:
  fakes::TemporaryFolder output_;
  pid_t pid_ = 0;
  int handle_ = -1;  ///< pidfd: readable once it has ended
  bool reaped_ = false;
};

}  // namespace rung::e2e
