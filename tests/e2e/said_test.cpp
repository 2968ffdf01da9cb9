// What rung says: its words about predicates, env files and what it could not
// do itself.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cmd/workshop/predicate_words.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::said_test {
namespace {

using Catch::Contains;
using fakes::GitRepository;
using fakes::TemporaryFolder;
using Words = std::vector<std::string>;

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// Lines are folded in text: compared without that.
std::string unfolded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += ' ';
    } else if (c != ' ' || out.empty() || out.back() != ' ') {
      out += c;
    }
  }
  return out;
}

struct World {
  GitRepository repository;
  TemporaryFolder folder;

  [[nodiscard]] Result bisect(const Words& more) const {
    return rung(Words{"bisect", "--source", repository.root().string()} + more,
                folder.path());
  }
  [[nodiscard]] std::string file(const std::string& name,
                                 std::string_view text) const {
    std::ofstream(folder.path() / name, std::ios::binary) << text;
    return (folder.path() / name).string();
  }
};

const Words kServe = {"--start", std::string("exec ") + RUNG_TEST_SERVICE,
                      "--port", "auto", "--gate", "http /health"};

}  // namespace

TEST_CASE("The scripts that a predicate runs are told from what it reads",
          "[e2e][said]") {
  CHECK(scripts_of("sh check.sh") == Words{"check.sh"});
  CHECK(scripts_of("./a/check -v && python3 -u t.py x") ==
        Words{"./a/check", "t.py"});
  CHECK(scripts_of("A=1 timeout 5 bash -e run.sh | tee log") ==
        Words{"run.sh"});
  CHECK(scripts_of("! node check.js; if sh 'my check.sh'; then true; fi") ==
        Words{"check.js", "my check.sh"});
  CHECK(scripts_of("grep -q x notes.txt && test -e a/b").empty());
  CHECK(scripts_of("sh -c 'x y' && python3 -m pytest t/x.py").empty());
  CHECK(scripts_of("sh /opt/check.sh; sh ~/c.sh; sh \"$X/c.sh\"").empty());
  CHECK(scripts_of("cd sub && ./check").empty());
  CHECK(scripts_of("cat < in > out").empty());
  CHECK(scripts_of(R"(node -e "x(\"a\".b); c > d/e"; sh t.sh)") ==
        Words{"t.sh"});
}

TEST_CASE("A script whose interpreter is not there is told as that",
          "[e2e][said]") {
  const fakes::TemporaryFolder folder;
  const auto problem = [&](const std::string& text) {
    std::ofstream(folder.path() / "check", std::ios::binary) << text;
    return interpreter_problem("./check -v", folder.path());
  };
  CHECK(problem("#!/bin/bash\r\nexit 0\r\n") ==
        "./check has Windows line ends, so its interpreter is not found "
        "(dos2unix ./check)");
  CHECK(problem("#! /opt/none/python3 -u\n") ==
        "./check wants /opt/none/python3, which is not on this machine");
  CHECK(problem("#!/bin/sh\nexit 0\n").empty());
  CHECK(problem("#!\n").empty());
  CHECK(problem("exit 0\r\n").empty());
  CHECK(interpreter_problem("./absent", folder.path()).empty());
}

TEST_CASE("A script behind a link out of what is deployed is told as that",
          "[e2e][said]") {
  World w;
  const fs::path root = w.repository.root();
  w.repository.commit_files({{"shared/check.sh", "exit 0\n"}, {"svc/x", "1"}});
  w.repository.check_out();
  fs::create_symlink("../shared", root / "svc/shared");
  const std::string git = "git -c user.name=a -c user.email=a@b ";
  REQUIRE(
      ran({"sh", "-c",
           git + "add -A && " + git + "commit -qm link && echo 3 >svc/x && " +
               git + "commit -qam more"},
          root)
          .exit == 0);
  const auto result =
      rung({"bisect", "--source", (root / "svc").string(), "--good", "HEAD~1",
            "--bad", "HEAD", "--command", "sh shared/check.sh"},
           root);
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  CHECK_THAT(unfolded(result.log),
             Contains("the link shared -> ../shared leads out of "
                      "what is deployed"));
  CHECK_THAT(result.log, !Contains("is not in this commit"));
}

TEST_CASE("What package.json files differ in besides requirements is told",
          "[e2e][said]") {
  World w;
  const auto text = [](const std::string& type, const std::string& version) {
    return R"({"name":"x","version":")" + version + R"(","type":")" + type +
           R"(","dependencies":{"a":")" + version + R"("}})";
  };
  const auto only =
      w.repository.commit_files({{"package.json", text("commonjs", "1.0.0")}});
  const std::string before = w.file("before.json", text("commonjs", "1.0.0"));
  const auto asked = [&](const std::string& after) {
    return w.bisect({"--good", only, "--bad", only, "--good-requirements",
                     before, "--bad-requirements", after, "--command",
                     "grep -q commonjs package.json"});
  };
  const auto other = asked(w.file("other.json", text("module", "1.0.1")));
  CAPTURE(other.log, other.out);
  CHECK_THAT(unfolded(other.out),
             Contains("other.json also differ in type: a trial "
                      "takes their dependencies and nothing else"));
  // Where nothing is left out, nothing is said.
  const auto same = asked(w.file("same.json", text("commonjs", "1.0.1")));
  CHECK_THAT(unfolded(same.out), !Contains("also differ"));
}

