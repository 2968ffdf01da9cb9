#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/doctor/checkup.hpp"

namespace rung {

/// What a file system has.
struct DiskSpace {
  std::uint64_t free_bytes = 0, all_bytes = 0;  ///< free: for this user
  std::uint64_t free_files = 0, all_files = 0;  ///< inodes; all 0 = no limit
  bool read_only = false;
};
inline constexpr const char* kDiskExpected = "500 MB and 1 % free";
/// Below 500 MB or 1 % of bytes, or 1 % of inodes, is a failure.
Judged judged_disk(const DiskSpace& space);

inline constexpr const char* kMemoryExpected = "256 MB available";
/// In bytes.
struct MemorySpace {
  std::uint64_t available = 0, all = 0;
  bool by_group = false;  ///< a control group sets the limit, not the machine
};
Judged judged_memory(const MemorySpace& memory);

inline constexpr const char* kFilesExpected = "1024 open files";
/// `soft`, `hard`: limits of RLIMIT_NOFILE; nullopt = no limit.
Judged judged_open_files(std::optional<std::uint64_t> soft,
                         std::optional<std::uint64_t> hard);

inline constexpr std::uint64_t kCacheLimit = 10ULL << 30;
inline constexpr const char* kCacheExpected = "at most 10 GiB";
Judged judged_cache(std::uint64_t bytes);

/// The Date header of an answer, with the time this machine had then.
struct DateSeen {
  std::string whose;         ///< who answered, as it may be shown
  std::int64_t ahead_ms = 0; ///< of this machine's clock against that one
  bool elsewhere = false;    ///< answered by another machine, as far as known
};
inline constexpr const char* kClockExpected = "within 60 s of the world";
/// One server with a wrong clock does not accuse this machine: the answer that
/// agrees best counts. What this machine itself answers tells nothing.
Judged judged_clock(const std::vector<DateSeen>& seen);

inline constexpr int kFewestDays = 7;
/// How long the certificate of a server is still valid.
Judged judged_certificate(std::chrono::seconds left);

/// "12.3 GB"
std::string size_text(std::uint64_t bytes);

}  // namespace rung
