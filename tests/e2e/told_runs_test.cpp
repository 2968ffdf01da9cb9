// What rung report, and the page of a command, tell of runs that are parts of
// others, were interrupted, or whose record cannot be read.
#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <thread>

#include "adapters/journal/sqlite_journal.hpp"
#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"

namespace rung::e2e::told_runs_test {
namespace {

using namespace std::chrono_literals;
using Catch::Contains;
using fakes::text_of;

/// Commits with a growing file `size`, and a folder beside them.
struct Sizes {
  fakes::GitRepository repository;
  fakes::TempFolder folder;
  explicit Sizes(int commits = 6) {
    for (int i = 0; i < commits; ++i) {
      repository.commit_files({{"size", std::to_string(i)}}, "change");
    }
  }
  [[nodiscard]] std::string root() const { return repository.root().string(); }
  [[nodiscard]] std::vector<std::string> bisect(
      const std::string& command) const {
    return {"bisect", "--source", root(),  "--command", command,
            "--good", "HEAD~5",   "--bad", "HEAD"};
  }
  /// The page that rung report makes of the last run, or of this one.
  [[nodiscard]] std::string page(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"report", root(), "--html", "page.html"});
    const Result made = rung(more, folder.path());
    CAPTURE(made.log);
    REQUIRE(made.exit == 0);
    return text_of(folder.path() / "page.html");
  }
};

/// How many rows the table of trials has.
std::size_t rows(const std::string& page) {
  std::size_t found = 0;
  const std::string_view row = "<tr><th scope=\"row\">";
  for (std::size_t at = page.find("<caption>Trials");
       (at = page.find(row, at)) != page.npos; ++at) {
    ++found;
  }
  return found;
}

std::size_t tries(const nlohmann::json& report) {
  return report["probes"]["total"].get<std::size_t>() +
         report["probes"]["cached"].get<std::size_t>();
}

}  // namespace

TEST_CASE("A page has a row for each trial that was counted",
          "[e2e][journal_report]") {
  const Sizes sizes;
  // Leaves a file, so the answer is judged once more in clean checkouts; the
  // second time the search remembers.
  auto words = sizes.bisect("touch left; test $(cat size) -lt 3");
  words.emplace_back("--json");
  for (int i = 0; i < 2; ++i) {
    const auto told = rung(words, sizes.folder.path()).json();
    CAPTURE(told.dump());
    CHECK(told["outcome"] == "culprit");
    CHECK(rows(sizes.page()) == tries(told));
  }
}

TEST_CASE("A run is told as what it is", "[e2e][journal_report]") {
  const Sizes sizes;
  REQUIRE(
      rung(sizes.bisect("test $(cat size) -lt 3"), sizes.folder.path()).exit ==
      1);
  const auto journal = SqliteJournal::open(sizes.root());
  const std::string run = journal->runs().front().run;
  const std::size_t all = rows(sizes.page());
  REQUIRE(all > 4);

  SECTION("its trials cannot be read") {
    journal->set(JournalFact::trials(run), "{");
    const std::string page = sizes.page();
    CHECK_THAT(page, Contains("<h1>Culprit: commit ") &&
                         Contains("cannot be read") && Contains("exit 1"));
    CHECK(rows(page) == all);
  }
  SECTION("its answer is of another rung") {
    journal->end_run(run, "culprit", R"({"rung": 2})");
    const std::string page = sizes.page();
    CHECK_THAT(page, Contains("<h1>Ended (culprit)") &&
                         !Contains("rung resume") && !Contains("\u00b7 exit "));
    CHECK(rows(page) == all);
  }
  SECTION("it was replaced") {
    journal->end_run(run, "replaced", "");
    CHECK_THAT(sizes.page(), Contains("<h1>Replaced after ") &&
                                 Contains("run the command again"));
  }
  SECTION("it has not ended") {
    journal->reopen_run(run);
    CHECK_THAT(sizes.page(), Contains("<h1>Not finished: ") &&
                                 Contains("<dd>rung resume " + sizes.root()));
    // Now another one is the one to resume.
    RunRecord newer = journal->runs().front();
    newer.run = "9" + run;
    newer.arguments = R"(["/", "rung", "climb", "p.yaml"])";
    ++newer.started_ms;
    journal->begin_run(newer);
    CHECK_THAT(sizes.page({"--run", run}),
               !Contains("rung resume") && Contains("goes on with this run"));
    const auto held = journal->lock();
    CHECK_THAT(sizes.page({"--run", run}), Contains("<h1>Not finished: "));
    CHECK_THAT(sizes.page(), Contains("<h1>Going on: "));
  }
  SECTION("several begin so") {
    RunRecord other = journal->runs().front();
    other.run = run.substr(0, 15) + "x";
    journal->begin_run(other);
    const Result many = rung({"report", sizes.root(), "--run",
                              run.substr(0, 15), "--html", "p.html"},
                             sizes.folder.path());
    CHECK(many.exit == 129);
    CHECK_THAT(many.log, Contains("several runs") && Contains(other.run));
  }
}