TEST_CASE("The last words of a predicate are its last lines",
          "[e2e][said]") {
  CHECK(last_words("").empty());
  CHECK(last_words("\n \n").empty());
  CHECK(last_words("a\n\nb\r\nc\nd\n") == "b | c | d");
  CHECK(last_words(std::string(5000, 'x') + "end").size() == 300);
  // node writes a stack and its version behind the error.
  CHECK(last_words("a\nError: Cannot find module 'x'\n    at b\n    at c\n  "
                   "code: 'E'\n}\n\nNode.js v20\n") ==
        "Error: Cannot find module 'x'");
  CHECK(last_words("a\n  File \"x\"\nKeyError: 'a'\n") ==
        "a |   File \"x\" | KeyError: 'a'");
}

TEST_CASE("A script that older commits do not have blames no commit",
          "[e2e][said]") {
  World w;
  const auto old = w.repository.commit_files({{"n", "1"}});
  const auto good = w.repository.commit_files(
      {{"check.sh", "test \"$(cat n)\" -lt 7 || { echo too many; exit 3; }"}});
  const auto gone = w.repository.commit({{"check.sh", std::nullopt}});
  const auto back = w.repository.commit_files(
      {{"check.sh", "test \"$(cat n)\" -lt 7 || { echo too many; exit 3; }"}});
  const auto bad = w.repository.commit_files({{"n", "8"}});
  SECTION("at the good end it is an error with the way out") {
    const auto result =
        w.bisect({"--good", old, "--bad", bad, "--command", "sh check.sh"});
    CAPTURE(result.log);
    CHECK(result.exit == 128);
    CHECK_THAT(result.log, Contains("check.sh is not in this commit"));
    CHECK_THAT(result.log, Contains("outside of the repository"));
  }
  SECTION("between the ends it is a skip") {
    const auto result =
        w.bisect({"--good", good, "--bad", bad, "--command", "sh check.sh"});
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(result.out, Contains("Culprit: commit " + bad.substr(0, 10)));
    CHECK_THAT(unfolded(result.out), Contains("exit 3): too many"));
  }
  SECTION("a command that some commits have not is one, too") {
    const auto result =
        w.bisect({"--good", good, "--bad", bad, "--command",
                  "test -e check.sh || exec no-such-tool; test $(cat n) -lt 7"});
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(result.out, Contains("Culprit: commit " + bad.substr(0, 10)));
  }
  static_cast<void>(gone);
  static_cast<void>(back);
}

