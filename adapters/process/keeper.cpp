#include "adapters/process/keeper.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "adapters/process/oom_watch.hpp"
#include "adapters/process/tree.hpp"

namespace rung::keeper {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;

Time now() {
  return std::chrono::steady_clock::now();
}

/// What a request's payload says, as execve wants it.
struct Program {
  const char* cwd = "/";
  std::vector<char*> argv, env;
};

Program unpack(const Request& request, int payload) {
  Program program;
  struct stat size {};
  fstat(payload, &size);
  void* text = mmap(nullptr, static_cast<std::size_t>(size.st_size),
                    PROT_READ | PROT_WRITE, MAP_PRIVATE, payload, 0);
  if (text == MAP_FAILED) _exit(1);
  char* at = static_cast<char*>(text);
  const auto next = [&at] {
    char* string = at;
    at += std::strlen(at) + 1;
    return string;
  };
  program.cwd = next();
  for (std::uint32_t i = 0; i < request.argc; ++i) {
    program.argv.push_back(next());
  }
  for (std::uint32_t i = 0; i < request.envc; ++i) {
    program.env.push_back(next());
  }
  program.argv.push_back(nullptr);
  program.env.push_back(nullptr);
  return program;
}

class Keeper {
 public:
  Keeper(const Request& request, const Fds& fds, const char* memory_events)
      : oom_({.memory_events = memory_events}),
        request_(request),
        control_(fds[control]),
        notify_(fds[notify]),
        log_(request.has_log_file ? fds[log_file] : -1) {
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "keeper");
    void* shared = mmap(nullptr, sizeof(Output), PROT_READ | PROT_WRITE,
                        MAP_SHARED, fds[output], 0);
    if (shared == MAP_FAILED) fail(errno, false);
    output_ = static_cast<Output*>(shared);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    children_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    start(unpack(request, fds[payload]), fds[input]);
    close(fds[payload]);
    close(fds[input]);
    close(fds[output]);
  }

  [[noreturn]] void run() {
    for (;;) {
      const bool alive = reap();
      if (!alive) finish();
      if (ending_ && now() >= std::max(kill_at_, next_pass_at_)) kill_tree();
      wait();
    }
  }

 private:
  [[noreturn]] void fail(int error, bool in_cwd) const {
    Report report;
    report.kind = Report::failed;
    report.error = error;
    report.in_cwd = in_cwd;
    tell(report);
    _exit(0);
  }

  void tell(const Report& report) const {
    send(control_, &report, sizeof report, MSG_NOSIGNAL);
  }

