#include "core/report/report.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/report/report_from_json.hpp"
#include "core/report/report_json.hpp"
#include "core/report/report_text.hpp"
#include "core/text/printable.hpp"
#include "tests/fakes/golden.hpp"

namespace rung::report_test {
namespace {

/// What the schema has against a document; "" = nothing.
std::string against_schema(const std::string& text) {
  static const auto kSchema = [] {
    const auto json = nlohmann::json::parse(rung_report_schema_json);
    auto schema = std::make_unique<valijson::Schema>();
    valijson::SchemaParser().populateSchema(
        valijson::adapters::NlohmannJsonAdapter(json), *schema);
    return schema;
  }();
  const auto document = nlohmann::json::parse(text);
  valijson::Validator validator;
  valijson::ValidationResults results;
  validator.validate(
      *kSchema, valijson::adapters::NlohmannJsonAdapter(document), &results);
  std::string problems;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const auto& part : error.context) problems += part;
    problems += ": " + error.description + "\n";
  }
  return problems;
}

Failure failure(Stage stage, const char* cause, const char* evidence,
                const char* message) {
  return {stage, cause, evidence, message, ""};
}
const Failure kWrongPort =
    failure(Stage::listen, "wrong-port", "3000",
            "bound to 3000, the platform routes to 10000");

ReportDelta env(const char* name, Change change) {
  return {DeltaKind::env, name, change, {}, {}, "", "", ""};
}
ReportDelta requirement(const char* name, std::optional<std::string> before,
                        std::optional<std::string> after) {
  const Change change = !before  ? Change::added
                        : !after ? Change::removed
                                 : Change::changed;
  return {DeltaKind::requirement, name, change, std::move(before),
          std::move(after),       "",   "",     ""};
}
ReportDelta commit(char digit, const char* subject) {
  return {DeltaKind::commit,
          std::string(40, digit),
          Change::changed,
          {},
          {},
          subject,
          "Ada L.",
          "2024-03-01T02:59:00Z"};
}

ReportFinding finding(std::vector<ReportDelta> culprit, Failure fails,
                      std::optional<Failure> then = {}) {
  ReportFinding out;
  const bool many = culprit.size() > 1;
  const bool alone = !many && culprit.front().kind == DeltaKind::commit;
  out.culprit = std::move(culprit);
  out.failure = std::move(fails);
  out.proof = {{many    ? "the good release with them"
                : alone ? "this commit"
                        : "the good release with it",
                Verdict::bad, out.failure},
               {many    ? "the bad release without them"
                : alone ? "the commit before it"
                        : "the bad release without it",
                then ? Verdict::bad : Verdict::good, then}};
  return out;
}

Report culprit_env() {
  Report report;
  report.command = "bisect";
  report.outcome = Report::Outcome::culprit;
  report.run = "20240301T025900-1";
  report.target = "local";
  report.findings = {finding({env("PORT", Change::removed)}, kWrongPort)};
  report.findings[0].uses = {{"PORT", "backend/server.js", 3}};
  report.failure = kWrongPort;
  report.between.env = 36;
  report.probes = {2, 5, 2, 0};
  report.notes = {
      "also binds 8081 and 8082, which this platform does not route"};
  report.command_line = {"rung",       "bisect",
                         "--source",   "backend",
                         "--start",    "node server.js",
                         "--good-env", ".env.before",
                         "--bad-env",  ".env.production",
                         "--gate",     "http /health body~\"ok\"",
                         "--port",     "10000"};
  report.next = next_step(report);
  report.seconds = 41.3;
  report.exit = 1;
  return report;
}

