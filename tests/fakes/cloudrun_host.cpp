#include "tests/fakes/cloudrun_host.hpp"

#include <fmt/format.h>

#include <thread>

namespace rung::fakes {

CloudRunHost::CloudRunHost(const Settings& settings) : settings_(settings) {
  CloudRunServer::Settings server;
  server.project = settings.project;
  server.region = settings.region;
  server.service = settings.service;
  server.secrets = settings.secrets;
  server.token = settings.token;
  server.routes = true;
  server.make = running_instances({settings.repository, work_.path(),
                                   settings.path, settings.command,
                                   settings.shared_network,
                                   settings.patience});
  server_ = std::make_unique<CloudRunServer>(std::move(server), clock_);
  api_ = std::make_unique<ApiServer>(
      [this](const ApiCall& call) { return answer(call); });
}

CloudRunHost::~CloudRunHost() { api_.reset(); }

ApiAnswer CloudRunHost::answer(const ApiCall& call) {
  ++calls_;
  if (call.method == "PATCH" || call.method == "DELETE" ||
      (call.method == "POST" && call.path.ends_with("/services"))) {
    ++writes_;
  }
  std::function<ApiAnswer(const ApiCall&)> before;
  {
    const std::lock_guard lock(mutex_);
    before = before_;
  }
  return before ? before(call) : (*server_)(call);
}

std::string CloudRunHost::target() const {
  return fmt::format(
      "project: {}, region: {}, service: {}, image: \"{}\", base_url: \"{}\", "
      "logging_url: \"{}\", interval: 50ms, log_delay: 100ms",
      settings_.project, settings_.region, settings_.service,
      image("{commit}"), url(), url());
}

std::string CloudRunHost::image(const std::string& commit) const {
  return fmt::format("{}/{}:{}", settings_.registry, settings_.service,
                     commit);
}

bool CloudRunHost::quiet_within(std::chrono::seconds at_most) {
  using namespace std::chrono_literals;
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (!server_->facts().quiet) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

void CloudRunHost::put_before(
    std::function<ApiAnswer(const ApiCall&)> handler) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(handler);
}

}  // namespace rung::fakes