TEST_CASE("What sh cannot read is no verdict about a commit", "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files({{"n", "1"}});
  const auto bad = w.repository.commit_files({{"n", "2"}});
  const auto result = w.bisect({"--good", good, "--bad", bad, "--command",
                                "if cat n |& grep -q 2; then false; fi"});
  CAPTURE(result.log);
  CHECK(result.exit >= 128);
  CHECK_THAT(result.log, Contains("yntax error"));
}

TEST_CASE("A merge that is guilty is reverted against its main line",
          "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files({{"a", "1"}});
  w.repository.branch("side", good);
  const auto side = w.repository.commit_files({{"x", "1"}});
  w.repository.branch("main", good);
  w.repository.commit_files({{"y", "1"}});
  const auto merge = w.repository.merge({side}, {{"x", {{"1"}}}}, "Merge side");
  const Words search = {"--good", good, "--bad", merge, "--command",
                        "! test -e x || ! test -e y"};
  const auto result = w.bisect(search);
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(result.out,
             Contains("git revert -m 1 " + merge.substr(0, 10) + ","));
  const auto json = w.bisect(search + Words{"--json"}).json();
  CHECK(json["findings"][0]["culprit"][0]["merge"] == true);
}

TEST_CASE("What is to be told about env files stands in every answer",
          "[e2e][said]") {
  World w;
  w.repository.commit_files({{"behaviour", "if-env CACHE=off: die 3 CACHE is off\nport PORT\n"}});
  const auto good = w.file("good.env", "CACHE=on\nPW=s3cr$et\n");
  const auto bad = w.file("bad.env", "CACHE=off\nPW=s3cr$et\n");
  const Words ends =
      kServe + Words{"--good-env", good, "--bad-env", bad};
  const auto result = w.bisect(ends);
  CAPTURE(result.log);
  CHECK_THAT(unfolded(result.out), Contains("--dialect dotenv-node"));
  CHECK_THAT(result.log, !Contains("s3cr"));
  const auto notes = w.bisect(ends + Words{"--json"}).json()["notes"].dump();
  CHECK_THAT(notes, Contains("bad.env:2: PW is read as"));
  CHECK_THAT(notes, Contains("good.env:2: PW is read as"));

  std::ofstream(w.repository.root() / "plan.yaml")
      << "rung: 1\nname: shop\nstart: " << kServe[1]
      << "\nenv_files: [" << good
      << "]\nphases: [{name: only, gates: [{http: /health}]}]\n";
  const auto plan =
      rung({"probe", "plan.yaml", "--json"}, w.repository.root());
  CAPTURE(plan.log);
  CHECK_THAT(plan.json()["notes"].dump(), Contains("--dialect dotenv-node"));
}

TEST_CASE(
    "A variable that a shell drops is the first reason, and sh no way out",
    "[e2e][said]") {
  World w;
  w.repository.commit_files(
      {{"behaviour",
        "if-unset discovery.type: die 1 no discovery.type\n"
        "port PORT\n"}});
  const auto good = w.file("good.env", "discovery.type=single-node\nA=1\n");
  const auto bad = w.file("bad.env", "A=2\n");
  const auto result =
      w.bisect(kServe + Words{"--good-env", good, "--bad-env", bad, "--dialect",
                              "docker", "--json"});
  CAPTURE(result.log);
  const auto json = result.json();
  if (json["outcome"] == "culprit") return;  // this sh passes it on
  CHECK_THAT(json["reasons"][0].get<std::string>(),
             Contains("discovery.type: not a name that a shell"));
  CHECK_THAT(json["reasons"].dump(), !Contains("--dialect sh"));
}

