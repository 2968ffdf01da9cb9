#include "core/diagnosis/diagnosis.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "core/base/error.hpp"
#include "core/diagnosis/explain.hpp"
#include "tests/core/diagnosis/diagnosis_families.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::diagnosis_test {
namespace {

std::string stage_word(const Diagnosis& diagnosis) {
  return diagnosis.stage ? std::string(to_string(*diagnosis.stage)) : "none";
}

std::string lower(std::string text) {
  for (auto& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

TEST_CASE("Every family of messages is recognised", "[core][diagnosis]") {
  for (const auto& family : kMessageFamilies) {
    CAPTURE(family.log);
    const auto diagnosis = diagnose(family.log);
    CHECK(diagnosis.cause == family.cause);
    CHECK(diagnosis.evidence.find(family.evidence) != std::string::npos);
    CHECK(diagnosis.stage.has_value() == (diagnosis.cause != "none"));
  }
}

TEST_CASE("The cause wins over what follows from it", "[core][diagnosis]") {
  struct Case {
    const char *log, *stage, *cause, *evidence;
  };
  const auto c = GENERATE(values<Case>({
      {"ModuleNotFoundError: No module named 'flask'\n"
       "==> No open ports detected, continuing to scan...\n"
       "==> Exited with status 1\n",
       "start", "missing-module", "flask"},
      {"Error during migration run:\nError: getaddrinfo EAI_AGAIN db\n",
       "start", "dns-failure", "db"},
      {"  Warning  Unhealthy  9s  kubelet  Readiness probe failed: Get "
       "\"http://10.0.0.1/\": dial tcp 10.0.0.1:80: connect: connection "
       "refused\n"
       "Error: DATABASE_URL environment variable is not set\n",
       "start", "missing-env-var", "DATABASE_URL"},
      {"-----> Building on the Heroku-22 stack\n"
       "could not connect to server: Connection refused\n"
       " !     Push rejected, failed to compile Ruby app.\n",
       "build", "db-unreachable",
       "could not connect to server: Connection refused"},
      {"==> Running release command\n"
       "django.db.utils.OperationalError: FATAL:  password authentication "
       "failed for user \"app\"\n"
       "release command failed\n",
       "release", "db-auth-failed", "app"},
      {"daemon: ports are not\navailable: exposing\nport TCP\n"
       "0.0.0.0:8081 ->\n127.0.0.1:0\n",
       "listen", "port-in-use", "8081"},
      {"  Normal   Pulled  9s  kubelet  Container image \"a\" already "
       "present on machine\n"
       "  Warning  Failed  9s (x2 over 12s)  kubelet  Error: configmap "
       "\"settings\" not found\n",
       "release", "missing-secret", "settings"},
      {"heroku[web.1]: State changed from starting to up\n"
       "app[web.1]: TypeError: x is not a function\n"
       "heroku[web.1]: State changed from up to crashed\n",
       "soak", "app-exception", "x"},
  }));
  CAPTURE(c.log);
  const auto diagnosis = diagnose(c.log);
  CHECK(stage_word(diagnosis) == c.stage);
  CHECK(diagnosis.cause == c.cause);
  CHECK(diagnosis.evidence == c.evidence);
}

TEST_CASE("A deploy that went well is left alone", "[core][diagnosis]") {
  const auto log = GENERATE(values<std::string>({
      "",
      "hello\n",
      "npm warn deprecated foo@1: error prone\n==> Your service is live\n",
      "src/a.ts(1,2): error TS2339: no\n==> Build successful\n"
      "==> Your service is live\n",
      "==> Your service is live\n"
      "127.0.0.1 - - \"HEAD / HTTP/1.1\" 404 0\n",
  }));
  CAPTURE(log);
  const auto diagnosis = diagnose(log);
  CHECK_FALSE(diagnosis.stage.has_value());
  CHECK(diagnosis.cause == "none");
}

TEST_CASE("A stage that is known from elsewhere is believed",
          "[core][diagnosis]") {
  CHECK(diagnose("", Stage::build).stage == Stage::build);
  CHECK(diagnose("", Stage::build).cause == "unknown");
  CHECK(diagnose("Error: Cannot find module 'x'", Stage::build).stage ==
        Stage::build);
  CHECK(diagnose("EADDRINUSE: address already in use :::80", Stage::start)
            .stage == Stage::listen);
}

TEST_CASE("Prefixes, colours and order do not matter", "[core][diagnosis]") {
  constexpr const char* kLine = "Error: Cannot find module 'express'";
  const std::string line(kLine);
  const auto log = GENERATE_COPY(values<std::string>({
      "remote:        " + line,
      "2024-01-02T03:04:05.678901+00:00 app[web.1]: " + line,
      "web-1  | " + line,
      "\x1b[31m" + line + "\x1b[0m",
      "#12 0.345 " + line,
      "Jan 02 03:04:05 host app[12]: " + line,
      "progress 10%\rprogress 20%\r" + line + "\r\n",
      "2024-01-02T03:04:05.678Z app[6e82] lhr [info] " + line,
  }));
  CAPTURE(log);
  const auto diagnosis = diagnose(log);
  CHECK(diagnosis.cause == "missing-module");
  CHECK(diagnosis.evidence == "express");
  CHECK(diagnosis.line == line);
}

TEST_CASE("The earliest cause wins, in a log listed newest first, too",
          "[core][diagnosis]") {
  const auto diagnosis = diagnose(
      "2024-01-01T00:00:05Z No module named 'late'\n"
      "2024-01-01T00:00:04Z x\n2024-01-01T00:00:03Z x\n"
      "2024-01-01T00:00:02Z x\n"
      "2024-01-01T00:00:01Z ModuleNotFoundError: No module named 'early'\n");
  CHECK(diagnosis.evidence == "early");
}

TEST_CASE("Any bytes are read and come out as UTF-8", "[core][diagnosis]") {
  std::mt19937 random(7);
  std::string bytes;
  while (bytes.size() < 200'000) bytes += static_cast<char>(random());
  bytes +=
      "\nTraceback (most recent call last):\n"
      "ModuleNotFoundError: No module named '\xff\xfe";
  bytes += '\0';
  bytes += "x'\n";
  const std::string longest(1 << 20, 'e');
  for (const auto& log : {bytes, longest, std::string(1 << 20, '\n'),
                          std::string(1 << 20, '\0')}) {
    const auto diagnosis = diagnose(log);
    CHECK_NOTHROW(nlohmann::json(diagnosis.line + diagnosis.evidence).dump());
  }
  const auto told = diagnose(bytes.substr(200'001));
  CHECK(told.line == "ModuleNotFoundError: No module named '\uFFFD\uFFFDx'");
  CHECK(told.evidence == "No module named '\uFFFD\uFFFDx");
}

TEST_CASE("A user's rules outweigh the built-in ones", "[core][diagnosis]") {
  constexpr const char* kRules = R"json({"rules": [
    {"id": "ours", "cause": "missing-env-var", "stage": "start",
     "pattern": "no settings for (\\w+)", "hint": "Ask Ann."}]
})json";
  const auto diagnosis = diagnose(
      "ModuleNotFoundError: No module named 'x'\nno settings for billing\n", {},
      kRules);
  CHECK(diagnosis.cause == "missing-env-var");
  CHECK(diagnosis.evidence == "billing");
  CHECK(diagnosis.hint == "Ask Ann.");
}

TEST_CASE("A rule that cannot be used is a one-line error",
          "[core][diagnosis]") {
  struct Case {
    const char *rules, *said;
  };
  const auto c = GENERATE(values<Case>({
      {"{", "not JSON"},
      {"[]", "must be an object"},
      {R"({"rules": [{"id": "a", "cause": "quota", "pattern": "("}]})",
       "a: bad pattern ("},
      {R"({"rules": [{"id": "a", "pattern": "x"}]})", "\"cause\" is missing"},
      {R"({"rules": [{"cause": "quota"}]})", "rule 1: \"pattern\" is missing"},
      {R"({"rules": [{"id": "a", "cause": "quota", "pattern": "x", "same": "y"
         }]})",
       "\"same\" needs \"follows\""},
      {R"({"rules": [{"id": "a", "cause": "quota", "pattern": "x", "near": {
         "pattern": "y", "required": true, "forbidden": true}}]})",
       "either \"required\" or \"forbidden\""},
      {R"({"rules": [{"cause": "quota", "patern": "x"}]})",
       "unknown key \"patern\""},
      {R"({"rules": [{"cause": "quota", "pattern": "x", "stage": "now"}]})",
       "no stage is called now"},
      {R"({"marks": [{"pattern": "x", "phase": "now"}]})",
       "no phase is called now"},
  }));
  CAPTURE(c.rules);
  try {
    diagnose("x", {}, c.rules);
    FAIL("nothing thrown");
  } catch (const RulesError& error) {
    const std::string what = error.what();
    CAPTURE(what);
    CHECK(what.find(c.said) != std::string::npos);
    CHECK(what.find('\n') == std::string::npos);
  }
}

