#include "tests/fakes/render_faults.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "adapters/render/render_platform.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "tests/fakes/render_server.hpp"
#include "tests/fakes/shared_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTokenName = "RUNG_TEST_RENDER_KEY";
const std::string kToken = "rnd_key-of-the-tests";

const std::string kNoCommit(40, 'e');

std::string commit_named(int number) {
  return fmt::format("{:040x}", 0xabc000 + number);
}

/// The releases' truth is in a variable.
RenderOutcome outcome_of_release(const RenderRelease& release) {
  const auto found = release.env.find("TRUTH");
  const std::string truth = found == release.env.end() ? "" : found->second;
  RenderOutcome outcome;
  if (truth == "build") {
    outcome.end = RenderRun::State::build_failed;
    outcome.reason = {{"evicted", false}, {"nonZeroExit", 1}};
    outcome.lines = {{true, "==> Running build command 'make'..."},
                     {true, "error: cannot find symbol"},
                     {true, "==> Build failed"}};
  } else if (truth == "start") {
    outcome.end = RenderRun::State::update_failed;
    outcome.reason = {{"evicted", false}, {"nonZeroExit", 1}};
    outcome.lines = {{false, "KeyError: 'DATABASE_URL'"},
                     {false, "==> Exited with status 1"}};
  } else if (truth == "listen") {
    outcome.end = RenderRun::State::update_failed;
    outcome.reason = {{"evicted", false}, {"timedOutSeconds", 900}};
    outcome.start = 900s;
    outcome.lines = {
        {false, "==> No open ports detected, continuing to scan..."},
        {false, "==> Port scan timeout reached, no open ports detected."}};
  } else if (truth == "health") {
    outcome.end = RenderRun::State::update_failed;
    outcome.reason = {{"evicted", false},
                      {"unhealthy", "HTTP health check failed (status 500)"}};
    outcome.start = 900s;
  }
  return outcome;
}

std::optional<Stage> stage_of(const std::string& truth) {
  return truth.empty() ? std::nullopt : stage_from(truth);
}

/// Where fsync costs nothing, if there is such a place: the bench counts.
std::filesystem::path quick_folder() {
  return std::filesystem::exists("/dev/shm") ? "/dev/shm"
                                             : std::filesystem::path();
}

class RenderFaultRun {
 public:
  RenderFaultRun(std::uint64_t seed, RenderFaultTally& tally)
      : seed_(seed), tally_(tally), random_(seed * 7919 + 17) {}

  void go() {
    ++tally_.runs;
    ::setenv(kTokenName, kToken.c_str(), 1);
    server_.add_group(live_, {{"SHARED", "of-the-group"}});
    while (!server_.view(live_).quiet) clock_.sleep(5s);
    before_ = server_.view(live_);
    calls_before_ = server_.counts().calls;

    auto rung = another_rung("r1");
    dies_after_ = chance(0.25) ? pick(60) : -1;
    const int trials = 1 + pick(3);
    for (int i = 0; i < trials && !dead_; ++i) try_one(*rung);
    if (!dead_ && chance(0.5)) serve(*rung);
    // A rung that is killed puts nothing back: its calls reach nobody.
    if (dies_after_ >= 0) dead_ = true;
    rung.reset();
    look_for_leftovers();

    const auto counts = server_.counts();
    tally_.calls += counts.calls - calls_before_;
    tally_.deploys += counts.deploys;
    tally_.limited += counts.refused;
    for (const auto& [fault, times] : proxy_.happened()) {
      tally_.faults[fault] += times;
    }
  }

 private:
  bool chance(double of) {
    return std::uniform_real_distribution<>()(random_) < of;
  }
  int pick(int below) {
    return std::uniform_int_distribution<>(0, below - 1)(random_);
  }

  void problem(int& count, const std::string& what) {
    ++count;
    if (tally_.problems.size() < 20) {
      tally_.problems.push_back(fmt::format("seed {}: {}", seed_, what));
    }
  }

  std::string add_live() {
    RenderServer::NewService service;
    service.name = "shop";
    service.repo = "https://example.com/shop.git";
    service.env = {{"A", "1"}, {"KEPT", "as it was"}};
    service.build = "npm ci";
    service.start = "node server.js";
    service.health_path = "/health";
    return server_.add(service, commit_named(0));
  }

  ApiAnswer received(const ApiCall& call) {
    if (dead_ || (dies_after_ >= 0 && dies_after_-- == 0)) {
      dead_ = true;
      ApiAnswer nothing;
      nothing.wire = ApiAnswer::Wire::reset;
      return nothing;
    }
    return proxy_(call);
  }

  void meddle() {
    // Called with the proxy's lock held; the server has its own.
    for (const auto& service : server_.services()) {
      if (service.id == live_) {
        if (!server_.deploy_by_somebody(live_, commit_named(900), "new_commit")
                 .empty()) {
          pushed_ = true;
        }
      } else if (++meddled_ % 2 == 0) {
        server_.deploy_by_somebody(service.id, commit_named(901));
      }
    }
  }

  std::unique_ptr<Platform> another_rung(const std::string& run) {
    RemoteSettings settings{
        "shop", "production", run, {}, {}, {}, folder_.path() / "state",
        key_, clock_};
    settings.build.has_history = false;
    settings.options = {{"service", live_},
                        {"token_env", kTokenName},
                        {"base_url", gate_.url()}};
    return make_render_platform(settings);
  }

