#include "core/doctor/checkup.hpp"

#include <catch2/catch.hpp>

#include "core/doctor/machine_limits.hpp"
#include "core/doctor/program_words.hpp"
#include "core/doctor/proxy_choice.hpp"
#include "core/doctor/repository_state.hpp"
#include "core/doctor/tool_version.hpp"
#include "core/doctor/web_answer.hpp"

namespace rung {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> certain_programs(std::string_view command) {
  std::vector<std::string> names;
  for (const ProgramWord& word : programs_of(command)) {
    names.push_back(word.certain ? word.name : word.name + "?");
  }
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("A disk fails below 500 MB, 1 % or without file names",
          "[core][doctor]") {
  const auto status = [](DiskSpace space) { return judged_disk(space).status; };
  CHECK(status({600'000'000, 1'000'000'000, 0, 0}) == RowStatus::ok);
  CHECK(status({499'999'999, 1'000'000'000, 0, 0}) == RowStatus::fail);
  CHECK(status({9'000'000'000, 1'000'000'000'000, 0, 0}) == RowStatus::fail);
  CHECK(status({600'000'000, 1'000'000'000, 0, 1000}) == RowStatus::fail);
  CHECK(status({600'000'000, 1'000'000'000, 500, 1000}) == RowStatus::ok);
  CHECK(status({600'000'000, 1'000'000'000, 0, 0, true}) == RowStatus::fail);
  CHECK(status({}) == RowStatus::unknown);
}

TEST_CASE("Memory, open files and the cache have limits", "[core][doctor]") {
  CHECK(judged_memory({300'000'000, 1'000'000'000}).status == RowStatus::ok);
  CHECK(judged_memory({200'000'000, 1'000'000'000}).status == RowStatus::fail);
  CHECK(judged_memory({}).status == RowStatus::unknown);
  CHECK(judged_open_files(1024, 4096).status == RowStatus::ok);
  CHECK(judged_open_files(std::nullopt, std::nullopt).status == RowStatus::ok);
  CHECK(judged_open_files(256, 4096).advice == "ulimit -n 1024");
  CHECK(judged_open_files(256, 256).status == RowStatus::fail);
  CHECK(judged_cache(kCacheLimit).status == RowStatus::ok);
  CHECK(judged_cache(kCacheLimit + 1).status == RowStatus::fail);
}

TEST_CASE("The clock is compared with the answer that agrees best",
          "[core][doctor]") {
  CHECK(judged_clock({}).status == RowStatus::unknown);
  CHECK(judged_clock({{"here", 999'999, false}}).status == RowStatus::unknown);
  CHECK(judged_clock({{"a", 60'000, true}}).status == RowStatus::ok);
  CHECK(judged_clock({{"a", -61'000, true}}).status == RowStatus::fail);
  CHECK(judged_clock({{"a", 3'600'000, true}, {"b", 900, true}}).status ==
        RowStatus::ok);
  CHECK(judged_clock({{"a", 3'600'000, true}, {"here", 0, false}}).found ==
        "3600 s ahead of a");
}

TEST_CASE("A certificate that ends within a week fails", "[core][doctor]") {
  CHECK(judged_certificate(24h * 7).status == RowStatus::ok);
  CHECK(judged_certificate(24h * 7 - 1s).status == RowStatus::fail);
  CHECK(judged_certificate(-1s).found == "the certificate has expired");
}

TEST_CASE("Each row about a repository can fail", "[core][doctor]") {
  RepositoryState state;
  state.head = "0123456789ab";
  state.branch = "main";
  state.upstream = "origin/main";
  state.upstream_known = true;
  state.ahead = 0;
  state.behind = 0;
  CHECK(judged_history(state).status == RowStatus::ok);
  CHECK(judged_work_tree(state).status == RowStatus::ok);
  CHECK(judged_operation(state).status == RowStatus::ok);
  CHECK(judged_branch(state, true).status == RowStatus::ok);
  state.ahead = 2;
  CHECK(judged_branch(state, false).status == RowStatus::ok);
  CHECK(judged_branch(state, true).status == RowStatus::fail);
  state.behind = 1;
  CHECK(judged_branch(state, false).status == RowStatus::fail);
  state.behind = std::nullopt;
  CHECK(judged_branch(state, false).status == RowStatus::unknown);
  state.upstream_known = false;
  CHECK(judged_branch(state, false).status == RowStatus::unknown);
  state.branch.clear();
  CHECK_THAT(judged_branch(state, false).found,
             Catch::Contains("detached at 0123456789ab"));
  state.shallow_at = 1;
  CHECK(judged_history(state).status == RowStatus::fail);
  state.changed = {"a", "b"};
  CHECK(judged_work_tree(state).found == "2 files differ from HEAD: a, ...");
  state.operation = "bisect";
  CHECK_THAT(judged_operation(state).advice,
             Catch::Contains("git bisect reset"));
  CHECK(judged_history({}).status == RowStatus::fail);
}

TEST_CASE("The programs of a command line are those sh looks for in PATH",
          "[core][doctor]") {
  CHECK(certain_programs("NODE_ENV=x npm ci && exec node server.js") ==
        Names{"npm", "node"});
  CHECK(certain_programs("python3 -m venv .venv && .venv/bin/pip install -r "
                         "requirements.txt") == Names{"python3"});
  CHECK(certain_programs("cd app; ./run | tee log 2>&1") == Names{"tee"});
  CHECK(certain_programs("if command -v yarn; then yarn; else npm ci; fi") ==
        Names{"yarn?", "npm?"});
  CHECK(certain_programs("a || b") == Names{"a?", "b?"});
  CHECK(certain_programs("env A=b node x") == Names{"env", "node"});
  CHECK(certain_programs("$TOOL x; \"$(which a)\" y; 'go' build # rest") ==
        Names{"go"});
  CHECK(certain_programs("cat <<EOF\nnot-a-program\nEOF\n") == Names{"cat?"});
  CHECK(certain_programs("make \\\n  all\nnginx >out <in -g x") ==
        Names{"make", "nginx"});
  for (const char* odd : {"", "'", "\"", "\\", "$(", "((", "&&&", "#", "<",
                          "\xff\xfe", "a\0b"}) {
    CHECK_NOTHROW(programs_of(odd));
  }
}

TEST_CASE("A proxy is chosen as curl chooses it", "[core][doctor]") {
  const std::map<std::string, std::string> env = {
      {"http_proxy", "http://p:1"},
      {"HTTPS_PROXY", "http://p:2"},
      {"HTTP_PROXY", "http://never"},
      {"NO_PROXY", "localhost, .inside.example,10.0.0.0/8,192.0.2.7"}};
  CHECK(proxy_for("http", "shop.example", env).variable == "http_proxy");
  CHECK(proxy_for("https", "shop.example", env).variable == "HTTPS_PROXY");
  CHECK(proxy_for("https", "a.inside.example", env).variable.empty());
  CHECK(proxy_for("https", "INSIDE.example.", env).variable.empty());
  CHECK(proxy_for("https", "notinside.example", env).variable == "HTTPS_PROXY");
  CHECK(proxy_for("https", "10.1.2.3", env).variable.empty());
  CHECK(proxy_for("https", "11.1.2.3", env).variable == "HTTPS_PROXY");
  CHECK(proxy_for("https", "192.0.2.7", env).variable.empty());
  CHECK(proxy_for("http", "x", {{"HTTP_PROXY", "http://p"}}).variable.empty());
  CHECK(proxy_for("http", "x", {{"all_proxy", "http://p"}}).variable ==
        "all_proxy");
  CHECK(proxy_for("http", "x", {{"all_proxy", "p"}, {"no_proxy", "*"}})
            .variable.empty());
}

TEST_CASE("What two ways to a URL answer is told where it differs",
          "[core][doctor]") {
  const WebExpectation any;
  CHECK(judged_web(any, {404, ""}, std::nullopt, "").status == RowStatus::ok);
  CHECK(judged_web(any, {503, ""}, std::nullopt, "").status == RowStatus::fail);
  CHECK(judged_web(any, {0, "no answer"}, std::nullopt, "").found ==
        "no answer");
  CHECK(judged_web({{200}}, {204, ""}, std::nullopt, "").status ==
        RowStatus::fail);
  const Judged in_the_way =
      judged_web(any, {200, ""}, WebAnswer{0, "refused"}, "http_proxy");
  CHECK(in_the_way.status == RowStatus::fail);
  CHECK(in_the_way.found == "refused through $http_proxy, directly 200");
  CHECK_THAT(in_the_way.advice, Catch::Contains("NO_PROXY"));
  CHECK(judged_web(any, {0, "refused"}, WebAnswer{200, ""}, "p").status ==
        RowStatus::ok);
}

TEST_CASE("Versions of programs are read", "[core][doctor]") {
  CHECK(version_in("git version 2.39.5 (Debian)") == "2.39.5");
  CHECK(version_in("v18.19.0\n") == "18.19.0");
  CHECK(version_in("none 7") == "");
  CHECK(version_wanted("v18.4\n", 1) == "18");
  CHECK(version_wanted("python-3.11.4", 2) == "3.11");
  CHECK(version_wanted("lts/*", 1) == "");
  CHECK(version_wanted(" \n", 1) == "");
  CHECK(version_begins("3.11.2", "3.11"));
  CHECK_FALSE(version_begins("3.11.2", "3.1"));
}

TEST_CASE("A table has failures first, and is safe for a terminal",
          "[core][doctor]") {
  std::vector<CheckupRow> rows = {
      {"disk", "/", "free", "much", RowStatus::ok, "not shown", 5ms},
      {"dns", "a\x1b[31m\nb", "resolves", "no", RowStatus::fail, "look", 1500ms},
      {"clock", "", "", "no date", RowStatus::unknown}};
  sort_rows(rows);
  CHECK(checkup_text(rows, 2s) ==
        "status   test   of   expected    time  found\n"
        "fail     dns    a b  resolves    1.5s  no\n"
        "         try: look\n"
        "unknown  clock                   0.0s  no date\n"
        "ok       disk   /    free        0.0s  much\n"
        "1 failed, 1 unknown, 1 ok in 2.0s\n");
  rows[0].what = std::string(60, 'w');
  CHECK_THAT(checkup_text(rows, 2s), Catch::Contains("www...  resolves"));
  const auto json = checkup_json(rows);
  CHECK(json["rows"][0]["what"] == rows[0].what);
  CHECK(json["failed"] == 1);
  CHECK(json["rows"][0]["seconds"] == 1.5);
  CHECK(json["rows"][0]["try"] == "look");
  CHECK(json["rows"][2]["status"] == "ok");
}

}  // namespace rung
