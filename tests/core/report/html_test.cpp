// What the page of --report html shows; formats_test.cpp has what it refuses.
#include <catch2/catch.hpp>
#include <chrono>

#include "core/report/as_html.hpp"
#include "core/report/report_from_json.hpp"
#include "core/report/report_json.hpp"
#include "core/report/search_trail.hpp"

namespace rung::html_test {
namespace {

using Catch::Contains;

/// Parents by index, as in "0", "0", "1 2".
CommitGraph graph_of(const std::vector<std::vector<std::uint32_t>>& parents) {
  CommitGraph graph;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    graph.oids.emplace_back();
    graph.oids.back()[0] = static_cast<std::uint8_t>(i);
    graph.parent_begin.push_back(
        static_cast<std::uint32_t>(graph.parents.size()));
    graph.parents.insert(graph.parents.end(), parents[i].begin(),
                         parents[i].end());
  }
  graph.parent_begin.push_back(
      static_cast<std::uint32_t>(graph.parents.size()));
  return graph;
}

/// Tells a trail of verdicts, each a new record.
struct Told {
  SearchTrail trail;
  std::int64_t id = 0;

  ProbePlace tell(const Point& point, Verdict verdict,
                          Purpose purpose = Purpose::search) {
    ProbeRecord record;
    record.id = ++id;
    record.label = "a release";
    record.purpose = counted_as(purpose);
    record.observation.verdict = verdict;
    trail.told({point, purpose}, record, false);
    return trail.trials().back().place.value();
  }
};

using Range = std::pair<std::uint64_t, std::uint64_t>;
Range range(const ProbePlace& place) {
  return {place.first, place.end};
}

ReportProbe trial(Verdict verdict, std::uint64_t commits, Range left) {
  ReportProbe out;
  out.label = "commit 0123456789";
  out.verdict = verdict;
  out.seconds = 1.5;
  if (verdict == Verdict::bad) {
    out.failure =
        Failure{Stage::health, "http-status", "500", "GET / answers 500", ""};
  }
  out.place = ProbePlace{commits, {}, left.first, left.second};
  return out;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("A trail says where the guilty change can still be",
          "[core][report][html]") {
  SECTION("commits in a line, after a variable") {
    const CommitGraph line = graph_of({{}, {0}, {1}, {2}});
    Told told{SearchTrail(line, 1, false)};
    const auto good = Purpose::control_good, bad = Purpose::control_bad;
    CHECK(range(told.tell({}, Verdict::good, good)) == Range(0, 5));
    CHECK(range(told.tell({3, {0}}, Verdict::bad, bad)) == Range(0, 5));
    CHECK(range(told.tell({Point::kGoodCommit, {0}}, Verdict::good)) ==
          Range(1, 5));
    const auto at = told.tell({1, {0}}, Verdict::bad);
    CHECK(range(at) == Range(1, 3));
    CHECK(at.commits == 2);
    CHECK(at.changes == std::vector<std::uint32_t>{0});
    CHECK(range(told.tell({0, {0}}, Verdict::skip)) == Range(1, 3));
    CHECK(range(told.tell({0, {0}}, Verdict::good)) == Range(2, 3));
    // With a proof the search for this one has ended.
    CHECK(range(told.tell({1, {}}, Verdict::good, Purpose::without)) ==
          Range(0, 0));
    CHECK(range(told.trail.trials()[5].place.value()) == Range(2, 3));
  }
  SECTION("a good side branch is out, all of it") {
    const CommitGraph merge = graph_of({{}, {0}, {0}, {1, 2}});
    Told told{SearchTrail(merge, 0, false)};
    CHECK(range(told.tell({2, {}}, Verdict::good)) == Range(1, 4));
    CHECK(range(told.tell({1, {}}, Verdict::bad)) == Range(1, 2));
    // It has the first commit and this one, not the one between.
    CHECK_FALSE(told.trail.trials()[0].place->all);
    CHECK(told.trail.trials()[1].place->all);
  }
  SECTION("a verdict that contradicts all before leaves nothing known") {
    const CommitGraph line = graph_of({{}, {0}, {1}, {2}});
    Told told{SearchTrail(line, 0, false)};
    told.tell({1, {}}, Verdict::bad);
    CHECK(range(told.tell({2, {}}, Verdict::good)) == Range(0, 0));
    CHECK(range(told.trail.trials()[0].place.value()) == Range(0, 0));
  }
  SECTION("hunting a repair, what passes has it") {
    const CommitGraph line = graph_of({{}, {0}, {1}, {2}});
    Told told{SearchTrail(line, 0, true)};
    CHECK(range(told.tell({1, {}}, Verdict::good)) == Range(0, 2));
    CHECK(range(told.tell({0, {}}, Verdict::bad)) == Range(1, 2));
  }
  SECTION("a record counts once") {
    const CommitGraph line = graph_of({{}, {0}});
    Told told{SearchTrail(line, 0, false)};
    told.tell({0, {}}, Verdict::good);
    told.id = 0;
    told.tell({0, {}}, Verdict::good);
    CHECK(told.trail.trials().size() == 1);
  }
}

TEST_CASE("A run has a row for each of its trials, and one only",
          "[core][report][html]") {
  const auto record = [](std::int64_t id) {
    ProbeRecord out;
    out.id = id;
    return out;
  };
  // The search took over the climb's trial 4, and 2 of an earlier run.
  std::vector<ReportProbe> trials;
  for (const std::int64_t id : {7, 4, 2, 9}) {
    trials.push_back(described(record(id)));
    trials.back().place.emplace();
    trials.back().remembered = id < 7;
  }
  const auto rows =
      with_records(trials, {record(3), record(4), record(8), record(10)});
  std::vector<std::int64_t> ids;
  for (const ReportProbe& row : rows) {
    ids.push_back(row.id);
    CHECK(row.remembered == (row.id == 2));
    CHECK(row.place.has_value() ==
          (row.id % 2 == 1 ? row.id != 3 : row.id < 8));
  }
  CHECK(ids == std::vector<std::int64_t>{3, 7, 4, 2, 8, 9, 10});
}

TEST_CASE("A page has the answer first, then pictures, tables and logs",
          "[core][report][html]") {
  Report report;
  report.command = "climb";
  report.outcome = Report::Outcome::culprit;
  ReportFinding finding;
  finding.culprit = {
      {DeltaKind::env, "PORT", Change::removed, {}, {}, "", "", ""}};
  finding.failure = {Stage::health, "http-status", "500", "GET / answers 500",
                     ""};
  finding.proof = {{"the bad release without it", Verdict::good, {}}};
  report.findings = {finding};
  report.between.commits = 8;
  report.between.env = 1;
  report.changes = {{DeltaKind::env, "PORT", Change::removed, "0a1b2c3d", {}}};
  report.trials = {
      trial(Verdict::good, 0, {0, 9}), trial(Verdict::bad, 8, {0, 9}),
      trial(Verdict::skip, 4, {0, 9}), trial(Verdict::bad, 3, {0, 4})};
  report.phases = {{"small", ReportPhase::State::good, "aabb", 2.5, false},
                   {"whole", ReportPhase::State::bad, "ccdd", 0.5, false}};
  report.known_good = ReportKnownGood{"small", "local", "aabb"};
  report.command_line = {"rung", "climb", "a plan.yaml"};
  report.next = "add PORT";
  report.exit = 1;
  Posting posting = posting_of(report);
  posting.logs = {{"phase whole", "start\nKeyError: X <!>\nnext\nend\n",
                   "ends with 1: start | next | end", "", "KeyError: X"},
                  {"one line", "too large\n", "ends with 1: too large"},
                  {"another", "KeyError: X\ntoo large\nend\n"}};
  const std::string page = as_html(posting);

  const std::vector<std::string> in_order = {
      "<h1>Culprit: PORT removed", "<dt>proof</dt>", "<dt>serves now</dt>",
      "rung climb &#39;a plan.yaml&#39;", "<dt>next step</dt><dd>add PORT",
      "id=\"ladder-title\"", "id=\"search-title\"",
      "PORT <mark>\u25c0 guilty</mark>", "<code>0a1b2c3d</code>", "not set",
      "GET / answers 500", "<caption>Trials", "<details>",
      "\u25b6 marks the likely cause",
      "<mark>\u25b6 KeyError: X &lt;!&gt;</mark>\nnext\n<mark>\u25a0 "
      "end</mark>",
      "<pre><mark>\u25a0 too large</mark>",
      // Of what this trial failed with nothing is known.
      "<pre>KeyError: X\ntoo large\nend\n"};
  std::size_t at = 0;
  for (const std::string& part : in_order) {
    CAPTURE(part);
    at = page.find(part, at);
    REQUIRE(at != std::string::npos);
  }
  const std::string picture = page.substr(
      page.find("id=\"search-title\""),
      page.find("<p class=\"key\">") - page.find("id=\"search-title\""));
  CHECK(count(picture, "<svg class=\"bad\"") == 2);
  CHECK(count(picture, "<svg class=\"good\"") == 1);
  CHECK(count(picture, "<svg class=\"skip\"") == 1);
  CHECK(count(picture, "<svg class=\"band\"") == 4);
  CHECK_THAT(picture, Contains(">4 bad commit 0123456789<"));
  CHECK_THAT(picture, Contains("text-anchor=\"start\">1 good") &&
                          Contains("text-anchor=\"end\">2 bad"));
  CHECK_THAT(picture, Contains("8 commits and 1 other change"));
  // 0 and 4 of 9 changes, between the margins.
  CHECK_THAT(picture,
             Contains("x=\"3.000%\"") && Contains("width=\"41.778%\""));
  CHECK(count(page, "<h1>") == 1);
  CHECK_THAT(page,
             !Contains("<script") && !Contains("http:") && !Contains("https:"));

  auto again = report_from_json(to_json(report));
  REQUIRE(again);
  CHECK_FALSE(read_trials("{}", *again));
  CHECK(again->trials.empty());
  CHECK(read_trials(trials_json(report), *again));
  CHECK(*again == report);
  // Of an earlier version, and of a later one.
  const auto sparse =
      report_from_json(R"({"rung": 1, "outcome": "drift", "exit": 125})");
  REQUIRE(sparse);
  CHECK(sparse->exit == 125);
  CHECK_FALSE(report_from_json(R"({"rung": 1, "outcome": "x", "exit": 1})"));
}

TEST_CASE("A page says only what is true of this search",
          "[core][report][html]") {
  Report report;
  report.command = "bisect";
  report.outcome = Report::Outcome::culprit;
  ReportFinding finding;
  finding.culprit = {
      {DeltaKind::requirement, "fmt", Change::changed, "9", "10", "", "", ""}};
  report.findings = {finding};
  report.between.commits = 3;
  report.between.requirements = 1;
  report.changes = {
      {DeltaKind::requirement, "fmt", Change::changed, "9", "10"}};
  report.trials = {trial(Verdict::good, 1, {1, 4}),
                   trial(Verdict::bad, 3, {1, 4})};
  report.trials[1].place->all = false;
  report.trials[1].label = "commit 0123456789, requirement a-long-name changed";
  const auto picture = [](const std::string& page) {
    const std::size_t begin = page.find("id=\"search-title\"");
    return page.substr(begin, page.find("</p>", begin) - begin);
  };
  SECTION("versions are no hashes, and no values are promised to be hidden") {
    const std::string page = as_html(posting_of(report));
    CHECK_THAT(page, Contains("<code>10</code>") && !Contains("no value is") &&
                         Contains("\u25c0 guilty"));
    CHECK_THAT(picture(page), Contains("is, if it is one and each verdict") &&
                                  Contains("class=\"divide\"") &&
                                  Contains("a-long-name changed<"));
    // One line is drawn, of the release that has all below it.
    CHECK(count(picture(page), "class=\"on\"") == 1 + 1);
  }
  SECTION("of several culprits, or behind a flaky gate, no place is shown") {
    if (GENERATE(true, false)) {
      report.findings.push_back(finding);
    } else {
      report.gate_rates = GateRates{};
    }
    CHECK_THAT(picture(as_html(posting_of(report))), !Contains("band"));
  }
  SECTION("a repair is not guilty") {
    report.find_fix = true;
    const std::string page = as_html(posting_of(report));
    CHECK_THAT(page, Contains("\u25c0 repaired it") && !Contains("guilty"));
    CHECK_THAT(picture(page), Contains("where the repair is"));
  }
  SECTION("the user's words stand for verdicts") {
    report.terms = {"fast", "slow"};
    const std::string page = as_html(posting_of(report));
    CHECK_THAT(page, Contains("<span class=\"bad\">slow</span>") &&
                         Contains("</svg> fast</span>") &&
                         Contains(">2 slow 0123"));
  }
  SECTION("what serves is always told") {
    const auto now = [&] { return as_html(posting_of(report)); };
    CHECK_THAT(now(), Contains("<dt>serves now</dt><dd>not known"));
    report.nothing_serves = true;
    CHECK_THAT(now(), Contains("<dt>serves now</dt><dd>nothing</dd>"));
    report.restored = false;
    CHECK_THAT(now(), Contains("<dt>serves now</dt><dd>NOTHING</dd>"));
  }
  SECTION("reasons stand above the step that names them") {
    report.outcome = Report::Outcome::drift;
    report.findings.clear();
    report.checked = "--command ./check";
    report.reasons = {"the disk is full", "the moon"};
    report.next = next_step(report);
    const std::string page = as_html(posting_of(report));
    REQUIRE_THAT(page, Contains("go through the reasons above"));
    CHECK(page.find("2. the moon") < page.find("reasons above"));
    CHECK(count(page, "the moon") == 1);
  }
  SECTION("where it comes from stands at the top") {
    report.run = "R17";
    report.plan = "shop";
    report.target = "staging";
    Posting posting = posting_of(report);
    posting.origin.at_ms = 1'000'000'000'000;
    posting.origin.folder = "/srv";
    posting.origin.version = "rung 9";
    CHECK_THAT(as_html(posting),
               Contains("2001-09-09T01:46:40Z \u00b7 run R17 \u00b7 plan shop "
                        "\u00b7 on staging \u00b7 in /srv \u00b7 rung 9"));
  }
  SECTION("secrets in the command are not shown") {
    report.command_line = {"rung", "bisect", "--command",
                           "API_TOKEN=hunter2hunter2 ./check"};
    CHECK_THAT(as_html(posting_of(report)),
               !Contains("hunter2") && Contains("./check"));
  }
}

TEST_CASE("A page tells what env prune found", "[core][report][html]") {
  Report report;
  report.command = "env prune";
  report.outcome = Report::Outcome::healthy;
  report.terms = {"present", "pruned"};
  ReportFinding finding;
  finding.culprit = {
      {DeltaKind::env, "NEEDED", Change::removed, {}, {}, "", "", ""}};
  finding.failure = {Stage::health, "http-status", "500", "GET / answers 500",
                     ""};
  report.findings = {finding};
  report.changes = {{DeltaKind::env, "NEEDED", Change::removed, "0a", {}}};
  report.can_go = {"LEGACY", "OLD"};
  const Posting posting = posting_of(report);
  CHECK(posting.title == "Needed: NEEDED; can go: LEGACY, OLD");
  CHECK(posting.exit == 0);
  const std::string page = as_html(posting);
  CHECK_THAT(page, Contains("\u25c0 needed") && !Contains("Culprit") &&
                       Contains("<dt>without it</dt><dd>health"));
}

TEST_CASE("A page of ten thousand trials and a long log stays usable",
          "[core][report][html]") {
  Posting posting;
  posting.command = "bisect";
  posting.title = "Culprit: x";
  posting.commits = 100'000;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    posting.trials.push_back(
        trial(i % 2 == 0 ? Verdict::good : Verdict::bad, i, {i, 100'000 - i}));
  }
  std::string log;
  while (log.size() < 5'000'000) log += "a line of a log that is long\n";
  posting.logs = {{"log", log + "GET / answers 500\n", "GET / answers 500"}};
  const auto begin = std::chrono::steady_clock::now();
  const std::string page = as_html(posting);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  CHECK(page.size() < 6'000'000);
  CHECK(count(page, "<svg class=\"band\"") == 150 + 1);
  CHECK_THAT(page, Contains("9850 trials more, in the table"));
  CHECK(count(page, "<tr><th scope=\"row\">") == 10'000 + 1);
  CHECK(count(page, "<summary>Trials ") == 19);
  CHECK_THAT(page, Contains("<p>The first 48") && Contains("\u25a0 GET /"));
}

TEST_CASE("A run without an answer is told with what is known of it",
          "[core][report][html]") {
  Report report;
  report.command = "bisect";
  report.trials = {trial(Verdict::good, 0, {0, 1})};
  Posting unfinished =
      posting_without_answer(report, "unfinished", "Not finished");
  CHECK_THAT(as_html(unfinished), Contains("<h1>Not finished") &&
                                      !Contains("exit ") &&
                                      Contains("<caption>Trials"));
  const std::string page =
      as_html(posting_of_interrupted(unfinished, "interrupted", 130));
  CHECK_THAT(page, Contains("<h1>Interrupted after 1 trial") &&
                       Contains("exit 130") && Contains("<dt>next step</dt>"));
  // A section has something in it.
  CHECK_THAT(as_html(posting_of_error("bisect", "no such commit", 128)),
             !Contains("class=\"item\"") && Contains("<dt>next step</dt>"));
}

}  // namespace rung::html_test
