#pragma once

#include <csignal>
#include <ctime>

namespace rung {

/// While it lives, writing to a closed connection gives EPIPE in this thread,
/// not the end of rung: OpenSSL writes without MSG_NOSIGNAL. The process-wide
/// disposition is left alone, since programs that are started inherit it.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  ~SigpipeBlocked() {
    const timespec now{0, 0};
    if (!was_pending_) {
      while (sigtimedwait(&sigpipe_, nullptr, &now) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_{}, before_{};
  bool was_pending_ = false;
};

}  // namespace rung
