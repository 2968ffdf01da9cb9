#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/broken_service.hpp"

namespace rung::e2e::bisect_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

const std::string kDies = "die 1 Error: Cannot find module 'paint'\n";

std::string every_byte_below(const std::filesystem::path& folder) {
  std::ostringstream text;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    text << entry.path().string() << '\n';
    if (!entry.is_regular_file()) continue;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf() << '\n';
    text.clear();  // an empty file counts as a failure
  }
  return text.str();
}

}  // namespace

TEST_CASE("bisect finds the one commit that broke the service",
          "[e2e][bisect]") {
  BrokenService service;
  const std::size_t culprit = GENERATE(1u, 20u, 39u);
  const auto fine = service.commits(culprit);
  const auto broken = service.commits(40 - culprit, kDies);
  const Result result =
      service.bisect({"--good", fine.front(), "--bad", broken.back()});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(json["exit"] == 1);
  CHECK(json["outcome"] == "culprit");
  CHECK(culprits(json) == Sets{{"commit " + broken.front()}});
  CHECK(json["failure"]["stage"] == "start");
  CHECK(json["findings"][0]["proof"].size() == 2);
  CHECK(json["between"]["commits"] == 39);
  check_probes(json, 39);
}

TEST_CASE("bisect finds the one variable that broke the service",
          "[e2e][bisect]") {
  struct Case {
    const char* change;
    const char* condition;
    std::map<std::string, std::string> before, after;
  };
  const auto c = GENERATE(values<Case>({
      {"removed", "if-unset MODE: ", {{"MODE", "plain"}}, {}},
      {"changed", "if-env MODE=fast: ", {{"MODE", "plain"}}, {{"MODE", "fast"}}},
      {"added", "if-set MODE: ", {}, {{"MODE", "fast"}}},
  }));
  BrokenService service;
  service.commit(c.condition + kDies);
  const Result result = service.bisect(
      {"--good-env", service.env_file("good.env", 13, "before", c.before),
       "--bad-env", service.env_file("bad.env", 13, "afterwards", c.after)});
  const auto json = result.json();
  CAPTURE(c.change, result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{std::string("env MODE ") + c.change}});
  CHECK(json["between"]["env"] == 14);
  check_probes(json, 14);
}

TEST_CASE("bisect finds the one requirement that broke the service",
          "[e2e][bisect]") {
  BrokenService service;
  service.commit("if-file requirements.txt paint==2.0: " + kDies);
  std::string before, after;
  for (const char* name : {"alpha", "brush", "canvas", "dye", "easel", "frame",
                           "glue", "paint", "quill", "rag", "stool"}) {
    before += std::string(name) + "==1.0\n";
    after += std::string(name) + "==2.0\n";
  }
  const Result result = service.bisect(
      {"--good-requirements", service.file("requirements.txt", before),
       "--bad-requirements", service.file("requirements.bumped.txt", after)});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{"requirement paint ==1.0 -> ==2.0"}});
  check_probes(json, 11);
}

TEST_CASE("bisect finds two variables that only fail together",
          "[e2e][bisect]") {
  BrokenService service;
  service.commit("if-unset MODE: if-env K3=afterwards: " + kDies);
  const Result result = service.bisect(
      {"--good-env",
       service.env_file("good.env", 13, "before", {{"MODE", "plain"}}),
       "--bad-env", service.env_file("bad.env", 13, "afterwards", {})});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{"env K3 changed", "env MODE removed"}});
  check_probes(json, 14, 2);
}

TEST_CASE("bisect finds a commit and a variable that only fail together",
          "[e2e][bisect]") {
  BrokenService service;
  // From the culprit on the variable is read; it is deleted as well.
  const auto before = service.commits(9);
  const auto after = service.commits(11, "if-unset MODE: " + kDies);
  const Result result = service.bisect(
      {"--good", before.front(), "--bad", after.back(), "--good-env",
       service.env_file("good.env", 7, "before", {{"MODE", "plain"}}),
       "--bad-env", service.env_file("bad.env", 7, "afterwards", {})});
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) ==
        Sets{{"commit " + after.front(), "env MODE removed"}});
  CHECK(json["between"]["commits"] == 19);
  CHECK(json["between"]["env"] == 8);
  check_probes(json, 27, 2);
}

