#include "tests/conformance/render_world.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "adapters/render/render_platform.hpp"
#include "core/base/error.hpp"

namespace rung::conformance {
namespace {

using namespace std::chrono_literals;
using fakes::ApiAnswer;
using fakes::ApiCall;

constexpr const char* kTokenName = "RUNG_TEST_RENDER_KEY";
constexpr const char* kToken = "rnd_key-of-the-tests";

ApiAnswer nothing() {
  ApiAnswer answer;
  answer.wire = ApiAnswer::Wire::reset;
  return answer;
}

}  // namespace

Clock::Time HastyClock::now() const {
  return std::chrono::steady_clock::now() +
         std::chrono::microseconds(skipped_.load());
}
std::int64_t HastyClock::unix_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
void HastyClock::sleep(std::chrono::microseconds duration) {
  Interruption::check();
  const auto real = std::min<std::chrono::microseconds>(duration / 500, 10ms);
  std::this_thread::sleep_for(real);
  skipped_ += (duration - real).count();
}

/// As it is, but the world knows whether it has a trial.
class RenderWorld::Rung : public Platform,
                          public LivePlatform,
                          public DeployRecords {
 public:
  Rung(std::unique_ptr<Platform> platform, std::string name, RenderWorld& world)
      : platform_(std::move(platform)), name_(std::move(name)), world_(world) {
    world_.idle_.insert(name_);
  }
  Rung(const Rung&) = delete;
  Rung& operator=(const Rung&) = delete;
  ~Rung() override { world_.idle_.erase(name_); }

  std::string_view name() const override { return platform_->name(); }
  Capabilities capabilities() const override {
    return platform_->capabilities();
  }
  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override {
    auto answer = platform_->deploy(bundle);
    if (std::holds_alternative<std::unique_ptr<Deployment>>(answer)) {
      world_.idle_.erase(name_);
    }
    return answer;
  }
  void withdraw(Deployment& deployment) override {
    platform_->withdraw(deployment);
    world_.idle_.insert(name_);
  }
  std::vector<std::string> clean_up() override { return platform_->clean_up(); }
  std::optional<LiveRelease> live() override { return live_().live(); }
  std::unique_ptr<Deployment> attach() override { return live_().attach(); }
  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override {
    return live_().serve(bundle, phase, healthy);
  }
  void stop() override { live_().stop(); }
  std::vector<PastDeploy> past_deploys(std::size_t at_most) override {
    return records_().past_deploys(at_most);
  }
  std::map<std::string, std::string> stored_env() override {
    return records_().stored_env();
  }
  std::string log_of(const std::string& id) override {
    return records_().log_of(id);
  }

 private:
  LivePlatform& live_() { return dynamic_cast<LivePlatform&>(*platform_); }
  DeployRecords& records_() { return dynamic_cast<DeployRecords&>(*platform_); }
  std::unique_ptr<Platform> platform_;
  std::string name_;
  RenderWorld& world_;
};

RenderWorld::RenderWorld(Start start)
    : host_([&] {
        fakes::RenderHost::Settings settings;
        settings.token = kToken;
        settings.times.limit = 1500ms;
        settings.times.scan = 200ms;
        settings.limits = start.limits;
        return settings;
      }()),
      start_(start) {
  ::setenv(kTokenName, kToken, 1);
  const std::string good =
      repository_.commit_files({{"behaviour", "port PORT\nlog up\n"}});
  const std::string broken = repository_.commit_files(
      {{"behaviour", "die 1 not made to live\n"}});
  fakes::RenderServer::NewService service;
  service.name = "shop";
  service.repo = repository_.root().string();
  service.start = RUNG_TEST_SERVICE;
  service.env = {{"KEPT", "as it was"}};
  service.health_path = "/health";
  service_ = server().add(service, start.live ? good : broken);
  if (!host_.quiet_within(service_, 60s)) FAIL("the fake's first deploy hangs");
  CheckedRoad::to_render().leads_to(
      [this](const ApiCall& call) { return server()(call); });
  door_ = std::make_unique<fakes::ApiServer>(
      [this](const ApiCall& call) { return received(call); });
}

RenderWorld::~RenderWorld() {
  door_.reset();
  CheckedRoad::to_render().leads_to({});
}

void RenderWorld::settle() {
  if (!host_.quiet_within(service_, 60s)) FAIL("the fake does not come to rest");
}

ApiAnswer RenderWorld::received(const ApiCall& call) {
  bool lose = false, stop = false;
  {
    const std::lock_guard lock(mutex_);
    heard_ += call.method + " " + call.target + "\n";
    if (down_) return nothing();
    const bool counts =
        trouble_ && (*trouble_ != Trouble::lost_reply || call.method != "GET");
    if (counts && ++seen_ >= nth_) {
      came_ = true;
      if (*trouble_ == Trouble::cut) return nothing();
      lose = *trouble_ == Trouble::lost_reply && seen_ == nth_;
      stop = *trouble_ == Trouble::interrupt && seen_ == nth_;
    }
  }
  if (stop) Interruption::request();
  ApiAnswer answer = CheckedRoad::to_render().travel(call);
  if (lose) answer.wire = ApiAnswer::Wire::reset;
  return answer;
}

std::unique_ptr<Platform> RenderWorld::another_rung() {
  const std::string name = fmt::format("r{}", ++rungs_);
  RemoteSettings settings{"shop", "production", name, {}, {}, {"API_KEY"},
                          folder_.path() / "state", key_, clock_};
  settings.build.source = repository_.root();
  settings.options = {{"service", service_},
                      {"token_env", kTokenName},
                      {"base_url", door_->url()}};
  if (start_.in_place) settings.options["in_place"] = "true";
  return std::make_unique<Rung>(make_render_platform(settings), name, *this);
}

Bundle RenderWorld::bundle_of(const std::string& behaviour) {
  auto& commit = commits_[behaviour];
  if (commit.empty()) {
    commit = repository_.commit_files({{"behaviour", behaviour}});
  }
  Bundle bundle;
  bundle.release.commit.hex = commit;
  bundle.release.config["start"] = RUNG_TEST_SERVICE;
  bundle.id = release_id(bundle.release);
  return bundle;
}

Bundle RenderWorld::bundle(Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::good:
      return bundle_of("port PORT\n");
    case Behaviour::good_too:
      return bundle_of("port PORT\nlog the other one\n");
    case Behaviour::unhealthy:
      return bundle_of("port PORT\nstatus 500\n");
    case Behaviour::exits:
      return bundle_of("die 3 API_KEY is set, SETTING is missing\n");
  }
  throw std::logic_error("no such behaviour");
}

