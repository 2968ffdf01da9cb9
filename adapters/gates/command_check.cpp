#include <fmt/format.h>

#include <cstdlib>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/process/process.hpp"

namespace rung {
namespace {

class CommandHealthCheck : public HealthCheck {
 public:
  CommandHealthCheck(CommandGate gate, std::filesystem::path folder)
      : gate_(std::move(gate)), folder_(std::move(folder)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    ProcessSpec spec;
    // The command line is the user's own, so it is the shell's to read; what
    // it needs of the release comes as environment, never pasted into it.
    spec.argv = {"/bin/sh", "-c", gate_.command};
    if (!folder_.empty()) spec.cwd = folder_;
    spec.env = deployment.env();
    for (const auto& [name, value] : saved) spec.env[name] = value;
    for (const char* name : {"PATH", "HOME", "LANG", "TMPDIR"}) {
      const char* value = std::getenv(name);
      if (value) spec.env.try_emplace(name, value);
    }
    spec.env.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
    spec.env["RUNG_URL"] = deployment.url();
    spec.env["RUNG_PORT"] = std::to_string(deployment.routed_port());

    const Ran ran = run(spec, at_most);
    const std::string what = fmt::format("command '{}'", gate_.command);
    if (!ran.exit) {
      return failed(Stage::health, "health-timeout",
                    fmt::format("{}: did not end in time", what));
    }
    if (ran.succeeded()) return passed();
    if (ran.exit->signal != 0) {
      return failed(
          Stage::health, "unknown",
          fmt::format("{}: was killed by signal {}", what, ran.exit->signal));
    }
    CheckResult result =
        failed(Stage::health, "unknown",
               fmt::format("{}: exited with status {}", what, ran.exit->code));
    // Source: git-bisect(1), "bisect run": 125 is skip.
    if (ran.exit->code == 125) {
      result.kind = CheckResult::Kind::skip;
      result.decisive = true;
    }
    return result;
  }

 private:
  CommandGate gate_;
  std::filesystem::path folder_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const CommandGate& gate,
                                        const std::filesystem::path& folder) {
  return std::make_unique<CommandHealthCheck>(gate, folder);
}

}  // namespace rung
