// What cannot work gets one line on standard error (what, where, what to try),
// the right exit code, and leaves nothing running and nothing changed.
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <sstream>

#include "core/base/error.hpp"
#include "core/diagnosis/diagnosis.hpp"
#include "core/gates/gate_words.hpp"
#include "core/model/gate.hpp"
#include "plans/env/env_file.hpp"
#include "plans/reading/reader.hpp"
#include "plans/requirements/requirements.hpp"
#include "tests/e2e/rung_binary.hpp"
#include "tests/e2e/running_rung.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/skipped.hpp"

namespace fs = std::filesystem;

namespace rung::e2e::bad_input_test {
namespace {

using fakes::GitRepository;
using fakes::TemporaryFolder;

constexpr const char* kBehaviour = "port PORT\n";

void write(const fs::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Programs that were started from `folder` or run in it.
std::size_t programs_in(const fs::path& folder) {
  std::size_t count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto cwd = fs::read_symlink(entry.path() / "cwd", error);
    if (!error && cwd.string().rfind(folder.string(), 0) == 0) ++count;
  }
  return count;
}

/// The lines of standard error that are rung's complaint.
std::vector<std::string> complaints(const Result& result) {
  std::vector<std::string> found;
  std::istringstream lines(result.log);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("rung: ", 0) == 0) found.push_back(line);
  }
  return found;
}

/// One complaint with all of `words`, this exit code, and no answer.
void refuses(const Result& result, int exit,
             const std::vector<std::string>& words) {
  CAPTURE(result.log);
  CHECK(result.exit == exit);
  if (!result.out.empty()) {  // asked for JSON: the complaint and no answer
    CHECK(result.json()["exit"] == exit);
    CHECK_FALSE(result.json().contains("outcome"));
  }
  const auto lines = complaints(result);
  REQUIRE(lines.size() == 1);
  for (const std::string& word : words) {
    CHECK_THAT(lines.front(), Catch::Contains(word));
  }
}

/// A repository with a service that works, and a clean folder to work from.
struct World {
  World() {
    first = repository.commit_files({{"behaviour", kBehaviour}, {"a", "1"}});
    second = repository.commit_files({{"a", "2"}});
    repository.check_out();
  }
  ~World() { CHECK(programs_in(repository.root()) == 0); }

