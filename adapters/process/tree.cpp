#include "adapters/process/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <ctime>
#include <vector>

#include "adapters/process/file_text.hpp"
namespace rung {
namespace {

/// Calls `use(name)` for each entry of an open directory whose name is a
/// number. getdents64 instead of readdir: readdir allocates.
template <typename Use>
void each_number(int directory, Use use) {
  alignas(dirent64) std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = getdents64(directory, buffer.data(), buffer.size());
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const char* entry = buffer.data() + at;
      unsigned short length;
      std::memcpy(&length, entry + offsetof(dirent64, d_reclen), sizeof length);
      const char* name = entry + offsetof(dirent64, d_name);
      if (*name >= '1' && *name <= '9') use(name);
      at += length;
    }
  }
}

class Pids {
 public:
  explicit Pids(std::span<pid_t> into) : into_(into) {}
  void add(pid_t pid) {
    if (count_ < into_.size()) into_[count_++] = pid;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] pid_t at(std::size_t i) const { return into_[i]; }
  [[nodiscard]] bool has(pid_t pid) const {
    const auto end = into_.begin() + static_cast<std::ptrdiff_t>(count_);
    return std::find(into_.begin(), end, pid) != end;
  }

 private:
  std::span<pid_t> into_;
  std::size_t count_ = 0;
};

/// Adds the numbers in a `children` file: pids, each followed by a blank.
void add_numbers(int file, Pids& pids) {
  std::array<char, 4096> buffer;
  pid_t number = 0;
  for (ssize_t got; (got = read(file, buffer.data(), buffer.size())) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      const char c = buffer[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        number = number * 10 + (c - '0');
      } else if (number != 0) {
        pids.add(number);
        number = 0;
      }
    }
  }
}

/// Children are listed under the thread that forked them, so every thread is
/// asked. False: this kernel was built without CONFIG_PROC_CHILDREN.
bool add_children(pid_t parent, Pids& pids) {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/task", parent);
  const int tasks = open(path.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return true;  // gone: its children have another parent now
  bool supported = true;
  each_number(tasks, [&](const char* thread) {
    std::snprintf(path.data(), path.size(), "%.20s/children", thread);
    const int file = openat(tasks, path.data(), O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      add_numbers(file, pids);
      close(file);
    } else if (faccessat(tasks, thread, F_OK, 0) == 0) {
      supported = false;
    }
  });
  close(tasks);
  return supported;
}

struct Kin {
  pid_t parent = 0, session = 0;  ///< 0: the process is gone, or a zombie
};

Kin kin_of(int proc, const char* pid) {
  std::array<char, 64> path;
  std::snprintf(path.data(), path.size(), "%.20s/stat", pid);
  const int file = openat(proc, path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 512> text;
  const ssize_t got = read(file, text.data(), text.size() - 1);
  close(file);
  if (got <= 0) return {};
  text[static_cast<std::size_t>(got)] = '\0';
  // "pid (name) S ppid pgrp session": the name may hold anything, also ") S 1".
  const char* after_name = std::strrchr(text.data(), ')');
  char state = 0;
  Kin kin;
  if (after_name == nullptr ||
      std::sscanf(after_name, ") %c %d %*d %d", &state, &kin.parent,
                  &kin.session) != 3 ||
      state == 'X') {
    return {};
  }
  if (state == 'Z') kin.session = 0;
  return kin;
}

/// The slow way: looks at every process until no new descendant turns up.
void add_by_scanning(pid_t root, Pids& pids) {
  for (std::size_t before = SIZE_MAX; before != pids.count();) {
    before = pids.count();
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return;
    each_number(proc, [&](const char* name) {
      const pid_t parent = kin_of(proc, name).parent;
      pid_t pid = 0;
      std::from_chars(name, name + std::strlen(name), pid);
      if ((parent == root || pids.has(parent)) && !pids.has(pid)) pids.add(pid);
    });
    close(proc);
  }
}

/// Calls `use(pid)` for each process of a session.
template <typename Use>
void each_of_session(pid_t session, Use use) {
  const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) return;
  each_number(proc, [&](const char* name) {
    if (kin_of(proc, name).session != session) return;
    pid_t pid = 0;
    std::from_chars(name, name + std::strlen(name), pid);
    use(pid);
  });
  close(proc);
}

}  // namespace

std::size_t descendants_of(pid_t root, std::span<pid_t> into) {
  Pids pids(into);
  bool supported = add_children(root, pids);
  for (std::size_t i = 0; supported && i < pids.count(); ++i) {
    supported = add_children(pids.at(i), pids);
  }
  if (!supported) add_by_scanning(root, pids);
  return pids.count();
}

void kill_session(pid_t session) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
  std::vector<pid_t> below(8192);
  for (int pass = 0; session > 0 && pass < 10'000; ++pass) {
    bool left = false;
    each_of_session(session, [&](pid_t pid) {
      left = true;
      const std::size_t count = descendants_of(pid, below);
      kill(pid, SIGKILL);
      for (std::size_t i = 0; i < count; ++i) kill(below[i], SIGKILL);
    });
    if (!left) return;
    nanosleep(&kPause, nullptr);
  }
}

std::string command_name(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/comm";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 64> name;
  const ssize_t got = read(file, name.data(), name.size());
  close(file);
  std::string text(name.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::uint64_t started_at(pid_t pid) {
  const std::string stat = file_text("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;  // dead, only not yet reaped
  for (int i = 4; i < 22; ++i) fields >> field;
  std::uint64_t ticks = 0;
  fields >> ticks;
  return ticks;
}

}  // namespace rung
