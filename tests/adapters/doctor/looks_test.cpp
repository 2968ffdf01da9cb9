#include "adapters/doctor/looks.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "adapters/doctor/backing_look.hpp"
#include "adapters/doctor/machine_state.hpp"
#include "adapters/doctor/platform_look.hpp"
#include "adapters/doctor/port_state.hpp"
#include "adapters/doctor/programs.hpp"
#include "adapters/doctor/repository_state.hpp"
#include "adapters/doctor/web_look.hpp"
#include "adapters/journal/journal_look.hpp"
#include "adapters/journal/sqlite_journal.hpp"
#include "core/base/error.hpp"
#include "tests/fakes/backing_server.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/tls_server.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::vector<CheckupRow> rows_of(const Look& look,
                                std::chrono::milliseconds at_most = 5s) {
  return look_side_by_side({look}, at_most).rows;
}

/// "fail: found" of the only row of that name.
std::string told(const std::vector<CheckupRow>& rows, std::string_view name) {
  for (const CheckupRow& row : rows) {
    if (row.name == name) {
      return std::string(to_string(row.status)) + ": " + row.found;
    }
  }
  return "no row";
}

std::string backing(const std::string& value, bool here = true,
                    std::chrono::milliseconds at_most = 3s) {
  const auto look = backing_look({"SOME_URL", value, here}, at_most);
  return look ? told(rows_of(*look), "backing service") : "no look";
}

struct Variable {
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> before_;
};

/// Answers one request at [::1] with 204.
class Ipv6Answer {
 public:
  Ipv6Answer() : listener_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    there_ = listener_ >= 0 && ::bind(listener_, raw, size) == 0 &&
             ::listen(listener_, 4) == 0 &&
             ::getsockname(listener_, raw, &size) == 0;
    port_ = ntohs(address.sin6_port);
    if (there_) thread_ = std::thread([this] { answer(); });
  }
  Ipv6Answer(const Ipv6Answer&) = delete;
  Ipv6Answer& operator=(const Ipv6Answer&) = delete;
  ~Ipv6Answer() {
    if (listener_ >= 0) ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(listener_);
  }
  [[nodiscard]] bool there() const { return there_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void answer() const {
    const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    char request[4096];
    static_cast<void>(!::recv(peer, request, sizeof request, 0));
    const std::string reply = fakes::http_reply(204, "");
    static_cast<void>(!::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL));
    ::close(peer);
  }

  int listener_;
  bool there_ = false;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::map<fs::path, fs::file_time_type> files_below(const fs::path& folder) {
  std::map<fs::path, fs::file_time_type> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    files[entry.path()] = entry.last_write_time();
  }
  return files;
}

}  // namespace

TEST_CASE("A look that hangs holds up neither the others nor the end",
          "[adapters][doctor]") {
  std::atomic<bool> ended = false;
  Look hangs;
  hangs.rows = {{"hangs", "", "", "", RowStatus::unknown},
                {"half", "", "", "", RowStatus::unknown}};
  auto release = std::make_shared<std::atomic<bool>>(false);
  hangs.look = [release, &ended](LookRows& rows) {
    rows.tell(1, fine("early"));
    while (!*release) std::this_thread::sleep_for(5ms);
    rows.tell(0, fine("late"));
    ended = true;
  };
  Look throws;
  throws.rows = {{"throws", "", "", "", RowStatus::unknown}};
  throws.look = [](LookRows&) { throw PlatformError("it broke"); };
  const auto began = std::chrono::steady_clock::now();
  const LookedAt seen = look_side_by_side({hangs, throws}, 300ms);
  CHECK(std::chrono::steady_clock::now() - began < 2s);
  CHECK(seen.some_hang);
  CHECK(told(seen.rows, "hangs") == "unknown: no answer within 0.3 s");
  CHECK(told(seen.rows, "half") == "ok: early");
  CHECK(told(seen.rows, "throws") == "unknown: it broke");
  *release = true;
  while (!ended) std::this_thread::sleep_for(1ms);
}