std::map<std::string, Report> samples() {
  std::map<std::string, Report> all;
  all["culprit_env"] = culprit_env();

  Report report = culprit_env();
  report.findings = {finding(
      {commit('3', "Warm the recommendation model before the server listens")},
      failure(Stage::listen, "port-not-bound", "8000",
              "nothing listened on 8000 within 20 s"))};
  report.failure = report.findings[0].failure;
  report.between = {64, 0, 0, 0};
  report.probes = {2, 6, 2, 3};
  report.notes.clear();
  report.command_line = {"rung", "bisect", "plan.yaml", "--good", "known-good"};
  report.next = next_step(report);
  all["culprit_commit"] = report;

  report = culprit_env();
  report.findings = {
      finding({env("CACHE_URL", Change::removed),
               commit('a', "Read CACHE_URL")},
              failure(Stage::start, "missing-env", "CACHE_URL",
                      "KeyError: 'CACHE_URL'"))};
  report.findings[0].uses = {{"CACHE_URL", "app/cache.py", 12},
                             {"CACHE_URL", "app/worker.py", 7},
                             {"CACHE_URL", "app/admin.py", 30},
                             {"CACHE_URL", "tests/conftest.py", 4}};
  report.failure = report.findings[0].failure;
  report.between = {1024, 40, 0, 2};
  report.next = next_step(report);
  all["interaction"] = report;

  report = culprit_env();
  const Failure pillow =
      failure(Stage::start, "missing-library", "libjpeg.so.62",
              "ImportError: libjpeg.so.62: cannot open shared object file: No "
              "such file or directory");
  const Failure token = failure(Stage::health, "http-status", "500",
                                "GET /login answered 500, expected 200");
  report.findings = {
      finding({requirement("pillow", "==9.5.0", "==10.2.0")}, pillow, token),
      finding({requirement("pyjwt", "==1.7.1", "==2.8.0")}, token)};
  report.findings[1].proof[1].label =
      "the bad release without all found so far";
  report.failure = pillow;
  report.between = {0, 0, 20, 0};
  report.probes = {2, 9, 4, 0};
  report.repaired = {{commit('b', "Rename the entry point"),
                      commit('c', "Fix the entry point"),
                      failure(Stage::start, "missing-module", "app.main",
                              "No module named 'app.main'")}};
  report.notes.clear();
  report.next = next_step(report);
  all["two_findings"] = report;

  report = culprit_env();
  report.outcome = Report::Outcome::suspects;
  report.findings.clear();
  report.suspects = {commit('d', "Split the build"), commit('e', "Vendor it"),
                     commit('f', "Build again")};
  report.between = {128, 0, 0, 0};
  report.notes = {
      "3 releases between could not be judged: build, "
      "compile-error"};
  report.command_line = {"rung", "bisect", "plan.yaml"};
  report.next = next_step(report);
  all["suspects"] = report;

  report = culprit_env();
  report.outcome = Report::Outcome::drift;
  report.findings.clear();
  report.failure = failure(Stage::health, "database-auth", "db.internal",
                           "password authentication failed for user \"app\"");
  report.probes = {2, 0, 0, 0};
  report.command_line = {"rung", "bisect", "plan.yaml"};
  report.notes.clear();
  report.next = next_step(report);
  all["drift"] = report;

  report.outcome = Report::Outcome::not_reproducible;
  report.failure.reset();
  report.next = next_step(report);
  report.exit = 0;
  all["not_reproducible"] = report;

  report = Report{};
  report.command = "climb";
  report.outcome = Report::Outcome::healthy;
  report.plan = "mvp";
  report.target = "local";
  using State = ReportPhase::State;
  report.phases = {{"health", State::good, std::string(64, '1'), 0, true},
                   {"database", State::good, std::string(64, '2'), 2.14, false},
                   {"auth", State::good, std::string(64, '3'), 1.02, false}};
  report.known_good = ReportKnownGood{"auth", "local", std::string(64, '3')};
  report.seconds = 3.9;
  all["climb_healthy"] = report;

  report.phases[2] = {"auth", State::waiting, "", 0, false};
  report.known_good =
      ReportKnownGood{"database", "local", std::string(64, '2')};
  report.exit = 3;
  report.next = next_step(report);
  all["climb_waiting"] = report;

  Report broken = culprit_env();
  broken.command = "climb";
  broken.plan = "mvp";
  broken.phases = {{"health", State::good, std::string(64, '1'), 0.8, false},
                   {"database", State::bad, std::string(64, '2'), 20.1, false},
                   {"auth", State::not_reached, "", 0, false}};
  broken.known_good = ReportKnownGood{"health", "local", std::string(64, '1')};
  broken.command_line = {"rung", "climb", "plan.yaml"};
  all["climb_broken"] = broken;

  broken.restored = false;
  broken.exit = 2;
  broken.next = next_step(broken);
  all["climb_not_restored"] = broken;

  report = Report{};
  report.command = "probe";
  report.outcome = Report::Outcome::broken;
  report.failure = kWrongPort;
  report.probes = {0, 1, 0, 0};
  report.exit = 1;
  report.seconds = 1.2;
  report.next = next_step(report);
  all["probe_broken"] = report;

  report = culprit_env();
  report.outcome = Report::Outcome::budget;
  report.findings.clear();
  Forecast ahead;
  ahead.left = {9, 6, 4.5, 3, 8};
  ahead.deploys = 4.25;
  ahead.deploys_at_most = 6;
  report.left = ahead;
  ahead.seconds = 12.5;
  ahead.seconds_low = 6.25;
  ahead.seconds_high = 25;
  ahead.seconds_at_most = 50;
  report.estimate = ahead;
  for (const char* name : {"A", "B", "C", "D", "E", "F", "G", "H", "I"}) {
    report.suspects.push_back(env(name, Change::changed));
  }
  report.hidden = failure(Stage::soak, "exited", "", "exit 1 after 12 s");
  report.exit = 4;
  report.next = next_step(report);
  all["budget"] = report;

  report = Report{};
  report.command = "bisect";
  report.outcome = Report::Outcome::no_verdict;
  report.failure = failure(Stage::network, "platform-down", "", "no answer");
  report.exit = 125;
  report.next = next_step(report);
  all["no_verdict"] = report;
  return all;
}

}  // namespace

