#include "cmd/workshop/platforms.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "adapters/cloudrun/cloudrun_platform.hpp"
#include "adapters/command/command_platform.hpp"
#include "adapters/docker/docker_platform.hpp"
#include "adapters/local/local_platform.hpp"
#include "adapters/render/render_platform.hpp"
#include "core/base/error.hpp"
#include "plans/generate/service_address.hpp"

namespace rung {
namespace {

using Make = std::unique_ptr<Platform> (*)(const RemoteSettings&);

struct Adapter {
  std::string_view name;
  Make make;
  bool reaches_this_machine;
};

// Kept in the order of the README.
constexpr std::array kAdapters{
    Adapter{"docker", make_docker_platform, true},
    Adapter{"render", make_render_platform, false},
    Adapter{"cloudrun", make_cloudrun_platform, false},
    Adapter{"command", make_command_platform, true},
};

const Adapter* adapter_of(const Target& target) {
  for (const Adapter& adapter : kAdapters) {
    if (adapter.name == target.adapter) return &adapter;
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Platform> make_platform(const Bench& bench,
                                        const std::string& worker) {
  const Subject& subject = bench.subject;
  const Target& target = subject.target;
  LocalSettings local = local_settings(subject, bench.work / worker);
  local.build.hash_key = bench.key.id_key();
  // Before the services run there is nothing to build, only to clean up.
  const bool running =
      subject.services.empty() || !bench.addresses.empty();
  if (bench.build_base && running) {
    local.build.build_base = {*bench.build_base,
                              fill_in(*bench.build_base, bench.addresses)};
  }
  if (target.adapter == "local") {
    return std::make_unique<LocalPlatform>(local);
  }
  const Adapter* adapter = adapter_of(target);
  if (adapter == nullptr) {
    std::string known = "local";
    for (const Adapter& one : kAdapters) known += fmt::format(", {}", one.name);
    throw UsageError(
        fmt::format("target {}: unknown adapter \"{}\"; rung has {}",
                    target.name, target.adapter, known));
  }
  return adapter->make(RemoteSettings{subject.name,
                                      target.name,
                                      bench.run,
                                      local.build,
                                      target.options,
                                      subject.secret_names,
                                      bench.state / target.name,
                                      bench.key,
                                      bench.clock,
                                      bench.plan_folder});
}

bool reaches_this_machine(const Target& target) {
  const Adapter* adapter = adapter_of(target);
  return target.adapter == "local" ||
         (adapter != nullptr && adapter->reaches_this_machine);
}

}  // namespace rung
