// What goes wrong on a Docker Engine or its swarm, through the built binary:
// one line that says what to do or the verdict that is due, and what serves
// is not touched by any of it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/e2e/docker_shop.hpp"
#include "tests/fakes/skipped.hpp"
#include "tests/fakes/unix_http_server.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::bad_platform_test {
namespace {

using namespace std::chrono_literals;

/// One line of complaint, with all of these words.
void refuses(const Result& result, const std::vector<std::string>& words) {
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  std::istringstream lines(result.log);
  std::vector<std::string> complaints;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("rung: ")) complaints.push_back(line);
  }
  REQUIRE(complaints.size() == 1);
  for (const std::string& word : words) {
    CHECK_THAT(complaints.front(), Catch::Contains(word));
  }
}

}  // namespace

TEST_CASE("A release that an engine cannot build or start is found, and what "
          "serves is left alone",
          "[e2e][bad_platform][real-docker][real-podman]") {
  const auto which =
      GENERATE(RealEngine::docker, RealEngine::swarm, RealEngine::podman);
  CAPTURE(to_string(which));
  const auto place = place_in(which);
  if (!place) return;
  DockerShop shop(*place);
  shop.serve();

  struct Case {
    const char* what;
    std::map<std::string, std::optional<std::string>> files;
    const char *stage, *cause;
  };
  const std::vector<Case> cases = {
      {"an image that does not build",
       {{"Dockerfile", dockerfile("RUN [\"/not-there\"]\n")}},
       "build", ""},
      {"no Dockerfile", {{"Dockerfile", std::nullopt}}, "build",
       "no-build-plan"},
      {"a start command that is not there",
       {{"Dockerfile", dockerfile("CMD [\"/not-there\"]\n")}},
       "start", "command-not-found"},
  };
  const std::string guilty = shop.commit(cases.front().files);
  const Result climbed = shop.rung({"climb", "plan.yaml", "--json"});
  {
    CAPTURE(climbed.log);
    CHECK(climbed.exit == 1);
    CHECK(climbed.json()["culprits"][0][0]["id"] == guilty);
    CHECK(climbed.json()["restored"] == true);
    shop.check_untouched();
  }
  const auto judged = [&](const char* stage, const char* cause) {
    const Result result = shop.rung({"probe", "plan.yaml", "--json"});
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    const auto failure = result.json()["failure"];
    CHECK(failure["stage"] == stage);
    if (*cause != '\0') CHECK(failure["cause"] == cause);
    CHECK_FALSE(failure["message"].get<std::string>().empty());
    shop.check_untouched();
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    shop.commit(c.files);
    judged(c.stage, c.cause);
  }
  // Limits that the engine refuses.
  shop.commit({{"Dockerfile", dockerfile("COPY . /\nCMD [\"/service\"]\n")}});
  shop.write_plan("config: {memory: 1m}\n");
  judged("release", "");
  shop.write_plan();
}

TEST_CASE("A variable that the Dockerfile has an ARG for is part of the build",
          "[e2e][bad_platform][real-docker]") {
  const auto place = place_in(RealEngine::docker);
  if (!place) return;
  DockerShop shop(*place);
  // No shell in the image: the service itself is what the build runs.
  shop.commit({{"made/behaviour", "if-env SITE=bad: die 1 SITE is bad\n"
                                  "die 0 made\n"},
               {"Dockerfile",
                dockerfile("ARG SITE\nCOPY . /\nWORKDIR /made\n"
                           "RUN [\"/service\"]\nWORKDIR /\n"
                           "CMD [\"/service\"]\n")}});
  shop.write_plan("env: {SITE: fine, OTHER: one}\n");
  shop.serve();
  shop.write_plan("env: {SITE: bad, OTHER: two}\n");
  const Result climbed = shop.rung({"climb", "plan.yaml", "--json"});
  CAPTURE(climbed.log);
  CHECK(climbed.exit == 1);
  const auto report = climbed.json();
  CHECK(report["culprits"][0][0]["name"] == "SITE");
  CHECK(report["failure"]["stage"] == "build");
  shop.check_untouched();
}

