// `rung nightly` on real repositories: a suite of shell, and one of ctest.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/night.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::e2e::nightly_test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Names = std::vector<std::string>;

// Each file of tests/ is a test: it passes if the file says ok. "flaky" passes
// each second time it runs, "outside" if a file outside of the repository is
// there. $WORLD counts the runs.
constexpr const char* kSuite = R"sh(
echo run >>"$WORLD/runs"
[ -z "$SLOW" ] || sleep "$SLOW"
mkdir -p report
failed=0
{
  echo '<testsuites><testsuite name="s">'
  for name in ${*:-$(ls tests)}; do
    said=$(cat "tests/$name" 2>/dev/null) || continue
    case $said in
      flaky)
        if [ -e "$WORLD/$name" ]; then rm "$WORLD/$name"; said=ok
        else : >"$WORLD/$name"; fi ;;
      outside) [ ! -e "$WORLD/outside" ] || said=ok ;;
    esac
    echo "<testcase classname='s' name='$name'>"
    if [ "$said" != ok ]; then
      failed=1
      echo "<failure message='$name says $said'/>"
    fi
    echo "</testcase>"
  done
  echo '</testsuite></testsuites>'
} >report/r.xml
exit $failed
)sh";

class NightlyWorld {
 public:
  NightlyWorld() {
    change({{"suite.sh", kSuite},
            {"build.sh", "exit 0\n"},
            {"tests/a", "ok"},
            {"tests/b", "ok"},
            {"tests/c", "ok"}});
  }

  std::string change(const std::map<std::string, std::string>& files) {
    return repository_.commit_files(files, "change the files (#7)");
  }
  /// Commits that change nothing that matters.
  Names commits(int count) {
    Names ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(change({{"number", std::to_string(++number_)}}));
    }
    return ids;
  }

  [[nodiscard]] Names arguments(const Names& more = {}) const {
    Names all = {"nightly",     "--source",    repository_.root().string(),
                 "--build",     "sh build.sh", "--suite",
                 "sh suite.sh", "--junit",     "report/*.xml"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::map<std::string, std::string> env() const {
    return {{"WORLD", outside_.path().string()}};
  }
  Result night(const Names& more = {}) {
    return rung(arguments(more), outside_.path(), env());
  }
  Result night_json(Names more = {}) {
    more.emplace_back("--json");
    return night(more);
  }
  [[nodiscard]] std::size_t runs() const {
    std::ifstream in(outside_.path() / "runs");
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(in),
                   std::istreambuf_iterator<char>(), '\n'));
  }
  [[nodiscard]] fs::path state() const {
    return repository_.root() / ".rung" / "nightly.json";
  }
  [[nodiscard]] const fs::path& outside() const { return outside_.path(); }
  fakes::GitRepository& repository() { return repository_; }

 private:
  fakes::GitRepository repository_;
  fakes::TempFolder outside_;
  int number_ = 0;
};

}  // namespace

TEST_CASE("A week of nights: green, broken twice, still broken, repaired",
          "[e2e][nightly]") {
  NightlyWorld world;
  const Result first = world.night();
  CAPTURE(first.log);
  CHECK(first.exit == 0);
  CHECK_THAT(first.out, Contains("Green: 3 passed on "));

  world.commits(6);
  const std::string two = world.change({{"tests/a", "no"}, {"tests/c", "no"}});
  world.commits(7);
  const std::string one = world.change({{"tests/b", "never"}});
  world.commits(1);
  const Result broken = world.night_json({"--one", "sh suite.sh {names}"});
  const auto report = broken.json();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  CHECK(report["verdict"] == "red");
  CHECK(culprits_of(report) ==
        std::map<std::string, Names>{{two, {"s::a", "s::c"}}, {one, {"s::b"}}});
  CHECK(report["broken"][0]["culprit"]["pull_request"] == 7);
  CHECK(report["broken"][0]["tests"][0]["message"] == "a says no");
  // HEAD twice: what fails is confirmed in a fresh checkout.
  CHECK(report["builds"] <= 3 + 4 + 3 + 4);

  world.commits(3);
  const auto before = world.runs();
  const Result still = world.night();
  CAPTURE(still.log);
  CHECK(still.exit == 1);
  CHECK_THAT(still.out,
             Contains("Still broken, night 2, since " + two.substr(0, 10)));
  CHECK(world.runs() == before + 1);

  const std::string fix = world.change({{"tests/a", "ok"}});
  world.commits(4);
  const Result repaired = world.night_json();
  CAPTURE(repaired.log);
  CHECK(repaired.exit == 1);
  const auto last = repaired.json();
  REQUIRE(last["repaired"].size() == 1);
  CHECK(last["repaired"][0]["repaired_by"]["commit"] == fix);
  CHECK(ids_of(last["repaired"][0]["tests"]) == Names{"s::a"});
  CHECK(ids_of(last["still_broken"]) == Names{"s::b", "s::c"});
}

