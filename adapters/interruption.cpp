#include "adapters/interruption.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "core/error.hpp"

namespace rung {
namespace {

std::atomic<bool> wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int signal) {
  const int saved = errno;
  if (wanted.exchange(true)) {
    // Asked twice: die of it. The keepers see that and clean up.
    ::signal(signal, SIG_DFL);
    raise(signal);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(Interruption::fd(), &one, sizeof one);
  errno = saved;
}

}  // namespace

void Interruption::install() {
  static_cast<void>(fd());  // made here, not first inside the handler
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;  // nohup, a shell's `&`
    action = {};
    action.sa_handler = on_signal;
    // Libraries need not know of it; who wants to wake up polls fd().
    action.sa_flags = SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
}

void Interruption::request() noexcept {
  wanted = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(fd(), &one, sizeof one);
}

bool Interruption::requested() noexcept {
  return wanted;
}

void Interruption::clear() noexcept {
  wanted = false;
  std::uint64_t count;
  [[maybe_unused]] const auto n = read(fd(), &count, sizeof count);
}

int Interruption::fd() noexcept {
  static const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event;
}

void Interruption::check() {
  if (requested()) throw Interrupted("interrupted");
}

}  // namespace rung
