#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/diagnosis/carrier.hpp"
#include "core/diagnosis/diagnosis.hpp"

namespace rung::carrier_test {
namespace {

using nlohmann::json;

/// A log as one tool or platform hands it on.
struct Carrier {
  const char* name;
  std::function<std::string(const std::string& line, int second)> wrap;
};

std::string at(int second) {
  return fmt::format("2026-01-02T03:{:02}:{:02}.123Z", second / 60 % 60,
                     second % 60);
}

const std::vector<Carrier>& carriers() {
  static const std::vector<Carrier> all = {
      {"docker's json-file",
       [](const std::string& line, int second) {
         return json{
             {"log", line + "\n"}, {"stream", "stderr"}, {"time", at(second)}}
             .dump();
       }},
      {"Cloud Logging, text",
       [](const std::string& line, int second) {
         return json{{"textPayload", line},
                     {"severity", "DEFAULT"},
                     {"timestamp", at(second)},
                     {"resource", {{"type", "cloud_run_revision"}}}}
             .dump();
       }},
      {"Cloud Logging, JSON",
       [](const std::string& line, int second) {
         return json{{"jsonPayload", {{"message", line}}},
                     {"timestamp", at(second)}}
             .dump();
       }},
      {"pino",
       [](const std::string& line, int second) {
         return json{{"level", 50},
                     {"time", 1700000000000 + second},
                     {"pid", 1},
                     {"msg", line}}
             .dump();
       }},
      {"Railway",
       [](const std::string& line, int second) {
         return json{{"message", line},
                     {"attributes", {{"level", "error"}}},
                     {"timestamp", at(second)}}
             .dump();
       }},
      {"journalctl -o json",
       [](const std::string& line, int) {
         return json{{"MESSAGE", line}, {"_PID", "12"}}.dump();
       }},
      {"logfmt",
       [](const std::string& line, int second) {
         return fmt::format("time={} level=error msg={}", at(second),
                            json(line).dump());
       }},
      {"CRI", [](const std::string& line,
                 int second) { return at(second) + " stderr F " + line; }},
      {"kubectl --prefix",
       [](const std::string& line, int) {
         return "[pod/web-7d9f8b6c5-x2x4z/app] " + line;
       }},
      {"stern", [](const std::string& line,
                   int) { return "web-7d9f8b6c5-x2x4z app " + line; }},
      {"journalctl -o short-iso",
       [](const std::string& line, int second) {
         return fmt::format("2026-01-02T03:{:02}:{:02}+0000 host app[12]: {}",
                            second / 60 % 60, second % 60, line);
       }},
      {"Google's console",
       [](const std::string& line, int second) {
         return fmt::format("DEFAULT {} {}", at(second), line);
       }},
      {"Azure App Service",
       [](const std::string& line, int second) {
         return fmt::format("{} ERROR - {}", at(second), line);
       }},
      {"docker service logs",
       [](const std::string& line, int) {
         return "shop_web.1.x2k4z9@node-3    | " + line;
       }},
      {"Coolify",
       [](const std::string& line, int second) {
         return fmt::format("[2026-Jan-02 03:{:02}:{:02}.678901] {}",
                            second / 60 % 60, second % 60, line);
       }},
      {"Netlify",
       [](const std::string& line, int second) {
         return fmt::format("3:{:02}:{:02} AM: {}", second / 60 % 60,
                            second % 60, line);
       }},
      {"Cloud Foundry",
       [](const std::string& line, int second) {
         return fmt::format("{} [APP/PROC/WEB/0] ERR {}", at(second), line);
       }},
      {"capistrano",
       [](const std::string& line, int) { return "INFO [1f2e3d4c] " + line; }},
      {"Turborepo",
       [](const std::string& line, int) { return "@shop/web:build: " + line; }},
  };
  return all;
}

std::string wrapped(const std::string& log, const Carrier& carrier) {
  std::istringstream in(log);
  std::string out, line;
  for (int second = 0; std::getline(in, line); ++second) {
    out += carrier.wrap(line, second) + "\n";
  }
  return out;
}

std::string told(const Diagnosis& diagnosis) {
  return fmt::format("{}/{}/{}/{}",
                     diagnosis.stage ? to_string(*diagnosis.stage) : "none",
                     diagnosis.cause, diagnosis.evidence, diagnosis.line);
}

const char* const kLogs[] = {
    "Traceback (most recent call last):\n"
    "  File \"/app/main.py\", line 3, in <module>\n"
    "    import flask\n"
    "ModuleNotFoundError: No module named 'flask'\n",
    "> shop@1.0.0 start\n"
    "> node server.js\n"
    "Error: listen EADDRINUSE: address already in use :::3000\n",
    "pydantic_core._pydantic_core.ValidationError: 1 validation error for "
    "Settings\n"
    "database_url\n"
    "  Field required [type=missing, input_value={}, input_type=dict]\n",
    "sh: 1: gunicorn: not found\n",
    "Server listening on http://0.0.0.0:8080\n"
    "GET /health 200\n",
    "psycopg2.OperationalError: could not connect to server: Connection "
    "refused\n"
    "\tIs the server running on host \"db\" (10.0.0.5) and accepting\n",
};

}  // namespace

TEST_CASE("A log is diagnosed as if no tool had wrapped it",
          "[core][diagnosis][carrier]") {
  for (const char* log : kLogs) {
    const std::string plain = told(diagnose(log));
    for (const Carrier& carrier : carriers()) {
      CAPTURE(carrier.name);
      CHECK(told(diagnose(wrapped(log, carrier))) == plain);
    }
    json array = json::array();
    std::istringstream in(log);
    int second = 0;
    for (std::string line; std::getline(in, line); ++second) {
      array.push_back({{"textPayload", line}, {"timestamp", at(second)}});
    }
    CHECK(told(diagnose(array.dump(2))) == plain);
    // Newest first, as Google's tools list them.
    std::reverse(array.begin(), array.end());
    if (array.size() > 3) CHECK(told(diagnose(array.dump())) == plain);
    CHECK(told(diagnose(json(log).dump())) == plain);
  }
}

TEST_CASE("An error inside a record is read with its message",
          "[core][diagnosis][carrier]") {
  const auto message = [](const char* line) {
    const auto found = carried(line);
    return found ? found->message : "(none)";
  };
  CHECK(message(R"({"level":50,"msg":"start failed","err":{"type":"Error",)"
                R"("message":"no DB","stack":"Error: no DB\n  at a.js:1"}})") ==
        "start failed\nError: no DB\n  at a.js:1");
  CHECK(message(
            R"({"level":"error","msg":"ping","error":"dial tcp: refused"})") ==
        "ping\ndial tcp: refused");
  CHECK(message(R"({"message":"x","exception":"Traceback\nKeyError: 'A'"})") ==
        "x\nTraceback\nKeyError: 'A'");
  CHECK(message(R"({"errorType":"KeyError","errorMessage":"'A'",)"
                R"("stackTrace":["f1","f2"]})") == "KeyError: 'A'\nf1\nf2\n");
  CHECK(
      message(
          R"({"protoPayload":{"status":{"code":9,"message":"not ready"}}})") ==
      "not ready");
  CHECK(message(
            R"({"@t":"2026-01-01","@m":"Boot","@x":"System.Exception: a"})") ==
        "Boot\nSystem.Exception: a");
  // The message already holds the error.
  CHECK(message(R"({"msg":"failed: refused","error":"refused"})") ==
        "failed: refused");
  CHECK(message(R"(level=error msg="cannot start" err="no such table")") ==
        "cannot start: no such table");
  CHECK(message(R"(ts=1 level=info msg=started port=80)") == "started");
  // A record that is printed over several lines.
  CHECK(message(R"("textPayload": "no \"till\"",)") == "no \"till\"");
  CHECK(message(R"(errorMessage: "no till")") == "no till");
}

TEST_CASE("A long record is read whole", "[core][diagnosis][carrier]") {
  const json record = {
      {"stack", "ModuleNotFoundError: No module named 'flask'"},
      {"context", std::string(40'000, 'x')},
      {"msg", "boot"}};
  CHECK(diagnose(record.dump() + "\n").cause == "missing-module");
}

TEST_CASE("Lines that are no record stay as they are",
          "[core][diagnosis][carrier]") {
  for (const char* line :
       {"", "{", "{}", "{\"a\": 1}", "[1, 2]", "PORT=3000 node server.js",
        "error: level=5 is not a level", "set level=debug to see more",
        "{not json}", "{\"msg\": 5}", "{\"message\": \"\"}",
        "level=info without=\"an end", "\"message\": 5,", "message: \"\"",
        "the message: \"hello\"", "\"msg\": \"open", "\"name\": \"web\","}) {
    CAPTURE(line);
    CHECK_FALSE(carried(line));
  }
  for (const char* text : {"", "  ", "[]", "[1]", "\"open", "[not json]",
                           "\"two\"\n\"strings\"", "[{\"a\": 1}]"}) {
    CAPTURE(text);
    CHECK_FALSE(log_in_json(text));
  }
  CHECK_FALSE(carried(std::string(100'000, '{') + "}"));
  CHECK_FALSE(log_in_json(std::string(100'000, '[') + "]"));
}

}  // namespace rung::carrier_test
