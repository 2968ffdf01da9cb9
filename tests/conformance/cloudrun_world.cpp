#include "tests/conformance/cloudrun_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "adapters/cloudrun/cloudrun_platform.hpp"
#include "adapters/process/interruption.hpp"
#include "tests/conformance/checked_road.hpp"
#include "tests/conformance/suite.hpp"

namespace fs = std::filesystem;

namespace rung::conformance {
namespace {

constexpr const char* kAccessToken = "a-token";

bool changes_something(const fakes::ApiCall& call) {
  return call.method == "PATCH" || call.method == "DELETE" ||
         (call.method == "POST" && call.path.ends_with("/services"));
}

bool is_trial(const std::string& revision) {
  return revision.find("-rung-") != std::string::npos;
}

}  // namespace

CloudRunWorld::CloudRunWorld(bool with_service)
    : key_(std::string(SealKey::kBytes, 'k')) {
  for (const auto& [behaviour, rules] :
       std::map<Behaviour, std::string>{
           {Behaviour::good, "port PORT\n"},
           {Behaviour::good_too, "port PORT\nlog another release\n"},
           {Behaviour::unhealthy, "port PORT\nstatus 500\n"},
           {Behaviour::exits, "if-set API_KEY: die 3 API_KEY is set, "
                              "SETTING is missing\n"}}) {
    commits_[behaviour].hex =
        repository_.commit_files({{"app/behaviour", rules}});
  }
  ::setenv("GOOGLE_OAUTH_ACCESS_TOKEN", kAccessToken, 1);
  fakes::CloudRunServer::Settings settings;
  settings.token = kAccessToken;
  settings.routes = true;
  // Cloud Run may refuse to delete its latest revision; idle ones cost nothing
  // and go by themselves. Here what is left over has to be nothing.
  settings.keeps_latest = false;
  settings.secrets["api-key"] = std::string(kSecret);
  settings.make = fakes::running_instances(
      {repository_.root(), folder_.path() / "instances", "app",
       std::string("exec ") + RUNG_TEST_SERVICE});
  server_ = std::make_unique<fakes::CloudRunServer>(settings, clock_);
  if (with_service) {
    server_->seed("registry/app:" + commits_[Behaviour::good].hex);
    while (server_->facts().serving.empty()) std::this_thread::yield();
  }
  starts_before_ = server_->facts().started;
  CheckedRoad::to_cloudrun().leads_to(
      [this](const fakes::ApiCall& call) { return (*server_)(call); });
  wire_ = std::make_unique<fakes::ApiServer>(
      [this](const fakes::ApiCall& call) { return answer(call); });
}

CloudRunWorld::~CloudRunWorld() {
  wire_.reset();
  CheckedRoad::to_cloudrun().leads_to({});
  ::unsetenv("GOOGLE_OAUTH_ACCESS_TOKEN");
}

fakes::ApiAnswer CloudRunWorld::answer(const fakes::ApiCall& call) {
  bool now = false;
  std::optional<Trouble> trouble;
  {
    const std::lock_guard lock(mutex_);
    fakes::ApiAnswer nothing;
    nothing.wire = fakes::ApiAnswer::Wire::reset;
    if (down_ || cut_) return nothing;
    trouble = trouble_;
    if (trouble_ &&
        (*trouble_ != Trouble::lost_reply || changes_something(call))) {
      now = ++count_ == nth_;
    }
    happened_ = happened_ || now;
    if (now && trouble == Trouble::cut) {
      cut_ = true;
      return nothing;
    }
  }
  if (now && trouble == Trouble::interrupt) Interruption::request();
  fakes::ApiAnswer said = CheckedRoad::to_cloudrun().travel(call);
  if (now && trouble == Trouble::lost_reply) {
    said.wire = fakes::ApiAnswer::Wire::reset;
  }
  return said;
}

RemoteSettings CloudRunWorld::settings() {
  RemoteSettings settings{
      "shop", "prod", fmt::format("r{}", ++rungs_), {}, {}, {"API_KEY"},
      folder_.path() / "state", key_, clock_};
  settings.options = {{"project", "p"},
                      {"region", "r"},
                      {"service", "web"},
                      {"image", "registry/app:{commit}"},
                      {"secrets.API_KEY", "api-key:1"},
                      {"start_deadline", "2s"},
                      {"log_delay", "500ms"},
                      {"interval", "20ms"},
                      {"patience", "600ms"},
                      {"base_url", wire_->url()},
                      {"logging_url", wire_->url()}};
  return settings;
}

std::unique_ptr<Platform> CloudRunWorld::another_rung() {
  return make_cloudrun_platform(settings());
}

Bundle CloudRunWorld::bundle(Behaviour behaviour) {
  Bundle bundle;
  bundle.release.commit = commits_.at(behaviour);
  bundle.env["PORT"] = "8080";
  bundle.release.env["PORT"] = "8080";
  return bundle;
}

std::map<Stage, Bundle> CloudRunWorld::refused() {
  Bundle source = bundle(Behaviour::good);
  source.release.commit.hex = std::string(40, '0');
  Bundle release = bundle(Behaviour::good);
  release.env["MORE"] = release.release.env["MORE"] = "secret://no-such:1";
  Bundle listen = bundle(Behaviour::good);
  listen.env["PORT"] = "8081";
  listen.release.config["start"] =
      std::string("unset PORT; exec ") + RUNG_TEST_SERVICE;
  return {{Stage::source, source},
          {Stage::release, release},
          {Stage::start, bundle(Behaviour::exits)},
          {Stage::listen, listen}};
}

std::vector<std::string> CloudRunWorld::existing() {
  const auto facts = server_->facts();
  std::set<std::string> found;
  for (const std::string& name : facts.tagged) {
    found.insert("tag of " + name);
  }
  for (const std::string& name : facts.revisions) {
    if (is_trial(name) && facts.served.count(name) == 0) found.insert(name);
  }
  if (facts.exists && starts_before_ == 0) found.insert("the service");
  // What the service was like before rung came has to be what it is now.
  if (found.empty() && facts.exists && starts_before_ > 0) {
    if (facts.template_.contains("revision") ||
        facts.template_["containers"][0].contains("command") ||
        facts.template_["containers"][0]["env"] != nlohmann::json::array() ||
        facts.traffic.size() != 1 || facts.traffic[0].contains("revision")) {
      found.insert("a changed service: " + facts.template_.dump() +
                   facts.traffic.dump());
    }
  }
  // A trial is one thing, tagged or not.
  std::vector<std::string> out;
  for (const std::string& one : found) {
    if (one.rfind("tag of ", 0) != 0 || found.count(one.substr(7)) == 0) {
      out.push_back(one);
    }
  }
  return out;
}

std::size_t CloudRunWorld::starts() {
  return server_->facts().started - starts_before_;
}

bool CloudRunWorld::arrange(Trouble trouble, std::size_t nth) {
  const std::lock_guard lock(mutex_);
  trouble_ = trouble;
  nth_ = nth;
  count_ = 0;
  happened_ = false;
  return true;
}

bool CloudRunWorld::happened() {
  const std::lock_guard lock(mutex_);
  trouble_.reset();
  cut_ = false;
  return happened_;
}

bool CloudRunWorld::down(bool is) {
  const std::lock_guard lock(mutex_);
  down_ = is;
  return true;
}

std::string CloudRunWorld::overheard() {
  std::string text = server_->bodies();
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    text += std::string{std::istreambuf_iterator<char>(in), {}};
  }
  return text;
}

}  // namespace rung::conformance