  void start(Program program, int in) {
    std::array<int, 2> out{}, err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) fail(errno, false);
    err = out;
    if (request_.apart && pipe2(err.data(), O_CLOEXEC) != 0) {
      fail(errno, false);
    }
    // A crash must not leave a core file in somebody's work tree.
    rlimit core{};
    getrlimit(RLIMIT_CORE, &core);
    core.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &core);
    if (chdir(program.cwd) != 0) fail(errno, true);

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    environ = program.env.data();  // posix_spawnp searches the program's PATH
    const int error = posix_spawnp(&program_, program.argv[0], &files, &how,
                                   program.argv.data(), environ);
    if (error != 0) fail(error, false);
    close(out[1]);
    if (request_.apart) close(err[1]);
    // In a cwd that is to be deleted nobody should be standing.
    if (chdir("/") != 0) _exit(1);
    out_ = out[0];
    fcntl(out_, F_SETFL, O_NONBLOCK);
    if (request_.apart) {
      err_ = err[0];
      fcntl(err_, F_SETFL, O_NONBLOCK);
    }
    Report report;
    report.pid = program_;
    report.keeper = getpid();
    tell(report);
  }

  /// Takes leave of what has died. False: no child is left, and so, as orphans
  /// become children of a subreaper, no descendant either.
  bool reap() {
    signalfd_siginfo info;
    while (read(children_, &info, sizeof info) > 0) {
    }
    for (;;) {
      // Not taken leave of yet, so that it can be asked about.
      siginfo_t dead{};
      if (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) != 0) {
        return false;
      }
      if (dead.si_pid == 0) return true;
      const bool is_program = dead.si_pid == program_;
      const bool killed = dead.si_status == (dead.si_code == CLD_EXITED
                                                 ? 128 + SIGKILL
                                                 : SIGKILL);
      const bool oom =
          is_program && killed && !ending_ && oom_.killed(program_);
      int status = 0;
      waitpid(dead.si_pid, &status, 0);
      if (is_program) ended(status, oom);
    }
  }

  void ended(int status, bool oom) {
    Report report;
    report.kind = Report::exited;
    report.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    report.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    report.oom = oom;
    program_ = 0;
    // Its output first: who sees the exit sees the whole log. Only what is in
    // the pipe now, as a daemon it left may go on writing for ever.
    for (int* pipe : {&out_, &err_}) {
      int left = 0;
      if (*pipe >= 0) ioctl(*pipe, FIONREAD, &left);
      while (left > 0) {
        const std::size_t got = take(*pipe, static_cast<std::size_t>(left));
        if (got == 0) break;
        left -= static_cast<int>(got);
      }
    }
    tell(report);
  }

  /// Moves at most `limit` bytes from a pipe to the ring; how many.
  /// Closes the pipe at its end.
  std::size_t take(int& pipe, std::size_t limit) {
    Ring& ring = output_->both;
    const std::uint64_t before = ring.written.load(std::memory_order_relaxed);
    const std::size_t at = before % ring.bytes.size();
    char* to = ring.bytes.data() + at;
    const ssize_t got =
        read(pipe, to, std::min({kChunk, ring.bytes.size() - at, limit}));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) {
      close(pipe);
      pipe = -1;
      return 0;
    }
    const auto size = static_cast<std::size_t>(got);
    if (request_.apart && &pipe == &out_) copy_out(to, size);
    for (std::size_t done = 0; log_ >= 0 && done < size;) {
      const ssize_t n = write(log_, to + done, size - done);
      // A full disk ends the copy, never the program.
      if (n < 0 && errno != EINTR) log_ = -1;
      if (n > 0) done += static_cast<std::size_t>(n);
    }
    ring.written.store(before + size, std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = write(notify_, &one, sizeof one);
    return size;
  }

  void copy_out(const char* from, std::size_t size) {
    Ring& ring = output_->out;
    std::uint64_t written = ring.written.load(std::memory_order_relaxed);
    while (size > 0) {
      const std::size_t at = written % ring.bytes.size();
      const std::size_t part = std::min(size, ring.bytes.size() - at);
      std::memcpy(ring.bytes.data() + at, from, part);
      from += part;
      size -= part;
      written += part;
    }
    ring.written.store(written, std::memory_order_release);
  }

  /// `delay` from now whoever is left is killed.
  void end(microseconds delay) {
    const Time at = now() + delay;
    if (ending_ && at >= kill_at_) return;  // an end can come nearer only
    if (!ending_ && delay.count() > 0) {
      // Each exactly once: to some, a second TERM means "at once".
      const std::size_t count = descendants_of(getpid(), tree_);
      for (std::size_t i = 0; i < count; ++i) {
        kill(tree_[i], request_.stop_signal);
      }
    }
    ending_ = true;
    kill_at_ = at;
  }

  /// One pass, top down, over all there is. What escaped it by being forked
  /// meanwhile is in the next one; the passes end when no child is left.
  void kill_tree() {
    if (passes_++ == 0) {
      // Ahead of those who fork in a loop. Needs root; else we run as they do.
      setpriority(PRIO_PROCESS, 0, -20);
      stuck_at_ = now() + std::chrono::seconds(10);
    }
    const Time begin = now();
    const std::size_t count = descendants_of(getpid(), tree_);
    pid_t last_group = getpgrp();
    for (std::size_t i = 0; i < count; ++i) {
      // A group first: it is killed as one, no fork of its members slips
      // through. Groups of descendants hold nothing but descendants.
      const pid_t group = getpgid(tree_[i]);
      if (group > 0 && group != last_group && group != getpgrp()) {
        kill(-group, SIGKILL);
        last_group = group;
      }
      kill(tree_[i], SIGKILL);
    }
    // Thousands take long to look at, and need the processor in order to die.
    next_pass_at_ = now() + (now() - begin);
    if (now() >= stuck_at_ && !stuck_ && count > 0) {
      stuck_ = true;
      Report report;
      report.kind = Report::stuck;
      report.pid = tree_[0];
      tell(report);
    }
  }

  void wait() {
    timespec limit{};
    const timespec* at_most = &limit;
    if (!ending_) {
      at_most = nullptr;
    } else if (passes_ > 0) {
      limit.tv_nsec = stuck_ ? 100'000'000 : 1'000'000;
    } else {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::max(kill_at_ - now(), Time::duration::zero()));
      limit.tv_sec = left.count() / 1'000'000'000;
      limit.tv_nsec = left.count() % 1'000'000'000;
    }
    std::array<pollfd, 4> on{{{children_, POLLIN, 0},
                              {control_, POLLIN, 0},
                              {out_, POLLIN, 0},
                              {err_, POLLIN, 0}}};
    ppoll(on.data(), on.size(), at_most, nullptr);
    if (on[1].revents != 0) obey();
    if (on[2].revents != 0) take(out_, kChunk);
    if (on[3].revents != 0) take(err_, kChunk);
  }

  void obey() {
    Stop stop;
    const ssize_t got = recv(control_, &stop, sizeof stop, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
      end(microseconds(stop.grace_us));
      return;
    }
    close(control_);  // rung has died, or let go of the process
    control_ = -1;
    if (!ending_) end(microseconds(request_.orphan_grace_us));
  }

  [[noreturn]] void finish() {
    // Writers are dead; what they wrote last is still in the pipes.
    for (int* pipe : {&out_, &err_}) {
      while (*pipe >= 0 && take(*pipe, kChunk) > 0) {
      }
    }
    Report report;
    report.kind = Report::gone;
    tell(report);
    _exit(0);
  }

  OomWatch oom_;
  Request request_;
  int control_, notify_, log_, children_ = -1, out_ = -1, err_ = -1;
  Output* output_ = nullptr;
  pid_t program_ = 0;
  bool ending_ = false, stuck_ = false;
  Time kill_at_, next_pass_at_, stuck_at_;
  unsigned passes_ = 0;
  std::array<pid_t, 8192> tree_{};
};

}  // namespace

void keep(const Request& request, const Fds& fds, const char* memory_events) {
  static Keeper keeper(request, fds, memory_events);
  keeper.run();
}

}  // namespace rung::keeper
