// rung report: a page about a run, from the journal.
#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/text_of.hpp"

namespace rung::e2e::journal_report_test {

using Catch::Contains;
using fakes::text_of;

TEST_CASE("rung report shows the last run as it was told",
          "[e2e][journal_report]") {
  fakes::GitRepository repository;
  const fakes::TempFolder folder;
  const auto file = [&](const char* name) { return folder.path() / name; };

  const Result none = rung({"report", "--html", "a.html"}, folder.path());
  CHECK(none.exit == 128);
  CHECK_THAT(none.log, Contains("no journal there yet"));

  for (int i = 0; i < 6; ++i) {
    repository.commit_files({{"size", std::to_string(i)}},
                            i == 3 ? "<script>alert(1)</script>" : "change");
  }
  const std::string token = "API_TOKEN=hunter2hunter2\n";
  std::ofstream(file("good.env")) << token << "MODE=plain\n";
  std::ofstream(file("bad.env")) << token << "MODE=fancy4711\n";
  const Result bisect =
      rung({"bisect", "--source", repository.root().string(), "--command",
            "echo $API_TOKEN; test $(cat size) -lt 3 || { echo too large; "
            "exit 1; }",
            "--good", "HEAD~5", "--bad", "HEAD", "--good-env", "good.env",
            "--bad-env", "bad.env", "--report", "html=told.html"},
           folder.path());
  CAPTURE(bisect.log);
  REQUIRE(bisect.exit == 1);

  const std::string root = repository.root().string();
  const Result made = rung({"report", root, "--html", "a.html"}, folder.path());
  CAPTURE(made.log);
  CHECK(made.exit == 0);
  CHECK_THAT(made.out, Contains("a.html: Culprit: commit "));
  for (const char* name : {"told.html", "a.html"}) {
    CAPTURE(name);
    const std::string page = text_of(file(name));
    CHECK_THAT(page, Contains("<h1>Culprit: commit ") &&
                         Contains("&lt;script&gt;alert(1)&lt;/script&gt;") &&
                         Contains("id=\"search-title\"") &&
                         Contains("<caption>Trials") &&
                         Contains("<mark>\u25a0 too large") &&
                         Contains("MODE") && Contains("</html>"));
    CHECK_THAT(page, !Contains("<script") && !Contains("hunter2") &&
                         !Contains("fancy4711"));
  }

  const auto runs = rung({"log", root, "--json"}, folder.path()).json()["runs"];
  const std::string id = runs.at(0)["run"];
  CHECK(rung({"report", id.substr(0, id.size() - 1), "--html", "b.html"}, root)
            .exit == 0);
  const Result other = rung({"report", "1999", "--html", "c.html"}, root);
  CHECK(other.exit == 129);
  CHECK_THAT(other.log, Contains("no plan, folder or run 1999"));
  CHECK(rung({"report"}, root).exit == 129);
  CHECK(rung({"report", "--html", "no/such/folder.html"}, root).exit == 128);
  CHECK(rung({"report", "--html", ""}, root).exit == 129);
  CHECK_THAT(rung({"report", "--html", "-"}, root).out,
             Catch::StartsWith("<!DOCTYPE html"));
  // The journal and what somebody wrote are safe.
  const std::string journal = text_of(repository.root() / ".rung/journal.db");
  std::ofstream(file("plan.yaml")) << "rung: 1\n";
  for (const std::string& name :
       {root + "/.rung/journal.db", file("plan.yaml").string()}) {
    const Result refused = rung({"report", root, "--html", name}, root);
    CHECK(refused.exit == 129);
    CHECK_THAT(refused.log, Contains("must not replace"));
  }
  CHECK(text_of(repository.root() / ".rung/journal.db") == journal);
  CHECK(text_of(file("plan.yaml")) == "rung: 1\n");
}

}  // namespace rung::e2e::journal_report_test
