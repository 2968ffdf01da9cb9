#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/cloudrun_host.hpp"

// Several trials at a time, each a revision without traffic, on the fake of
// Cloud Run that really runs them.
namespace rung::e2e::cloudrun_workers_test {
namespace {

using namespace std::chrono_literals;
using Trials = std::vector<fakes::CloudRunServer::Facts::Trial>;

/// The longest row of trials of which each began when the verdict of the one
/// before it was known. One that was called off told nobody anything.
std::size_t rounds(Trials trials) {
  std::erase_if(trials, [](const auto& trial) { return !trial.judged; });
  std::sort(trials.begin(), trials.end(),
            [](const auto& a, const auto& b) { return a.ended < b.ended; });
  std::size_t count = 0;
  Clock::Time free{};
  for (const auto& trial : trials) {
    if (count > 0 && trial.begun < free) continue;
    ++count;
    free = trial.ended;
  }
  return count;
}

std::size_t most_at_once(const Trials& trials) {
  std::size_t most = 0;
  for (const auto& at : trials) {
    most = std::max(
        most, static_cast<std::size_t>(std::count_if(
                  trials.begin(), trials.end(), [&](const auto& other) {
                    return other.begun <= at.begun && at.begun < other.ended;
                  })));
  }
  return most;
}

}  // namespace

TEST_CASE("Four trials at a time on Cloud Run take the rounds that four allow, "
          "and nothing of them stays",
          "[e2e][cloudrun][workers]") {
  constexpr std::size_t kWorkers = 4, kChanges = 24;
  const auto guilty = GENERATE(as<std::size_t>(), 1, 11, 24);
  // Every trial takes as long as every other, so rounds can be told.
  const std::string start = "sleep 1.5; exec " RUNG_TEST_SERVICE;
  BrokenService app;
  const std::string good = app.commit("");
  CAPTURE(guilty);
  std::vector<std::string> ids;
  for (std::size_t i = 1; i <= kChanges; ++i) {
    ids.push_back(app.commit(
        i < guilty ? "" : "die 1 Error: COLOUR is no colour\n"));
  }
  fakes::CloudRunHost::Settings settings;
  settings.repository = app.root();
  settings.command = start;
  settings.patience = 20s;
  fakes::CloudRunHost cloudrun(settings);
  cloudrun.serve(good);
  const auto before = cloudrun.server().facts();
  app.file("plan.yaml",
           fmt::format("rung: 1\nname: web\nsource: {{repo: app}}\n"
                       "start: {}\ntargets:\n  production: {{adapter: "
                       "cloudrun, {}}}\nphases:\n  - name: live\n"
                       "    gates: [{{http: /health, deadline: 20s}}]\n",
                       start, cloudrun.target()));

  const Result result =
      RunningRung({"bisect", "plan.yaml", "--target", "production", "--good",
                   good, "--bad", ids.back(), "--workers", "4", "--json"},
                  app.folder(), cloudrun.credentials())
          .result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 1);
  CHECK(culprits(result.json()) == std::vector<std::vector<std::string>>{
                                       {"commit " + ids.at(guilty - 1)}});

  const auto after = cloudrun.server().facts();
  const auto most = static_cast<std::size_t>(
      std::ceil(std::log(kChanges) / std::log(kWorkers + 1))) + 2;
  CAPTURE(after.trials.size(), rounds(after.trials));
  CHECK(rounds(after.trials) <= most);
  CHECK(most_at_once(after.trials) >= 3);
  CHECK(most_at_once(after.trials) <= kWorkers);
  for (const auto& trial : after.trials) {
    CHECK(trial.ended != Clock::Time());
    CHECK(after.served.count(trial.revision) == 0);  // never any traffic
  }
  CHECK(after.serving == before.serving);
  CHECK(after.traffic == before.traffic);
  CHECK(after.template_ == before.template_);
  CHECK(after.tagged.empty());
  CHECK(after.started == after.trials.size() + 1);
  WARN(fmt::format("{} changes, {} workers: {} trials in {} rounds (at most {})",
                   kChanges, kWorkers, after.trials.size(),
                   rounds(after.trials), most));
}

}  // namespace rung::e2e::cloudrun_workers_test