std::map<Stage, Bundle> RenderWorld::refused() {
  std::map<Stage, Bundle> all;
  Bundle& source = all[Stage::source] = bundle(Behaviour::good);
  source.release.commit.hex = std::string(40, 'd');
  Bundle& build = all[Stage::build] = bundle(Behaviour::good);
  build.release.config["build"] = "echo cannot compile; exit 3";
  Bundle& release = all[Stage::release] = bundle(Behaviour::good);
  release.env["NOT=A NAME"] = release.release.env["NOT=A NAME"] = "x";
  all[Stage::start] = bundle(Behaviour::exits);
  all[Stage::listen] = bundle_of("bind 127.0.0.1\nport PORT\n");
  all[Stage::health] = bundle(Behaviour::unhealthy);
  for (auto& [stage, bundle] : all) bundle.id = release_id(bundle.release);
  return all;
}

std::vector<std::string> RenderWorld::existing() {
  std::vector<std::string> names;
  for (const auto& one : server().services()) {
    if (one.id == service_) continue;
    // A living rung keeps its copy for its next trial.
    const auto at = one.name.rfind("-rung-");
    if (at != one.name.npos && idle_.count(one.name.substr(at + 6)) != 0) {
      continue;
    }
    names.push_back(one.name);
  }
  return names;
}

std::size_t RenderWorld::starts() { return server().counts().deploys; }

bool RenderWorld::arrange(Trouble trouble, std::size_t nth) {
  const std::lock_guard lock(mutex_);
  trouble_ = trouble;
  nth_ = nth;
  seen_ = 0;
  came_ = false;
  return true;
}

bool RenderWorld::happened() {
  const std::lock_guard lock(mutex_);
  trouble_.reset();
  return came_;
}

bool RenderWorld::down(bool is) {
  const std::lock_guard lock(mutex_);
  down_ = is;
  return true;
}

// Request lines, what the fake's processes were called with, and what rung
// wrote: its state is sealed.
std::string RenderWorld::overheard() {
  const std::lock_guard lock(mutex_);
  std::string text = heard_;
  if (std::ifstream file(folder_.path() / "state", std::ios::binary); file) {
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  return text;
}

}  // namespace rung::conformance
