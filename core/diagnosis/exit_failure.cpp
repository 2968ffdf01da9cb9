#include "core/diagnosis/exit_failure.hpp"

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <string_view>

namespace rung {
namespace {

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);  // "HUP"; null = no such
  return name == nullptr ? "a signal" : std::string("SIG") + name;
}

std::string how_it_ended(const Exit& exit) {
  if (exit.oom) return "was killed by the kernel: out of memory";
  if (exit.signal != 0) {
    return fmt::format("was killed by signal {} ({})", exit.signal,
                       signal_name(exit.signal));
  }
  // Source: sh(1): a command that died of signal n gives status 128 + n.
  if (exit.code > 128 && exit.code <= 128 + 31) {
    return fmt::format("exited with status {} (128 + {})", exit.code,
                       signal_name(exit.code - 128));
  }
  return fmt::format("exited with status {}", exit.code);
}

Ending ending_of(const Exit& exit) {
  if (exit.oom || exit.signal != 0) return Ending::exited;
  if (exit.code == 126 || exit.code == 127) return Ending::cannot_run;
  return exit.code == 0 ? Ending::in_background : Ending::exited;
}

// "unknown" leaves the word to the log, which knows more than a status.
std::string_view cause_of(const Exit& exit) {
  if (exit.oom) return "oom-killed";
  if (exit.signal == 0 && exit.code == 127) return "command-not-found";
  if (exit.signal == 0 && exit.code == 126) return "permission-denied";
  return "unknown";
}

}  // namespace

Failure failure_of(const Exit& exit, Clock::Time::duration after, Stage stage) {
  const std::chrono::duration<double> seconds = after;
  Failure failure;
  failure.stage = stage;
  failure.cause = cause_of(exit);
  failure.ending = ending_of(exit);
  failure.message =
      fmt::format("{} after {:.1f} s{}", how_it_ended(exit), seconds.count(),
                  failure.ending == Ending::in_background
                      ? ", but a service stays: start it in the foreground"
                      : "");
  return failure;
}

bool may_be_killed_by_others(const Exit& exit) {
  if (exit.oom) return false;
  // Source: sh(1): a command that died of signal n gives status 128 + n.
  const int signal = exit.signal != 0 ? exit.signal
                     : exit.code > 128 ? exit.code - 128
                                       : 0;
  constexpr int kHangUp = 1, kInterrupt = 2, kKill = 9, kTerminate = 15;
  return signal == kHangUp || signal == kInterrupt || signal == kKill ||
         signal == kTerminate;
}

}  // namespace rung
