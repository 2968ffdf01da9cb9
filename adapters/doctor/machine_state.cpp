#include "adapters/doctor/machine_state.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>

#include <charconv>
#include <string>
#include <string_view>

#include "adapters/process/file_text.hpp"
#include "core/text/split.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return std::nullopt;
  text.remove_prefix(begin);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

/// The number behind the line's `name`, as in "MemTotal:  123 kB".
std::optional<std::uint64_t> line_number(std::string_view text,
                                         std::string_view name) {
  for (const std::string_view line : lines_of(text)) {
    if (line.starts_with(name)) return number_of(line.substr(name.size()));
  }
  return std::nullopt;
}

/// What the tightest control group of this process leaves.
std::optional<MemorySpace> group_memory() {
  std::string_view path;
  const std::string groups = file_text("/proc/self/cgroup");
  for (const std::string_view line : lines_of(groups)) {
    if (line.starts_with("0::/")) path = line.substr(4);
  }
  std::optional<MemorySpace> tightest;
  const fs::path top = "/sys/fs/cgroup";
  for (fs::path at = top / path;; at = at.parent_path()) {
    const auto limit = number_of(file_text(at / "memory.max"));
    const auto used = number_of(file_text(at / "memory.current"));
    if (limit && used) {
      // Pages of files that can be dropped are counted as used.
      const std::uint64_t cache =
          line_number(file_text(at / "memory.stat"), "inactive_file ")
              .value_or(0);
      const std::uint64_t taken = *used > cache ? *used - cache : 0;
      const MemorySpace space{*limit > taken ? *limit - taken : 0, *limit,
                              true};
      if (!tightest || space.available < tightest->available) tightest = space;
    }
    if (at == top || at == at.parent_path()) break;
  }
  return tightest;
}

std::optional<std::uint64_t> limit_of(rlim_t limit) {
  if (limit == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::uint64_t>(limit);
}

}  // namespace

std::optional<DiskSpace> disk_space(const fs::path& folder) {
  std::error_code error;
  fs::path at = fs::absolute(folder, error);
  struct statvfs facts {};
  while (statvfs(at.c_str(), &facts) != 0) {
    if (at == at.parent_path()) return std::nullopt;
    at = at.parent_path();
  }
  DiskSpace space;
  space.free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize;
  space.all_bytes = std::uint64_t{facts.f_blocks} * facts.f_frsize;
  space.free_files = facts.f_favail;
  space.all_files = facts.f_files;
  space.read_only = (facts.f_flag & ST_RDONLY) != 0;
  return space;
}

MemorySpace memory_space() {
  const std::string machine = file_text("/proc/meminfo");
  MemorySpace space;
  space.all = line_number(machine, "MemTotal:").value_or(0) * 1024;
  space.available = line_number(machine, "MemAvailable:").value_or(0) * 1024;
  const auto group = group_memory();
  if (group && group->available < space.available) return *group;
  return space;
}

OpenFileLimits open_file_limits() {
  struct rlimit limits {};
  if (getrlimit(RLIMIT_NOFILE, &limits) != 0) return {};
  return {limit_of(limits.rlim_cur), limit_of(limits.rlim_max)};
}

}  // namespace rung
