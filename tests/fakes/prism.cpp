#include "tests/fakes/prism.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "tests/fakes/own_network.hpp"

namespace fs = std::filesystem;

namespace rung::fakes {

std::unique_ptr<Prism> Prism::before(const std::string& behind,
                                     const std::string& description,
                                     std::string& why_not) {
  using namespace std::chrono_literals;
  // scripts/install puts it there.
  const fs::path program = fs::path(RUNG_SOURCE_DIR) /
                           ".tools/prism/node_modules/.bin/prism";
  if (!fs::exists(program)) {
    why_not = "Prism is not there (scripts/install test)";
    return nullptr;
  }
  if (!fs::exists(description)) {
    why_not = description + " is not on this machine";
    return nullptr;
  }
  auto prism = std::make_unique<Prism>();
  ProcessSpec spec;
  spec.argv = {"/usr/bin/env", program.string(), "proxy", "--errors",
               "--host", "127.0.0.1", "--port", std::to_string(prism->port_),
               description, behind};
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = std::getenv(name)) spec.env[name] = value;
  }
  prism->process_.emplace(Process::start(spec));
  const auto until = std::chrono::steady_clock::now() + 120s;
  for (;;) {
    const int fd = connect_here(prism->port_);
    if (fd >= 0) {
      ::close(fd);
      return prism;
    }
    if (prism->process_->exited() ||
        std::chrono::steady_clock::now() > until) {
      why_not = "Prism did not start: " + prism->log();
      return nullptr;
    }
    prism->process_->wait(50ms);
  }
}

}  // namespace rung::fakes