TEST_CASE("Reports read like this", "[core][report]") {
  for (const auto& [name, report] : samples()) {
    fakes::check_golden("report_" + name + ".txt", to_text(report, {}));
  }
}

TEST_CASE("Every report's JSON is as the schema says, and can be read back",
          "[core][report]") {
  for (const auto& [name, report] : samples()) {
    CAPTURE(name);
    const std::string json = to_json(report);
    CHECK(against_schema(json) == "");
    CHECK(json.find('\n') == std::string::npos);
    const auto again = report_from_json(json);
    REQUIRE(again);
    CHECK(*again == report);
    CHECK(to_text(*again, {}) == to_text(report, {}));
  }
}

TEST_CASE("The schema refuses what is not a report", "[core][report]") {
  const auto broken = [](const char* pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(to_json(culprit_env()));
    json[nlohmann::json::json_pointer(pointer)] = value;
    return against_schema(json.dump());
  };
  CHECK(broken("/outcome", "culprit") == "");
  CHECK(broken("/outcome", "guilty") != "");
  CHECK(broken("/rung", 2) != "");
  CHECK(broken("/value", "x") != "");
  CHECK(broken("/culprits/0/0/value", "3000") != "");
  CHECK(broken("/culprits/0/0/kind", "commit") != "");
  CHECK(broken("/failure/stage", "later") != "");
  CHECK(broken("/probes/total", -1) != "");
}

TEST_CASE("The JSON has the promised form", "[core][report]") {
  using nlohmann::json;
  const json got = json::parse(to_json(culprit_env()));
  CHECK(got["rung"] == 1);
  CHECK(got["outcome"] == "culprit");
  CHECK(got["culprits"] == json::parse(R"([[
      {"kind": "env", "name": "PORT", "change": "removed"}]])"));
  CHECK(got["suspects"] == json::array());
  CHECK(got["probes"] == json::parse(R"(
      {"total": 9, "controls": 2, "search": 5, "proof": 2, "cached": 0})"));
  CHECK(got["failure"]["stage"] == "listen");
  CHECK(got["failure"]["cause"] == "wrong-port");
  CHECK(got["failure"]["evidence"] == "3000");
  CHECK(got["restored"] == true);
  CHECK(to_json(culprit_env())
            .starts_with(R"({"rung":1,"command":"bisect","outcome":"culprit",)"
                         R"("culprits":[[{"kind":"env",)"));

  auto report = culprit_env();
  report.findings = {
      finding({commit('a', "s"),
               requirement("x", std::nullopt, "==1"),
               {DeltaKind::config, "start", Change::changed, {}, {}, "", "",
                ""}},
              kWrongPort)};
  const json kinds = json::parse(to_json(report))["culprits"][0];
  CHECK(kinds[0]["id"] == std::string(40, 'a'));
  CHECK(kinds[1] == json::parse(R"({"kind": "requirement", "name": "x",
                                    "before": null, "after": "==1"})"));
  CHECK(kinds[2] == json::parse(R"({"kind": "config", "name": "start"})"));
}

