#include "tests/fakes/podman_service.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "adapters/docker/containers.hpp"
#include "tests/fakes/docker_daemon.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/shared_engine.hpp"

namespace fs = std::filesystem;

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

std::string why_no_podman() {
  if (geteuid() != 0) return "it needs root";
  for (const char* program :
       {"podman", "conmon", "runc", "unshare", "docker-init"}) {
    if (!installed(program)) return std::string(program) + " is not installed";
  }
  return "";
}

// What we may ask for, at most `most`: without CAP_SYS_RESOURCE Podman's own
// wishes are refused, and no container starts.
rlim_t allowed(__rlimit_resource_t what, rlim_t most) {
  rlimit limit{};
  getrlimit(what, &limit);
  return std::min(limit.rlim_max, most);
}

}  // namespace

PodmanService* PodmanService::shared() {
  return shared_engine<PodmanService>("podman", why_no_podman);
}

// Whatever two services on a machine could meet at is below our folder: also
// the locks, which are in /dev/shm otherwise.
void PodmanService::configure() const {
  const fs::path folder = folder_.path();
  const auto files = allowed(RLIMIT_NOFILE, 1048576);
  const auto processes = allowed(RLIMIT_NPROC, 32768);
  std::ofstream(folder / "containers.conf")
      << "[containers]\n"
      << fmt::format("default_ulimits = [\"nofile={0}:{0}\", "
                     "\"nproc={1}:{1}\"]\n",
                     files, processes)
      << "[engine]\ninit_path = \"/usr/bin/docker-init\"\n"
         "cgroup_manager = \"cgroupfs\"\n"
         "events_logger = \"file\"\nlock_type = \"file\"\n"
         "runtime = \"runc\"\n"
      << "tmp_dir = \"" << (folder / "libpod").string() << "\"\n";
  std::ofstream(folder / "registries.conf")
      << fmt::format("[[registry]]\nlocation = \"127.0.0.1:{}\"\n"
                     "insecure = true\n",
                     registry_port_);
}

// A registry takes the port much later: the system must not give it away.
PodmanService::PodmanService()
    : registry_port_(static_cast<std::uint16_t>(15'000 + getpid() % 4'000)) {
  const fs::path folder = folder_.path();
  configure();
  fs::create_directory(folder / "tmp");
  ProcessSpec spec;
  // In a mount namespace of its own: no mount outlives it.
  spec.argv = {"unshare", "--mount", "--propagation", "private", "podman",
               "--root", (folder / "data").string(),
               "--runroot", (folder / "run").string(),
               "--storage-driver", "vfs",
               "system", "service", "--time=0",
               "unix://" + socket().string()};
  spec.cwd = folder;  // its monitor leaves a file "oom" there
  spec.env["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                     "/sbin:/bin";
  spec.env["HOME"] = folder.string();
  spec.env["TMPDIR"] = (folder / "tmp").string();
  spec.env["CONTAINERS_CONF"] = (folder / "containers.conf").string();
  spec.env["CONTAINERS_REGISTRIES_CONF"] =
      (folder / "registries.conf").string();
  process_ = Process::start(spec);
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (!fs::exists(socket())) {
    if (process_->exited() || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("it did not start: " + process_->log());
    }
    process_->wait(50ms);
  }
  engine_ = std::make_unique<DockerEngine>(socket().string(), clock_);
  build_service_image(*engine_, folder / "service");
}

PodmanService::~PodmanService() {
  try {
    remove_containers();
  } catch (const Error&) {
    // Then they are killed below, and leave an empty cgroup behind.
  }
  engine_.reset();
  kill(process_->pid(), SIGTERM);
  process_->wait_exit(20s);
  process_->stop();
}

void PodmanService::remove_containers() {
  DockerContainers containers(*engine_);
  for (const ContainerRow& row : containers.list(Interrupt::no)) {
    containers.remove(row.id);
  }
}

std::size_t PodmanService::starts(const std::string& app) const {
  std::ifstream notes(folder_.path() / "libpod/events/events.log");
  const std::string ours = "\"rung.app\":\"" + app + "\"";
  std::size_t count = 0;
  for (std::string line; std::getline(notes, line);) {
    count += line.find("\"Status\":\"start\"") != std::string::npos &&
                     line.find(ours) != std::string::npos
                 ? 1
                 : 0;
  }
  return count;
}

}  // namespace rung::fakes
