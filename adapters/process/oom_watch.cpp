#include "adapters/process/oom_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace fs = std::filesystem;

namespace rung {
namespace {

/// Room for the whole of /proc/vmstat.
constexpr std::size_t kRoom = 1 << 14;

int open_file(const std::string& path, int flags = 0) {
  return path.empty() ? -1
                      : open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
}

/// The file from its beginning, ended by a NUL.
template <std::size_t kSize>
std::string_view read_again(int file, std::array<char, kSize>& text) {
  std::size_t size = 0;
  for (ssize_t got;
       file >= 0 && size + 1 < kSize &&
       (got = pread(file, text.data() + size, kSize - 1 - size,
                    static_cast<off_t>(size))) > 0;) {
    size += static_cast<std::size_t>(got);
  }
  text[size] = '\0';
  return {text.data(), size};
}

/// The number after "oom_kill " at the beginning of a line; 0 = none.
std::uint64_t oom_kills(int file) {
  std::array<char, kRoom> room;
  const std::string_view text = read_again(file, room);
  constexpr std::string_view kWord = "oom_kill ";
  for (std::size_t at = text.find(kWord); at != text.npos;
       at = text.find(kWord, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') {
      return std::strtoull(text.data() + at + kWord.size(), nullptr, 10);
    }
  }
  return 0;
}

/// The same control group v2 as this process. A zombie is where it was.
bool in_our_group(pid_t program) {
  const auto group_in = [](const char* path, std::array<char, 4096>& room) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const std::string_view text = read_again(file, room);
    if (file >= 0) close(file);
    const std::size_t at = text.find("0::");
    return at == text.npos ? std::string_view()
                           : text.substr(at, text.find('\n', at) - at);
  };
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/cgroup", program);
  std::array<char, 4096> ours, theirs;
  return group_in("/proc/self/cgroup", ours) == group_in(path.data(), theirs);
}

}  // namespace

OomWatch::OomWatch(const Places& places)
    : events_(open_file(places.memory_events)),
      vmstat_(open_file(places.vmstat)),
      log_(open_file(places.kernel_log, O_NONBLOCK)),
      events_before_(oom_kills(events_)),
      vmstat_before_(oom_kills(vmstat_)) {
  if (log_ >= 0) lseek(log_, 0, SEEK_END);
}

OomWatch::~OomWatch() {
  for (const int file : {events_, vmstat_, log_}) {
    if (file >= 0) close(file);
  }
}

bool OomWatch::killed(pid_t program) const {
  if (log_names(program)) return true;
  // A group's count says more than the machine's, but a program may have gone
  // to another group.
  if (events_ >= 0 && oom_kills(events_) > events_before_) return true;
  if (events_ >= 0 && in_our_group(program)) return false;
  return oom_kills(vmstat_) > vmstat_before_;
}

// Source: mm/oom_kill.c: "Out of memory: Killed process 12 (name) ...", or
// "Memory cgroup out of memory: Killed process ...". One read is one record.
bool OomWatch::log_names(pid_t program) const {
  std::array<char, 64> words;
  std::snprintf(words.data(), words.size(), "Killed process %d ", program);
  std::array<char, 8192> record;
  // A bound, should somebody write faster than this reads.
  for (int i = 0; log_ >= 0 && i < 10'000; ++i) {
    const ssize_t got = read(log_, record.data(), record.size());
    if (got <= 0) return false;
    const std::string_view text(record.data(), static_cast<std::size_t>(got));
    if (text.find(words.data()) != text.npos) return true;
  }
  return false;
}

std::string OomWatch::events_of(fs::path group) {
  while (group.has_relative_path()) {
    const fs::path events = group / "memory.events";
    std::error_code error;
    if (fs::exists(events, error)) return events.string();
    group = group.parent_path();
  }
  return "";
}

}  // namespace rung
