#include "core/diagnosis/exit_failure.hpp"

#include <catch2/catch.hpp>

namespace rung::exit_failure_test {

TEST_CASE("A failure says how the process ended", "[core][exit_failure]") {
  struct Case {
    Exit exit;
    std::string message, cause;
  };
  const auto c = GENERATE(values<Case>({
      {{.code = 1}, "exited with status 1 after 1.5 s", "unknown"},
      {{.code = 127}, "exited with status 127 after 1.5 s",
       "command-not-found"},
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
  CHECK(failure.stage == Stage::start);
}

}  // namespace rung::exit_failure_test