TEST_CASE("A report keeps to its width and speaks ASCII where it must",
          "[core][report]") {
  for (auto& [name, report] : samples()) {
    report.command_line.clear();  // words of commands are never broken
    for (const std::size_t width : {40U, 60U, 80U, 120U}) {
      const std::string text = to_text(report, {width, false, false});
      std::istringstream lines(text);
      std::string line;
      while (std::getline(lines, line)) {
        CAPTURE(name, width, line);
        CHECK((columns(line) <= width || line.find(' ', 14) == line.npos));
        CHECK(printable(line, false) == line);
      }
    }
  }
}

TEST_CASE("A report is short enough for one look", "[core][report]") {
  for (const auto& [name, report] : samples()) {
    const std::string text = to_text(report, {});
    CAPTURE(name);
    const auto more = report.findings.empty() ? 0 : report.findings.size() - 1;
    CHECK(static_cast<std::size_t>(
              std::count(text.begin(), text.end(), '\n')) <= 15 + 6 * more);
  }
}

TEST_CASE("Colour only marks the answer, and only when asked",
          "[core][report]") {
  const Report report = culprit_env();
  CHECK(to_text(report, {80, false, true}).find('\x1b') == std::string::npos);
  const std::string coloured = to_text(report, {80, true, true});
  CHECK(coloured.starts_with("\x1b[1mCulprit: PORT removed"));
  CHECK(std::count(coloured.begin(), coloured.end(), '\x1b') == 2);
  Report down = report;
  down.restored = false;
  CHECK(to_text(down, {80, true, true}).starts_with("\x1b[1;31mNOT RESTORED"));
}

