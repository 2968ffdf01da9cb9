#include "tests/fakes/docker_faults.hpp"

#include <fmt/format.h>

#include <mutex>
#include <random>
#include <thread>

#include "adapters/gates/health_checks.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "tests/conformance/docker_world.hpp"
#include "tests/conformance/suite.hpp"
#include "tests/fakes/fake_docker_engine.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::fakes {
namespace {

using conformance::Behaviour;
using conformance::DockerWorld;

// As the suite's, but quick: what answers 500 is known to go on doing so.
Verdict judged(Deployment& deployment) {
  static const std::vector<Gate> kGates{
      parse_gate("http /health status=200 deadline=10s settled=10ms")};
  ProbeSettings settings;
  settings.gates = kGates;
  settings.make_check = [](const Gate& gate) {
    return make_health_check(gate);
  };
  const SystemClock clock;
  return judge(deployment, settings, clock).verdict;
}

/// Faults by chance, the same for the same seed as long as one thread asks.
class Chance {
 public:
  Chance(FakeDockerEngine& engine, std::uint64_t seed, bool stale_too)
      : engine_(engine), random_(seed), stale_too_(stale_too) {}

  UnixFault operator()(const UnixRequest& request) {
    const std::lock_guard lock(mutex_);
    ++calls;
    if (draw(100) >= 15) return {};
    ++faults;
    const auto reply = [](int status, const char* headers, const char* body) {
      return UnixFault{
          UnixFault::Kind::answer,
          fmt::format("HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: "
                      "{}\r\n{}\r\n{}",
                      status, std::string_view(body).size(), headers, body)};
    };
    switch (draw(9)) {
      case 0: return reply(429, "Retry-After: 2\r\n", "");
      case 1: return reply(429, "", "slow down");
      case 2: return reply(500, "", "{\"message\":\"internal error\"}");
      case 3: return reply(502, "", "bad gateway");
      case 4: return {UnixFault::Kind::closed};
      case 5: return {UnixFault::Kind::lost};
      case 6: return {UnixFault::Kind::half};
      case 7:
        if (stale_too_ && request.method == "GET") engine_.be_stale();
        return {};
      default:
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return {};
    }
  }

  std::size_t calls = 0, faults = 0;

 private:
  unsigned draw(unsigned below) {
    return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
  }

  FakeDockerEngine& engine_;
  std::mutex mutex_;
  std::mt19937_64 random_;
  bool stale_too_;
};

/// The releases, the engine, and what serves all along.
class Runs {
 public:
  Runs() {
    for (const Behaviour behaviour :
         {Behaviour::good, Behaviour::good_too, Behaviour::unhealthy,
          Behaviour::exits}) {
      bundles_[behaviour] = with_secret(world_, behaviour);
    }
    serve_first();
  }

  void run(std::uint64_t seed) {
    seed_ = seed;
    ++seen.runs;
    constexpr Behaviour kAll[] = {Behaviour::good, Behaviour::unhealthy,
                                  Behaviour::exits, Behaviour::good_too};
    const Behaviour behaviour = kAll[seed % 4];
    const bool serves = seed / 4 % 4 == 0;
    // What has ended already and is read as not begun would be begun twice;
    // real engines have no stale reads.
    auto chance = std::make_shared<Chance>(engine_, seed,
                                           behaviour != Behaviour::exits);
    world_.faults([chance](const UnixRequest& request) {
      return (*chance)(request);
    });
    const std::size_t starts = engine_.starts();
    const Bundle& bundle = bundles_.at(behaviour);
    bool new_one = false;
    {
      const auto platform = world_.another_rung();
      try {
        if (serves) {
          new_one = serve(*platform, bundle, behaviour);
        } else {
          attempt(*platform, bundle, behaviour);
        }
      } catch (const Error& error) {
        ++seen.no_verdict;
        if (conformance::tells_secret(error.what())) {
          wrong(seen.secrets_told, error.what());
        }
      }
    }
    world_.faults({});
    engine_.be_stale(false);  // a read that never came may have left it
    seen.calls += chance->calls;
    seen.faults += chance->faults;
    if (engine_.starts() > starts + 1) {
      // Starting again what was stopped is none; here nothing is stopped.
      wrong(seen.double_deploys, "started more than once");
    }
    check_after(bundle, new_one);
  }

