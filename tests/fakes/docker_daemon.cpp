#include "tests/fakes/docker_daemon.hpp"

#include <csignal>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/docker/build_context.hpp"
#include "adapters/docker/image_progress.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/shared_engine.hpp"
#include "tests/fakes/skipped.hpp"

namespace fs = std::filesystem;

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

std::string why_no_dockerd() {
  if (geteuid() != 0) return "it needs root";
  for (const char* program : {"dockerd", "containerd", "runc", "unshare"}) {
    if (!installed(program)) return std::string(program) + " is not installed";
  }
  return "";
}

}  // namespace

DockerDaemon* DockerDaemon::shared() {
  return shared_engine<DockerDaemon>("dockerd", why_no_dockerd);
}

DockerDaemon* DockerDaemon::shared_swarm() {
  DockerDaemon* daemon = shared();
  if (daemon == nullptr || daemon->in_swarm_) return daemon;
  try {
    daemon->join_swarm();
  } catch (const Error& error) {
    skipped(std::string("no real swarm: ") + error.what());
    return nullptr;
  }
  return daemon;
}

DockerDaemon::DockerDaemon() {
  const fs::path folder = folder_.path();
  ProcessSpec spec;
  // In a mount namespace of its own: no mount outlives it.
  spec.argv = {"unshare", "--mount", "--propagation", "private", "dockerd",
               "--bridge=none", "--iptables=false", "--ip6tables=false",
               "-H", "unix://" + socket().string(),
               "--data-root", (folder / "data").string(),
               "--exec-root", (folder / "exec").string(),
               "--pidfile", (folder / "pid").string()};
  spec.env["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                     "/sbin:/bin";
  spec.env["TMPDIR"] = folder.string();
  process_ = Process::start(spec);
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (!fs::exists(socket())) {
    if (process_->exited() || std::chrono::steady_clock::now() > until) {
      const std::string log = process_->log();
      throw std::runtime_error(
          "it did not start: " +
          log.substr(log.size() - std::min<std::size_t>(log.size(), 600)));
    }
    process_->wait(50ms);
  }
  engine_ = std::make_unique<DockerEngine>(socket().string(), clock_);
  build_service_image(*engine_, folder / "service");
}

DockerDaemon::~DockerDaemon() {
  engine_.reset();
  // It ends its containers itself; whatever it leaves its keeper kills.
  kill(process_->pid(), SIGTERM);
  process_->wait_exit(20s);
  process_->stop();
}

bool installed(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"}) {
    if (access((folder + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void build_service_image(DockerEngine& engine, const fs::path& folder) {
  fs::create_directories(folder);
  fs::copy_file(RUNG_TEST_SERVICE_STATIC, folder / "service");
  ApiRequest request;
  request.method = "POST";
  request.path = std::string("/build?t=") + DockerDaemon::kServiceImage;
  request.content_type = "application/x-tar";
  request.body = build_context(
      folder, {{"Dockerfile", "FROM scratch\nCOPY service /service\n"}},
      "Dockerfile");
  request.timeout = 2min;
  DockerStream stream;
  request.on_data = [&](std::string_view bytes) {
    stream.feed(bytes);
    return true;
  };
  if (!engine.call(request).ok() || !stream.error.empty()) {
    throw std::runtime_error("it builds nothing: " + stream.log);
  }
}

void DockerDaemon::join_swarm() {
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  const ApiReply reply = engine_->post(
      "/swarm/init", {{"ListenAddr", address},
                      {"AdvertiseAddr", address},
                      {"DataPathPort", free_port() % 16000 + 30000}});
  if (!reply.ok()) throw_docker_answer("making a swarm", reply);
  in_swarm_ = true;
}

}  // namespace rung::fakes
