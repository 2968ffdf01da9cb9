// `rung nightly PLAN`: each phase of a plan is deployed and judged by its
// gates, at HEAD and where it is searched.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/example.hpp"
#include "tests/e2e/night.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::e2e::nightly_plan_test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using fakes::becomes_true;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// A service that obeys the file `behaviour` of its commit, and a plan beside
/// its repository. Each start of it adds a line to `starts`.
class PlanWorld {
 public:
  explicit PlanWorld(Names phases = {"bare"}) : phases_(std::move(phases)) {
    fs::create_directories(folder_.path() / "plan");
    write_plan();
    commit("");
  }
  ~PlanWorld() { RunningRung({"stop", plan()}, root()).result(); }
  PlanWorld(const PlanWorld&) = delete;
  PlanWorld& operator=(const PlanWorld&) = delete;

  /// `more`: lines of the last phase. Each phase has its name in ROLE.
  void write_plan(const std::string& more = "",
                  const std::string& port = "auto") const {
    std::ofstream out(plan());
    out << "rung: 1\nname: app\nsettle: 0s\ntrials: ../trials\n"
        << "source: {repo: ../app}\nruntime: other\n"
        << "start: \"echo >>" << (root() / "starts").string() << "; "
        << before_start << " exec " RUNG_TEST_SERVICE "\"\n"
        << "targets:\n  local: {adapter: local, port: " << port
        << ", inject_port: true}\n"
        << "gates: [{http: /health, status: 200, deadline: 30s, "
           "interval: 5ms}]\n"
        << "phases:\n";
    for (const std::string& phase : phases_) {
      out << "  - name: " << phase << "\n    env: {ROLE: " << phase << "}\n";
    }
    out << more;
  }
  /// The full id of a commit of a service with these rules.
  std::string commit(const std::string& rules) {
    rules_ = rules;
    return app_.commit_files({{"behaviour", "port PORT\n" + rules},
                              {"number", std::to_string(++number_)}},
                             "change the service (#12)");
  }
  /// Commits that change nothing that matters.
  Names commits(int count) {
    Names ids;
    for (int i = 0; i < count; ++i) ids.push_back(commit(rules_));
    return ids;
  }

