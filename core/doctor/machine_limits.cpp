#include "core/doctor/machine_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/text/counted.hpp"

namespace rung {
namespace {

constexpr std::uint64_t kLeastDisk = 500'000'000;
constexpr std::uint64_t kLeastMemory = 256'000'000;
constexpr std::uint64_t kLeastFiles = 1024;
constexpr std::int64_t kMostSkewMs = 60'000;

double percent_of(std::uint64_t part, std::uint64_t whole) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string limit_text(const std::optional<std::uint64_t>& limit) {
  return limit ? std::to_string(*limit) : std::string("unlimited");
}

/// "75 s ahead"
std::string skew_text(std::int64_t ahead_ms) {
  return fmt::format("{} s {}", (std::abs(ahead_ms) + 500) / 1000,
                     ahead_ms < 0 ? "behind" : "ahead");
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  if (bytes < 1'000'000'000) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  }
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

Judged judged_disk(const DiskSpace& space) {
  if (space.all_bytes == 0) {
    return not_known("the file system does not say how large it is");
  }
  std::string found = fmt::format(
      "{} free ({:.1f} %)", size_text(space.free_bytes),
      percent_of(space.free_bytes, space.all_bytes));
  if (space.read_only) {
    return failing(found + ", mounted read-only",
                   "look why with dmesg, and mount it for writing");
  }
  if (space.all_files > 0 &&
      percent_of(space.free_files, space.all_files) < 1) {
    return failing(
        fmt::format("{}, but {} of {} file names left", found,
                    space.free_files, space.all_files),
        "remove files that nobody needs (many small ones): df -i shows it");
  }
  if (space.free_bytes < kLeastDisk ||
      percent_of(space.free_bytes, space.all_bytes) < 1) {
    return failing(found, "free some space: rung clean, docker system df");
  }
  return fine(found);
}

Judged judged_memory(const MemorySpace& memory) {
  if (memory.all == 0) return not_known("/proc/meminfo does not say");
  std::string found = fmt::format(
      "{} of {} available{}", size_text(memory.available),
      size_text(memory.all),
      memory.by_group ? " (limit of the control group)" : "");
  if (memory.available >= kLeastMemory) return fine(std::move(found));
  return failing(std::move(found),
                 memory.by_group
                     ? "raise the memory limit of this container or service"
                     : "end what takes it: ps aux --sort=-rss | head");
}

Judged judged_open_files(std::optional<std::uint64_t> soft,
                         std::optional<std::uint64_t> hard) {
  std::string found =
      fmt::format("{} (at most {})", limit_text(soft), limit_text(hard));
  if (!soft || *soft >= kLeastFiles) return fine(std::move(found));
  return failing(std::move(found),
                 !hard || *hard >= kLeastFiles
                     ? "ulimit -n 1024"
                     : "raise the hard limit: /etc/security/limits.conf, or "
                       "LimitNOFILE of the unit");
}

Judged judged_cache(std::uint64_t bytes) {
  if (bytes <= kCacheLimit) return fine(size_text(bytes));
  return failing(size_text(bytes),
                 "rung clean --list shows what it is, rung clean removes it");
}

Judged judged_clock(const std::vector<DateSeen>& seen) {
  const DateSeen* best = nullptr;
  bool only_here = false;
  for (const DateSeen& one : seen) {
    if (!one.elsewhere) {
      only_here = true;
      continue;
    }
    if (best == nullptr ||
        std::abs(one.ahead_ms) < std::abs(best->ahead_ms)) {
      best = &one;
    }
  }
  if (best == nullptr) {
    return not_known(only_here
                         ? "only this machine itself answered with a date"
                         : "no HTTP answer with a date to compare it with");
  }
  std::string found = fmt::format("{} of {}", skew_text(best->ahead_ms),
                                  best->whose);
  if (std::abs(best->ahead_ms) <= kMostSkewMs) return fine(std::move(found));
  return failing(std::move(found),
                 "set the clock: timedatectl set-ntp true (tokens and "
                 "certificates depend on it)");
}

Judged judged_certificate(std::chrono::seconds left) {
  const auto days = std::chrono::duration_cast<std::chrono::hours>(left) /
                    std::chrono::hours(24);
  if (left.count() < 0) {
    return failing("the certificate has expired", "renew it");
  }
  std::string found = fmt::format("valid for {}",
                                  counted(static_cast<std::uint64_t>(days),
                                          "day"));
  if (days >= kFewestDays) return fine(std::move(found));
  return failing(std::move(found),
                 "renew it now, and look why nothing renewed it by itself");
}

}  // namespace rung
