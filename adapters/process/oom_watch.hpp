#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace rung {

/// Whether a program that was killed was killed by the kernel for want of
/// memory: by its control group's counter, else by the machine's, and by the
/// kernel's log where it may be read. Allocates nothing once it is made: it is
/// asked when there may be no memory.
class OomWatch {
 public:
  /// Tests put other files in the place of the machine's.
  struct Places {
    std::string memory_events;  ///< of a control group v2; "" = none
    std::string vmstat = "/proc/vmstat";
    std::string kernel_log = "/dev/kmsg";
  };
  /// Looks from now on. The programs meant start in the control group that
  /// this process is in.
  explicit OomWatch(const Places& places);
  OomWatch(const OomWatch&) = delete;
  OomWatch& operator=(const OomWatch&) = delete;
  ~OomWatch();

  /// REQUIRES: `program` was killed by SIGKILL, or is a shell that says so of
  /// what it ran; not yet reaped.
  [[nodiscard]] bool killed(pid_t program) const;

  /// `memory.events` of `group` or of the nearest group above it that has one:
  /// its counts are those of all below. "" = there is none.
  static std::string events_of(std::filesystem::path group);

 private:
  [[nodiscard]] bool log_names(pid_t program) const;

  int events_, vmstat_, log_;
  std::uint64_t events_before_, vmstat_before_;
};

}  // namespace rung