  [[nodiscard]] Names arguments(const Names& more = {}) const {
    Names all = {"nightly", plan()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Result night(const Names& more = {}) const {
    return RunningRung(arguments(more), root()).result();
  }
  Result night_json(Names more = {}) const {
    more.emplace_back("--json");
    return night(more);
  }
  Result here(const Names& words) const {
    return RunningRung(words, root()).result();
  }
  [[nodiscard]] std::size_t starts() const {
    const std::string all = text_of(root() / "starts");
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }
  [[nodiscard]] const fs::path& root() const { return folder_.path(); }
  [[nodiscard]] std::string plan() const {
    return root() / "plan" / "plan.yaml";
  }
  [[nodiscard]] fs::path state() const { return root() / "plan" / ".rung"; }
  fakes::GitRepository& app() { return app_; }

  std::string before_start;  ///< a line of sh

 private:
  Names phases_;
  fakes::TemporaryFolder folder_;
  fakes::GitRepository app_{folder_.path() / "app"};
  std::string rules_;
  int number_ = 0;
};

std::string dies(const std::string& role) {
  return "if-env ROLE=" + role + ": die 1 Error: no such module: " + role +
         "\n";
}

}  // namespace

TEST_CASE("A plan's nights: green, two phases broken, still broken, repaired",
          "[e2e][nightly]") {
  PlanWorld world({"bare", "side", "full"});
  const Result first = world.night();
  CAPTURE(first.log);
  CHECK(first.exit == 0);
  CHECK_THAT(first.out, Contains("Green: 3 passed on "));
  CHECK(world.starts() == 3);

  // Eight commits: the third breaks one phase, the sixth another.
  world.commits(2);
  const std::string third = world.commit(dies("full"));
  world.commits(2);
  const std::string sixth = world.commit(dies("full") + dies("side"));
  world.commits(2);
  const Result broken = world.night_json();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  const auto report = broken.json();
  CHECK(report["verdict"] == "red");
  CHECK(report["passed"] == 1);
  CHECK(culprits_of(report) ==
        std::map<std::string, Names>{{third, {"phase full"}},
                                     {sixth, {"phase side"}}});
  CHECK(report["broken"][0]["culprit"]["pull_request"] == 12);
  CHECK(report["broken"][0]["tests"][0]["failures"] >= 6);
  CHECK(report["broken"][0]["tests"][0]["passes"] >= 4);
  CHECK_THAT(report["broken"][0]["tests"][0]["message"].get<std::string>(),
             Contains("no such module"));
  // The log of what failed on HEAD is kept.
  CHECK_THAT(report["notes"].dump(), Contains("evidence/nightly"));
  CHECK(fs::exists(world.state() / "evidence" / "nightly" / "002.log"));

  world.commits(1);
  const auto before = world.starts();
  const Result still = world.night();
  CAPTURE(still.log);
  CHECK(still.exit == 1);
  CHECK_THAT(
      still.out,
      Contains("Still broken, night 2, since " + third.substr(0, 10)) &&
          Contains("Still broken, night 2, since " + sixth.substr(0, 10)));
  CHECK(world.starts() == before + 3);

  world.commits(1);
  const std::string fix = world.commit(dies("full"));
  world.commits(2);
  const Result repaired = world.night_json();
  CAPTURE(repaired.log);
  CHECK(repaired.exit == 1);
  const auto last = repaired.json();
  REQUIRE(last["repaired"].size() == 1);
  CHECK(last["repaired"][0]["repaired_by"]["commit"] == fix);
  CHECK(ids_of(last["repaired"][0]["tests"]) == Names{"phase side"});
  CHECK(ids_of(last["still_broken"]) == Names{"phase full"});
}

TEST_CASE("A changed world and a flaky start accuse no commit of a plan",
          "[e2e][nightly]") {
  PlanWorld world;
  const fs::path outside = world.root() / "outside";
  world.commit("if-file " + outside.string() +
               " down: die 1 Error: the store is down\n");
  REQUIRE(world.night().exit == 0);
  world.commits(4);

  std::ofstream(outside) << "down\n";
  const Result drift = world.night_json();
  CAPTURE(drift.log);
  CHECK(drift.exit == 1);
  CHECK(ids_of(drift.json()["drift"]) == Names{"phase bare"});
  CHECK(drift.json()["broken"].empty());
  fs::remove(outside);
  REQUIRE(world.night().exit == 0);

  // The same plan, but every other start dies. The first one of HEAD does.
  const std::string dice = (world.root() / "dice").string();
  world.commit("if-file " + dice + " odd: die 1 Error: unlucky\n");
  world.before_start = "if grep -q odd " + dice + " 2>/dev/null; then echo " +
                       "even; else echo odd; fi >" + dice + ".new; mv " + dice +
                       ".new " + dice + ";";
  world.write_plan();
  const Result flaky = world.night_json();
  CAPTURE(flaky.log);
  CHECK(flaky.exit == 0);
  CHECK(ids_of(flaky.json()["flaky"]) == Names{"phase bare"});
  CHECK(flaky.json()["broken"].empty());
}

TEST_CASE("A plan that changed breaks no commit, and old verdicts end with it",
          "[e2e][nightly]") {
  PlanWorld world;
  const std::string strict =
      world.commit("if-set OLD: die 1 Error: OLD is not supported\n");
  REQUIRE(world.night().exit == 0);
  world.commits(3);
  // A phase that is new to the night, and that older commits can do.
  world.write_plan("  - name: late\n    env: {OLD: \"1\"}\n");
  const Result added = world.night_json();
  CAPTURE(added.log);
  CHECK(added.exit == 1);
  CHECK(culprits_of(added.json()) ==
        std::map<std::string, Names>{{strict, {"phase late"}}});

  // A commit breaks the phase, and then the plan's own change does.
  world.write_plan();
  const std::string guilty = world.commit(dies("bare"));
  const Result broken = world.night_json();
  CAPTURE(broken.log);
  CHECK(culprits_of(broken.json()) ==
        std::map<std::string, Names>{{guilty, {"phase bare"}}});
  world.commit("if-set OLD: die 1 Error: OLD is not supported\n");
  const std::string text = text_of(world.plan());
  std::ofstream(world.plan()) << text.substr(0, text.find("env: {ROLE")) +
                                     "env: {ROLE: bare, OLD: \"1\"}\n";
  const Result changed = world.night_json();
  CAPTURE(changed.log);
  CHECK(changed.exit == 1);
  CHECK(ids_of(changed.json()["drift"]) == Names{"phase bare"});
  CHECK(changed.json()["broken"].empty());
  CHECK(changed.json()["still_broken"].empty());
  CHECK_THAT(changed.json()["notes"].dump(),
             Contains("are not those of the last night"));
}

TEST_CASE("What a climb found to be good is a night's first known good",
          "[e2e][nightly]") {
  PlanWorld world;
  const Result climbed = world.here({"climb", world.plan(), "--json"});
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  world.commits(5);
  const std::string guilty = world.commit(dies("bare"));
  world.commits(5);
  const auto serving = [&] {
    return world.here({"status", world.plan(), "--json"}).json()["serving"];
  };
  const auto before = serving();
  REQUIRE(before.size() == 1);
  const Result night = world.night_json({"--depth", "1"});
  CAPTURE(night.log);
  CHECK(night.exit == 1);
  CHECK(culprits_of(night.json()) ==
        std::map<std::string, Names>{{guilty, {"phase bare"}}});
  CHECK(night.json()["first_night"] == true);
  CHECK_THAT(night.log, !Contains("no known good of"));
  // What serves is the same, and a night is no climb.
  CHECK(serving() == before);
  const Result status = world.here({"status", world.plan(), "--json"});
  CHECK(status.json()["known_good"].size() == 1);
}

TEST_CASE("A night does not take the place of what serves", "[e2e][nightly]") {
  PlanWorld world;
  world.write_plan("", "18431");
  const Result climbed = world.here({"climb", world.plan(), "--json"});
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  const Result night = world.night();
  CHECK(night.exit == 129);
  CHECK_THAT(night.log, Contains("port: auto"));
  world.here({"stop", world.plan()});
  CHECK(world.night().exit == 0);
}

TEST_CASE("A plan's night that is killed goes on and repeats little",
          "[e2e][nightly]") {
  PlanWorld world({"bare", "full"});
  REQUIRE(world.night().exit == 0);
  world.commits(6);
  const std::string guilty = world.commit(dies("full"));
  world.commits(6);
  const fs::path kept = world.root() / "kept";
  fs::copy(world.state(), kept, fs::copy_options::recursive);
  auto begun = world.starts();
  REQUIRE(world.night().exit == 1);
  const auto whole = world.starts() - begun;
  fs::remove_all(world.state());
  fs::rename(kept, world.state());

  begun = world.starts();
  int kills = 0;
  for (; kills < 4; ++kills) {
    const auto before = world.starts();
    RunningRung running(world.arguments(), world.root());
    REQUIRE(becomes_true([&] {
      return world.starts() >= before + 4 || running.ended_within(0us);
    }));
    running.signal(SIGKILL);
    if (running.result().exit != 128 + SIGKILL) break;
  }
  CHECK(kills >= 2);
  const Result last = world.night_json();
  CAPTURE(last.log);
  CHECK(last.exit == 1);
  CHECK((culprits_of(last.json()) ==
             std::map<std::string, Names>{{guilty, {"phase full"}}} ||
         last.json()["still_broken"].size() == 1));
  // A kill loses the run it hits, of at most two trials, and no more.
  CHECK(world.starts() - begun <= whole + 2 * 5);
  CHECK(processes_of(world.root() / "trials").empty());
}

TEST_CASE("A budget calls a trial off, and what cannot be judged is no red",
          "[e2e][nightly]") {
  PlanWorld world;
  world.commit("sleep 600000\n");
  const Result late = world.night({"--budget", "3s"});
  CAPTURE(late.log);
  CHECK(late.exit == 4);
  CHECK_THAT(late.out, Contains("the budget ended before it was judged"));
  CHECK(processes_of(world.root() / "trials").empty());

  // A gate that cannot tell, and a platform that is down.
  world.commit("");
  std::string text = text_of(world.plan());
  const auto gates = text.find("gates: [");
  text.replace(gates, text.find("phases:") - gates,
               "gates: [{command: \"exit 125\"}]\n");
  std::ofstream(world.plan()) << text;
  const Result none = world.night();
  CAPTURE(none.log);
  CHECK(none.exit == 125);
  CHECK_THAT(none.out, Contains("phase bare cannot be judged"));

  const auto local = text.find("{adapter: local");
  text.replace(local, text.find('}', local) + 1 - local,
               "{adapter: command, deploy: \"exit 75\", status: \"true\", "
               "logs: \"true\", withdraw: \"true\"}");
  std::ofstream(world.plan()) << text;
  const Result down = world.night();
  CAPTURE(down.log);
  CHECK(down.exit == 125);
  CHECK_THAT(down.out, Contains("No verdict on ") && Contains("phase bare: "));
}

TEST_CASE("A night of one phase has a memory of its own", "[e2e][nightly]") {
  PlanWorld world({"bare", "full"});
  const Result one = world.night({"--phase", "full"});
  CAPTURE(one.log);
  CHECK(one.exit == 0);
  CHECK_THAT(one.out, Contains("Green: 1 passed"));
  CHECK(world.starts() == 1);
  CHECK(fs::exists(world.state() / "nightly-app@local+full.json"));
  const Result all = world.night();
  CHECK_THAT(all.out, Contains("Green: 2 passed"));
  // Elsewhere, if asked.
  fs::create_directories(world.root() / "cache");
  const Result away =
      world.night({"--state", (world.root() / "cache").string()});
  CHECK(away.exit == 0);
  CHECK(
      fs::exists(world.root() / "cache" / ".rung" / "nightly-app@local.json"));

  CHECK(world.night({"--phase", "ful"}).exit == 129);
  const Result mixed = world.night({"--suite", "make check"});
  CHECK(mixed.exit == 129);
  CHECK_THAT(mixed.log, Contains("--suite is only for --source"));
}

}  // namespace rung::e2e::nightly_plan_test
