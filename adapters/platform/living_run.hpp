#pragma once

#include <filesystem>
#include <string>

namespace rung {

/// Tells the runs of rung that live from those that are dead, whatever killed
/// them: a lock on a file beside a target's state, which the kernel lets go.
/// Workers of one run share it.
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

/// False for a run that has ended, or never used this target's state.
bool lives(const std::filesystem::path& state, const std::string& run);

}  // namespace rung
