// A folder without history: a release is its files as they were when the
// command began, and their contents are a part of its id.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::plain_folder_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

constexpr const char* kSound = "port PORT\n";
constexpr const char* kBroken = "port PORT\ndie 1 Error: broken\n";

struct PlainFolder {
  PlainFolder() {
    write("behaviour", kSound);
    write(".env", "LEVEL=1\n");
    plan("");
  }
  ~PlainFolder() { rung({"stop", "plan.yaml"}, root.path()); }
  PlainFolder(const PlainFolder&) = delete;
  PlainFolder& operator=(const PlainFolder&) = delete;

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root.path() / name, std::ios::binary) << text;
  }
  void plan(const std::string& more) const {
    write("plan.yaml",
          "rung: 1\nname: app\nruntime: other\n" + more +
              "start: exec " RUNG_TEST_SERVICE
              " behaviour\nenv_files: [.env]\n"
              "targets:\n  local: {port: auto}\n"
              "phases:\n  - name: one\n"
              "    gates: [{http: /health, deadline: 10s}]\n");
  }
  [[nodiscard]] Result climb() const {
    return RunningRung({"climb", "plan.yaml", "--json"}, root.path()).result();
  }
  [[nodiscard]] bool serves() const {
    const auto status = rung({"status", "plan.yaml", "--json"}, root.path());
    return !nlohmann::json::parse(status.out)["serving"].empty();
  }

  fakes::TemporaryFolder root;
};

bool notes(const nlohmann::json& report, const std::string& words) {
  const auto& all = report["notes"];
  return std::any_of(all.begin(), all.end(), [&](const auto& note) {
    return note.template get<std::string>().find(words) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("A build of a plain folder is one of the files as they are now",
          "[e2e][plain_folder]") {
  const PlainFolder folder;
  const auto probe = [&] {
    return rung({"probe", "--json", "--source", ".", "--build",
                 "cp behaviour made", "--start",
                 "exec " RUNG_TEST_SERVICE " made", "--gate", "http /health"},
                folder.root.path());
  };
  CHECK(probe().json()["outcome"] == "healthy");
  folder.write("behaviour", kBroken);
  CHECK(probe().json()["outcome"] != "healthy");
  folder.write("behaviour", kSound);
  CHECK(probe().json()["outcome"] == "healthy");
}

TEST_CASE("An edited plain folder is another release", "[e2e][plain_folder]") {
  const PlainFolder folder;
  if (GENERATE(false, true)) folder.plan("build: touch made\n");
  REQUIRE(folder.climb().exit == 0);

  folder.write("behaviour", kBroken);
  const Result broken = folder.climb();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  CHECK(culprits(broken.json()) == Sets{{"config folder"}});
  CHECK(broken.json()["findings"][0]["culprit"][0]["files"] ==
        std::vector<std::string>{"behaviour"});
  CHECK(folder.serves());

  // Both change, and one of them is to blame.
  folder.write("behaviour", std::string(kSound) + "# another\n");
  folder.write(".env", "LEVEL=2\nEXTRA=die 1 Error: extra\n");
  folder.plan("");
  CHECK(folder.climb().exit == 0);
}

TEST_CASE("Files of a plain folder that nobody has any more are told",
          "[e2e][plain_folder]") {
  const PlainFolder folder;
  REQUIRE(folder.climb().exit == 0);
  REQUIRE(rung({"stop", "plan.yaml"}, folder.root.path()).exit == 0);
  REQUIRE(rung({"clean"}, folder.root.path()).exit == 0);
  folder.write("behaviour", kBroken);
  const Result broken = folder.climb();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  CHECK(broken.json()["findings"].empty());
  CHECK(notes(broken.json(), "rung no longer has the earlier ones"));
}

TEST_CASE("A plan beside the files is no part of the release",
          "[e2e][plain_folder]") {
  const PlainFolder folder;
  REQUIRE(folder.climb().exit == 0);
  std::ofstream(folder.root.path() / "plan.yaml", std::ios::app) << "# note\n";
  const Result again = folder.climb();
  CAPTURE(again.log);
  CHECK(again.exit == 0);
  CHECK(again.json()["probes"]["total"] == 0);
}

TEST_CASE("What serves comes back after many edits", "[e2e][plain_folder]") {
  const PlainFolder folder;
  REQUIRE(folder.climb().exit == 0);
  for (int i = 0; i < 6; ++i) {
    folder.write("note", std::to_string(i));
    const Result probed = rung({"probe", "plan.yaml"}, folder.root.path());
    CAPTURE(probed.log);
    CHECK(probed.exit == 0);
  }
  folder.write("behaviour", kBroken);
  std::ifstream record(folder.root.path() / ".rung" / "live-local" /
                       "serving.json");
  REQUIRE(kill(nlohmann::json::parse(record)["pid"].get<int>(), SIGKILL) == 0);
  const Result served =
      RunningRung({"serve", "plan.yaml"}, folder.root.path()).result();
  CAPTURE(served.log);
  CHECK(served.exit == 0);
  CHECK(folder.serves());
}

TEST_CASE("A plan does not end what another plan of its folder serves",
          "[e2e][plain_folder]") {
  const PlainFolder folder;
  REQUIRE(folder.climb().exit == 0);
  std::ifstream in(folder.root.path() / "plan.yaml");
  std::string other{std::istreambuf_iterator<char>(in), {}};
  other.replace(other.find("name: app"), 9, "name: two");
  folder.write("other.yaml", other);
  for (const char* command : {"climb", "stop", "rollback"}) {
    const Result refused = rung({command, "other.yaml"}, folder.root.path());
    CAPTURE(refused.log);
    CHECK(refused.exit == 129);
    CHECK_THAT(refused.log, Catch::Contains("serves plan app"));
    CHECK(folder.serves());
  }
}

}  // namespace rung::e2e::plain_folder_test