TEST_CASE("Flaky tests and a world that changed accuse no commit",
          "[e2e][nightly]") {
  NightlyWorld world;
  std::ofstream(world.outside() / "outside").flush();
  world.change({{"tests/outside", "outside"}, {"tests/shaky", "flaky"}});
  std::ofstream(world.outside() / "shaky").flush();  // passes next
  REQUIRE(world.night().exit == 0);
  world.commits(4);
  const Result flaky = world.night_json();
  CAPTURE(flaky.log);
  CHECK(flaky.exit == 0);
  CHECK(ids_of(flaky.json()["flaky"]) == Names{"s::shaky"});
  CHECK(flaky.json()["broken"].empty());

  fs::remove(world.outside() / "outside");
  world.commits(4);
  const Result drift = world.night();
  CAPTURE(drift.log);
  CHECK(drift.exit == 1);
  CHECK_THAT(drift.out, Contains("no commit is to blame:\n  s::outside: "
                                 "outside says outside"));
  CHECK_THAT(drift.out, !Contains("Culprit"));
}

TEST_CASE("Without a known good the first night looks back for one",
          "[e2e][nightly]") {
  NightlyWorld world;
  world.commits(20);
  const std::string culprit = world.change({{"tests/b", "no"}});
  world.commits(9);
  const Result result = world.night_json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{culprit, {"s::b"}}});
  CHECK(result.json()["first_night"] == true);

  NightlyWorld far;
  far.change({{"tests/b", "no"}});
  far.commits(9);
  const Result near = far.night({"--depth", "4"});
  CAPTURE(near.log);
  CHECK(near.exit == 1);
  CHECK_THAT(near.out, Contains("none found within 4 commits"));
  CHECK_THAT(near.out, !Contains("Culprit"));
}

TEST_CASE("Commits from before the folder cannot be judged", "[e2e][nightly]") {
  NightlyWorld world;
  world.commits(2);
  world.change({{"sub/suite.sh", kSuite},
                {"sub/build.sh", "exit 0\n"},
                {"sub/tests/a", "no"}});
  world.commits(2);
  const Result result = world.night({"--path", "sub"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("No known good") && Contains("s::a"));
}

TEST_CASE("A commit that does not build is named for the build",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  world.commits(3);
  const std::string culprit = world.change(
      {{"build.sh", "echo \"undefined reference to f\"; exit 2\n"}});
  world.commits(3);
  const Result result = world.night();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("Culprit: " + culprit.substr(0, 10)));
  CHECK_THAT(result.out, Contains("breaks    (build)"));
  CHECK_THAT(result.out, Contains("undefined reference to f"));
}

TEST_CASE("A report that cannot be relied on is never green",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  const std::string whole = "<testsuite><testcase name=\"a\"/></testsuite>";
  struct Case {
    const char* what;
    std::string suite, told;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"none", "true", "the suite left no report that --junit matches"},
      {"empty", "mkdir -p report; : >report/r.xml", "it is empty"},
      {"cut off",
       "mkdir -p report; printf '%s' '" + whole.substr(0, 30) +
           "' >report/r.xml",
       "it ends in the middle"},
      {"no test", "mkdir -p report; echo '<testsuite/>' >report/r.xml",
       "name no test"},
      {"no XML", "mkdir -p report; echo ok >report/r.xml", "line 1"},
      {"hidden",
       "mkdir -p report; echo '<testsuite failures=\"1\"><testcase "
       "name=\"a\"/></testsuite>' >report/r.xml",
       "counts failures that it does not list"},
      {"says so", "exit 125", "cannot be judged (exit 125)"},
      {"no such program", "no-such-program", "failed (exit 127)"},
  }));
  CAPTURE(c.what);
  world.change({{"suite.sh", c.suite}});
  const Result result = world.night();
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(result.out, Contains("No verdict on ") && Contains(c.told));
}

TEST_CASE("A suite that dies without a word is searched as a whole",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  world.commits(2);
  const std::string culprit =
      world.change({{"suite.sh", "echo no module named shop; exit 4\n"}});
  world.commits(2);
  const Result result = world.night_json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{culprit, {"(suite)"}}});
  // What did not run is neither green nor red.
  CHECK(result.json()["missing"] == nlohmann::json({"s::a", "s::b", "s::c"}));
}

