// --report and --ci, as CI systems and their readers meet them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"

namespace rung::e2e::report_files_test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using fakes::text_of;
using Names = std::vector<std::string>;

/// A subject that wants to be a command, a mention, a table and HTML.
const std::string kHostile =
    "::error::owned %0A ##[error]x | @octocat #12 <b> `tick";

// Each file of tests/ is a test that passes if the file says ok.
constexpr const char* kSuite = R"sh(
[ ! -e unjudged ] || exit 125
[ -z "$SLOW" ] || sleep "$SLOW"
mkdir -p report
failed=0
{
  echo '<testsuite name="s">'
  for name in $(ls tests); do
    echo "<testcase classname='s' name='$name'>"
    if [ "$(cat "tests/$name")" != ok ]; then
      failed=1
      echo "<failure message='::error::$name says no to @octocat'/>"
    fi
    echo "</testcase>"
  done
  echo '</testsuite>'
} >report/r.xml
exit $failed
)sh";

/// A repository, and a step of a job on GitHub that works in it.
class Step {
 public:
  Step() {
    change({{"suite.sh", kSuite}, {"tests/a", "ok"}, {"tests/b", "ok"}});
  }
  std::string change(const std::map<std::string, std::string>& files,
                     const std::string& subject = "change") {
    return repository_.commit_files(files, subject);
  }
  void commits(int count) {
    for (int i = 0; i < count; ++i) {
      change({{"number", std::to_string(++number_)}});
    }
  }
  [[nodiscard]] fs::path file(const std::string& name) const {
    return folder_.path() / name;
  }
  [[nodiscard]] std::map<std::string, std::string> env() const {
    return {{"GITHUB_ACTIONS", "true"},
            {"GITHUB_STEP_SUMMARY", file("summary").string()},
            {"GITHUB_OUTPUT", file("output").string()},
            {"RUNNER_TEMP", folder_.path().string()}};
  }
  Result run(Names words, const Names& more,
             std::map<std::string, std::string> also = {}) {
    words.insert(words.begin() + 1, {"--source", repository_.root().string()});
    words.insert(words.end(), more.begin(), more.end());
    also.merge(env());
    return rung(words, folder_.path(), also);
  }
  Result night(const Names& more = {},
               const std::map<std::string, std::string>& also = {}) {
    return run({"nightly", "--suite", "sh suite.sh", "--junit", "report/*.xml"},
               more, also);
  }
  [[nodiscard]] std::map<std::string, std::string> outputs() const;

 private:
  fakes::GitRepository repository_;
  fakes::TempFolder folder_;
  int number_ = 0;
};

Names lines_of(const std::string& text) {
  Names lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The last value of each output, as GitHub's runner reads the file.
std::map<std::string, std::string> Step::outputs() const {
  std::map<std::string, std::string> values;
  const Names lines = lines_of(text_of(file("output")));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto mark = lines[i].find("<<");
    if (mark == std::string::npos) continue;
    const std::string name = lines[i].substr(0, mark);
    const std::string end = lines[i].substr(mark + 2);
    values[name] = "";
    while (++i < lines.size() && lines[i] != end) values[name] += lines[i];
  }
  return values;
}

/// The lines of a log that GitHub's runner obeys, but for groups.
/// Source: actions/runner, ActionCommand.cs.
Names commands_in(const std::string& log) {
  Names commands;
  for (const std::string& line : lines_of(log)) {
    const auto begin = line.find_first_not_of(" \t");
    const bool obeyed =
        line.find("##[") != line.npos ||
        (begin != line.npos && line.compare(begin, 2, "::") == 0);
    if (obeyed && !line.starts_with("::group::") && line != "::endgroup::") {
      commands.push_back(line);
    }
  }
  return commands;
}

}  // namespace