TEST_CASE("What is no env file is refused by what it is, at the command line",
          "[e2e][said]") {
  World w;
  w.repository.commit_files({{"a", "1"}});
  for (const auto& [text, kind] :
       std::vector<std::pair<std::string, std::string>>{
           {"services:\n  web:\n    image: x\n", "docker-compose.yml"},
           {"apiVersion: v1\nkind: ConfigMap\ndata: {A: x}\n", "ConfigMap"},
           {"{\"A\": \"x\"}", "JSON"},
           {"set -a\nexport A=$(date)\n", "shell script"}}) {
    const auto result = w.bisect(
        kServe + Words{"--good-env", w.file("x", text), "--bad-env",
                       w.file("y", text)});
    CAPTURE(result.log);
    CHECK(result.exit == 128);
    CHECK_THAT(result.log, Contains(kind));
  }
}

TEST_CASE("What the gate found is told first, and noise of the good release "
          "is no reason",
          "[e2e][said]") {
  World w;
  w.repository.commit_files(
      {{"behaviour",
        "log sh: 1: git-sha-tool: not found\n"
        "if-env MODE=no: log KeyError: 'API_KEY'\n"
        "if-env QUIET=no: status 500\nif-env MODE=no: status 500\n"
        "port PORT\n"}});
  const auto good = w.file("good.env", "A=1\n");
  const Words gate = {"--deadline", "5s"};
  SECTION("noise alone") {
    const auto result = w.bisect(
        kServe + gate + Words{"--good-env", good, "--bad-env",
                              w.file("bad.env", "A=2\nQUIET=no\n")});
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(result.out, Contains("Culprit: QUIET"));
    CHECK_THAT(unfolded(result.out), Contains("status 500, expected 200"));
    CHECK_THAT(result.out, !Contains("git-sha-tool"));
  }
  SECTION("a reason beside it") {
    const Words search =
        kServe + gate + Words{"--good-env", good, "--bad-env",
                              w.file("bad.env", "A=2\nMODE=no\n")};
    const auto result = w.bisect(search);
    CAPTURE(result.log);
    CHECK_THAT(result.out,
               Contains("fails at  health: GET /health: status 500"));
    CHECK_THAT(result.out, Contains("likely    missing-env-var API_KEY"));
    const auto json = w.bisect(search + Words{"--json"}).json();
    const auto failure = json["findings"][0]["failure"];
    CHECK_THAT(failure["found"].get<std::string>(), Contains("status 500"));
    CHECK_THAT(failure["likely"].get<std::string>(), Contains("API_KEY"));
  }
}

TEST_CASE("A refusal of rung's own stands in the first line", "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files({{"behaviour", "port PORT\n"}});
  const auto bad = w.repository.commit_files({{"a", "1"}});
  const Words ends = {"--good", good, "--bad", bad};
  const auto first_line = [](const Result& result) {
    return unfolded(result.out).substr(0, 100);
  };
  SECTION("a build command that is not there") {
    const auto result =
        w.bisect(kServe + ends + Words{"--build", "no-such-builder"});
    CAPTURE(result.log);
    CHECK_THAT(first_line(result), Contains("The build command cannot run"));
    CHECK_THAT(first_line(result), Contains("no-such-builder"));
  }
  SECTION("a start command that is not there") {
    const auto result =
        w.bisect(ends + Words{"--start", "exec no-such-server", "--port",
                              "auto", "--gate", "http /health"});
    CAPTURE(result.log);
    CHECK_THAT(first_line(result), Contains("The start command cannot run"));
  }
  SECTION("a deadline that is too short") {
    w.repository.check_out();
    const auto slow =
        w.repository.commit_files({{"behaviour", "sleep 60000\nport PORT\n"}});
    const auto later = w.repository.commit_files({{"a", "2"}});
    const auto result =
        w.bisect(Words{"--good", slow, "--bad", later, "--start", kServe[1],
                       "--port", "auto", "--gate", "http /health",
                       "--deadline", "300ms"});
    CAPTURE(result.log);
    CHECK_THAT(first_line(result), Contains("The deadline of 0.3 s ended"));
    CHECK_THAT(unfolded(result.out), Contains("checked http /health"));
  }
}

