#include "tests/fakes/cloudrun_faults.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "adapters/cloudrun/cloudrun_platform.hpp"
#include "adapters/platform/remote_settings.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "tests/fakes/cloudrun_server.hpp"
#include "tests/fakes/shared_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {
namespace {

using namespace std::chrono_literals;

constexpr const char* kBefore = "registry/app:before";

/// The releases' truth is in a variable.
CloudRunOutcome outcome_of(const CloudRunRevision& revision) {
  const auto found = revision.env.find("TRUTH");
  const std::string truth = found == revision.env.end() ? "" : found->second;
  CloudRunOutcome outcome;
  if (truth == "source") {
    outcome.end = CloudRunInstance::State::no_image;
  } else if (truth == "start") {
    outcome = {
        CloudRunInstance::State::exited, 1, {"KeyError: 'DATABASE_URL'"}};
  } else if (truth == "listen") {
    outcome.end = CloudRunInstance::State::no_listen;
    outcome.start = 20s;
  } else if (truth == "health") {
    outcome = {CloudRunInstance::State::unhealthy, 500, {}, 20s};
  } else if (truth == "internal") {
    outcome.end = CloudRunInstance::State::internal;
  }
  return outcome;
}

bool is_good(const std::string& truth) { return truth.empty(); }

/// Nothing is learned of a release when the platform itself fails.
bool is_judged(const std::string& truth) { return truth != "internal"; }

class CloudRunFaultRun {
 public:
  CloudRunFaultRun(std::uint64_t seed, CloudRunFaultTally& tally)
      : seed_(seed), tally_(tally), random_(seed) {
    server_.seed(kBefore, {{"A", "1"}, {"KEPT", "as it was"}});
    clock_.sleep(1min);
    before_ = server_.facts();
  }

