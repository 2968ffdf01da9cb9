#include "adapters/process/interruption.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "core/base/error.hpp"

namespace rung {
namespace {

std::atomic<bool> interrupt_wanted = false;
std::atomic<std::uint64_t> wishes = 0;  ///< of the user, so far
std::atomic<int> held_by = 0;           ///< threads that put something right
std::atomic<bool> asked_again = false;  ///< while they do
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<std::uint64_t>::is_always_lock_free);

// One for each Cancellation: a signal handler has to find them all, so they
// lie in a table that never moves. Their event is readable while either wish
// holds.
struct Slot {
  std::atomic<int> event = -1;  ///< -1: free
  std::atomic<bool> wanted = false;
};
std::array<Slot, 64> slots;
thread_local int own_slot = -1;
thread_local bool holding = false;         ///< Uninterrupted
thread_local std::uint64_t held_wish = 0;  ///< up to this one of the user's

void ring(int event) noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(event, &one, sizeof one);
}

void hush(int event) noexcept {
  std::uint64_t count;
  [[maybe_unused]] const auto n = read(event, &count, sizeof count);
}

int everyones_event() noexcept {
  static const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event;
}

/// Readable once the user has asked again, for those that are Uninterrupted.
int urgent_event() noexcept {
  static const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event;
}

void ring_all(bool again) noexcept {
  ++wishes;
  if (again) ring(urgent_event());
  ring(everyones_event());
  for (const Slot& slot : slots) {
    if (const int event = slot.event; event >= 0) ring(event);
  }
}

void on_signal(int signal) {
  const int saved = errno;
  const bool again = interrupt_wanted.exchange(true);
  if (again && (held_by == 0 || asked_again.exchange(true))) {
    // Asked twice: die of it. The keepers see that and clean up.
    ::signal(signal, SIG_DFL);
    raise(signal);
  }
  ring_all(again);
  errno = saved;
}

}  // namespace

void Interruption::install() {
  // Not made first inside the handler.
  static_cast<void>(everyones_event());
  static_cast<void>(urgent_event());
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
  ring_all(interrupt_wanted.exchange(true));
}

bool Interruption::requested() noexcept {
  if (holding) return interrupt_wanted && wishes > held_wish;
  return interrupt_wanted ||
         (own_slot >= 0 && slots[static_cast<std::size_t>(own_slot)].wanted);
}

void Interruption::clear() noexcept {
  interrupt_wanted = false;
  asked_again = false;
  hush(everyones_event());
  hush(urgent_event());
  for (Slot& slot : slots) {
    const int event = slot.event;
    if (event < 0) continue;
    hush(event);
    if (slot.wanted) ring(event);
  }
}

int Interruption::fd() noexcept {
  if (holding) return urgent_event();
  return own_slot >= 0 ? slots[static_cast<std::size_t>(own_slot)].event.load()
                       : everyones_event();
}

void Interruption::check() {
  if (requested()) throw Interrupted("interrupted");
}

Cancellation::Cancellation() : slot_(-1) {
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  for (std::size_t i = 0; event >= 0 && i < slots.size(); ++i) {
    int none = -1;
    if (!slots[i].event.compare_exchange_strong(none, event)) continue;
    slots[i].wanted = false;
    slot_ = static_cast<int>(i);
    if (interrupt_wanted) ring(event);
    return;
  }
  if (event >= 0) close(event);
  throw AbortError("making an event: too many open files or workers");
}

Cancellation::~Cancellation() {
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  close(slot.event.exchange(-1));
}

void Cancellation::request() noexcept {
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.wanted = true;
  ring(slot.event);
}

bool Cancellation::requested() const noexcept {
  return slots[static_cast<std::size_t>(slot_)].wanted;
}

void Cancellation::clear() noexcept {
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.wanted = false;
  hush(slot.event);
  if (interrupt_wanted) ring(slot.event);
}

void Cancellation::obey() noexcept {
  own_slot = slot_;
}

Uninterrupted::Uninterrupted() noexcept : outermost_(!holding) {
  if (!outermost_) return;
  ++held_by;
  held_wish = interrupt_wanted ? wishes.load() : wishes + 1;
  holding = true;
}

Uninterrupted::~Uninterrupted() {
  if (!outermost_) return;
  holding = false;
  if (--held_by == 0) asked_again = false;
}

}  // namespace rung