TEST_CASE("A red night on GitHub names the commit where people look",
          "[e2e][report_files]") {
  Step step;
  const Result green = step.night();
  CAPTURE(green.log);
  CHECK(green.exit == 0);
  CHECK(commands_in(green.log).empty());
  CHECK_THAT(text_of(step.file("summary")), Contains("## Green: 2 passed on "));
  CHECK(step.outputs()["outcome"] == "green");
  CHECK(step.outputs()["culprit"] == "");

  step.commits(2);
  const std::string culprit = step.change({{"tests/b", "no"}}, kHostile);
  step.commits(2);
  // Something else of the step has written there, without a line end.
  std::ofstream(step.file("output"), std::ios::app) << "mine=1";
  const Result red = step.night();
  CAPTURE(red.log);
  CHECK(red.exit == 1);
  // The only commands are ours, although the log quotes the subject.
  const Names commands = commands_in(red.log);
  REQUIRE(commands.size() == 1);
  CHECK_THAT(commands[0], Catch::StartsWith("::error file=tests/b,title=") &&
                              Contains(culprit.substr(0, 10)) &&
                              Contains("%25") && Contains("s%3A%3Ab"));
  CHECK_THAT(red.out, Contains("Culprit: " + culprit.substr(0, 10)));

  CHECK_THAT(text_of(step.file("output")), Contains("\nmine=1\n"));
  auto outputs = step.outputs();
  CHECK(outputs["outcome"] == "red");
  CHECK(outputs["culprit"] == culprit);
  CHECK_THAT(outputs["title"], Catch::StartsWith("Red: 1 failure on "));
  const std::string body = text_of(outputs["body-file"]);
  CHECK_THAT(body, Contains(culprit.substr(0, 10)) &&
                       Contains("@&#8203;octocat #&#8203;12 &lt;b&gt;"));
  CHECK_THAT(text_of(step.file("summary")), Contains("`s::b`"));

  // Known from before: still named, and still one JSON document on stdout.
  const Result still = step.night({"--json"});
  CAPTURE(still.log);
  CHECK(still.json()["verdict"] == "red");
  CHECK(commands_in(still.out).empty());
  CHECK(commands_in(still.log).size() == 1);
  CHECK(step.outputs()["culprit"] == culprit);
}

TEST_CASE("A night without a verdict, and one without time, say so on GitHub",
          "[e2e][report_files]") {
  Step step;
  REQUIRE(step.night().exit == 0);
  step.commits(3);
  step.change({{"tests/a", "no"}});
  step.commits(3);
  const Result late = step.night({"--budget", "6s"}, {{"SLOW", "2"}});
  CAPTURE(late.log);
  CHECK(late.exit == 4);
  CHECK(step.outputs()["outcome"] == "budget");
  CHECK_THAT(text_of(step.outputs()["body-file"]),
             Contains("run the same command again"));

  step.change({{"unjudged", ""}});
  const Result none = step.night();
  CAPTURE(none.log);
  CHECK(none.exit == 125);
  CHECK(step.outputs()["outcome"] == "no_verdict");
  const Names commands = commands_in(none.log);
  REQUIRE(commands.size() == 2);
  CHECK_THAT(commands[0],
             Catch::StartsWith("::error ") && Contains("could not be judged"));
  CHECK_THAT(commands[1], Catch::StartsWith("::warning "));  // did not run
}