TEST_CASE("Backing services are logged in to, and no value is shown",
          "[adapters][doctor]") {
  CHECK(backing("plain") == "no look");
  CHECK(backing("https://shop.example") == "no look");
  const std::uint16_t closed = fakes::free_port();
  const std::string nobody = "127.0.0.1:" + std::to_string(closed);
  CHECK_THAT(backing("postgres://u:topsecret@" + nobody + "/db"),
             Catch::StartsWith("fail: ") && !Catch::Contains("topsecret"));
  CHECK_THAT(backing("redis://" + nobody), Catch::StartsWith("fail: "));
  // As other libraries than libpq and hiredis write it.
  for (const char* url : {"psql://u:p@", "postgresql+asyncpg://u:p@"}) {
    CHECK(backing(url + nobody + "/db?schema=public&connection_limit=5") ==
          "fail: postgres $SOME_URL: no server accepts the connection");
  }
  CHECK(backing("valkey://" + nobody) ==
        "fail: redis $SOME_URL: connections are refused");
  CHECK(backing("mongodb+srv://" + nobody) == "no look");
  CHECK_THAT(backing("mysql://u:topsecret@" + nobody + "/x"),
             Catch::StartsWith("fail: ") && !Catch::Contains("topsecret"));
  CHECK_THAT(backing("redis://" + nobody, false),
             Catch::StartsWith("unknown: from this machine"));
  fakes::HttpServer silent([](const auto&) { return fakes::HttpServer::kHang; });
  const std::string mute = "127.0.0.1:" + std::to_string(silent.port());
  CHECK(backing("amqp://" + mute) ==
        "ok: accepts connections; rung has no login for AMQP");
  // It accepts and says nothing.
  CHECK_THAT(backing("postgres://u@" + mute + "/db", true, 300ms),
             Catch::StartsWith("fail: "));
  CHECK_THAT(backing("redis://" + mute, true, 300ms),
             Catch::StartsWith("fail: "));
  CHECK_THAT(backing("mysql://a,b,c:x"), Catch::StartsWith("unknown: "));
}

TEST_CASE("A real PostgreSQL and a real Redis accept or refuse the login",
          "[adapters][doctor]") {
  if (auto* server = fakes::PostgresServer::shared()) {
    CHECK(backing(server->url()) == "ok: PostgreSQL accepts the login");
    CHECK_THAT(backing(server->url("wrong-one")),
               Catch::StartsWith("fail: ") && !Catch::Contains("wrong-one"));
  }
  if (auto* server = fakes::RedisServer::shared()) {
    const std::string at = "@127.0.0.1:" + std::to_string(server->port());
    CHECK(backing("redis://:pa%3Ass" + at) == "ok: Redis accepts the login");
    CHECK_THAT(backing("redis://:wrong-one" + at, false),
               Catch::StartsWith("fail: ") && !Catch::Contains("wrong-one"));
  }
}

TEST_CASE("A URL is asked with HEAD for its origin, within its time",
          "[adapters][doctor]") {
  CHECK(origin_of("https://u:p@h.example:8443/a?token=x") ==
        "https://h.example:8443/");
  CHECK(origin_of("ftp://h") == "");
  CHECK(origin_of("") == "");
  int status = 200;
  fakes::HttpServer server([&](const std::string&) {
    return fakes::http_reply(status, "x",
                             "Date: Tue, 01 Jan 2019 00:00:00 GMT\r\n");
  });
  WebPlace place{"$API_URL", server.url() + "/"};
  CHECK(told(rows_of(web_look(place, 3s)), "http") == "ok: 200");
  CHECK_THAT(server.requests().at(0), Catch::StartsWith("HEAD / HTTP/1.1\r\n"));
  status = 500;
  CHECK(told(rows_of(web_look(place, 3s)), "http") == "fail: 500");
  place.used_here = false;
  CHECK_THAT(told(rows_of(web_look(place, 3s)), "http"),
             Catch::StartsWith("unknown: from this machine: 500"));
  place.used_here = true;
  status = 404;
  place.expected.statuses = {200};
  place.get = true;
  CHECK(told(rows_of(web_look(place, 3s)), "http") == "fail: 404");
  fakes::HttpServer mute([](const auto&) { return fakes::HttpServer::kHang; });
  const auto began = std::chrono::steady_clock::now();
  CHECK(told(rows_of(web_look({"x", mute.url()}, 300ms)), "http") ==
        "fail: no answer");
  CHECK(std::chrono::steady_clock::now() - began < 3s);
}

TEST_CASE("A URL whose host is an IPv6 address is asked",
          "[adapters][doctor]") {
  const auto asked = [](std::uint16_t port) {
    return told(
        rows_of(web_look({"x", "http://[::1]:" + std::to_string(port)}, 3s)),
        "http");
  };
  CHECK(asked(fakes::free_port()) == "fail: connection refused or unreachable");
  const Ipv6Answer server;
  if (server.there()) CHECK(asked(server.port()) == "ok: 204");
}