TEST_CASE("A file that only the work tree has is told by its name",
          "[e2e][said]") {
  World w;
  const std::string start =
      "test -f local.conf || { echo 'cannot open local.conf: No such file'; "
      "exit 1; }; exec " +
      std::string(RUNG_TEST_SERVICE);
  const auto good = w.repository.commit_files(
      {{"behaviour", "port PORT\n"}, {".gitignore", "local.conf\n"}});
  const auto bad = w.repository.commit_files({{"a", "1"}});
  w.repository.check_out();
  std::ofstream(w.repository.root() / "local.conf") << "x\n";
  const auto result = w.bisect({"--good", good, "--bad", bad, "--start", start,
                                "--port", "auto", "--gate", "http /health"});
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(unfolded(result.out),
             Contains("1. local.conf (git ignores it) is in your work tree"));
}

TEST_CASE("A release that is judged alone has its reasons told",
          "[e2e][said]") {
  World w;
  const std::string start =
      "test -f local.conf || { echo 'cannot open local.conf: No such file'; "
      "exit 1; }; exec " +
      std::string(RUNG_TEST_SERVICE);
  w.repository.commit_files(
      {{"behaviour", "port PORT\n"}, {".gitignore", "local.conf\n"}});
  w.repository.check_out();
  std::ofstream(w.repository.root() / "local.conf") << "x\n";
  const std::string missing = "local.conf (git ignores it) is in your work tree";
  SECTION("by probe") {
    const Words words = {"probe", "--source", w.repository.root().string(),
                         "--start", start, "--port", "auto", "--gate",
                         "http /health"};
    const auto result = rung(words, w.folder.path());
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(unfolded(result.out), Contains("1. " + missing));
    CHECK_THAT(unfolded(result.out), Contains("checked http /health"));
    const auto json = rung(words + Words{"--json"}, w.folder.path()).json();
    CHECK_THAT(json["reasons"][0].get<std::string>(), Contains(missing));
  }
  SECTION("by a climb that has nothing to compare it with") {
    const auto plan =
        w.file("plan.yaml", "rung: 1\nname: alone\nsource: {repo: " +
                            w.repository.root().string() +
                            "}\nruntime: other\nstart: |-\n  " + start +
                            "\ntargets: {local: {port: auto, inject_port: "
                            "true}}\nphases:\n"
                            "  - {name: one, gates: [{http: /health}]}\n");
    const auto result =
        rung({"climb", plan, "--no-serve"}, w.folder.path());
    CAPTURE(result.log);
    CHECK(result.exit == 1);
    CHECK_THAT(unfolded(result.out), Contains("1. " + missing));
  }
}

TEST_CASE("A file that only commits between the ends need accuses none of them",
          "[e2e][said]") {
  World w;
  const std::string needs = "test -f local.conf || { echo 'cannot open "
                            "local.conf: No such file' >&2; exit 1; }\n";
  const std::string start = "exec " + std::string(RUNG_TEST_SERVICE) + "\n";
  const auto good = w.repository.commit_files({{"run.sh", start},
                                               {"behaviour", "port PORT\n"},
                                               {".gitignore", "local.conf\n"}});
  const auto first = w.repository.commit_files({{"run.sh", needs + start}});
  const auto second = w.repository.commit_files({{"a", "1"}});
  const bool told = GENERATE(true, false);
  if (!told) {
    w.repository.commit_files({{"run.sh", start}});
    w.repository.commit_files({{"behaviour", "status 500\nport PORT\n"}});
  }
  const auto bad = told ? second : w.repository.commit_files({{"a", "2"}});
  w.repository.check_out();
  std::ofstream(w.repository.root() / "local.conf") << "x\n";
  const auto result =
      w.bisect({"--good", good, "--bad", bad, "--start", "exec sh run.sh",
                "--port", "auto", "--gate", "http /health", "--deadline",
                "5s"});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  if (told) {
    CHECK_THAT(unfolded(result.out),
               Contains("local.conf (git ignores it) is in your work tree"));
    CHECK_THAT(result.out, Contains("Culprit: commit " + first.substr(0, 10)));
  } else {  // whether or not the search met them
    CHECK_THAT(result.out, !Contains("Culprit: commit " + first.substr(0, 10)));
    CHECK_THAT(unfolded(result.out), Contains("status 500"));
  }
}

