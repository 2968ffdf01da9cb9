#include "core/diagnosis/exit_failure.hpp"

#include <catch2/catch.hpp>

namespace rung::exit_failure_test {

TEST_CASE("A failure says how the process ended", "[core][exit_failure]") {
  struct Case {
    Exit exit;
    std::string message, cause;
    Ending ending = Ending::exited;
  };
  const auto c = GENERATE(values<Case>({
      {{.code = 1}, "exited with status 1 after 1.5 s", "unknown"},
      {{.code = 127}, "exited with status 127 after 1.5 s",
       "command-not-found",
       Ending::cannot_run},
      {{.code = 0},
       "exited with status 0 after 1.5 s, but a service stays: start it in the "
       "foreground",
       "unknown",
       Ending::in_background},
      {{.code = 137}, "exited with status 137 (128 + SIGKILL) after 1.5 s",
       "unknown"},
      {{.signal = 11}, "was killed by signal 11 (SIGSEGV) after 1.5 s",
       "unknown"},
      {{.signal = 1}, "was killed by signal 1 (SIGHUP) after 1.5 s", "unknown"},
      {{.signal = 40}, "was killed by signal 40 (a signal) after 1.5 s",
       "unknown"},
      {{.signal = 9, .oom = true},
       "was killed by the kernel: out of memory after 1.5 s", "oom-killed"},
  }));
  const Failure failure =
      failure_of(c.exit, std::chrono::milliseconds(1500), Stage::start);
  CHECK(failure.message == c.message);
  CHECK(failure.cause == c.cause);
  CHECK(failure.ending == c.ending);
  CHECK(failure.stage == Stage::start);
}

}  // namespace rung::exit_failure_test
