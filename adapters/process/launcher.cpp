#include "adapters/process/launcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/process/oom_watch.hpp"
#include "adapters/process/run_group.hpp"
#include "adapters/process/tree.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

using keeper::Fds;
using keeper::kSlots;
using keeper::Report;
using keeper::Request;

/// Both directions of one SCM_RIGHTS message.
struct Envelope {
  explicit Envelope(Request& request) : part{&request, sizeof request} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = space.data();
    header.msg_controllen = space.size();
  }
  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kSlots)> space{};
  msghdr header{};
};

/// The launcher's own life. Keeps its lists in fixed memory: it must work when
/// the machine has none to give.
class Life {
 public:
  Life(int rung, std::string memory_events)
      : rung_(rung), memory_events_(std::move(memory_events)) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    children_ = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  }

  [[noreturn]] void run() {
    for (;;) {
      if (rung_ < 0 && count_ == 0) _exit(0);
      std::array<pollfd, 2> wait{{{children_, POLLIN, 0}, {rung_, POLLIN, 0}}};
      poll(wait.data(), wait.size(), -1);
      reap();
      if (wait[1].revents != 0) serve();
    }
  }

 private:
  void serve() {
    Request request;
    Envelope envelope(request);
    const ssize_t got = recvmsg(rung_, &envelope.header, MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {  // rung has ended; the keepers see it for themselves
      close(rung_);
      rung_ = -1;
      return;
    }
    Fds fds;
    fds.fill(-1);
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header)) {
      const std::size_t bytes = rights->cmsg_len - CMSG_LEN(0);
      std::memcpy(fds.data(), CMSG_DATA(rights), std::min(bytes, sizeof fds));
    }
    if (request.kind == Request::sweep) {
      int status;
      while (request.pid > 0 && waitpid(request.pid, &status, 0) < 0 &&
             errno == EINTR) {
      }
      forget(request.pid);
      sweep();
    } else {
      fork_keeper(request, fds);
    }
    for (const int fd : fds) {
      if (fd >= 0) close(fd);
    }
  }

  void fork_keeper(const Request& request, const Fds& fds) {
    const pid_t pid = count_ < keepers_.size() ? fork() : -1;
    if (pid == 0) {
      close(rung_);
      close(children_);
      keep(request, fds, memory_events_.c_str());
    }
    if (pid > 0) {
      keepers_[count_++] = pid;
      return;
    }
    Report report;
    report.kind = Report::failed;
    report.error = count_ < keepers_.size() ? errno : EAGAIN;
    send(fds[keeper::control], &report, sizeof report, MSG_NOSIGNAL);
  }

  void reap() {
    signalfd_siginfo info;
    while (read(children_, &info, sizeof info) > 0) {
    }
    int status;
    bool killed = false;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (forget(pid) && status != 0) killed = true;
    }
    if (killed) sweep();
  }

  bool forget(pid_t pid) {
    const auto end = keepers_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto at = std::find(keepers_.begin(), end, pid);
    if (at == end) return false;
    *at = keepers_[--count_];
    return true;
  }

  /// Kills what a keeper left when it was killed itself: children of ours that
  /// are no keepers. Gives up after 10 s; the next sweep tries again.
  void sweep() {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
    for (int pass = 0; pass < 10'000; ++pass) {
      const auto keepers_end =
          keepers_.begin() + static_cast<std::ptrdiff_t>(count_);
      const std::size_t all = descendants_of(getpid(), tree_);
      // Parents come first, so our children are a prefix; their descendants
      // are asked for by name, since those of keepers must live.
      bool orphans = false;
      for (std::size_t i = 0; i < all; ++i) {
        const pid_t pid = tree_[i];
        siginfo_t state{};
        const bool ours = waitid(P_PID, static_cast<id_t>(pid), &state,
                                 WEXITED | WNOHANG | WNOWAIT) == 0;
        if (!ours) break;
        if (std::find(keepers_.begin(), keepers_end, pid) != keepers_end) {
          continue;
        }
        orphans = true;
        const std::size_t below = descendants_of(pid, below_);
        kill(pid, SIGKILL);
        for (std::size_t k = 0; k < below; ++k) kill(below_[k], SIGKILL);
        waitpid(pid, nullptr, WNOHANG);
      }
      if (!orphans) return;
      nanosleep(&kPause, nullptr);
    }
  }

  int rung_;
  std::string memory_events_;
  int children_ = -1;
  std::array<pid_t, 4096> keepers_{};
  std::size_t count_ = 0;
  std::array<pid_t, 8192> tree_{}, below_{};
};

[[noreturn]] void launcher_main(int socket) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Without "rung" in it: `pkill -9 rung` must not hit those who clean up.
  prctl(PR_SET_NAME, "launcher");
  // What rung inherited (pipes of a CI job, say) must not be held open here,
  // and must not reach a program.
  socket = fcntl(socket, F_DUPFD, 10);  // out of the way of 0, 1, 2
  const int null = open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) dup2(null, fd);
  dup2(socket, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  if (close_range(4, ~0U, 0) != 0) {
    for (int fd = 4; fd < 65'536; ++fd) close(fd);
  }
  if (chdir("/") != 0) _exit(1);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  RunGroup::enter();
  static Life life(3, OomWatch::events_of(RunGroup::current()));
  life.run();
}

struct Line {
  std::mutex mutex;
  int socket = -1;
  pid_t launcher = 0;
  pid_t owner = 0;  ///< a fork of rung must not use its parent's launcher

  /// When rung ends: the launcher does too, at once where no program is left,
  /// and takes nothing with it that could be seen afterwards.
  ~Line() {
    if (owner != getpid()) return;
    close(socket);
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 200'000};
    for (int pass = 0; pass < 500; ++pass) {
      if (waitpid(launcher, nullptr, WNOHANG) != 0) {
        RunGroup::remove(launcher);
        return;
      }
      nanosleep(&kPause, nullptr);
    }
  }
};

Line& line() {
  static Line the_line;
  return the_line;
}

/// REQUIRES: the line's mutex is held.
void fork_launcher(Line& to) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw PlatformError(std::string("cannot start the launcher: socketpair: ") +
                        std::strerror(errno));
  }
  // Blocked before the fork: ^C must not hit the launcher, not even early.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) launcher_main(ends[1]);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    throw PlatformError(std::string("cannot start the launcher: fork: ") +
                        std::strerror(error));
  }
  if (to.socket >= 0) close(to.socket);
  if (to.owner == getpid()) waitpid(to.launcher, nullptr, WNOHANG);
  to.socket = ends[0];
  to.launcher = pid;
  to.owner = getpid();
}

}  // namespace

void Launcher::start() {
  Line& to = line();
  const std::lock_guard lock(to.mutex);
  if (to.owner != getpid()) fork_launcher(to);
}

void Launcher::send(const Request& request, const Fds& fds) {
  Line& to = line();
  const std::lock_guard lock(to.mutex);
  if (to.owner != getpid()) fork_launcher(to);

  Request copy = request;
  Envelope envelope(copy);
  std::size_t count = 0;
  while (count < kSlots && fds[count] >= 0) ++count;
  envelope.header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
  std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * count);
  for (bool restarted = false;
       sendmsg(to.socket, &envelope.header, MSG_NOSIGNAL) < 0;) {
    if (errno == EINTR) continue;
    if (restarted || (errno != EPIPE && errno != ECONNRESET)) {
      throw PlatformError(std::string("cannot reach the launcher: ") +
                          std::strerror(errno));
    }
    fork_launcher(to);
    restarted = true;
  }
}

}  // namespace rung
