#include "adapters/docker/deployment.hpp"

#include <fmt/format.h>
#include <sys/types.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/process/file_text.hpp"
#include "adapters/process/sockets.hpp"
#include "adapters/process/tree.hpp"

namespace rung {
namespace {

bool is_of_container(int pid, const std::string& id) {
  return file_text(fmt::format("/proc/{}/cgroup", pid)).find(id) !=
         std::string::npos;
}

}  // namespace

std::string docker_url(const std::string& network, std::uint16_t port,
                       const ContainerFacts& facts) {
  if (network == "host" && port != 0) {
    return fmt::format("http://127.0.0.1:{}", port);
  }
  return facts.host_port == 0
             ? std::string()
             : fmt::format("http://127.0.0.1:{}", facts.host_port);
}

DockerDeployment::DockerDeployment(std::unique_ptr<DockerEngine> engine,
                                   const ContainerFacts& facts,
                                   Settings settings)
    : id_(facts.id),
      url_(docker_url(settings.network, settings.port, facts)),
      pid_(facts.pid),
      settings_(std::move(settings)),
      started_(std::chrono::steady_clock::now()),
      watch_(std::move(engine), facts.id, settings_.tail) {}

std::optional<std::vector<BoundSocket>> DockerDeployment::sockets() {
  if (!settings_.sees_processes) return std::nullopt;
  return container_sockets(pid_, id_);
}

std::optional<std::vector<BoundSocket>> container_sockets(
    int pid, const std::string& id) {
  if (pid == 0 || !std::filesystem::exists(fmt::format("/proc/{}", pid))) {
    return std::vector<BoundSocket>();  // it has ended
  }
  if (!is_of_container(pid, id)) return std::nullopt;
  std::array<pid_t, 4096> tree;
  tree[0] = pid;
  const std::size_t below = descendants_of(pid, std::span(tree).subspan(1));
  return listening_sockets(std::span(tree).first(below + 1));
}

}  // namespace rung