TEST_CASE("With --ci none nothing is written for GitHub", "[e2e][report_files]") {
  Step step;
  step.change({{"tests/a", "no"}});
  const Result result = step.night({"--ci", "none"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(commands_in(result.log).empty());
  CHECK_THAT(result.log, !Contains("::group::"));
  CHECK_FALSE(fs::exists(step.file("summary")));
  CHECK_FALSE(fs::exists(step.file("output")));
}

TEST_CASE("bisect writes a file for each format, and events on the way",
          "[e2e][report_files]") {
  Step step;
  step.change({{"app.py", "import os\n\nprint(os.environ['MODE'])\n"}});
  const std::string token = "API_TOKEN=hunter2hunter2\n";
  std::ofstream(step.file("good.env")) << token << "MODE=plain\nOTHER=1\n";
  std::ofstream(step.file("bad.env")) << token << "OTHER=2\n";
  const Names words = {
      "bisect",    "--command",  "echo with $API_TOKEN; test -n \"$MODE\"",
      "--good",    "HEAD",       "--bad",
      "HEAD",      "--good-env", "good.env",
      "--bad-env", "bad.env"};
  const Names formats = {"md",     "html",   "github", "junit", "jsonl",
                         "gitlab", "dotenv", "issue",  "sarif"};
  Names reports;
  for (const std::string& format : formats) {
    reports.insert(reports.end(), {"--report", format + "=out." + format});
  }
  // A place that cannot be written to is told, and costs nothing.
  reports.insert(reports.end(), {"--report", "md=no/such/folder.md"});
  const Result result = step.run(words, reports);
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out, Contains("Culprit: MODE removed"));
  const auto told = result.log.find("no/such/folder.md: No such file");
  REQUIRE(told != std::string::npos);
  CHECK(result.log.find("no/such/folder.md: No such file", told + 1) ==
        std::string::npos);
  for (const std::string& format : formats) {
    CAPTURE(format);
    CHECK_THAT(text_of(step.file("out." + format)),
               Contains("MODE") && !Contains("hunter2"));
  }
  CHECK_THAT(text_of(step.file("summary")),
             Contains("MODE") && Contains("with ") && !Contains("hunter2"));
  // Where the variable is read.
  CHECK_THAT(text_of(step.file("out.github")),
             Catch::StartsWith("::error file=app.py,line=3,title="));
  CHECK(step.outputs()["body-file"] == step.file("out.md").string());
  CHECK(step.outputs()["culprit"] == "MODE");
  CHECK_THAT(text_of(step.file("out.dotenv")), Contains("RUNG_CULPRIT=MODE\n"));
  const auto quality = nlohmann::json::parse(text_of(step.file("out.gitlab")));
  CHECK(quality.at(0)["location"]["path"] == "app.py");
  const auto sarif = nlohmann::json::parse(text_of(step.file("out.sarif")));
  CHECK(sarif["runs"][0]["results"].size() == 1);
  const auto issues = nlohmann::json::parse(text_of(step.file("out.issue")));
  CHECK(issues["issues"].size() == 1);

  const Names lines = lines_of(text_of(step.file("out.jsonl")));
  Names events;
  for (const std::string& line : lines) {
    events.push_back(nlohmann::json::parse(line)["event"]);
  }
  CHECK(nlohmann::json::parse(lines.front())["rung"] == 1);
  CHECK(events.front() == "begin");
  CHECK(events.back() == "end");
  CHECK(std::count(events.begin(), events.end(), "probe-ended") >= 4);
  // Whole or not at all: no draft is left.
  for (const auto& entry : fs::directory_iterator(step.file(""))) {
    CHECK_THAT(entry.path().filename().string(), !Contains(".rung-"));
  }
}

TEST_CASE("probe and climb report, also that they could not work",
          "[e2e][report_files]") {
  Step step;
  const Result probe =
      step.run({"probe", "--command", "echo says ::error::x; exit 1"},
               {"--report", "junit=probe.xml"});
  CAPTURE(probe.log);
  CHECK(probe.exit == 1);
  CHECK_THAT(text_of(step.file("probe.xml")), Contains("failures=\"1\""));
  CHECK(commands_in(probe.log).size() == 1);

  const Result climb = rung({"climb", "no-plan.yaml", "--report", "md=c.md"},
                            step.file(""), step.env());
  CAPTURE(climb.log);
  CHECK(climb.exit == 128);
  CHECK_THAT(text_of(step.file("c.md")), Contains("no-plan.yaml"));
  CHECK(step.outputs()["outcome"] == "error");
}

TEST_CASE("A report that nobody can write is a wrong usage",
          "[e2e][report_files]") {
  struct Case {
    Names words;
    const char* told;
  };
  const auto c = GENERATE(values<Case>({
      {{"--report", "markdown"}, "write FORMAT=PATH"},
      {{"--report", "mdd=x"}, "did you mean"},
      {{"--report", "md="}, "name a file"},
      {{"--report", "md=x", "--report", "junit=x"}, "there is md=x already"},
      {{"--ci", "jenkins"}, "jenkins"},
  }));
  CAPTURE(c.words);
  Step step;
  const Result result = step.run({"probe", "--command", "true"}, c.words);
  CAPTURE(result.log);
  CHECK(result.exit == 129);
  CHECK_THAT(result.log, Contains(c.told));
}

TEST_CASE("A report replaces nothing but a report", "[e2e][report_files]") {
  Step step;
  const std::string env = "## ours\n\nMODE=plain\n";
  std::ofstream(step.file("app.env")) << env;
  std::ofstream(step.file("notes.html")) << "<!DOCTYPE html><p>mine</p>";
  std::ofstream(step.file("locked.html")) << "<!DOCTYPE html>";
  std::ofstream(step.file("mine.json")) << R"({"rung": 2})";
  fs::permissions(step.file("locked.html"), fs::perms::owner_read);
  const Names probe = {"probe", "--command", "echo ran >>ran", "--env",
                       "app.env"};
  for (const char* words :
       {"md=app.env", "html=notes.html", "html=locked.html", "sarif=mine.json",
        "issue=mine.json", "gitlab=mine.json", "junit=notes.html",
        "jsonl=notes.html", "dotenv=app.env", "md=.rung/new.md"}) {
    CAPTURE(words);
    const Result refused = step.run(probe, {"--report", words});
    CAPTURE(refused.log);
    CHECK(refused.exit == 129);
    CHECK_THAT(refused.log, Contains("must not replace"));
    CHECK_THAT(refused.log, !Contains("probing"));
  }
  CHECK(text_of(step.file("app.env")) == env);
  CHECK(text_of(step.file("notes.html")) == "<!DOCTYPE html><p>mine</p>");
  // Its own it writes again: each format knows what rung wrote in it.
  Names reports;
  for (const char* format : {"md", "html", "github", "junit", "jsonl", "gitlab",
                             "dotenv", "issue", "sarif"}) {
    reports.insert(reports.end(),
                   {"--report", std::string(format) + "=out." + format});
  }
  for (const char* command : {"exit 1", "exit 1", "true", "true"}) {
    const Result again = step.run({"probe", "--command", command}, reports);
    CAPTURE(again.log);
    CHECK(again.exit < 2);
  }
  // A link is followed, also to what is not there yet.
  fs::create_symlink("there.html", step.file("link.html"));
  CHECK(step.run({"probe", "--command", "true"}, {"--report", "html=link.html"})
            .exit == 0);
  CHECK(fs::is_symlink(step.file("link.html")));
  CHECK_THAT(text_of(step.file("there.html")), Contains("</html>"));
  // "-" is stdout.
  CHECK_THAT(step.run({"probe", "--command", "true"}, {"--report", "md=-"}).out,
             Contains("## Healthy"));
}

TEST_CASE("On GitLab the progress is a section of the log",
          "[e2e][report_files]") {
  Step step;
  const Names words = {"probe", "--command", "true"};
  const Result result =
      step.run(words, {}, {{"GITHUB_ACTIONS", ""}, {"GITLAB_CI", "true"}});
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.log, Contains("\x1b[0Ksection_start:") &&
                             Contains(":rung_progress\r\x1b[0Krung probe") &&
                             Contains("\x1b[0Ksection_end:"));
  CHECK_FALSE(fs::exists(step.file("summary")));
}

}  // namespace rung::e2e::report_files_test
