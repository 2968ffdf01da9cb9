#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/example.hpp"
#include "tests/e2e/running_rung.hpp"

// Each of plans/examples as its README tells it. The ports are the stories',
// so these never run two at a time (CMakeLists.txt: RESOURCE_LOCK).
namespace rung::e2e::examples_test {
namespace {

namespace fs = std::filesystem;
using Sets = std::vector<std::vector<std::string>>;

bool can_be_bound(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound =
      bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  close(fd);
  return bound;
}

void check_failure(const nlohmann::json& failure, const char* stage,
                   const char* cause) {
  CHECK(failure["stage"] == stage);
  CHECK(failure["cause"] == cause);
}

}  // namespace

TEST_CASE("fastapi climbs nine phases and finds the deleted variable",
          "[e2e][examples]") {
  Example example("fastapi");
  const Result up = example.climb();
  CAPTURE(up.log);
  REQUIRE(up.exit == 0);
  const auto all_good = up.json();
  CHECK(all_good["outcome"] == "healthy");
  CHECK(all_good["phases"].size() == 9);
  for (const auto& phase : all_good["phases"]) CHECK(phase["verdict"] == "good");
  CHECK(all_good["known_good"]["phase"] == "admin");
  const auto before = example.check_serving();

  REQUIRE(ran({"./clean-up", ".env.production"}, example.folder()).exit == 0);
  const Result broken = example.climb();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  const auto json = broken.json();
  CHECK(culprits(json) == Sets{{"env TOKEN_AUDIENCE removed"}});
  CHECK(json["failure"]["stage"] == "health");
  CHECK(json["restored"] == true);
  CHECK(json["phases"][2]["verdict"] == "good");
  CHECK(json["phases"][3]["name"] == "auth");
  CHECK(json["phases"][3]["verdict"] == "bad");
  REQUIRE(json["findings"][0]["uses"].size() == 1);
  CHECK(json["findings"][0]["uses"][0]["file"] == "shop/tokens.py");
  CHECK(example.check_serving()["release"] == before["release"]);

  const Result asked = example.bisect({"--good-env", ".env.production.bak",
                                       "--bad-env", ".env.production"});
  CAPTURE(asked.log);
  CHECK(asked.exit == 1);
  CHECK(culprits(asked.json()) == Sets{{"env TOKEN_AUDIENCE removed"}});
  CHECK(example.check_serving()["release"] == before["release"]);
  example.check_all_ended();
}

TEST_CASE("render-port finds PORT among fourteen deleted variables",
          "[e2e][examples]") {
  Example example("render-port");
  const Result up = example.climb();
  CAPTURE(up.log);
  REQUIRE(up.exit == 0);
  const auto before = example.check_serving();

  const Result asked = example.bisect(
      {"--good-env", ".env.production", "--bad-env", ".env.cleaned-up"});
  CAPTURE(asked.log);
  CHECK(asked.exit == 1);
  const auto json = asked.json();
  CHECK(culprits(json) == Sets{{"env PORT removed"}});
  check_failure(json["failure"], "listen", "wrong-port");
  check_probes(json, 14);
  const std::string notes = json["notes"].dump();
  CHECK(notes.find("8081") != notes.npos);
  CHECK(notes.find("8082") != notes.npos);
  CHECK(example.check_serving()["release"] == before["release"]);

  example.copy(".env.cleaned-up", ".env.production");
  const Result broken = example.climb();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  CHECK(culprits(broken.json()) == Sets{{"env PORT removed"}});
  CHECK(broken.json()["restored"] == true);
  CHECK(example.check_serving()["release"] == before["release"]);
  example.check_all_ended();
  for (const int port : {10000, 8081, 8082}) {
    CHECK(can_be_bound(port));
  }
}

TEST_CASE("cloudrun-listen finds the commit that waits before it listens",
          "[e2e][examples]") {
  Example example("cloudrun-listen");
  const Result asked = example.bisect({"--good", "v1.0", "--bad", "main"});
  CAPTURE(asked.log);
  CHECK(asked.exit == 1);
  const auto json = asked.json();
  REQUIRE(json["culprits"].size() == 1);
  REQUIRE(json["culprits"][0].size() == 1);
  CHECK(json["culprits"][0][0]["subject"] == "Never show yesterday's rates");
  CHECK(json["culprits"][0][0]["id"].get<std::string>().rfind("2175bf8", 0) ==
        0);
  CHECK(json["failure"]["stage"] == "listen");
  check_probes(json, json["between"]["commits"]);

  const Result line =
      example.bisect({"--good", "v1.0", "--bad", "main", "--first-parent"});
  CAPTURE(line.log);
  CHECK(line.exit == 1);
  CHECK(line.json()["culprits"][0][0]["id"].get<std::string>().rfind(
            "ce9ae88", 0) == 0);
  example.check_all_ended();
  CHECK(can_be_bound(8000));
}

TEST_CASE("native-library finds two broken packages, one behind the other",
          "[e2e][examples]") {
  Example example("native-library");
  const Result up = example.climb();
  CAPTURE(up.log);
  REQUIRE(up.exit == 0);
  const auto before = example.check_serving();
  const Sets both = {{"requirement label-codec ==1.4.2 -> ==2.0.0"},
                     {"requirement label-layout ==2.3.1 -> ==3.0.0"}};

  const Result asked =
      example.bisect({"--good-requirements", "requirements.txt",
                      "--bad-requirements", "requirements.bumped.txt"});
  CAPTURE(asked.log);
  CHECK(asked.exit == 1);
  const auto json = asked.json();
  CHECK(json["between"]["requirements"] == 20);
  CHECK(culprits(json) == both);
  REQUIRE(json["findings"].size() == 2);
  CHECK(json["findings"][0]["failure"]["stage"] == "start");
  CHECK(json["findings"][1]["failure"]["stage"] == "health");
  CHECK(example.check_serving()["release"] == before["release"]);

  std::string repaired = text_of(example.folder() / "requirements.bumped.txt");
  for (const auto& [from, to] : {std::pair{"label-codec==2.0.0", "label-codec==1.4.2"},
                                 {"label-layout==3.0.0", "label-layout==2.3.1"}}) {
    REQUIRE(repaired.find(from) != repaired.npos);
    repaired.replace(repaired.find(from), std::string(from).size(), to);
  }
  std::ofstream(example.folder() / "requirements.repaired.txt") << repaired;
  const Result fine =
      example.bisect({"--good-requirements", "requirements.txt",
                      "--bad-requirements", "requirements.repaired.txt"});
  CAPTURE(fine.log);
  CHECK(fine.exit == 0);
  CHECK(fine.json()["outcome"] == "not-reproducible");

  example.copy("requirements.bumped.txt", "requirements.txt");
  const Result broken = example.climb();
  CAPTURE(broken.log);
  CHECK(broken.exit == 1);
  CHECK(culprits(broken.json()) == both);
  CHECK(example.check_serving()["release"] == before["release"]);
  example.check_all_ended();
}

TEST_CASE("two-environments finds the password and the port, and shows neither "
          "password",
          "[e2e][examples][secrets]") {
  Example example("two-environments");
  const Result up = example.climb();
  CAPTURE(up.log);
  REQUIRE(up.exit == 0);
  const auto before = example.check_serving();

  const Result staging = example.bisect(
      {"--good-env", ".env.development", "--bad-env", ".env.staging"});
  CAPTURE(staging.log);
  CHECK(staging.exit == 1);
  CHECK(culprits(staging.json()) == Sets{{"env DATABASE_URL changed"}});
  CHECK(staging.json()["failure"]["stage"] == "start");
  check_probes(staging.json(), 10);

  const Result production = example.bisect(
      {"--good-env", ".env.development", "--bad-env", ".env.production"});
  CAPTURE(production.log);
  CHECK(production.exit == 1);
  CHECK(culprits(production.json()) == Sets{{"env PORT changed"}});
  check_failure(production.json()["failure"], "listen", "wrong-port");
  check_probes(production.json(), 13);
  CHECK(example.check_serving()["release"] == before["release"]);

  std::string all = up.log + staging.log + production.log;
  for (const auto& entry :
       fs::recursive_directory_iterator(example.folder() / ".rung")) {
    if (entry.is_regular_file()) all += text_of(entry.path());
  }
  for (const char* password : {"battery", "staple"}) {
    CAPTURE(password);
    CHECK(all.find(password) == all.npos);
  }
  example.check_all_ended();
  CHECK(can_be_bound(8600));
}

}  // namespace rung::e2e::examples_test
