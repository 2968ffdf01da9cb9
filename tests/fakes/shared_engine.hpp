#pragma once

#include <exception>
#include <memory>
#include <string>

#include "tests/fakes/skipped.hpp"

namespace rung::fakes {

/// The one engine of a test run, started when first asked for. `why_not` says
/// what this machine lacks for it; nullptr, and the test is skipped(), when it
/// cannot be.
template <typename Engine, typename WhyNot>
Engine* shared_engine(const char* name, WhyNot why_not) {
  struct Shared {
    std::unique_ptr<Engine> engine;
    std::string problem;
  };
  static const Shared shared = [&] {
    Shared made;
    made.problem = why_not();
    if (!made.problem.empty()) return made;
    try {
      made.engine = std::make_unique<Engine>();
    } catch (const std::exception& error) {
      made.problem = error.what();
    }
    return made;
  }();
  if (!shared.engine) {
    skipped(std::string("no real ") + name + ": " + shared.problem);
  }
  return shared.engine.get();
}

}  // namespace rung::fakes