TEST_CASE("Reports that the run did not write do not count", "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  // One that is committed, one that lies in the folder of the caller.
  world.change({{"report/old.xml",
                 "<testsuite name='o'><testcase name='x'/></testsuite>"},
                {"suite.sh", "exit 0\n"}});
  fs::create_directories(world.repository().root() / "report");
  std::ofstream(world.repository().root() / "report" / "stale.xml")
      << "<testsuite name='o'><testcase name='y'/></testsuite>";
  const Result result = world.night();
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(result.out, Contains("left no report"));
  CHECK_THAT(result.out, Contains("report/old.xml is committed"));
}

TEST_CASE("A test that --one does not run is judged by the whole suite",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  world.commits(2);
  const std::string guilty = world.change({{"tests/b", "no"}});
  const Result result = world.night_json({"--one", "true {test}"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{guilty, {"s::b"}}});
}

TEST_CASE("What another commit left behind judges no commit",
          "[e2e][nightly]") {
  // The build makes a file that git ignores, and a test needs it.
  NightlyWorld world;
  world.change({{".gitignore", "made/\nreport/\n"},
                {"build.sh", "mkdir -p made && echo ok >made/it\n"},
                {"suite.sh", std::string("mkdir -p made\n") +
                                 "[ -e made/it ] && echo ok >tests/made || "
                                 "echo no >tests/made\n" +
                                 kSuite}});
  REQUIRE(world.night().exit == 0);
  world.commits(3);
  const std::string guilty = world.change({{"build.sh", "exit 0\n"}});
  world.commits(2);
  const Result result = world.night_json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{guilty, {"s::made"}}});
}

TEST_CASE("What fails in the whole suite and passes alone is not flaky",
          "[e2e][nightly]") {
  // The test a spoils what the test b needs, if both run.
  NightlyWorld world;
  const auto suite = [](const char* spoils) {
    return std::string("rm -f spoilt; set -- ${*:-$(ls tests)}\n") +
           "case \"$*\" in *a*b*) " + spoils + " ;; esac\n" +
           "[ -e spoilt ] && echo no >tests/b || echo ok >tests/b\n" + kSuite;
  };
  world.change({{"suite.sh", suite("true")}});
  REQUIRE(world.night().exit == 0);
  world.commits(2);
  const std::string guilty = world.change({{"suite.sh", suite(": >spoilt")}});
  world.commits(2);
  const Result result = world.night_json({"--one", "sh suite.sh {name}"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{guilty, {"s::b"}}});
}

TEST_CASE("A suite that dies is no suite with a failing test",
          "[e2e][nightly]") {
  NightlyWorld world;
  world.change({{"tests/z", "flaky"}});
  REQUIRE(world.night().exit == 0);
  world.commits(2);
  const std::string guilty = world.change(
      {{"suite.sh", std::string("trap 'kill -SEGV $$' EXIT\n") + kSuite}});
  world.commits(2);
  const Result result = world.night_json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits_of(result.json()) ==
        std::map<std::string, Names>{{guilty, {"(suite)"}}});
}

TEST_CASE("The memory of another suite is refused and left alone",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  Names other = world.arguments();
  *std::find(other.begin(), other.end(), "sh suite.sh") = "sh suite.sh a";
  const Result refused = rung(other, world.outside(), world.env());
  CHECK(refused.exit == 129);
  CHECK_THAT(refused.log, Contains("--name"));
  other.insert(other.end(), {"--name", "short"});
  CHECK(rung(other, world.outside(), world.env()).exit == 0);
  const Result again = world.night();
  CHECK(again.exit == 0);
  CHECK_THAT(again.log, !Contains("first"));
}

TEST_CASE("A suite that skips everything is not green", "[e2e][nightly]") {
  NightlyWorld world;
  world.change(
      {{"suite.sh",
        "mkdir -p report; echo \"<testsuite name='s'><testcase "
        "name='a'><skipped/></testcase></testsuite>\" >report/r.xml"}});
  const Result result = world.night();
  CHECK(result.exit == 125);
  CHECK_THAT(result.out, Contains("no test of it ran"));
}