TEST_CASE("A URL is asked with the headers of its gate", "[adapters][doctor]") {
  fakes::HttpServer server(
      [](const auto&) { return fakes::http_reply(200, ""); });
  WebPlace place{"x", server.url() + "/"};
  place.headers = {{"X-Empty", ""}, {"X-Key", "a"}};
  CHECK(told(rows_of(web_look(place, 3s)), "http") == "ok: 200");
  CHECK_THAT(server.requests().at(0), Catch::Contains("\r\nX-Empty:\r\n") &&
                                          Catch::Contains("\r\nX-Key: a\r\n"));
  place.headers = {{"X-Key", "a\r\nHost: other"}};
  CHECK(told(rows_of(web_look(place, 3s)), "http") ==
        "fail: the header X-Key has a line break");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("The proxy of the environment is asked, too", "[adapters][doctor]") {
  fakes::HttpServer proxy([](const std::string&) {
    return fakes::http_reply(200, "",
                             "Date: Tue, 01 Jan 2019 00:00:00 GMT\r\n");
  });
  const Variable http_proxy("http_proxy", proxy.url());
  // The top-level domain "invalid" exists nowhere: RFC 2606.
  const LookedAt seen = look_side_by_side(
      {web_look({"shop", "http://shop.invalid/"}, 2s)}, 5s);
  CHECK_THAT(told(seen.rows, "http"),
             Catch::StartsWith("ok: 200 through $http_proxy, directly "));
  CHECK_THAT(told(seen.rows, "dns"), Catch::StartsWith("unknown: directly: "));
  REQUIRE(seen.dates.size() == 1);
  CHECK(judged_clock(seen.dates).status == RowStatus::fail);
  const Variable none("no_proxy", "shop.invalid");
  const auto rows = rows_of(web_look({"shop", "http://shop.invalid/"}, 2s));
  CHECK_THAT(told(rows, "dns"), Catch::StartsWith("fail: "));
  CHECK(told(rows, "http") ==
        "unknown: not asked: the name does not resolve");
}

TEST_CASE("A certificate is judged by its chain and its days",
          "[adapters][doctor]") {
  const auto tls = [](int from, int to, bool trusted, const char* names) {
    fakes::TlsServer server(names, from, to);
    std::optional<Variable> trust;
    if (trusted) {
      trust.emplace("SSL_CERT_FILE", server.certificate_file().string());
    }
    return told(rows_of(web_look({"x", "https://127.0.0.1:" + server.port()},
                                 2s)),
                "tls");
  };
  CHECK_THAT(tls(-1, 30, true, "IP:127.0.0.1"),
             Catch::StartsWith("ok: valid for "));
  CHECK_THAT(tls(-1, 3, true, "IP:127.0.0.1"),
             Catch::StartsWith("fail: valid for "));
  CHECK_THAT(tls(-9, -2, true, "IP:127.0.0.1"), Catch::Contains("expired"));
  CHECK_THAT(tls(-1, 30, false, "IP:127.0.0.1"), Catch::StartsWith("fail: "));
  CHECK_THAT(tls(-1, 30, true, "DNS:other.example"),
             Catch::StartsWith("fail: "));
}

TEST_CASE("Platforms say whether they may be used", "[adapters][doctor]") {
  Target target;
  target.name = "production";
  const auto platform = [&] {
    return told(rows_of(platform_look(target, 2s)), "platform");
  };
  target.adapter = "render";
  int status = 200;
  fakes::HttpServer api([&](const std::string&) {
    return fakes::http_reply(
        status, status == 200 ? R"({"id":"srv-1","name":"web"})" : "{}");
  });
  target.options = {{"service", "srv-1"},
                    {"token_env", "DOCTOR_TEST_KEY"},
                    {"base_url", api.url()}};
  CHECK(platform() == "fail: $DOCTOR_TEST_KEY is not set");
  const Variable key("DOCTOR_TEST_KEY", "rnd_abcdefghij");
  CHECK(platform() == "ok: service web (srv-1)");
  status = 401;
  CHECK_THAT(platform(), Catch::StartsWith("fail: ") &&
                             !Catch::Contains("rnd_abcdefghij"));
  target.options.erase("service");
  CHECK_THAT(platform(), Catch::StartsWith("fail: "));

  target.adapter = "cloudrun";
  target.options = {{"project", "p"}, {"region", "r"}, {"service", "web"},
                    {"base_url", api.url()}};
  {
    const Variable nobody("GCE_METADATA_HOST",
                          "127.0.0.1:" + std::to_string(fakes::free_port()));
    CHECK_THAT(platform(),
               Catch::StartsWith("fail: neither $GOOGLE_OAUTH_ACCESS_TOKEN"));
  }
  const Variable token("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.topsecret");
  status = 404;
  CHECK(platform() == "fail: project p has no service web in r");
  status = 200;
  CHECK(platform() == "ok: service web in r");

  target.adapter = "docker";
  target.options = {{"socket", "/nowhere/docker.sock"}};
  CHECK_THAT(platform(), Catch::StartsWith("fail: "));
}

TEST_CASE("A port is free or held by somebody with a name",
          "[adapters][doctor]") {
  const std::uint16_t port = fakes::free_port();
  CHECK(judged_port(port, 0).status == RowStatus::ok);
  const fakes::HttpServer server([](const auto&) { return ""; }, port);
  const Judged held = judged_port(port, 0);
  CHECK(held.status == RowStatus::fail);
  CHECK_THAT(held.found,
             Catch::Contains("pid " + std::to_string(::getpid())));
}

TEST_CASE("Programs are found as a trial finds them", "[adapters][doctor]") {
  const fakes::TempFolder folder;
  fs::create_directories(folder.path() / "bin");
  std::ofstream(folder.path() / "bin" / "tool") << "#!/bin/sh\n";
  const std::string path = "relative:" + (folder.path() / "bin").string();
  CHECK(program_in(path, "tool", "").empty());  // not executable
  fs::permissions(folder.path() / "bin" / "tool", fs::perms::owner_all);
  CHECK(program_in(path, "tool", "") == folder.path() / "bin" / "tool");
  CHECK(program_in(path, "tool", folder.path()).empty());
  CHECK(program_in("", "tool", "").empty());
  CHECK_FALSE(program_version("/usr/bin/git", "/", 10s).empty());
  CHECK(program_version(folder.path() / "bin" / "tool", "/", 10s) == "");

  const fs::path npm = folder.path() / "bin" / "npm";
  std::ofstream{npm};
  const auto npm_says = [&](const std::string& package) {
    std::ofstream(folder.path() / "package.json") << package;
    return program_version(npm, "/", 10s);
  };
  CHECK(npm_says(R"({"name": "npm", "version": "9.2.0"})") == "9.2.0");
  const std::string deep =
      std::string(500'000, '[') + std::string(500'000, ']');
  CHECK(npm_says(R"({"version": "9.2.0", "name": )" + deep + "}") == "");
}

TEST_CASE("A journal is looked at without a trace", "[adapters][doctor]") {
  const fakes::TempFolder folder;
  CHECK_FALSE(look_at_journal(folder.path()).is_there);
  SqliteJournal::open(folder.path())->begin_run({});
  const fs::path database = folder.path() / ".rung" / "journal.db";
  const auto before = files_below(folder.path());
  JournalLook look = look_at_journal(folder.path());
  CHECK(look.is_there);
  CHECK(look.problem == "");
  CHECK(look.found == "1 run, 0 probes, 0 known goods");
  CHECK(look.key_problem == "");
  CHECK(files_below(folder.path()) == before);
  {
    // While another rung has it open.
    const auto open = SqliteJournal::open(folder.path());
    RunRecord run;
    run.run = "second";
    open->begin_run(run);
    CHECK(look_at_journal(folder.path()).found ==
          "2 runs, 0 probes, 0 known goods");
  }
  std::ofstream(folder.path() / ".rung" / "key") << std::string(32, 'x');
  CHECK_THAT(look_at_journal(folder.path()).key_problem,
             Catch::Contains("not the one"));
  fs::remove(folder.path() / ".rung" / "key");
  CHECK(look_at_journal(folder.path()).key_problem == "it is missing");
  fs::resize_file(database, 5000);
  CHECK_FALSE(look_at_journal(folder.path()).problem.empty());
  std::ofstream(database, std::ios::trunc) << std::string(9000, 'x');
  CHECK_THAT(look_at_journal(folder.path()).problem,
             Catch::Contains("not a database"));
  fs::remove(database);
  fs::create_symlink("/dev/zero", database);
  CHECK_FALSE(look_at_journal(folder.path()).problem.empty());
}

TEST_CASE("This machine has figures", "[adapters][doctor]") {
  const auto space = disk_space("/no/such/folder/yet");
  REQUIRE(space);
  CHECK(space->all_bytes > 0);
  CHECK(memory_space().all > 0);
  CHECK_THROWS_AS(repository_state("/proc"), HistoryError);
}

}  // namespace rung