TEST_CASE("Text of logs and commits cannot break out of a report",
          "[core][report]") {
  Report report = culprit_env();
  report.findings[0].culprit = {
      commit('a', "\x1b]0;owned\x07\x1b[2Jsubject\nsecond line")};
  report.findings[0].failure.message = "bell \x07 and \xff bytes\x1b[1A";
  report.notes = {std::string("nul \0 note", 10)};
  const std::string text = to_text(report, {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK_THAT(text, Catch::Contains("\"subject second line\""));
  CHECK(against_schema(to_json(report)) == "");
}

TEST_CASE("A copied command is the command", "[core][report]") {
  const std::string text = to_text(culprit_env(), {60, false, true});
  CHECK_THAT(text, Catch::Contains("--start 'node server.js' \\\n"));
  CHECK_THAT(text, Catch::Contains("'http /health body~\"ok\"'"));
}

TEST_CASE("A report is filled from the search's answer", "[core][report]") {
  CommitGraph commits;
  commits.oids = {{0x11}, {0x22}, {0x33}};
  commits.parent_begin = {0, 0, 1, 2};
  commits.parents = {0, 1};
  const std::vector<Delta> deltas = {
      EnvDelta{"PORT", "10000", std::nullopt},
      ConfigDelta{"start", "old secret", "new secret"},
      RequirementDelta{"tool", "@ git+https://user:pa@ss@host/tool@v1",
                       std::nullopt}};
  ReportContext context;
  context.commits = &commits;
  context.deltas = deltas;
  context.commit_info = [](const std::string& hex) {
    return CommitInfo{
        {hex}, "Ada", "2024-03-01", "subject of " + hex.substr(0, 2)};
  };

  Answer answer;
  answer.outcome = Answer::Outcome::culprit;
  const Failure other = failure(Stage::health, "http-status", "500", "500");
  Finding first, second;
  first.culprit = {{false, 0}, {true, 1}};
  first.failure = other;
  first.changed_at = DeltaRef{true, 2};
  second.culprit = {{false, 2}};
  second.failure = kWrongPort;
  answer.findings = {first, second};
  answer.hunted = kWrongPort;
  answer.repaired = {{{true, 0}, {true, 1}, other}};
  answer.suspects = {{false, 1}};

  Report report;
  report.command = "bisect";
  fill(report, answer, context);
  CHECK(report.outcome == Report::Outcome::culprit);
  REQUIRE(report.findings.size() == 2);
  const auto& culprit = report.findings[0].culprit;
  REQUIRE(culprit.size() == 2);
  CHECK(culprit[0] == env("PORT", Change::removed));
  CHECK(culprit[1].name == "22" + std::string(38, '0'));
  CHECK(culprit[1].subject == "subject of 22");
  CHECK(report.failure == other);  // what strikes first is told first
  // The first finding's proof ends in the second's failure, the second's in
  // health.
  CHECK(report.findings[0].proof[1].failure == kWrongPort);
  CHECK(report.findings[1].proof[1].verdict == Verdict::good);
  CHECK(report.findings[0].changed_at->name.starts_with("33"));
  CHECK(report.findings[1].culprit[0].before ==
        "@ git+https://[redacted]@host/tool@v1");
  CHECK(report.repaired[0].repaired_by.name.starts_with("22"));
  CHECK(report.suspects[0].name == "start");
  CHECK(report.between == Report::Between{3, 1, 1, 1});
  const std::string json = to_json(report);
  CHECK(against_schema(json) == "");
  for (const char* value : {"10000", "old secret", "new secret", "pa@ss"}) {
    // 10000 stands in the failure's message, as the platform's port.
    if (std::string_view(value) == "10000") continue;
    CHECK(json.find(value) == std::string::npos);
    CHECK(to_text(report, {}).find(value) == std::string::npos);
  }
}

TEST_CASE("The next step undoes the finding", "[core][report]") {
  Report report = culprit_env();
  const auto next = [&](ReportDelta delta) {
    report.findings = {finding({std::move(delta)}, kWrongPort)};
    return next_step(report);
  };
  CHECK(next(env("A", Change::removed)).starts_with("set A again"));
  CHECK(next(env("A", Change::added)).starts_with("remove A"));
  CHECK(next(env("A", Change::changed))
            .starts_with("give A its earlier value"));
  CHECK(
      next(requirement("x", "==1", "==2")).starts_with("require x ==1 again"));
  CHECK(next(requirement("x", std::nullopt, "")).starts_with("take x out"));
  CHECK(next(commit('a', "s")).starts_with("git revert aaaaaaaaaa"));
  report.restored = false;
  CHECK_THAT(next_step(report), Catch::Contains("rung rollback"));
  report.failure = failure(Stage::release, "platform-error", "",
                           "port 80 is in use by python3 (pid 7)");
  CHECK_THAT(next_step(report), Catch::Contains("python3 (pid 7)") &&
                                    !Catch::Contains("rollback"));
}

TEST_CASE("Failures of unknown causes are the same by their signatures alone",
          "[core][report]") {
  Failure x = failure(Stage::start, "unknown", "", "exited: X without Y");
  Failure z = failure(Stage::start, "unknown", "", "exited: Z with Y");
  x.signature = "x without y";
  z.signature = "z with y";
  Report report = culprit_env();
  report.findings = {finding({env("X", Change::changed)}, x, z)};
  CHECK_THAT(to_text(report, {}),
             Catch::Contains("the bad release without it: fails otherwise") &&
                 Catch::Contains("Z with Y"));
  z.signature = x.signature;
  report.findings = {finding({env("X", Change::changed)}, x, z)};
  CHECK_THAT(to_text(report, {}), !Catch::Contains("otherwise"));
  z.signature = "";  // of a journal that had none
  report.findings = {finding({env("X", Change::changed)}, x, z)};
  CHECK_THAT(to_text(report, {}), !Catch::Contains("otherwise"));
}

TEST_CASE("Only the newest known good is the last", "[core][report]") {
  Report report = culprit_env();
  report.known_good = ReportKnownGood{"top", "local", std::string(40, '1')};
  CHECK_THAT(to_text(report, {}), Catch::Contains("the last known good"));
  report.known_good->newest = false;
  for (const bool restored : {true, false}) {
    report.restored = restored;
    CHECK_THAT(to_text(report, {}), Catch::Contains("an earlier known good") &&
                                        !Catch::Contains("last known good"));
  }
}

}  // namespace rung::report_test