TEST_CASE("A release that answers and then dies is not healthy",
          "[e2e][said]") {
  World w;
  w.repository.commit_files({{"behaviour", "quit-after 1000\nport PORT\n"}});
  const auto probe = [&](const std::string& settle) {
    return rung(Words{"probe", "--source", w.repository.root().string(),
                      "--settle", settle} +
                    kServe,
                w.folder.path());
  };
  const auto watched = probe("20s");  // ends with the service
  CAPTURE(watched.log);
  CHECK(watched.exit == 1);
  CHECK_THAT(watched.out, Contains("soak"));
  const auto not_watched = probe("0s");
  CAPTURE(not_watched.log);
  CHECK(not_watched.exit == 0);
}

TEST_CASE("Where nothing fails, it is told what was not looked at",
          "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files(
      {{"behaviour", "redirect /health /login\nport PORT\n"}});
  const auto bad = w.repository.commit_files({{"a", "1"}});
  const auto search = [&](const std::string& settle) {
    return w.bisect({"--good", good, "--bad", bad, "--start", kServe[1],
                     "--port", "auto", "--gate", "http /health follow",
                     "--settle", settle});
  };
  const auto result = search("0s");
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(unfolded(result.out),
             Contains("GET /health passes; it redirects to /login"));
  CHECK_THAT(unfolded(result.out), Contains("--settle 5s"));
  const auto watched = search("100ms");
  CAPTURE(watched.log);
  CHECK_THAT(unfolded(watched.out), Contains("0.1 s more without dying"));
  CHECK_THAT(watched.out, !Contains("--settle 5s"));
}

TEST_CASE("A climb fetches with --deepen what its own checkout lacks",
          "[e2e][said]") {
  World w;
  w.repository.commit_files({{"behaviour", "port PORT\n"}});
  w.repository.commit_files({{"behaviour", "status 500\nport PORT\n"}});
  const auto git = [&](const Words& words, const fs::path& in) {
    const auto result =
        ran(Words{"git"} + words, in, {{"GIT_CONFIG_GLOBAL", "/dev/null"}});
    INFO(result.log);
    REQUIRE(result.exit == 0);
  };
  const fs::path root = w.repository.root();
  git({"config", "uploadpack.allowFilter", "true"}, root);
  git({"config", "uploadpack.allowAnySHA1InWant", "true"}, root);
  const std::string what = GENERATE("--depth=1", "--filter=blob:none");
  CAPTURE(what);
  git({"clone", "-q", what, "file://" + root.string(), "clone"},
      w.folder.path());
  const auto plan = w.file(
      "plan.yaml",
      "rung: 1\nname: deep\nsource: {repo: clone, commit: HEAD~1}\n"
      "runtime: other\nstart: " + kServe[1] +
          "\ntargets: {local: {port: auto, inject_port: true}}\n"
          "phases: [{name: one, gates: [{http: /health}]}]\n");
  const Words climb = {"climb", plan, "--no-serve", "--json"};
  const auto alone = rung(climb, w.folder.path());
  CAPTURE(alone.log);
  CHECK_THAT(alone.log, Contains("--deepen"));
  const auto fetched = rung(climb + Words{"--deepen"}, w.folder.path());
  CAPTURE(fetched.log);
  CHECK(fetched.json()["outcome"] == "healthy");
}