TEST_CASE("The page of an interrupted command tells how far it came",
          "[e2e][journal_report]") {
  const Sizes sizes;
  const fakes::TempFolder out;
  auto words = sizes.bisect("echo x >>" + (out.path() / "ran").string() +
                            "; sleep 0.3; API_TOKEN=hunter2hunter2 test $(cat "
                            "size) -lt 3");
  words.insert(words.end(), {"--report", "html=told.html"});
  RunningRung running(words, sizes.folder.path());
  while (text_of(out.path() / "ran").size() < 6) {
    std::this_thread::sleep_for(10ms);
  }
  running.signal(SIGTERM);
  const Result result = running.result();
  CAPTURE(result.log);
  REQUIRE(result.exit == 130);
  const std::string page = text_of(sizes.folder.path() / "told.html");
  CHECK_THAT(page, Contains("<h1>Interrupted after 2 trials") &&
                       Contains("exit 130") && Contains("the same again") &&
                       Contains("goes on with this run") &&
                       !Contains("hunter2"));
  CHECK(rows(page) == 2);
  // What the command held is not on record, so rung resume cannot repeat it.
  CHECK_THAT(sizes.page(), !Contains("rung resume") && !Contains("hunter2"));
}

TEST_CASE("A climb is told with its search, each trial once",
          "[e2e][journal_report]") {
  BrokenService service;
  service.commit("if-set BAD: die 1 BAD is set");
  const std::string plan = service.file(
      "plan.yaml",
      "rung: 1\nname: shop\nsource: {repo: app}\nstart: exec " RUNG_TEST_SERVICE
      "\nphases:\n- name: one\n  gates: [{http: /health, deadline: 3s}]\n"
      "- name: two\n  env: {BAD: '1'}\n");
  const auto page_of = [&](const std::vector<std::string>& about) {
    std::vector<std::string> words{"report"};
    words.insert(words.end(), about.begin(), about.end());
    words.insert(words.end(), {"--html", "page.html"});
    const Result made = rung(words, service.folder());
    CAPTURE(made.log);
    REQUIRE(made.exit == 0);
    return text_of(service.folder() / "page.html");
  };
  const Result climb = rung({"--no-color", "climb", plan, "--report",
                             "html=told.html", "--report", "jsonl=told.jsonl"},
                            service.folder());
  CAPTURE(climb.log);
  CHECK(climb.exit == 1);
  CHECK_THAT(text_of(service.folder() / "told.jsonl"),
             Contains(R"("command":"climb")"));
  const auto journal = SqliteJournal::open(service.folder());
  const auto made = [&] {
    std::size_t all = 0;
    for (const RunRecord& run : journal->runs()) {
      all += journal->probes(run.run).size();
    }
    return all;
  };
  for (const std::string& page : {text_of(service.folder() / "told.html"),
                                  page_of({plan}), page_of({})}) {
    CHECK_THAT(page, Contains("rung climb ") &&
                         Contains("<h1>Culprit: BAD added") &&
                         Contains("plan shop"));
    CHECK(rows(page) == made());
    // The first log is of the phase.
    CHECK_THAT(page.substr(page.find("<h2>Logs")),
               Contains("<summary>phase two") && Contains("BAD is set"));
  }
  // As if it had been killed at its end: it goes on with what it has.
  for (const RunRecord& run : journal->runs()) journal->reopen_run(run.run);
  const Result resumed = rung({"resume"}, service.folder());
  CAPTURE(resumed.log);
  CHECK(resumed.exit == 1);
  CHECK(rows(page_of({plan})) == made());
  // A folder that was moved takes its runs along.
  const std::filesystem::path home = service.folder();
  const std::filesystem::path moved = home.string() + "-moved";
  std::filesystem::rename(home, moved);
  const Result there = rung(
      {"report", (moved / "plan.yaml").string(), "--html", "p.html"}, moved);
  std::filesystem::rename(moved, home);
  CAPTURE(there.log);
  CHECK(there.exit == 0);
  service.file("p2.yaml", "rung: 1\n");
  const Result none =
      rung({"report", "p2.yaml", "--html", "p.html"}, service.folder());
  CHECK(none.exit == 129);
  CHECK_THAT(none.log, Contains("no run of p2.yaml is on record"));
}

TEST_CASE("The page of a probe has the log of this probe alone",
          "[e2e][journal_report]") {
  const Sizes sizes;
  for (const std::string text : {"first", "second"}) {
    const Result probe =
        rung({"probe", "--source", sizes.root(), "--command",
              "echo says " + text + "; exit 1", "--report", "html=told.html"},
             sizes.folder.path());
    CHECK(probe.exit == 1);
    const std::string page = text_of(sizes.folder.path() / "told.html");
    const std::string logs = page.substr(page.find("<h2>Logs"));
    CHECK_THAT(logs, Contains("\u25a0 says " + text));
    CHECK((logs.find("says first") != logs.npos) == (text == "first"));
  }
}

}  // namespace rung::e2e::told_runs_test