  DockerFaultsSeen seen;

 private:
  void wrong(std::size_t& count, const std::string& what) {
    ++count;
    if (seen.first.size() < 10) {
      seen.first.push_back(fmt::format("seed {}: {}", seed_, what));
    }
  }

  void serve_first() {
    const auto platform = world_.another_rung();
    auto& live = dynamic_cast<LivePlatform&>(*platform);
    live.serve(bundles_.at(Behaviour::good), "first",
               [](Deployment&) { return true; });
    serving_ = live.live().value();
  }

  void attempt(Platform& platform, const Bundle& bundle, Behaviour behaviour) {
    auto answer = platform.deploy(bundle);
    if (auto* refused = std::get_if<Refused>(&answer)) {
      wrong(seen.wrong_verdicts, "refused: " + refused->failure.message);
      return;
    }
    auto& trial = *std::get<std::unique_ptr<Deployment>>(answer);
    const Verdict verdict = judged(trial);
    const bool should_be_good =
        behaviour == Behaviour::good || behaviour == Behaviour::good_too;
    if (verdict == Verdict::good) ++seen.good;
    if (verdict == Verdict::bad) ++seen.bad;
    if (verdict == Verdict::infra) ++seen.no_verdict;
    if (verdict == (should_be_good ? Verdict::bad : Verdict::good)) {
      wrong(seen.wrong_verdicts, "the wrong verdict");
    }
    platform.withdraw(trial);
  }

  bool serve(Platform& platform, const Bundle& bundle, Behaviour behaviour) {
    auto& live = dynamic_cast<LivePlatform&>(platform);
    const ServeResult result =
        live.serve(bundle, "second", [](Deployment& deployment) {
          return judged(deployment) == Verdict::good;
        });
    if (result.refused) {
      wrong(seen.wrong_verdicts, "refused: " + result.refused->failure.message);
    }
    if (result.serves && (behaviour == Behaviour::unhealthy ||
                          behaviour == Behaviour::exits)) {
      wrong(seen.wrong_verdicts, "what is broken was let serve");
    }
    (result.serves ? seen.served : seen.kept) += 1;
    return result.serves;
  }

  void check_after(const Bundle& bundle, bool new_one) {
    const auto next = world_.another_rung();
    next->clean_up();
    auto& live = dynamic_cast<LivePlatform&>(*next);
    const auto now = live.live();
    const auto there = world_.existing();
    if (there.size() != 1) {
      wrong(seen.leftovers, fmt::format("{} containers", there.size()));
    }
    if (!now) {
      wrong(seen.live_touched, "nothing serves");
      serve_first();
    } else if (new_one) {
      if (now->release_id != bundle.id) {
        wrong(seen.live_touched, "the new release does not serve");
      }
      serving_ = *now;
    } else if (now->reference != serving_.reference) {
      wrong(seen.live_touched, "another one serves");
      serving_ = *now;
    }
  }

  TemporaryFolder folder_;
  FakeDockerEngine engine_{folder_.path() / "engine"};
  DockerWorld world_{engine_.socket()};
  std::map<Behaviour, Bundle> bundles_;
  LiveRelease serving_;
  std::uint64_t seed_ = 0;
};

}  // namespace

DockerFaultsSeen run_docker_faults(std::uint64_t first, std::uint64_t count) {
  Runs runs;
  for (std::uint64_t seed = first; seed < first + count; ++seed) runs.run(seed);
  return runs.seen;
}

}  // namespace rung::fakes