  [[nodiscard]] Result bisect(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {
        "bisect", "--source", repository.root().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rung(arguments, folder.path());
  }
  [[nodiscard]] Result probe(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"probe", "--source",
                                          repository.root().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rung(arguments, folder.path());
  }
  [[nodiscard]] Result plan(const std::string& command,
                            std::string_view text) const {
    write(repository.root() / "plan.yaml", text);
    return rung({command, "plan.yaml"}, repository.root());
  }
  [[nodiscard]] fs::path file(const std::string& name,
                              std::string_view text) const {
    write(folder.path() / name, text);
    return folder.path() / name;
  }

  GitRepository repository;
  TemporaryFolder folder;
  std::string first, second;
};

const std::string kService = std::string("exec ") + RUNG_TEST_SERVICE;
const std::vector<std::string> kServe = {"--start", kService, "--gate",
                                         "http /health"};

std::vector<std::string> operator+(std::vector<std::string> left,
                                   const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::string plan_text(const std::string& phase,
                      const std::string& more = "") {
  return "rung: 1\nname: shop\nstart: " + kService + "\n" + more +
         "phases:\n  - name: only\n" + phase;
}

}  // namespace

TEST_CASE("A word that rung does not know is named, with the likely one",
          "[e2e][bad_input]") {
  const World w;
  const auto here = w.folder.path();
  refuses(rung({"bisectt"}, here), 129,
          {"bisectt", "did you mean \"bisect\"", "--help"});
  refuses(rung({"bisect", "--sorce", "x"}, here), 129,
          {"--sorce", "did you mean \"--source\"", "rung bisect --help"});
  refuses(rung({"climb"}, here), 129, {"plan", "rung climb --help"});
  refuses(w.bisect({"--port", "99999"}), 129, {"--port", "99999"});
  refuses(rung({"explain", "gatse"}, here), 129, {"did you mean \"gates\""});
  refuses(rung({"bisect"}, here), 129, {"--source"});
  const std::vector<std::string> ends = {"--good", w.first, "--bad", w.second,
                                         "--start", kService};
  refuses(w.bisect(ends + std::vector<std::string>{"--gate", "htpp /x"}), 129,
          {"htpp", "did you mean \"http\""});
  refuses(
      w.bisect(ends + std::vector<std::string>{"--gate", "http /x statsu=2"}),
      129, {"statsu", "did you mean \"status\""});
  refuses(w.bisect(ends + std::vector<std::string>{"--gate", "http /x body~("}),
          129, {"regular expression"});
  refuses(w.bisect(ends), 129, {"--gate"});
  refuses(w.bisect({"--good", w.first, "--bad", w.second, "--gate", "process",
                    "--start", "web: gunicorn app:app"}),
          129, {"web:", "Procfile"});
  refuses(w.bisect(kServe + std::vector<std::string>{"--deadline", "5"}), 129,
          {"\"5\"", "unit"});
  refuses(w.bisect(kServe + std::vector<std::string>{"--emulate", "rendr"}),
          129, {"did you mean \"render\""});
}

TEST_CASE("Help fits a terminal of 80 columns", "[e2e][bad_input]") {
  for (const char* command :
       {"", "check", "climb", "bisect", "probe", "status", "log", "resume",
        "rollback", "stop", "diagnose", "explain", "audit"}) {
    CAPTURE(command);
    std::vector<std::string> arguments = {command, "--help"};
    if (*command == '\0') arguments.erase(arguments.begin());
    const Result help = rung(arguments, ".");
    CHECK(help.exit == 0);
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("A plan that cannot be read says where and why",
          "[e2e][bad_input]") {
  const World w;
  refuses(w.plan("climb", plan_text("    gats: [{http: /health}]\n")), 128,
          {"plan.yaml:6:5", "gats", "did you mean \"gates\""});
  refuses(w.plan("climb", ""), 128, {"plan.yaml", "empty"});
  refuses(w.plan("check", "rung: 1\nname: a\nstart: \"web: node x\"\n"
                          "phases: [{name: a}]\n"),
          128, {"plan.yaml:3:", "web:", "Procfile"});
  refuses(w.plan("climb", std::string("\x7f" "ELF\0\1\2", 7)), 128,
          {"plan.yaml:1:"});
  refuses(w.plan("check", std::string(5 << 20, '#')), 128,
          {"plan.yaml", "larger than"});
  std::string bomb = "rung: 1\nname: b\nx-a: &a [1,1,1,1,1,1,1,1,1,1]\n";
  for (char c = 'b'; c < 'i'; ++c) {
    const std::string below = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string("x-") + c + ": &" + c + " [" + below;
    for (int i = 0; i < 9; ++i) bomb += "," + below;
    bomb += "]\n";
  }
  refuses(w.plan("check", bomb + "phases: [{name: a, gates: *h}]\n"), 128,
          {"plan.yaml:", "aliases"});
  refuses(rung({"climb", "."}, w.repository.root()), 128, {"a folder"});
  refuses(rung({"climb", "none.yaml"}, w.repository.root()), 128,
          {"none.yaml", "no such file"});
  // None of it came so far as to make a journal.
  CHECK_FALSE(fs::exists(w.repository.root() / ".rung"));
}

TEST_CASE("A phase, target or approval that the plan lacks is refused before "
          "anything runs",
          "[e2e][bad_input]") {
  const World w;
  const auto root = w.repository.root();
  write(root / "plan.yaml", plan_text("    gates: [{http: /health}]\n"));
  refuses(rung({"climb", "plan.yaml", "--target", "locl"}, root), 129,
          {"no target \"locl\""});
  refuses(rung({"climb", "plan.yaml", "--approve", "onyl"}, root), 129,
          {"no phase \"onyl\"", "did you mean \"only\""});
  refuses(rung({"bisect", "plan.yaml", "--phase", "x"}, root), 129,
          {"no phase \"x\"", "only"});
  refuses(rung({"bisect", "plan.yaml", "--good", "nowhere"}, root), 128,
          {"no commit \"nowhere\""});
}

TEST_CASE("Env and requirement files that cannot be read name the line",
          "[e2e][bad_input]") {
  const World w;
  const auto with = [&](const char* option, const fs::path& file) {
    return w.probe(kServe + std::vector<std::string>{option, file.string()});
  };
  const std::string secret = "hunter2hunter2";
  const Result nul = with(
      "--env", w.file("nul.env", std::string("A=1\nB=" + secret) + '\0' + "\n"));
  refuses(nul, 128, {"nul.env:2", "NUL"});
  CHECK(nul.log.find(secret) == std::string::npos);
  refuses(with("--env", w.folder.path() / "none.env"), 128,
          {"none.env", "no such file"});
  refuses(with("--env", w.file("bad.env", "A=1\nno name=2\n")), 128,
          {"bad.env:2"});
  refuses(with("--requirements", w.file("requirements.txt", "a==1\n%%%\n")),
          128, {"requirements.txt:2"});
  refuses(with("--requirements", w.file("package.json", "{\"a\":\n")), 128,
          {"package.json", "JSON"});
  refuses(with("--requirements", w.folder.path()), 128, {"a folder"});
  refuses(with("--requirements",
               w.file("tsconfig.json", R"({"compilerOptions": {}})")),
          128, {"tsconfig.json", "not a package.json"});
  refuses(with("--requirements",
               w.file("outdated.json", R"({"express": {"current": "4.0.0"}})")),
          128, {"outdated.json", "not a package.json"});
}

TEST_CASE("An env file from Windows reads like any other",
          "[e2e][bad_input]") {
  const World w;
  const auto good = w.file("good.env", "A=1\nB=2\n");
  const auto bad = w.file("bad.env", "\xef\xbb\xbf" "A=1\r\nB=2\r\n");
  refuses(w.bisect(kServe + std::vector<std::string>{
                                "--good-env", good.string(), "--bad-env",
                                bad.string()}),
          129, {"are the same"});
}

TEST_CASE("A repository that cannot be searched says what to do",
          "[e2e][bad_input]") {
  const World w;
  const std::vector<std::string> judge = {"--command", "true"};
  const std::vector<std::string> ends = {"--good", w.first, "--bad", w.second};
  const auto in = [&](const fs::path& source) {
    return rung(std::vector<std::string>{"bisect", "--source",
                                         source.string()} +
                    judge + ends,
                w.folder.path());
  };
  refuses(in(w.folder.path() / "none"), 129, {"--source", "no such folder"});

  SECTION("no commits") {
    const fs::path empty = w.folder.path() / "empty";
    const GitRepository repository(empty);
    refuses(in(empty), 128, {"no commits yet"});
  }
  SECTION("bare") {
    const fs::path bare = w.folder.path() / "bare.git";
    fs::copy(w.repository.root() / ".git", bare,
             fs::copy_options::recursive);
    std::string config = read(bare / "config");
    const auto at = config.find("bare = false");
    REQUIRE(at != std::string::npos);
    config.replace(at, std::strlen("bare = false"), "bare = true");
    write(bare / "config", config);
    refuses(in(bare), 128, {"is bare", "git clone"});
  }
  SECTION("shallow") {
    write(w.repository.root() / ".git" / "shallow", w.second + "\n");
    refuses(w.bisect(judge + ends), 128, {"shallow", "--unshallow"});
  }
  SECTION("a commit that is not there") {
    refuses(w.bisect(judge + std::vector<std::string>{"--good", "HEAD~9",
                                                      "--bad", "HEAD"}),
            128, {"no commit \"HEAD~9\"", "git fetch"});
  }
  SECTION("good and bad the same") {
    refuses(w.bisect(judge + std::vector<std::string>{"--good", w.first,
                                                      "--bad", w.first}),
            129, {"are the same"});
  }
  SECTION("good and bad swapped") {
    refuses(w.bisect(judge + std::vector<std::string>{"--good", w.second,
                                                      "--bad", w.first}),
            129, {"swap"});
  }
}

TEST_CASE("A folder that lies in a submodule is refused by name",
          "[e2e][bad_input]") {
  World w;
  const std::string with = w.repository.commit_submodule("vendored");
  const Result result = w.bisect({"--command", "true", "--path", "vendored",
                                  "--good", w.first, "--bad", with});
  refuses(result, 128, {"vendored", "submodule"});
  CHECK(result.log.find("probe 1") == std::string::npos);  // before any of them
}

TEST_CASE("A run that never probed is nothing to resume", "[e2e][bad_input]") {
  const World w;
  const fs::path state = w.folder.path() / "state";
  fs::create_directories(state);
  const std::vector<std::string> ends = {
      "--good", w.first, "--bad", w.second, "--state", state.string()};
  refuses(w.bisect(ends + std::vector<std::string>{"--command", "exit 129"}),
          128, {"129"});
  const auto status = rung({"status", state, "--json"}, state).json();
  CHECK(status["unfinished"].empty());
}

TEST_CASE("Who reads only JSON is told why there is no answer",
          "[e2e][bad_input]") {
  const World w;
  const auto told = [&](const std::vector<std::string>& more, int exit) {
    const Result result = w.bisect(more + std::vector<std::string>{"--json"});
    CAPTURE(result.log);
    CHECK(result.exit == exit);
    const auto json = result.json();
    CHECK(json["exit"] == exit);
    CHECK(json["command"] == "bisect");
    return json["error"].get<std::string>();
  };
  CHECK_THAT(told({"--no-such-option"}, 129), Catch::Contains("no-such-option"));
  CHECK_THAT(told({"--command", "true", "--good", "nowhere"}, 128),
             Catch::Contains("nowhere"));
}

TEST_CASE("A report names the folder with what the failed probes wrote",
          "[e2e][bad_input]") {
  const World w;
  const auto json =
      w.bisect({"--good", w.first, "--bad", w.second, "--command",
                "grep -q 1 a || { echo the second one; exit 1; }", "--json"})
          .json();
  REQUIRE(json["outcome"] == "culprit");
  const fs::path logs = json["logs"].get<std::string>();
  CHECK_THAT(read(logs / "001.log"), Catch::Contains("the second one"));
}

TEST_CASE("Uncommitted changes are noted and left alone", "[e2e][bad_input]") {
  const World w;
  const fs::path changed = w.repository.root() / "behaviour";
  write(changed, "die 3 not committed\n");
  const Result result = w.probe(kServe);
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out, Catch::Contains("uncommitted"));
  CHECK_THAT(result.out, Catch::Contains("behaviour"));
  CHECK(read(changed) == "die 3 not committed\n");
}

TEST_CASE("A changed file that rung reads as it lies is no uncommitted one",
          "[e2e][bad_input]") {
  World w;
  const fs::path env = w.repository.root() / "deployed.env";
  w.repository.commit_files({{"deployed.env", "A=1\n"}});
  write(env, "A=2\n");
  auto words = kServe;
  words.insert(words.end(), {"--env", env.string()});
  const Result result = w.probe(words);
  CAPTURE(result.log);
  CHECK(result.exit == 0);
  CHECK_THAT(result.out, !Catch::Contains("uncommitted"));
}

TEST_CASE("A predicate that is broken itself accuses no commit",
          "[e2e][bad_input]") {
  const World w;
  const std::vector<std::string> ends = {"--good", w.first, "--bad", w.second};
  refuses(w.bisect(ends + std::vector<std::string>{"--command", "exit 129"}),
          128, {"129", "stop the search"});
  refuses(w.bisect(ends + std::vector<std::string>{"--command", "kill -9 $$"}),
          128, {"137", "stop the search"});
  refuses(w.bisect(ends + std::vector<std::string>{"--command",
                                                   "no-such-command"}),
          128, {"could not be run (exit 127)", "no-such-command"});
}

TEST_CASE("A good release that fails now says how it fails",
          "[e2e][bad_input]") {
  const World w;
  const Result result =
      w.bisect({"--good", w.first, "--bad", w.second, "--start",
                "no-such-program", "--gate", "http /health"});
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(result.out, Catch::Contains("no change is guilty"));
  CHECK_THAT(result.out, Catch::Contains("no-such-program"));
}

TEST_CASE("An end that lacks a submodule says so in the first line",
          "[e2e][bad_input]") {
  World w;
  const std::string with = w.repository.commit_submodule("vendored");
  const std::string without = w.repository.commit({{"vendored", std::nullopt}});
  const bool good = GENERATE(true, false);
  const Result result =
      w.bisect({"--good", good ? with : w.first, "--bad", good ? without : with,
                "--command", "true"});
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(result.out,
             Catch::StartsWith("The release's files cannot be put in place"));
  CHECK_THAT(result.out, Catch::Contains("vendored"));
  CHECK_THAT(result.out, !Catch::Contains("services, credentials"));
}

TEST_CASE("A good release that does not start as asked is not told of services",
          "[e2e][bad_input]") {
  const World w;
  struct Case {
    std::vector<std::string> options;
    const char* told;
  };
  const auto c = GENERATE(values<Case>({
      {{"--start", "sleep 9 &"}, "in the foreground"},
      {{"--start", kService, "--build",
        "echo 'npm error code EBADENGINE' >&2; exit 1"},
       "1. the build ends with node-version"},
      {{"--start", kService, "--build",
        "echo \"npm error 404 'shared@1.0.0' is not in this registry.\" >&2; "
        "exit 1"},
       "1. the build ends with package-not-found"},
  }));
  std::vector<std::string> all = {"--good", w.first, "--bad", w.second,
                                  "--gate", "http /health deadline=3s"};
  all.insert(all.end(), c.options.begin(), c.options.end());
  const Result result = w.bisect(all);
  CAPTURE(result.log);
  CHECK(result.exit == 125);
  CHECK_THAT(result.out, Catch::Contains(c.told));
  CHECK_THAT(result.out, !Catch::Contains("services, credentials"));
}

TEST_CASE("A gate that never answers costs its deadline and no more",
          "[e2e][bad_input]") {
  const World w;
  const auto begun = std::chrono::steady_clock::now();
  const Result result =
      w.probe({"--start", "exec sleep 1000", "--gate", "http /health",
               "--deadline", "1s", "--json"});
  const auto took = std::chrono::steady_clock::now() - begun;
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(result.json()["failure"]["stage"] == "listen");
  CHECK(took >= std::chrono::seconds(1));
  CHECK(took < std::chrono::seconds(20));  // a busy machine, not a deadline
}

TEST_CASE("A port in use names the program that has it", "[e2e][bad_input]") {
  const World w;
  const fakes::HttpServer server(
      [](const std::string&) { return fakes::http_reply(200, "{}"); });
  const std::string port = std::to_string(server.port());
  refuses(w.probe(kServe + std::vector<std::string>{"--port", port}), 128,
          {"port " + port, "in use by", "pid " + std::to_string(getpid())});
}

TEST_CASE("Several workers cannot share one port", "[e2e][bad_input]") {
  const World w;
  refuses(w.bisect(kServe +
                   std::vector<std::string>{"--good", w.first, "--bad",
                                            w.second, "--workers", "3",
                                            "--port", "14999"}),
          129, {"--workers 3", "14999", "--port 0"});
}

TEST_CASE("A backing service that does not start is named with its last words",
          "[e2e][bad_input]") {
  const World w;
  const Result result = w.plan(
      "climb", plan_text("    services:\n"
                         "      db: {start: 'echo the disk is upside down; "
                         "exit 7', ready: {tcp: '127.0.0.1:$PORT'}}\n"
                         "    gates: [{http: /health}]\n"));
  refuses(result, 128,
          {"service db", "status 7", "the disk is upside down", "db.log"});
}

TEST_CASE("A journal that cannot be used stops the command",
          "[e2e][bad_input]") {
  const World w;
  const fs::path state = w.repository.root() / ".rung";
  SECTION("damaged") {
    REQUIRE(w.probe({"--command", "true"}).exit == 0);
    const std::string damaged(8192, 'x');
    write(state / "journal.db", damaged);
    refuses(w.probe({"--command", "true"}), 128,
            {"journal.db", "damaged", "move it away"});
    CHECK(read(state / "journal.db") == damaged);
  }
  SECTION("a file where the folder belongs") {
    write(state, "mine");
    refuses(w.probe({"--command", "true"}), 128, {".rung", "not a folder"});
    CHECK(read(state) == "mine");
  }
  SECTION("a place where nobody can write") {
    refuses(w.probe({"--command", "true", "--state", "/proc"}), 128,
            {"/proc/.rung"});
  }
}

TEST_CASE("A full disk ends the command and keeps what is on record",
          "[e2e][bad_input]") {
  const World w;
  const fs::path small = w.folder.path() / "small";
  fs::create_directory(small);
  if (mount("none", small.c_str(), "tmpfs", 0, "size=256k") != 0) {
    fakes::skipped(std::string("mounting a tmpfs is not permitted here: ") +
                   std::strerror(errno));
    return;
  }
  const std::unique_ptr<const fs::path, void (*)(const fs::path*)> unmount(
      &small, [](const fs::path* at) { umount2(at->c_str(), MNT_DETACH); });
  {
    std::ofstream filler(small / "filler", std::ios::binary);
    const std::string block(1024, 'x');
    while (filler.write(block.data(), 1024) && filler.flush()) {
    }
  }
  const Result result =
      w.probe({"--command", "true", "--state", small.string()});
  CAPTURE(result.log);
  CHECK(result.exit == 128);
  REQUIRE(complaints(result).size() == 1);
  CHECK_THAT(complaints(result).front(),
             Catch::Contains("full") || Catch::Contains("No space left"));
}

TEST_CASE("A folder is not a log", "[e2e][bad_input]") {
  const World w;
  refuses(rung({"diagnose", "."}, w.folder.path()), 129, {"a folder"});
  refuses(rung({"diagnose", "none.log"}, w.folder.path()), 129, {"none.log"});
}

TEST_CASE("Who looks or stops needs no secret, and who deploys does",
          "[e2e][bad_input]") {
  const World w;
  const std::map<std::string, std::string> with = {{"SHOP_KEY", "canary-4711"}};
  const fs::path root = w.repository.root();
  write(root / "plan.yaml",
        plan_text("    gates: [{http: /health}]\n") +
            "secrets: {KEY: {from: env, name: SHOP_KEY}}\n");
  const Result climbed =
      RunningRung({"climb", "plan.yaml"}, root, with).result();
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  const auto alone = [&](const char* command) {
    return RunningRung({command, "plan.yaml"}, root).result();
  };
  CHECK_THAT(alone("status").out, Catch::Contains("serving"));
  CHECK(alone("log").exit == 0);
  for (const char* command : {"climb", "rollback", "serve"}) {
    CAPTURE(command);
    refuses(alone(command), 128, {"SHOP_KEY", "not set"});
  }
  // Nothing was taken down for that.
  CHECK_THAT(alone("status").out, Catch::Contains("serving     only"));
  CHECK(alone("stop").exit == 0);
}

TEST_CASE("A log is read with the user's own rules",
          "[e2e][bad_input][diagnosis]") {
  const World w;
  write(w.folder.path() / "a.log", "no settings for billing\n");
  write(w.folder.path() / "own.json", R"json({"rules": [{"cause": "no-settings",
      "stage": "start", "pattern": "no settings for (\\w+)"}]})json");
  write(w.folder.path() / "bad.json", R"json({"rules": [
      {"id": "a", "cause": "quota", "pattern": "("}]})json");
  const auto with = [&](const char* rules) {
    return rung({"diagnose", "a.log", "--rules", rules}, w.folder.path());
  };
  const Result found = with("own.json");
  CAPTURE(found.log);
  CHECK(found.exit == 1);
  CHECK_THAT(found.out, Catch::Contains("no-settings") &&
                            Catch::Contains("billing") &&
                            !Catch::Contains("rung explain"));
  refuses(with("bad.json"), 129, {"bad.json", "bad pattern ("});
  refuses(with("none.json"), 129, {"none.json"});
}