  Bundle bundle(const std::string& truth) {
    Bundle bundle;
    bundle.id = fmt::format("release-{}", ++releases_);
    bundle.release.commit.hex = commit_named(1 + pick(4));
    bundle.env = {{"A", std::to_string(pick(3))}, {"SHARED", "of-the-group"}};
    if (!truth.empty()) bundle.env["TRUTH"] = truth;
    if (truth == "source") bundle.release.commit.hex = kNoCommit;
    if (chance(0.3)) bundle.release.config["start"] = "node other.js";
    return bundle;
  }

  std::string some_truth() {
    static const std::array<std::string, 10> kTruths = {
        "",      "",       "",       "",       "",
        "build", "source", "start", "listen", "health"};
    return kTruths[static_cast<std::size_t>(pick(10))];
  }

  void try_one(Platform& rung) {
    const std::string truth = some_truth();
    const Bundle release = bundle(truth);
    ++tally_.trials;
    for (int attempt = 0; attempt < 3 && !dead_; ++attempt) {
      const auto deploys = server_.counts().deploys;
      bool known = false;
      try {
        auto answer = rung.deploy(release);
        known = true;
        judge(truth, answer);
        if (auto* trial =
                std::get_if<std::unique_ptr<Deployment>>(&answer)) {
          rung.withdraw(**trial);
        }
      } catch (const PlatformError&) {
      } catch (const AbortError& error) {
        problem(tally_.aborted, error.what());
      }
      if (server_.counts().deploys > deploys + 1) {
        problem(tally_.double_deploys, "two deploys of one trial");
      }
      if (known) return;
    }
    ++tally_.infra;
  }

  void judge(const std::string& truth,
             const std::variant<std::unique_ptr<Deployment>, Refused>& answer) {
    const auto* refused = std::get_if<Refused>(&answer);
    const auto expected = stage_of(truth);
    if ((refused != nullptr) != expected.has_value() ||
        (refused && refused->failure.stage != *expected)) {
      problem(tally_.false_verdicts,
              fmt::format("truth \"{}\", verdict {}", truth,
                          refused ? refused->failure.message : "good"));
      return;
    }
    ++tally_.right;
  }

  void serve(Platform& rung) {
    const std::string truth = some_truth();
    const Bundle release = bundle(truth);
    const bool gates_pass = chance(0.7);
    const auto deploys = server_.counts().deploys;
    try {
      const ServeResult result =
          dynamic_cast<LivePlatform&>(rung).serve(
              release, "full", [&](Deployment&) { return gates_pass; });
      if (result.serves != (truth.empty() && gates_pass)) {
        problem(tally_.false_verdicts, "serves what must not, or not");
      }
      if (result.serves) {
        ++tally_.served;
        expected_ = release;
      } else {
        ++tally_.not_served;
      }
    } catch (const PlatformError&) {
      ++tally_.not_known;
    } catch (const AbortError& error) {
      problem(tally_.aborted, error.what());
    }
    // One for the release; one more where Render could not roll back.
    if (server_.counts().deploys > deploys + 2) {
      problem(tally_.double_deploys, "two deploys of what is to serve");
    }
  }

  void look_for_leftovers() {
    dead_ = false;
    dies_after_ = -1;
    proxy_.calm();
    {
      auto next = another_rung("r2");
      next->clean_up();
    }
    while (!server_.view(live_).quiet) clock_.sleep(5s);
    const auto all = server_.services();
    if (all.size() != 1) {
      problem(tally_.leftovers, all.size() < 1 ? "the live service is gone"
                                               : "left " + all.back().name);
    }
    const RenderServer::View now = server_.view(live_);
    if (!now.auto_deploy) problem(tally_.leftovers, "auto-deploy is off");
    std::map<std::string, std::string> env = before_.env;
    std::string start = before_.start, commit = before_.live_commit;
    if (expected_) {
      env = expected_->env;
      env.erase("SHARED");  // the group's
      const auto& config = expected_->release.config;
      if (config.count("start") != 0) start = config.at("start");
      commit = expected_->release.commit.hex;
    }
    if (now.env != env || now.start != start || now.build != before_.build) {
      problem(tally_.live_touched, "the stored settings are not as before");
    }
    if (!pushed_ && now.live_commit != commit) {
      problem(tally_.live_touched, "another commit serves");
    }
  }

  std::uint64_t seed_;
  RenderFaultTally& tally_;
  std::mt19937_64 random_;
  SharedClock clock_;
  RenderServer server_{
      [this] {
        RenderServer::Settings settings;
        settings.token = kToken;
        settings.runs = looked_up(outcome_of_release, clock_);
        settings.has_commit = [](const auto&, const std::string& commit) {
          return commit != kNoCommit;
        };
        settings.wait_policy = seed_ % 3 != 0;
        settings.head = [](const auto&) { return commit_named(900); };
        return settings;
      }(),
      clock_};
  std::string live_ = add_live();
  FaultyProxy proxy_{
      [this](const ApiCall& call) { return server_(call); },
      [this] {
        FaultyProxy::Settings settings;
        settings.seed = seed_;
        settings.rate = 0.02 + 0.03 * static_cast<double>(seed_ % 6);
        settings.meddle = [this] { meddle(); };
        return settings;
      }(),
      clock_};
  std::atomic<bool> dead_ = false;
  std::atomic<int> dies_after_ = -1;
  ApiServer gate_{[this](const ApiCall& call) { return received(call); }};
  TempFolder folder_{quick_folder()};
  SealKey key_{std::string(SealKey::kBytes, 'k')};
  RenderServer::View before_;
  std::optional<Bundle> expected_;
  std::size_t calls_before_ = 0;
  std::atomic<bool> pushed_ = false;
  int releases_ = 0, meddled_ = 0;
};

}  // namespace

void render_fault_run(std::uint64_t seed, RenderFaultTally& tally) {
  RenderFaultRun(seed, tally).go();
}

}  // namespace rung::fakes