  void go() {
    ++tally_.runs;
    {
      auto rung = another_rung("r1");
      if (chance(0.3)) dies_after_ = pick(80);
      const int trials = 1 + pick(3);
      for (int i = 0; i < trials && !dead_; ++i) try_one(*rung);
      if (!dead_) serve(*rung);
    }
    look_for_leftovers();
    tally_.deploys += server_.facts().started;
    for (const auto& [fault, count] : proxy_.happened()) {
      tally_.faults[fault] += count;
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
    if (tally_.first_problem.empty()) {
      tally_.first_problem = fmt::format("seed {}: {}", seed_, what);
    }
  }

  ApiAnswer received(const ApiCall& call) {
    ++tally_.calls;
    // The machine's own server of tokens is not what is tried here.
    if (call.path.rfind("/computeMetadata/", 0) == 0) return server_(call);
    if (dead_ || (dies_after_ >= 0 && dies_after_-- == 0)) {
      dead_ = true;
      ApiAnswer nothing;
      nothing.wire = ApiAnswer::Wire::reset;
      return nothing;
    }
    return proxy_(call);
  }

  std::unique_ptr<Platform> another_rung(const std::string& run) {
    ::unsetenv("GOOGLE_OAUTH_ACCESS_TOKEN");
    ::unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    ::setenv("GCE_METADATA_HOST", gate_.url().substr(7).c_str(), 1);
    RemoteSettings settings{
        "shop", "production", run, {}, {}, {}, folder_.path() / "state",
        key_, clock_};
    settings.options = {{"project", "p"},
                        {"region", "r"},
                        {"service", "web"},
                        {"image", "registry/app:{commit}"},
                        {"base_url", gate_.url()},
                        {"logging_url", gate_.url()}};
    return make_cloudrun_platform(settings);
  }

  struct Candidate {
    std::string truth, image;
    Bundle bundle;
  };
  Candidate candidate() {
    static const std::array<std::string, 9> kTruths = {
        "", "", "", "", "source", "start", "listen", "health", "internal"};
    Candidate made;
    made.truth = kTruths[static_cast<std::size_t>(pick(9))];
    made.bundle.id = fmt::format("release-{}", ++releases_);
    made.bundle.release.commit.hex = fmt::format("{:040x}", releases_);
    made.image = "registry/app:" + made.bundle.release.commit.hex;
    made.bundle.env = {{"A", std::to_string(pick(3))}};
    if (!made.truth.empty()) made.bundle.env["TRUTH"] = made.truth;
    if (made.truth == "health") {
      made.bundle.release.config["platform:health-path"] = "/health";
    }
    if (chance(0.3)) made.bundle.env["PORT"] = "3000";
    return made;
  }

  // Once per attempt, however often it had to be asked for.
  void count_deploys(const Candidate& one, std::size_t attempts) {
    const auto counts = server_.facts().started_by_image;
    const auto it = counts.find(one.image);
    if (it != counts.end() && it->second > attempts) {
      problem(tally_.double_deploys, "deployed twice");
    }
  }

  std::unique_ptr<Deployment> attempted(Platform& rung, const Candidate& one,
                                        bool& known) {
    try {
      auto answer = rung.deploy(one.bundle);
      known = true;
      judge(one, answer);
      if (auto* trial = std::get_if<std::unique_ptr<Deployment>>(&answer)) {
        return std::move(*trial);
      }
    } catch (const PlatformError& error) {
      last_ = error.what();
    } catch (const AbortError& error) {
      problem(tally_.aborted, error.what());
    }
    return nullptr;
  }

  void withdraw(Platform& rung, Deployment* trial) {
    if (trial == nullptr) return;
    try {
      rung.withdraw(*trial);
    } catch (const PlatformError&) {  // the next rung does it
    } catch (const AbortError& error) {
      problem(tally_.aborted, error.what());
    }
  }

  void try_one(Platform& rung) {
    const Candidate one = candidate(), other = candidate();
    const bool two = chance(0.3);
    ++tally_.trials;
    for (std::size_t attempt = 1; attempt <= 3 && !dead_; ++attempt) {
      bool known = false;
      const auto trial = attempted(rung, one, known);
      if (two && attempt == 1) {
        bool ignored = false;
        ++tally_.trials;
        const auto beside = attempted(rung, other, ignored);
        if (!ignored) ++tally_.infra;
        withdraw(rung, beside.get());
        count_deploys(other, 1);
      }
      withdraw(rung, trial.get());
      count_deploys(one, attempt);
      if (known) return;
    }
    ++tally_.infra;
  }

  void judge(const Candidate& one,
             const std::variant<std::unique_ptr<Deployment>, Refused>& answer) {
    const auto* refused = std::get_if<Refused>(&answer);
    const bool right =
        is_judged(one.truth) &&
        (refused == nullptr
             ? is_good(one.truth)
             : !is_good(one.truth) &&
                   to_string(refused->failure.stage) == one.truth);
    if (right) {
      ++tally_.right;
    } else {
      problem(tally_.false_verdicts,
              fmt::format("truth \"{}\", verdict {}", one.truth,
                          refused ? refused->failure.message : "good"));
    }
  }

  void serve(Platform& rung) {
    const Candidate one = candidate();
    const bool gates_pass = chance(0.7);
    const bool should = is_good(one.truth) && gates_pass;
    try {
      const ServeResult result = dynamic_cast<LivePlatform&>(rung).serve(
          one.bundle, "full", [&](Deployment&) { return gates_pass; });
      if (result.serves != should || !is_judged(one.truth)) {
        problem(tally_.false_verdicts, "serves what must not, or not");
      }
      ++(result.serves ? tally_.served : tally_.not_served);
      if (result.serves) expected_ = one.image;
    } catch (const PlatformError&) {
      ++tally_.not_known;
    } catch (const AbortError& error) {
      problem(tally_.aborted, error.what());
    }
    count_deploys(one, 1);
  }

  static std::string image_of(const nlohmann::json& template_) {
    return template_["containers"][0].value("image", "");
  }

  void look_for_leftovers() {
    dead_ = false;
    dies_after_ = -1;
    proxy_.calm();
    auto next = another_rung("r2");
    try {
      next->clean_up();
    } catch (const Error& error) {
      problem(tally_.leftovers, error.what());
    }
    const auto now = server_.facts();
    for (const std::string& name : now.revisions) {
      if (name.find("-rung-") != name.npos && now.served.count(name) == 0) {
        problem(tally_.leftovers, "left " + name);
      }
    }
    if (!now.tagged.empty()) problem(tally_.leftovers, "left a tag");
    if (now.template_.contains("revision")) {
      problem(tally_.leftovers, "the next deploy's name is taken");
    }
    // What somebody else deployed is theirs, with whatever they began from.
    if (meddled_) return;
    const std::string image = expected_.empty() ? kBefore : expected_;
    if (image_of(now.template_) != image ||
        (expected_.empty() && now.template_ != before_.template_)) {
      problem(tally_.live_touched, "the stored template is not as it should be");
    }
    if (now.traffic != before_.traffic) {
      problem(tally_.live_touched, "the traffic is not as before");
    }
    if (expected_.empty() && now.serving != before_.serving &&
        now.served.size() != before_.served.size()) {
      problem(tally_.live_touched, "another revision serves");
    }
  }

  std::uint64_t seed_;
  CloudRunFaultTally& tally_;
  std::mt19937_64 random_;
  SharedClock clock_;
  CloudRunServer server_{
      [this] {
        CloudRunServer::Settings settings;
        settings.make = looked_up_instances(outcome_of, clock_);
        settings.log_delay = seed_ % 2 == 0 ? 0s : 3s;
        settings.keeps_latest = seed_ % 3 != 0;
        return settings;
      }(),
      clock_};
  FaultyProxy proxy_{
      [this](const ApiCall& call) { return server_(call); },
      [this] {
        FaultyProxy::Settings settings;
        settings.seed = seed_;
        settings.rate = 0.02 + 0.03 * static_cast<double>(seed_ % 6);
        // Somebody else comes by in one run of four.
        settings.meddle = [this] {
          if (seed_ % 4 != 0 || meddled_) return;
          meddled_ = true;
          server_.deploy_by_other("registry/app:somebody-else");
        };
        return settings;
      }(),
      clock_};
  std::atomic<bool> dead_ = false;
  std::atomic<bool> meddled_ = false;
  std::atomic<int> dies_after_ = -1;
  ApiServer gate_{[this](const ApiCall& call) { return received(call); }};
  // The state is synced to disk at each change; memory is quicker.
  TempFolder folder_{std::filesystem::exists("/dev/shm")
                         ? "/dev/shm"
                         : std::filesystem::path()};
  SealKey key_{std::string(SealKey::kBytes, 'k')};
  CloudRunServer::Facts before_;
  std::string expected_, last_;
  int releases_ = 0;
};

}  // namespace

void cloudrun_fault_run(std::uint64_t seed, CloudRunFaultTally& tally) {
  CloudRunFaultRun(seed, tally).go();
}

}  // namespace rung::fakes