TEST_CASE("A trial that somebody deletes in the middle is made again",
          "[e2e][bad_platform][real-docker][real-podman]") {
  const auto which =
      GENERATE(RealEngine::docker, RealEngine::swarm, RealEngine::podman);
  CAPTURE(to_string(which));
  const auto place = place_in(which);
  if (!place) return;
  DockerShop shop(*place);
  shop.serve();
  // Slow enough to be met while it starts.
  shop.commit({{"behaviour", "sleep 3000\nport PORT\nstatus 404\n"}});
  RunningRung climb({"climb", "plan.yaml", "--json"}, shop.folder());
  REQUIRE(shop.remove(shop.wait_for("trial", climb)));
  const Result result = climb.result();
  CAPTURE(result.log);
  // What somebody did to one trial is no verdict: the release has its own.
  CHECK(result.exit == 1);
  CHECK(result.json()["failure"]["stage"] == "health");
  shop.check_untouched();
}

TEST_CASE("An engine that cannot be used is one line that says what to do",
          "[e2e][bad_platform]") {
  const fakes::TemporaryFolder folder;
  const bool swarm = GENERATE(false, true);
  CAPTURE(swarm);
  SECTION("no socket") {
    const DockerShop shop({folder.path() / "none", swarm});
    refuses(shop.rung({"climb", "plan.yaml"}),
            {"no socket at", "none", "start it"});
  }
  SECTION("a socket that nobody listens on") {
    const fs::path left = folder.path() / "left";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    left.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address) == 0);
    close(fd);
    const DockerShop shop({left, swarm});
    const auto begun = std::chrono::steady_clock::now();
    refuses(shop.rung({"climb", "plan.yaml"}),
            {"nothing listens at", "left", "start it"});
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
  }
  SECTION("a socket of somebody else's") {
    if (geteuid() != 0) return fakes::skipped("it needs root to be two users");
    const fakes::UnixHttpServer server(
        folder.path() / "theirs",
        [](const fakes::UnixRequest&, const fakes::UnixPeer& peer) {
          peer.reply(500, "{\"message\":\"nobody may ask me\"}");
        });
    fs::permissions(server.socket(), fs::perms::owner_all);
    fs::permissions(folder.path(), fs::perms::all);
    const DockerShop shop({server.socket(), swarm});
    REQUIRE(ran({"chown", "-R", "nobody", shop.folder().string()}, "/").exit ==
            0);
    const Result result =
        ran({"setpriv", "--reuid=nobody", "--clear-groups", RUNG_BINARY,
             "climb", "plan.yaml"},
            shop.folder(), {{"HOME", shop.folder().string()}});
    refuses(result, {"theirs", "this user may not use", "group"});
  }
}

TEST_CASE("An engine that refuses is named with what it said",
          "[e2e][bad_platform]") {
  const fakes::TemporaryFolder folder;
  const auto answers = [&](int status, const std::string& info) {
    return [status, info](const fakes::UnixRequest& request,
                          const fakes::UnixPeer& peer) {
      if (request.target.ends_with("/_ping")) {
        peer.reply(200, "OK", "Api-Version: 1.41\r\n");
      } else {
        peer.reply(status, info, "Content-Type: application/json\r\n");
      }
    };
  };
  SECTION("swarm: true and no swarm") {
    const fakes::UnixHttpServer server(
        folder.path() / "s",
        answers(200, R"({"Swarm":{"LocalNodeState":"inactive"}})"));
    const DockerShop shop({server.socket(), true});
    refuses(shop.rung({"climb", "plan.yaml"}),
            {"it does not manage one", "docker swarm init", "swarm: true"});
  }
  SECTION("an authorization plugin says no") {
    const fakes::UnixHttpServer server(
        folder.path() / "s",
        answers(403, R"({"message":"authorization denied by plugin x"})"));
    const DockerShop shop({server.socket(), false});
    refuses(shop.rung({"climb", "plan.yaml"}),
            {"authorization denied by plugin x", "403"});
  }
}

}  // namespace rung::e2e::bad_platform_test
