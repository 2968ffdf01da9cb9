#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace rung {

/// Tells whether the kernel killed a program because memory ran out: from its
/// control group's counter, else from the machine's, and from the kernel's log
/// if it is readable. Allocates nothing after construction, because there may
/// be no memory left when it is used.
class OomWatch {
 public:
  /// Tests replace the machine's files with others.
  struct Places {
    std::string memory_events;  ///< of a control group v2; "" = none
    std::string vmstat = "/proc/vmstat";
    std::string kernel_log = "/dev/kmsg";
  };
  /// Watches from now on. The watched programs must start in the control group
  /// of this process.
  explicit OomWatch(const Places& places);
  OomWatch(const OomWatch&) = delete;
  OomWatch& operator=(const OomWatch&) = delete;
  ~OomWatch();

  /// REQUIRES: `program` was killed by SIGKILL, or is a shell that reports this
  /// of its child; not yet reaped.
  [[nodiscard]] bool killed(pid_t program) const;

  /// `memory.events` of `group` or of the nearest group above it that has one;
  /// its counts include all groups below. "" = there is none.
  static std::string events_of(std::filesystem::path group);

 private:
  [[nodiscard]] bool log_names(pid_t program) const;

  int events_, vmstat_, log_;
  std::uint64_t events_before_, vmstat_before_;
};

}  // namespace rung
