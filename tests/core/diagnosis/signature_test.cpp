#include <catch2/catch.hpp>
#include <string>

#include "core/diagnosis/diagnosis.hpp"

#include "core/diagnosis/signature.hpp"

namespace rung::signature_test {
namespace {

std::string of(std::string_view message) {
  return signature(Stage::start, "app-exception", message);
}

}  // namespace

TEST_CASE("What differs from one probe to the next is not in a signature",
          "[core][signature]") {
  struct Pair {
    const char *one, *other;
  };
  const auto p = GENERATE(values<Pair>({
      {"2026-01-02T03:04:05.678Z died", "2027-11-12T13:14:15.1Z died"},
      {"[2026-01-02 03:04:05 +0000] [7] [ERROR] x",
       "[2026-01-02 03:04:09 +0000] [8] [ERROR] x"},
      {"at 03:04:05 died", "at 13:14:15,678 died"},
      {"Mon, 02 Jan 2026 03:04:05 GMT x", "Tue, 03 Jan 2026 03:04:06 GMT x"},
      {"request 6f1ed002-ab5f-4b1d-8e6a-0f3f4d5e6f70 failed",
       "request 00000000-1111-4222-8333-444444444444 failed"},
      {"connect ECONNREFUSED 127.0.0.1:45123",
       "connect ECONNREFUSED 127.0.0.1:51999"},
      {"cannot reach 10.1.2.3:5432", "cannot reach 172.16.0.9:5432"},
      {"cannot reach [fd00::12]:5432", "cannot reach [fe80::1:2]:5432"},
      {"object at 0x7f12ab34cd56", "object at 0x55e0aa11"},
      {"process 123 died", "process 99 died"},
      {"worker (pid: 12) died", "worker (pid: 3456) died"},
      {"gunicorn[12]: x", "gunicorn[99]: x"},
      {"took 12ms", "took 1.5s"},
      {"used 512 MiB", "used 498 MiB"},
      {"File \"app.py\", line 12, in f", "File \"app.py\", line 14, in f"},
      {"server.js:12:7: oops", "server.js:15:9: oops"},
      {"src/a.ts(1,2): error", "src/a.ts(31,12): error"},
      {"in /tmp/rung-abc123/work", "in /tmp/rung-zz9/work"},
      {"commit 1a2b3c4d5e6f is bad", "commit deadbeef00 is bad"},
      {"image sha256:0123456789abcdef", "image sha256:fedcba9876543210"},
      {"attempt 1 of 5 failed", "attempt 3 of 5 failed"},
      {"id 1234567890", "id 9876543210"},
      {"a   b", "a b"},
      {"x\n", "x"},
      {"\x1b[31mred\x1b[0m", "red"},
  }));
  CAPTURE(p.one, p.other);
  CHECK(of(p.one) == of(p.other));
}

TEST_CASE("What names the failure stays in its signature",
          "[core][signature]") {
  struct Pair {
    const char *one, *other;
  };
  const auto p = GENERATE(values<Pair>({
      {"No module named 'flask'", "No module named 'django'"},
      {"KeyError: 'DATABASE_URL'", "KeyError: 'REDIS_URL'"},
      {"bound to 3000", "bound to 8080"},
      {"connect ECONNREFUSED db:5432", "connect ECONNREFUSED db:6379"},
      {"getaddrinfo ENOTFOUND db1", "getaddrinfo ENOTFOUND db2"},
      {"libpq.so.5: cannot open", "libssl.so.3: cannot open"},
      {"version `GLIBC_2.34' not found", "version `GLIBC_2.38' not found"},
      {"statuscode: 404", "statuscode: 503"},
      {"exited with code 1", "exited with code 137"},
      {"requires Python 3.11", "requires Python 3.12"},
      {"app.py broke", "main.py broke"},
      {"cannot open /etc/app/a.conf", "cannot open /etc/app/b.conf"},
      {"SIGKILL", "SIGTERM"},
      {"std::bad_alloc", "std::logic_error"},
  }));
  CAPTURE(p.one, p.other);
  CHECK(of(p.one) != of(p.other));
}

TEST_CASE("Stage and cause are part of a signature", "[core][signature]") {
  CHECK(signature(Stage::listen, "wrong-port", "bound to 3000") ==
        "listen/wrong-port/bound to 3000");
  CHECK(signature(Stage::start, "a", "x") != signature(Stage::soak, "a", "x"));
  CHECK(signature(Stage::start, "a", "x") != signature(Stage::start, "b", "x"));
}

TEST_CASE("A signature is one line of bounded length", "[core][signature]") {
  using namespace std::string_literals;
  CHECK(of("\none\r\n\ntwo\0three\t\n"s) == of("one two three"));
  // Words: a text without a blank would be replaced as a whole.
  std::string message;
  while (message.size() < 1 << 20) message += "words without an end\n";
  const auto found = of(message);
  CHECK(found.size() > 300);
  CHECK(found.size() < 500);
  CHECK(found.find('\n') == std::string::npos);
}

}  // namespace rung::signature_test
