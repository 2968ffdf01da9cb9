#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/running_rung.hpp"

// The binary on platforms that are not this machine's processes.
namespace rung::e2e::platforms_test {
namespace {

namespace fs = std::filesystem;

std::string page_at(const std::string& url, const fs::path& cwd) {
  return ran({"curl", "-s", "--max-time", "5", url}, cwd).out;
}

}  // namespace

TEST_CASE("A platform of the user's own commands is climbed, searched, served "
          "and stopped",
          "[e2e][platforms]") {
  const fakes::TemporaryFolder folder;
  const fs::path plans = folder.path() / "plans";
  fs::copy(fs::path(RUNG_SOURCE_DIR) / "plans/examples/command", plans);
  fakes::GitRepository app(plans / "app");
  app.commit_files({{"index.html", "ready\n"}});
  const std::map<std::string, std::string> env = {
      {"PLATFORM", (folder.path() / "platform").string()}};
  const auto climb = [&] {
    return RunningRung({"climb", "plan.yaml", "--json"}, plans, env).result();
  };

  const Result first = climb();
  CAPTURE(first.log);
  REQUIRE(first.exit == 0);
  const auto live = first.json()["known_good"];
  REQUIRE(live["target"] == "ours");
  const Result status =
      RunningRung({"status", "plan.yaml"}, plans, env).result();
  CHECK_THAT(status.out, Catch::Contains("on ours: release") &&
                             !Catch::Contains("nothing on this machine"));

  app.commit_files({{"style.css", "1"}});
  const std::string guilty = app.commit_files({{"index.html", "reday\n"}});
  app.commit_files({{"style.css", "2"}});
  const Result second = climb();
  CAPTURE(second.log);
  REQUIRE(second.exit == 1);
  const auto found = second.json();
  CHECK(found["culprits"][0][0]["id"] == guilty);
  CHECK(found["known_good"] == live);
  CHECK(found["restored"] == true);
  const std::string note = found["notes"].back();
  const std::string url = note.substr(note.find("http://"));
  CHECK(page_at(url, plans) == "ready\n");

  // Trials are gone, what serves is there, and stop ends it.
  const auto releases = [&] {
    return std::distance(fs::directory_iterator(folder.path() / "platform"),
                         fs::directory_iterator());
  };
  CHECK(releases() == 1);
  const Result stopped = RunningRung({"stop", "plan.yaml"}, plans, env).result();
  CHECK(stopped.exit == 0);
  CHECK(releases() == 0);
  CHECK(page_at(url, plans).empty());
}

TEST_CASE("A target whose adapter is not there is refused by name",
          "[e2e][platforms][bad_input]") {
  const fakes::TemporaryFolder folder;
  std::ofstream(folder.path() / "plan.yaml")
      << "rung: 1\nname: shop\nsource: {repo: app}\nstart: 'true'\n"
         "targets: {cluster: {adapter: kubernetes}}\n"
         "phases:\n  - name: only\n    gates: [{http: /}]\n";
  fakes::GitRepository app(folder.path() / "app");
  app.commit_files({{"a", "1"}});
  const Result result = rung({"climb", "plan.yaml"}, folder.path());
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  CHECK_THAT(result.log, Catch::Contains("5:30: targets/cluster/adapter") &&
                             Catch::Contains("kubernetes"));
}

}  // namespace rung::e2e::platforms_test