TEST_CASE("The status lists what is known good", "[e2e][bad_input]") {
  const World w;
  const Result climbed = w.plan("climb", plan_text("    gates: [{http: /health}]\n"));
  CAPTURE(climbed.log);
  REQUIRE(climbed.exit == 0);
  CHECK(rung({"stop", "plan.yaml"}, w.repository.root()).exit == 0);
  const Result status = rung({"status", "plan.yaml"}, w.repository.root());
  CHECK(status.exit == 0);
  CHECK_THAT(status.out, Catch::Contains("known good  only on local"));
}

namespace {

/// Bytes at random, or a valid text with some of its bytes spoilt.
std::string garbled(const std::string& valid, std::mt19937& random) {
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  std::string text = valid;
  if (below(5) == 0) {
    text.assign(below(400), ' ');
    for (char& c : text) c = static_cast<char>(below(256));
    return text;
  }
  static constexpr std::string_view kSharp = "{}[]\"'\\:=#&*!|>%@`$\n\r\t \0-";
  for (std::size_t i = 0, n = 1 + below(8); i < n && !text.empty(); ++i) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0:
        text.erase(at, 1 + below(20));
        break;
      case 1:
        text.insert(at, 1 + below(4), kSharp[below(kSharp.size())]);
        break;
      case 2:
        text[at] = static_cast<char>(below(256));
        break;
      default:
        text.insert(at, text.substr(below(text.size()), below(40)));
    }
  }
  return text;
}

