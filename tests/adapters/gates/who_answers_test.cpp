#include "adapters/gates/who_answers.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "adapters/process/process.hpp"
#include "adapters/process/sockets.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/looking.hpp"

namespace rung::who_answers_test {
namespace {

using namespace std::chrono_literals;
using Owner = PortListener::Owner;

Process serving(const std::string& address, const std::string& word) {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c",      "\"$@\" & wait; sleep 1000",
               "sh",      "python3", RUNG_SOURCE_DIR "/tests/process_zoo.py",
               word,      address};
  spec.env["PATH"] = "/usr/bin:/bin";
  Process process = Process::start(spec);
  while (process.log().find("ready") == std::string::npos) {
    INFO(process.log());
    REQUIRE(process.wait(20s));
  }
  return process;
}

std::vector<PortListener> seen(std::uint16_t port, const Process& trial) {
  return port_listeners(port, [&] { return trial.tree(); });
}

/// What `trial` is asked at this port is tied to its processes.
class Tied : public fakes::LiveDeployment {
 public:
  Tied(std::uint16_t port, const Process* trial)
      : LiveDeployment("http://127.0.0.1:" + std::to_string(port)),
        port_(port),
        trial_(trial) {}
  [[nodiscard]] std::uint16_t routed_port() const override { return port_; }
  [[nodiscard]] std::optional<std::vector<PortListener>> listeners(
      std::uint16_t port) override {
    return port_listeners(port, [this] {
      return trial_ == nullptr ? std::vector<pid_t>{} : trial_->tree();
    });
  }

 private:
  std::uint16_t port_;
  const Process* trial_;
};

}  // namespace

TEST_CASE("A trial's own listeners are told from others'",
          "[adapters][who_answers]") {
  const std::uint16_t port = free_port();
  const std::string address = "0.0.0.0/" + std::to_string(port);
  const auto word = GENERATE("serve", "daemon_serve");
  CAPTURE(word);
  const Process server = serving(address, word);
  SECTION("its own, a daemon's too") {
    const auto all = seen(port, server);
    REQUIRE(all.size() == 1);
    CHECK(all.front().owner == Owner::trial);
    CHECK(all.front().socket == BoundSocket{"0.0.0.0", port});
    CHECK(all.front().number != 0);
    CHECK(all.front().held_by.size() == 1);
  }
  SECTION("another's, by name and pid") {
    const Process trial = serving(
        "127.0.0.1/" + std::to_string(free_port()), "serve");
    const auto all = seen(port, trial);
    REQUIRE(all.size() == 1);
    CHECK(all.front().owner == Owner::stranger);
    CHECK(all.front().program.find("python") == 0);
    const auto tree = server.tree();
    CHECK(std::count(tree.begin(), tree.end(), all.front().pid) == 1);
  }
  SECTION("nobody's") {
    CHECK(seen(free_port(), server).empty());
  }
}

TEST_CASE("Only the trial answers for the trial", "[adapters][who_answers]") {
  fakes::HttpServer other([](const std::string&) {
    return fakes::http_reply(200, "ok");
  });
  const std::string port = std::to_string(other.port());
  Tied trial(other.port(), nullptr);
  SECTION("http by path") {
    const CheckResult result = fakes::look("http /health", trial);
    CHECK(result.kind == CheckResult::Kind::infra);
    CHECK(result.failure->cause == "port-in-use");
    CHECK(result.failure->message.find(
              "(pid " + std::to_string(getpid()) + ")") != std::string::npos);
  }
  SECTION("http by a whole URL, and an answer that would be wrong") {
    CHECK(fakes::look("http http://localhost:" + port + "/ status=404", trial)
              .kind == CheckResult::Kind::infra);
  }
  SECTION("tcp") {
    CHECK(fakes::look("tcp 127.0.0.1:" + port, trial).kind ==
          CheckResult::Kind::infra);
  }
  SECTION("another port than the trial's is anybody's") {
    Tied elsewhere(free_port(), nullptr);
    CHECK(fakes::look("tcp 127.0.0.1:" + port, elsewhere).kind ==
          CheckResult::Kind::pass);
  }
}

TEST_CASE("The trial's own answer counts", "[adapters][who_answers]") {
  const std::uint16_t port = free_port();
  const auto word = GENERATE("serve", "daemon_serve");
  const Process server = serving("0.0.0.0/" + std::to_string(port), word);
  Tied trial(port, &server);
  CHECK(fakes::look("tcp 127.0.0.1:" + std::to_string(port), trial).kind ==
        CheckResult::Kind::pass);
}

}  // namespace rung::who_answers_test
