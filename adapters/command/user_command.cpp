#include "adapters/command/user_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/interruption.hpp"
#include "adapters/process/session_spawn.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

constexpr std::size_t kMostOutput = 1U << 20;

[[noreturn]] void cannot_run(const UserCommand& command, int error) {
  throw PlatformError(fmt::format("running a command in {}: {}",
                                  command.cwd.string(),
                                  std::generic_category().message(error)));
}

/// A file in memory: nothing of it is ever on disk, and a daemon that keeps it
/// as its stdout does not keep us waiting, as a pipe would.
class MemoryFile {
 public:
  explicit MemoryFile(const UserCommand& command)
      : fd_(memfd_create("rung", MFD_CLOEXEC)) {
    if (!fd_) cannot_run(command, errno);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool fill(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = write(fd(), text.data(), text.size());
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return lseek(fd(), 0, SEEK_SET) == 0;
  }
  [[nodiscard]] std::string tail() const {
    const off_t size = lseek(fd(), 0, SEEK_END);
    const off_t from =
        std::max<off_t>(0, size - static_cast<off_t>(kMostOutput));
    std::string text(static_cast<std::size_t>(std::max<off_t>(size - from, 0)),
                     '\0');
    const ssize_t got = pread(fd(), text.data(), text.size(), from);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }

 private:
  FileDescriptor fd_;
};

pid_t spawned(const UserCommand& command, int in, int out, int err) {
  SessionSpawn spawn(in, out, err);
  posix_spawn_file_actions_addchdir_np(spawn.files(), command.cwd.c_str());
  std::string shell = "/bin/sh", option = "-c", line = command.line;
  const std::array<char*, 4> argv = {shell.data(), option.data(), line.data(),
                                     nullptr};
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, shell.c_str(), spawn.files(), spawn.how(),
                  argv.data(), environ);
  if (error != 0) cannot_run(command, error);
  return pid;
}

Exit reaped(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  Exit exit;
  if (WIFSIGNALED(status)) {
    exit.signal = WTERMSIG(status);
  } else {
    exit.code = WEXITSTATUS(status);
  }
  return exit;
}

}  // namespace

CommandAnswer answer_of(const UserCommand& command) {
  Interruption::check();
  const MemoryFile in(command), out(command), err(command);
  if (!in.fill(command.input)) cannot_run(command, errno);
  const pid_t pid = spawned(command, in.fd(), out.fd(), err.fd());
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (handle < 0) {
    const int error = errno;
    kill(-pid, SIGKILL);
    reaped(pid);
    cannot_run(command, error);
  }
  CommandAnswer answer;
  const auto until = std::chrono::steady_clock::now() + command.timeout;
  bool ended = false;
  while (!ended && !Interruption::requested()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    std::array<pollfd, 2> wait{
        {{handle, POLLIN, 0}, {Interruption::fd(), POLLIN, 0}}};
    constexpr std::int64_t kLongest = 1 << 30;  // poll() counts in int
    poll(wait.data(), wait.size(),
         static_cast<int>(std::min(left.count(), kLongest)));
    ended = wait[0].revents != 0;
  }
  close(handle);
  // Its daemons have sessions of their own; what it only waited for has not.
  if (!ended) kill(-pid, SIGKILL);
  const Exit exit = reaped(pid);
  if (ended) answer.exit = exit;
  if (!ended) Interruption::check();
  answer.output = out.tail();
  answer.errors = err.tail();
  return answer;
}

}  // namespace rung