/// Only typed errors of one line, and no text takes long.
void survives(const std::string& valid, int rounds, unsigned seed,
              const std::function<void(const std::string&)>& reader) {
  std::mt19937 random(seed);
  for (int i = 0; i < rounds; ++i) {
    const std::string text = garbled(valid, random);
    INFO("seed " << seed << ", round " << i << ":\n" << text);
    const auto begun = std::chrono::steady_clock::now();
    try {
      reader(text);
    } catch (const Error& error) {
      const std::string_view what = error.what();
      CHECK_FALSE(what.empty());
      CHECK(what.find('\n') == std::string_view::npos);
    } catch (const std::exception& error) {
      FAIL("not one of rung's errors: " << error.what());
    }
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(30));
  }
}

}  // namespace

TEST_CASE("Garbage gets a typed error, never a crash", "[e2e][bad_input]") {
  const unsigned seed = std::random_device{}();
  const TemporaryFolder folder;
  constexpr int kRounds = 1500;

  SECTION("as a plan") {
    const std::string valid = plan_text(
        "    env: {A: 1, B: \"two\", C: *x}\n    requirements: [a==1, 'b>=2']\n"
        "    gates: [{http: /health, status: [200, 3xx], json: {/ok: true}, "
        "deadline: 10s}, \"log absent~ERROR soak=5m\"]\n",
        "x-y: &x three\nenv_files: []\ntargets: {local: {port: 10000}}\n");
    survives(valid, kRounds, seed, [&](const std::string& text) {
      read_plan_text(text, folder.path() / "plan.yaml");
    });
  }
  SECTION("as an env file") {
    const std::string valid =
        "A=1\nexport B='x y'\nC=\"a\\nb ${A:-def} $$\"\nD=val # no\n# E\n"
        "F=\"two\nlines\"\n";
    survives(valid, kRounds, seed, [&](const std::string& text) {
      for (const Dialect dialect : kDialects) {
        try {
          read_env_text(text, dialect, "x.env");
        } catch (const Error&) {
          if (dialect == Dialect::sh) throw;
        }
      }
    });
  }
  SECTION("as requirement files") {
    const auto file = [&](const char* name, const std::string& text) {
      write(folder.path() / name, text);
      read_requirements(folder.path() / name);
    };
    survives("a==1\nb[x,y]>=2,<3 ; python_version<'3.9'\n--no-index\n"
             "c @ https://h/c.whl#sha256=00 \\\n  --hash=sha256:00\n",
             kRounds, seed, [&](const std::string& text) {
               file("requirements.txt", text);
             });
    survives(R"({"name":"x","dependencies":{"a":"^1.0","b":"file:../b"},)"
             R"("devDependencies":{"c":"*"}})",
             kRounds, seed,
             [&](const std::string& text) { file("package.json", text); });
    survives(R"({"lockfileVersion":3,"packages":{"":{"dependencies":)"
             R"({"a":"1"}},"node_modules/a":{"version":"1.2.3","dev":true},)"
             R"("node_modules/a/node_modules/b":{"version":"2"}}})",
             kRounds, seed,
             [&](const std::string& text) { file("package-lock.json", text); });
  }
  SECTION("as a log") {
    survives("Error: listen EADDRINUSE: address already in use :::3000\n"
             "Traceback (most recent call last):\n  File \"a.py\", line 1\n"
             "ModuleNotFoundError: No module named 'x'\n",
             kRounds, seed, [](const std::string& text) { diagnose(text); });
  }
  SECTION("as a gate") {
    survives("http /health status=200,3xx body~\"ok\" json:/ok=true within=2s "
             "header:X~'a b' save:T=/t deadline=5s soak=1m",
             kRounds, seed, [](const std::string& text) { parse_gate(text); });
  }
}

}  // namespace rung::e2e::bad_input_test