TEST_CASE("Every cause has its page", "[core][diagnosis]") {
  const auto ids = causes();
  CHECK(ids.size() == 54);
  for (const auto id : ids) {
    CAPTURE(id);
    const auto page = explain(id);
    REQUIRE(page.has_value());
    CHECK(page->starts_with(std::string(id) + ": "));
    CHECK(page->find("What usually helps") != std::string::npos);
  }
  CHECK_FALSE(explain("no-such-cause").has_value());
}

TEST_CASE("Real logs are read as people labelled them", "[core][diagnosis]") {
  const std::string path =
      std::string(RUNG_SOURCE_DIR) + "/../shared/failures/known.jsonl";
  std::ifstream file(path);
  if (!file) {
    fakes::skipped(path + " is not on this machine");
    return;
  }
  double total = 0, stages = 0, kinds = 0, evidences = 0;
  std::string text;
  while (std::getline(file, text)) {
    const auto known = nlohmann::json::parse(text);
    const auto diagnosis = diagnose(known.at("log").get<std::string>());
    ++total;
    stages += stage_word(diagnosis) == known.at("stage") ? 1 : 0;
    kinds += diagnosis.cause == known.at("cause") ? 1 : 0;
    evidences += lower(diagnosis.evidence) ==
                         lower(known.at("evidence").get<std::string>())
                     ? 1
                     : 0;
  }
  REQUIRE(total > 0);
  std::cout << "known logs: stage " << stages / total << ", cause "
            << kinds / total << ", evidence " << evidences / total << '\n';
  CHECK(stages / total >= 0.90);
  CHECK(kinds / total >= 0.88);
  CHECK(evidences / total >= 0.70);
}

}  // namespace rung::diagnosis_test
