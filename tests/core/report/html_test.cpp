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
    // Proofs, and what contradicts all before, narrow nothing.
    CHECK(range(told.tell({1, {}}, Verdict::good, Purpose::without)) ==
          Range(2, 3));
    CHECK(range(told.tell({1, {0}}, Verdict::good)) == Range(2, 3));
  }
  SECTION("a good side branch is out, all of it") {
    const CommitGraph merge = graph_of({{}, {0}, {0}, {1, 2}});
    Told told{SearchTrail(merge, 0, false)};
    CHECK(range(told.tell({2, {}}, Verdict::good)) == Range(1, 4));
    CHECK(range(told.tell({1, {}}, Verdict::bad)) == Range(1, 2));
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
  posting.logs = {{"phase whole", "start\nGET / answers 500 <!>\nend\n"}};
  const std::string page = as_html(posting);

  const std::vector<std::string> in_order = {
      "<h1>Culprit: PORT removed",
      "<dt>proof</dt>",
      "<dt>serves now</dt>",
      "rung climb &#39;a plan.yaml&#39;",
      "<dt>next step</dt><dd>add PORT",
      "id=\"ladder-title\"",
      "id=\"search-title\"",
      "PORT <mark>\u25c0 guilty</mark>",
      "<code>0a1b2c3d</code>",
      "not set",
      "GET / answers 500",
      "<caption>Trials",
      "<details>",
      "<mark>\u25b6 GET / answers 500 &lt;!&gt;</mark>\nend\n"};
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

  const auto again = report_from_json(to_json(report), trials_json(report));
  REQUIRE(again);
  CHECK(*again == report);
  CHECK_FALSE(report_from_json(to_json(report), "{}"));
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
  posting.logs = {{"log", log + "GET / answers 500\n"}};
  const auto begin = std::chrono::steady_clock::now();
  const std::string page = as_html(posting);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  CHECK(page.size() < 6'000'000);
  CHECK(count(page, "<svg class=\"band\"") == 150 + 1);
  CHECK_THAT(page, Contains("9850 trials more, in the table"));
  CHECK(count(page, "<tr><th scope=\"row\">") == 10'000 + 1);
  CHECK(count(page, "<summary>Trials ") == 19);
  CHECK_THAT(page, Contains("<p>The first 48") && Contains("\u25b6 GET /"));
}

TEST_CASE("A run that goes on is told with what is known of it",
          "[core][report][html]") {
  Report report;
  report.command = "bisect";
  report.trials = {trial(Verdict::good, 0, {0, 1})};
  const std::string page = as_html(posting_of_unfinished(report));
  CHECK_THAT(page, Contains("<h1>Not finished: 1 trial so far") &&
                       Contains("rung resume"));
}

}  // namespace rung::html_test
