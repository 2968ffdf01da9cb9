#include "adapters/process/run_group.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "adapters/process/tree.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

constexpr const char* kPrefix = "rung-";

/// Kernel files answer a write with an error code, not on close.
bool write_to(const fs::path& file, const char* text) {
  const int handle = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (handle < 0) return false;
  const auto size = static_cast<ssize_t>(std::strlen(text));
  const bool written = write(handle, text, std::strlen(text)) == size;
  close(handle);
  return written;
}

fs::path group_of(const fs::path& parent, pid_t launcher) {
  return parent / (kPrefix + std::to_string(launcher));
}

std::vector<pid_t> members(const fs::path& group) {
  std::vector<pid_t> pids;
  std::ifstream in(group / "cgroup.procs");
  for (pid_t pid = 0; in >> pid;) pids.push_back(pid);
  return pids;
}

std::vector<fs::path> groups_in(const fs::path& group) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(group, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory(error)) found.push_back(it->path());
  }
  return found;
}

/// Somebody of rung is there and cleans up by itself.
bool looked_after(const fs::path& group) {
  const auto pids = members(group);
  return std::any_of(pids.begin(), pids.end(), [](pid_t pid) {
    const std::string name = command_name(pid);
    return name == "launcher" || name == "keeper";
  });
}

/// Kills all in `group` and below, and removes it. Gives up after 2 s.
void end_group(const fs::path& group) {
  for (const auto& below : groups_in(group)) end_group(below);
  for (int pass = 0; pass < 2'000; ++pass) {
    const auto pids = members(group);
    if (pids.empty()) break;
    for (const pid_t pid : pids) kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  rmdir(group.c_str());
}

}  // namespace

fs::path RunGroup::current() {
  // "36 25 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw": field 5 is the place.
  std::ifstream mounts("/proc/self/mountinfo");
  fs::path mounted;
  for (std::string line; mounted.empty() && std::getline(mounts, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::size_t from = 0;
    for (int field = 1; field < 5; ++field) from = line.find(' ', from) + 1;
    mounted = line.substr(from, line.find(' ', from) - from);
  }
  if (mounted.empty()) return {};
  std::ifstream own("/proc/self/cgroup");
  for (std::string line; std::getline(own, line);) {
    if (line.rfind("0::/", 0) == 0) return mounted / line.substr(4);
  }
  return {};
}

void RunGroup::enter() {
  const fs::path parent = current();
  if (parent.empty() || access(parent.c_str(), W_OK) != 0) return;
  for (const auto& other : groups_in(parent)) {
    const bool ours = other.filename().string().rfind(kPrefix, 0) == 0;
    if (ours && !looked_after(other)) end_group(other);
  }
  const fs::path own = group_of(parent, getpid());
  std::error_code error;
  fs::create_directory(own, error);
  if (!error && !write_to(own / "cgroup.procs", "0")) rmdir(own.c_str());
}

void RunGroup::remove(pid_t launcher) {
  const fs::path parent = current();
  if (!parent.empty()) rmdir(group_of(parent, launcher).c_str());
}

}  // namespace rung
