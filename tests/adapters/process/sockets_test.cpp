#include "adapters/process/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "adapters/process/process.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::sockets_test {
namespace {

using namespace std::chrono_literals;

/// A server, two processes below the one that was started, that listens on
/// each "ADDRESS/PORT".
Process serve(std::vector<std::string> addresses,
              const std::string& word = "serve") {
  ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c",      "\"$@\" & wait; :",
               "sh",      "python3", RUNG_SOURCE_DIR "/tests/process_zoo.py",
               word};
  spec.argv.insert(spec.argv.end(), addresses.begin(), addresses.end());
  spec.env["PATH"] = "/usr/bin:/bin";
  Process process = Process::start(spec);
  while (process.log().find("ready") == std::string::npos) {
    INFO(process.log());
    REQUIRE(process.wait(20s));
  }
  return process;
}

std::vector<BoundSocket> sockets_of(const Process& process) {
  return listening_sockets(process.tree());
}

bool have_ipv6() {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool can = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address),
                                   sizeof address) == 0;
  if (fd >= 0) close(fd);
  return can;
}

}  // namespace

TEST_CASE("The sockets that a tree of processes listens on are found",
          "[adapters][process_sockets]") {
  const std::uint16_t a = free_port(), b = free_port(), c = free_port();
  const auto at = [](const char* address, std::uint16_t port) {
    return std::string(address) + "/" + std::to_string(port);
  };
  SECTION("nothing is bound") {
    CHECK(sockets_of(serve({})).empty());
  }
  SECTION("this machine only") {
    CHECK(sockets_of(serve({at("127.0.0.1", a)})) ==
          std::vector<BoundSocket>{{"127.0.0.1", a}});
  }
  SECTION("every address, and ports that nobody asked for") {
    CHECK(sockets_of(serve(
              {at("0.0.0.0", a), at("0.0.0.0", c), at("127.0.0.1", b)})) ==
          std::vector<BoundSocket>{
              {"0.0.0.0", a}, {"0.0.0.0", c}, {"127.0.0.1", b}});
  }
  SECTION("a daemon's count too") {
    CHECK(sockets_of(serve({at("0.0.0.0", a)}, "daemon_serve")) ==
          std::vector<BoundSocket>{{"0.0.0.0", a}});
  }
  SECTION("IPv6, and IPv4 in its clothes") {
    if (!have_ipv6()) {
      fakes::skipped("this machine has no IPv6");
      return;
    }
    CHECK(sockets_of(
              serve({at("::", a), at("::1", b), at("::ffff:127.0.0.1", c)})) ==
          std::vector<BoundSocket>{{"127.0.0.1", c}, {"::", a}, {"::1", b}});
  }
}

TEST_CASE("A program in another network namespace is read there",
          "[adapters][process_sockets]") {
  const std::uint16_t port = free_port();
  ProcessSpec spec;
  spec.argv = {"unshare", "--net",
               "python3", RUNG_SOURCE_DIR "/tests/process_zoo.py",
               "serve",   "0.0.0.0/" + std::to_string(port)};
  spec.env["PATH"] = "/usr/bin:/bin";
  Process process = Process::start(spec);
  while (process.log().find("ready") == std::string::npos) {
    if (process.exited()) {
      fakes::skipped("unshare is not allowed here");
      return;
    }
    process.wait(20s);
  }
  CHECK(sockets_of(process) == std::vector<BoundSocket>{{"0.0.0.0", port}});
  CHECK(port_free(port));
}

TEST_CASE("A process that has vanished has no sockets, and is no error",
          "[adapters][process_sockets]") {
  const std::uint16_t port = free_port();
  Process process = serve({"127.0.0.1/" + std::to_string(port)});
  std::vector<pid_t> pids = process.tree();
  pids.push_back(0x3fffffff);  // above any pid
  CHECK(listening_sockets(pids).size() == 1);
  process.stop();
  CHECK(listening_sockets(pids).empty());
  CHECK(listening_sockets({}).empty());
}

TEST_CASE("Reading the sockets of a tree takes well under a millisecond",
          "[adapters][process_sockets]") {
  Process process = serve({"127.0.0.1/" + std::to_string(free_port())});
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(sockets_of(process).size() == 1);
    best = std::min(best, std::chrono::steady_clock::now() - begin);
  }
  CHECK(best < 1ms);
}

TEST_CASE("A free port is free, and never given twice",
          "[adapters][process_sockets]") {
  std::set<std::uint16_t> given;
  for (int i = 0; i < 500; ++i) {
    const std::uint16_t port = free_port();
    CHECK(given.insert(port).second);
    CHECK(port_free(port));
  }
}

TEST_CASE("Who holds a port is named", "[adapters][process_sockets]") {
  const auto address = GENERATE("127.0.0.1", "0.0.0.0", "::1", "::");
  if (*address == ':' && !have_ipv6()) {
    fakes::skipped("this machine has no IPv6");
    return;
  }
  CAPTURE(address);
  const std::uint16_t port = free_port();
  CHECK_FALSE(port_holder(port));
  CHECK(describe_port_in_use(port) ==
        "port " + std::to_string(port) + " is in use");
  Process process = serve({std::string(address) + "/" + std::to_string(port)});
  CHECK_FALSE(port_free(port));
  const auto holder = port_holder(port);
  REQUIRE(holder);
  CHECK(holder->command == "python3");
  const auto tree = process.tree();
  CHECK(std::find(tree.begin(), tree.end(), holder->pid) != tree.end());
  CHECK(describe_port_in_use(port) == "port " + std::to_string(port) +
                                          " is in use by python3 (pid " +
                                          std::to_string(holder->pid) + ")");
  process.stop();
  CHECK(port_free(port));
}

TEST_CASE("Connections that linger do not make a port taken",
          "[adapters][process_sockets]") {
  // The side that closes first keeps the connection in TIME_WAIT: ours.
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::uint16_t port = free_port();
  address.sin_port = htons(port);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(server, name, sizeof address) == 0);
  REQUIRE(listen(server, 1) == 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(connect(client, name, sizeof address) == 0);
  const int accepted = accept(server, nullptr, nullptr);
  REQUIRE(accepted >= 0);
  CHECK_FALSE(port_free(port));
  close(accepted);
  char byte;
  CHECK(read(client, &byte, 1) == 0);
  close(client);
  close(server);
  CHECK(port_free(port));
}

}  // namespace rung::sockets_test
