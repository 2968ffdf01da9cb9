#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// Distinguishes living runs of rung from dead ones, whatever killed them: each
/// run holds a lock on a file beside a target's state, and the kernel releases
/// it. Workers of one run share the lock.
class LivingRun {
 public:
  /// `run`: [a-z0-9-]+. Throws JournalError.
  LivingRun(const std::filesystem::path& state, const std::string& run);
  LivingRun(const LivingRun&) = delete;
  LivingRun& operator=(const LivingRun&) = delete;
  ~LivingRun();

 private:
  std::filesystem::path file_;
  int lock_;
};

/// False for a run that has ended or never used this target's state.
bool lives(const std::filesystem::path& state, const std::string& run);

}  // namespace rung