TEST_CASE("What the last healthy release logs is no reason of a probe",
          "[e2e][said]") {
  World w;
  w.repository.commit_files(
      {{"behaviour", "log sh: 1: git-sha-tool: not found\n"
                     "if-env QUIET=no: status 500\nport PORT\n"}});
  const auto probe = [&](const std::string& env) {
    return rung(Words{"probe", "--source", w.repository.root().string(),
                      "--env", w.file("some.env", env), "--deadline", "5s"} +
                    kServe,
                w.folder.path());
  };
  const auto alone = probe("QUIET=no\n");
  CAPTURE(alone.log);
  CHECK_THAT(alone.out, Contains("git-sha-tool"));  // nothing to compare with
  CHECK(probe("QUIET=yes\n").exit == 0);
  const auto compared = probe("QUIET=no\n");
  CAPTURE(compared.log);
  CHECK(compared.exit == 1);
  CHECK_THAT(compared.out, !Contains("git-sha-tool"));
  CHECK_THAT(unfolded(compared.out), Contains("status 500, expected 200"));
}

TEST_CASE("An untracked file too large for a predicate's checkout is told",
          "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files({{"n", "1"}});
  const auto bad = w.repository.commit_files({{"n", "2"}});
  w.repository.check_out();
  const auto large = w.repository.root() / "large.bin";
  std::ofstream(large) << "x";
  fs::resize_file(large, 300ULL << 20);  // a hole: takes no room
  std::ofstream(w.repository.root() / "small.txt") << "x";
  const Words search = {"--good", good, "--bad", bad, "--command",
                        "test -e small.txt && test $(cat n) = 1"};
  const auto result = w.bisect(search);
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK_THAT(unfolded(result.out), Contains("large.bin is untracked and too "
                                            "large"));
  CHECK_THAT(result.out, !Contains("small.txt is"));
  CHECK_THAT(w.bisect(search + Words{"--json", "--fresh"}).json()["notes"].dump(),
             Contains("large.bin is untracked and too large"));
}

TEST_CASE("Swapped ends are told as that", "[e2e][said]") {
  GitRepository repository;
  std::vector<std::string> ids;
  for (int i = 1; i <= 8; ++i) {
    ids.push_back(repository.commit_files({{"f", std::to_string(i)}}));
  }
  const auto search = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"bisect", "--json", "--source", "."});
    const auto report = rung(more, repository.root()).json();
    CHECK(report["findings"].empty());
    return report["reasons"][0].get<std::string>().starts_with(
        "the two are swapped");
  };
  // It breaks in the fifth.
  CHECK(search({"--find-fix", "--bad", ids[0], "--good", ids[7], "--command",
                "test $(cat f) -lt 5"}));
  CHECK(search(
      {"--good", ids[0], "--bad", ids[7], "--command", "test $(cat f) -gt 5"}));
  CHECK_FALSE(
      search({"--good", ids[0], "--bad", ids[7], "--command", "false"}));
  CHECK_FALSE(search({"--good", ids[0], "--bad", ids[7], "--command", "true"}));
}

TEST_CASE("What changed outside of the deployed folder is told",
          "[e2e][said]") {
  World w;
  const auto good = w.repository.commit_files(
      {{"apps/api/behaviour", "port PORT\n"}, {"packages/shared/x", "1"}});
  w.repository.commit_files({{"packages/shared/x", "2"}});
  w.repository.commit_files({{"packages/shared/x", "3"}});
  const auto bad = w.repository.commit_files({{"apps/api/a", "1"}});
  const auto result = w.bisect(
      kServe + Words{"--path", "apps/api", "--good", good, "--bad", bad});
  CAPTURE(result.log);
  CHECK_THAT(unfolded(result.out),
             Contains("nothing below apps/api changed what fails; 2 commits "
                      "change packages/shared: try --path ."));
}

}  // namespace rung::e2e::said_test