TEST_CASE("bisect goes around commits that cannot be judged",
          "[e2e][bisect]") {
  fakes::GitRepository repository;
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const char* code = i == 5 || i == 9 || i == 10 ? "125" : i < 13 ? "0" : "1";
    ids.push_back(repository.commit_files(
        {{"code", code}, {"number", std::to_string(i)}}));
  }
  const Result result = rung(
      {"bisect", "--source", ".", "--good", ids.front(), "--bad", ids.back(),
       "--command", "exit $(cat code)", "--json"},
      repository.root());
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(json) == Sets{{"commit " + ids[13]}});
}

TEST_CASE("bisect names every suspect when a range cannot be judged",
          "[e2e][bisect]") {
  fakes::GitRepository repository;
  std::vector<std::string> ids;
  for (int i = 0; i < 16; ++i) {
    const char* code = i >= 6 && i <= 9 ? "125" : i < 6 ? "0" : "1";
    ids.push_back(repository.commit_files(
        {{"code", code}, {"number", std::to_string(i)}}));
  }
  const Result result = rung(
      {"bisect", "--source", ".", "--good", ids.front(), "--bad", ids.back(),
       "--command", "exit $(cat code)", "--json"},
      repository.root());
  const auto json = result.json();
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(json["outcome"] == "suspects");
  CHECK(json["culprits"].empty());
  std::vector<std::string> expected;
  for (int i = 6; i <= 10; ++i) {
    expected.push_back("commit " + ids[static_cast<std::size_t>(i)]);
  }
  std::sort(expected.begin(), expected.end());
  CHECK(named_all(json["suspects"]) == expected);
}

TEST_CASE("bisect shows no value of a variable, whatever the service logs",
          "[e2e][bisect][secrets]") {
  BrokenService service;
  service.commit("");
  const std::string before = "PLANTED/4zq+secret&before";
  const std::string after = "PLANTED/7wx+secret&after";
  const std::string start =
      "echo \"connecting with $TOKEN\" >&2; printf %s \"$TOKEN\" | base64 >&2; "
      "test -n \"$REGION\" || { echo \"Error: $TOKEN is not for this region\" "
      ">&2; exit 1; }; exec " RUNG_TEST_SERVICE;
  const std::string good = service.env_file(
      "good.env", 3, "before", {{"TOKEN", before}, {"REGION", "PLANTED-eu"}});
  const std::string bad =
      service.env_file("bad.env", 3, "after", {{"TOKEN", after}});
  std::vector<std::string> arguments = {"--start",   start, "--good-env", good,
                                        "--bad-env", bad,   "--fresh"};
  const Result as_json = service.bisect(arguments);
  CHECK(culprits(as_json.json()) == Sets{{"env REGION removed"}});
  arguments.insert(arguments.begin(),
                   {"bisect", "--source", service.root().string(), "--port",
                    "0", "--gate", "http /health"});
  const Result as_text = rung(arguments, service.folder());
  CHECK(as_text.exit == 1);
  const std::string all = as_json.log + as_json.out + as_text.log +
                          as_text.out + every_byte_below(service.root());
  CHECK(all.find("connecting with") != all.npos);  // the log is looked at
  for (const char* planted : {
           "PLANTED",
           "4zq+secret", "7wx+secret",           // in part
           "4zq%2Bsecret", "4zq%2bsecret",       // as URLs have it
           "UExBTlRFRC80enErc2VjcmV0JmJlZm9yZQ",  // base64 of the first
           "UExBTlRFRC83d3grc2VjcmV0JmFmdGVy",    // and of the second
       }) {
    CAPTURE(planted);
    CHECK(all.find(planted) == all.npos);
  }
}

}  // namespace rung::e2e::bisect_test