TEST_CASE("A name of a test is one word for --one, and text in the report",
          "[e2e][nightly]") {
  NightlyWorld world;
  const std::string suite = R"sh(
mkdir -p report
[ $# = 0 ] || printf '%s\n' "$@" >>"$WORLD/asked"
v=$(cat verdict)
cat >report/r.xml <<END
<testsuite><testcase classname="it's \$(touch pwned)" name="a; touch pwned &amp; x">$v</testcase></testsuite>
END
[ -z "$v" ]
)sh";
  world.change({{"suite.sh", suite}, {"verdict", ""}});
  REQUIRE(world.night().exit == 0);
  const std::string culprit = world.change(
      {{"verdict", "<failure message=\"&#x9;::error::no &lt;b&gt;\"/>"}});
  const Result result = world.night({"--one", "sh suite.sh {class} {name}"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("Culprit: " + culprit.substr(0, 10)));
  std::ifstream in(world.outside() / "asked");
  std::string group, name;
  std::getline(in, group);
  std::getline(in, name);
  CHECK(group == "it's $(touch pwned)");
  CHECK(name == "a; touch pwned & x");
  CHECK_FALSE(fs::exists(world.outside() / "pwned"));
}

TEST_CASE("A night that is killed goes on and asks nothing twice",
          "[e2e][nightly]") {
  const auto broken_world = [](NightlyWorld& world) {
    world.night();
    world.commits(7);
    const std::string culprit = world.change({{"tests/b", "no"}});
    world.commits(8);
    return culprit;
  };
  NightlyWorld whole;
  broken_world(whole);
  const auto begun = whole.runs();
  REQUIRE(whole.night().exit == 1);
  const auto needed = whole.runs() - begun;

  NightlyWorld world;
  const std::string culprit = broken_world(world);
  const auto first = world.runs();
  auto env = world.env();
  env["SLOW"] = "0.2";
  unsigned kills = 0;
  for (;; ++kills) {
    REQUIRE(kills < 30);
    const auto before = world.runs();
    RunningRung running(world.arguments(), world.outside(), env);
    // In the middle of the fourth run of the suite.
    while (world.runs() < before + 4 &&
           !running.ended_within(std::chrono::milliseconds(10))) {
    }
    if (running.ended_within(std::chrono::milliseconds(0))) {
      const Result result = running.result();
      CAPTURE(result.log);
      CHECK(result.exit == 1);
      CHECK_THAT(result.out, Contains("Culprit: " + culprit.substr(0, 10)));
      break;
    }
    running.signal(kills % 2 == 0 ? SIGKILL : SIGTERM);
    const Result result = running.result();
    CHECK(result.exit == (kills % 2 == 0 ? 128 + SIGKILL : 130));
  }
  CHECK(kills > 2);
  // Only what ran when it was killed ran again.
  CHECK(world.runs() - first <= needed + kills);
}

TEST_CASE("A budget ends the night with 4, and the next one goes on",
          "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  world.commits(15);
  const std::string culprit = world.change({{"tests/b", "no"}});
  world.commits(15);
  auto env = world.env();
  env["SLOW"] = "0.5";
  unsigned nights = 0;
  Result result;
  do {
    REQUIRE(++nights < 30);
    result = rung(world.arguments({"--budget", "5s"}), world.outside(), env);
    CAPTURE(result.log);
    if (result.exit == 4) {
      CHECK_THAT(result.out, Contains("budget"));
    }
  } while (result.exit == 4);
  CHECK(nights > 1);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("Culprit: " + culprit.substr(0, 10)));
}

TEST_CASE("A damaged memory is set aside and told", "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  fs::resize_file(world.state(), fs::file_size(world.state()) / 2);
  const Result result = world.night();
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out, Contains("nightly.json.damaged"));
  CHECK(fs::exists(world.state().string() + ".damaged"));
  CHECK(world.night().out.find("damaged") == std::string::npos);
}

TEST_CASE("What another runner knows can be merged in", "[e2e][nightly]") {
  NightlyWorld world;
  REQUIRE(world.night().exit == 0);
  const auto kept = world.outside() / "other.json";
  fs::copy_file(world.state(), kept);
  fs::remove(world.state());
  world.commits(3);
  const std::string culprit = world.change({{"tests/b", "no"}});
  world.commits(2);
  const Result result =
      world.night_json({"--merge", kept.string(), "--depth", "1"});
  CAPTURE(result.log);
  CHECK(culprits_of(result.json()).count(culprit) == 1);
  CHECK(result.json()["first_night"] == false);
  const Result none = world.night({"--merge", "/none.json"});
  CHECK(none.exit == 128);
  CHECK_THAT(none.log, Contains("/none.json: no such file"));
}

