#include "tests/fakes/cloudrun_host.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/fakes/becomes_true.hpp"

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
  return becomes_true([this] { return server_->facts().quiet; }, at_most);
}

void CloudRunHost::serve(const std::string& commit,
                         const std::map<std::string, std::string>& env,
                         std::uint16_t port) {
  server_->seed(image(commit), env, port);
  if (!quiet_within(std::chrono::seconds(20)) ||
      server_->facts().serving.empty()) {
    throw std::runtime_error("the fake Cloud Run does not serve " + commit);
  }
}

void CloudRunHost::put_before(
    std::function<ApiAnswer(const ApiCall&)> handler) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(handler);
}

}  // namespace rung::fakes
