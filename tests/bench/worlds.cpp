#include <csignal>
#include <cstring>
#include <unistd.h>

#include "tests/bench/bench.hpp"
#include "tests/fakes/any_search.hpp"

namespace rung::bench {
namespace {

volatile std::sig_atomic_t dying = 0;
std::uint64_t playing = 0;

/// Says which world it was, then dies of it.
extern "C" void say_world(int signal) {
  if (dying == 0) {
    dying = 1;
    char text[64];
    const int length =
        std::snprintf(text, sizeof text, "died in world %llu\n",
                      static_cast<unsigned long long>(playing));
    if (write(2, text, static_cast<std::size_t>(length)) < 0) std::_Exit(1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void worlds(std::uint64_t count) {
  std::signal(SIGSEGV, say_world);
  std::signal(SIGABRT, say_world);
  unsigned faults = 0;
  std::uint64_t accused = 0;
  Sample sample;
  const double begun = computed();
  for (std::uint64_t i = 0; i < count; ++i) {
    playing = i + 1'000'000'000 * other_worlds;
    // Most are small, where faults are no rarer and are easier to read.
    fakes::AnySize size;
    if (i % 20 == 0) size = {60, 12, 200};
    if (i % 200 == 0) size = {250, 20, 200};
    if (i % 2'000 == 0) size = {1'000, 40, 1'000};
    const auto run = fakes::any_search(playing, size);
    accused += run.accused;
    sample.add(run.probes);
    if (!run.fault.empty() && ++faults <= 20) {
      fmt::print("world {}, up to {} commits: {}\n", playing, size.commits,
                 run.fault);
      std::fflush(stdout);
    }
    if ((i + 1) % 1'000'000 == 0) {
      fmt::print("{} worlds, {} faults, {:.0f} s\n", i + 1, faults,
                 computed() - begun);
      std::fflush(stdout);
    }
  }
  fmt::print(
      "{} worlds, any answers in any order: {} faults, {} with a culprit, "
      "{:.1f} probes (most {:.0f}), {:.0f} s\n",
      count, faults, accused, sample.mean(), sample.most, computed() - begun);
}

}  // namespace rung::bench