TEST_CASE("A shallow clone is searched as far as it goes, or deepened",
          "[e2e][nightly]") {
  NightlyWorld world;
  world.commits(10);
  const std::string culprit = world.change({{"tests/b", "no"}});
  world.commits(5);
  const fs::path clone = world.outside() / "clone";
  REQUIRE(ran({"git", "clone", "-q", "--depth", "3",
               "file://" + world.repository().root().string(), clone.string()},
              world.outside())
              .exit == 0);
  Names arguments = world.arguments();
  arguments[2] = clone.string();
  const Result shallow = rung(arguments, world.outside(), world.env());
  CAPTURE(shallow.log);
  CHECK(shallow.exit == 1);
  CHECK_THAT(shallow.out, Contains("none found within 2 commits"));
  CHECK_THAT(shallow.out, Contains("this clone is shallow: rung sees 3"));
  arguments.emplace_back("--deepen");
  const Result deepened = rung(arguments, world.outside(), world.env());
  CAPTURE(deepened.log);
  CHECK_THAT(deepened.out, Contains("Culprit: " + culprit.substr(0, 10)));
}

TEST_CASE("ctest's own reports are judged, and single tests repeated",
          "[e2e][nightly]") {
  fakes::GitRepository repository;
  const fakes::TempFolder outside;
  const auto lists = [](const std::string& b) {
    return "cmake_minimum_required(VERSION 3.25)\nproject(shop NONE)\n"
           "enable_testing()\nadd_test(NAME a.one COMMAND true)\n"
           "add_test(NAME b COMMAND " +
           b + ")\n";
  };
  repository.commit_files({{"CMakeLists.txt", lists("true")}});
  const Names arguments = {"nightly",
                           "--source",
                           repository.root().string(),
                           "--build",
                           "cmake -S . -B build",
                           "--suite",
                           "ctest --test-dir build --output-junit r.xml",
                           "--one",
                           "ctest --test-dir build --output-junit r.xml "
                           "-R ^{test}$",
                           "--junit",
                           "build/*.xml"};
  const Result first = rung(arguments, outside.path());
  CAPTURE(first.log);
  REQUIRE(first.exit == 0);
  repository.commit_files({{"n", "1"}});
  const std::string culprit =
      repository.commit_files({{"CMakeLists.txt", lists("false")}});
  repository.commit_files({{"n", "2"}});
  const Result result = rung(arguments, outside.path());
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("Culprit: " + culprit.substr(0, 10)));
  CHECK_THAT(result.out, Contains("breaks    b\n"));
}

TEST_CASE("nightly says what is missing or wrong on its command line",
          "[e2e][nightly]") {
  NightlyWorld world;
  const auto refused = [&](const Names& arguments, const std::string& told) {
    const Result result = rung(arguments, world.outside());
    CAPTURE(result.log);
    CHECK(result.exit == 129);
    CHECK_THAT(result.log, Contains(told));
  };
  const std::string root = world.repository().root().string();
  refused({"nightly"}, "give a plan or --source DIR");
  refused({"nightly", "--source", root}, "--suite: give the command");
  refused({"nightly", "--source", root, "--suite", "true"},
          "--junit: name the JUnit XML");
  refused(
      {"nightly", "--source", root, "--suite", "true", "--junit", "../*.xml"},
      "give a path below the checkout");
  refused({"nightly", "--source", root, "--suite", "true", "--results", "tape"},
          "--results tape: give tap");
  refused(world.arguments({"--phase", "full"}), "only with a plan");
  refused(world.arguments({"--one", "sh suite.sh"}), "say where the test goes");
  refused(world.arguments({"--one", "ctest -R '^{test}$'"}),
          "leave {test} outside of quotes");
  refused(world.arguments({"--since", "2 weeks"}), "2 weeks");
  refused(world.arguments({"--name", "a/b"}), "--name:");
}

TEST_CASE("A suite that reads the user's work tree accuses no commit",
          "[e2e][nightly]") {
  NightlyWorld world;
  auto env = world.env();
  env["TREE"] = world.repository().root().string();
  env["WHAT"] = "tests/a";
  const auto night = [&] {
    world.repository().check_out();
    return rung({"nightly", "--source", env["TREE"], "--build", "sh build.sh",
                 "--suite", "cat $TREE/$WHAT >tests/a; sh suite.sh", "--junit",
                 "report/*.xml"},
                world.outside(), env);
  };
  const Result first = night();
  CAPTURE(first.log);
  CHECK(first.exit == 0);
  world.commits(2);
  world.change({{"tests/a", "no"}});
  world.commits(2);
  const Result second = night();
  CAPTURE(second.log, second.out);
  CHECK(second.exit == 128);
  CHECK_THAT(second.log, Contains("reads tests/a of your work tree"));
}

}  // namespace rung::e2e::nightly_test
