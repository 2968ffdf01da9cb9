#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/rung_binary.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/skipped.hpp"

namespace rung::e2e {
namespace {

namespace fs = std::filesystem;

/// "status: found" of the only row of that name, or of that name and `what`.
std::string doctor_told(const Result& result, const std::string& name,
                        const std::string& what = "") {
  const auto json = result.json();
  CHECK(json.at("command") == "doctor");
  for (const auto& row : json.at("rows")) {
    CHECK(row.size() == 7);
    if (row.at("name") == name && (what.empty() || row.at("what") == what)) {
      return row.at("status").get<std::string>() + ": " +
             row.at("found").get<std::string>();
    }
  }
  return "no row";
}

/// All files below a folder with size and time.
std::map<fs::path, std::pair<std::uintmax_t, fs::file_time_type>> all_files(
    const fs::path& folder) {
  std::map<fs::path, std::pair<std::uintmax_t, fs::file_time_type>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    files[entry.path()] = {
        entry.is_regular_file() ? entry.file_size() : 0,
        fs::last_write_time(entry.path())};
  }
  return files;
}

Result doctor(const fs::path& cwd, std::vector<std::string> more = {},
              const std::map<std::string, std::string>& env = {}) {
  more.insert(more.begin(), {"doctor", "--json"});
  return rung(more, cwd, env);
}

}  // namespace

TEST_CASE("Doctor looks at the repository and writes nothing", "[e2e][doctor]") {
  fakes::GitRepository repository;
  repository.commit_files({{"a", "1"}, {"b", "2"}});
  repository.check_out();
  const fs::path root = repository.root();
  REQUIRE(ran({"git", "reset", "-q", "--hard"}, root).exit == 0);
  const auto before = all_files(root);
  const Result clean = doctor(root);
  CHECK(doctor_told(clean, "git work tree") ==
        "ok: no tracked file differs from HEAD");
  CHECK(doctor_told(clean, "git history") == "ok: whole");
  CHECK(doctor_told(clean, "git operation") == "ok: none");
  CHECK(doctor_told(clean, "git branch") ==
        "unknown: branch main has no upstream");
  CHECK_THAT(doctor_told(clean, "clock"), Catch::StartsWith("unknown: "));
  CHECK_THAT(doctor_told(clean, "tool", "git"), Catch::StartsWith("ok: "));
  CHECK(all_files(root) == before);

  std::ofstream(root / "a") << "changed";
  const Result dirty = doctor(root);
  CHECK(dirty.exit == 1);
  CHECK(doctor_told(dirty, "git work tree") ==
        "fail: 1 file differs from HEAD: a");
  const Result text = rung({"doctor"}, root);
  CHECK(text.exit == 1);
  CHECK_THAT(text.out, Catch::Contains("git stash") &&
                           Catch::Contains("failed, "));
  REQUIRE(ran({"git", "reset", "-q", "--hard"}, root).exit == 0);

  REQUIRE(ran({"git", "bisect", "start"}, root).exit == 0);
  CHECK(doctor_told(doctor(root), "git operation") ==
        "fail: a bisect is in progress");
  REQUIRE(ran({"git", "bisect", "reset"}, root).exit == 0);

  const fs::path clone = root / "clone";
  REQUIRE(ran({"git", "clone", "-q", "file://" + root.string(), "clone"}, root)
              .exit == 0);
  CHECK_THAT(doctor_told(doctor(clone), "git branch"),
             Catch::StartsWith("ok: main is origin/main"));
  repository.commit_files({{"a", "3"}});
  REQUIRE(ran({"git", "fetch", "-q"}, clone).exit == 0);
  CHECK_THAT(doctor_told(doctor(clone), "git branch"),
             Catch::StartsWith("fail: main is 1 behind"));
  REQUIRE(ran({"git", "clone", "-q", "--depth", "1", "file://" + root.string(),
               "shallow"},
              root)
              .exit == 0);
  CHECK_THAT(doctor_told(doctor(root / "shallow"), "git history"),
             Catch::StartsWith("fail: shallow"));
  REQUIRE(ran({"git", "checkout", "-q", "--detach"}, clone).exit == 0);
  CHECK_THAT(doctor_told(doctor(clone), "git branch"),
             Catch::StartsWith("unknown: HEAD is detached at "));
  std::ofstream(clone / ".git" / "HEAD") << "\xff\xfe";
  CHECK_THAT(doctor_told(doctor(clone), "git repository"),
             Catch::StartsWith("fail: "));
}

TEST_CASE("Doctor fills in the table of a plan", "[e2e][doctor]") {
  fakes::GitRepository repository;
  repository.commit_files({{"a", "1"}});
  const fs::path root = repository.root();
  fakes::HttpServer api([](const auto&) { return fakes::http_reply(200, ""); });
  fakes::HttpServer mute([](const auto&) { return fakes::HttpServer::kHang; });
  const std::uint16_t port = fakes::free_port();
  std::ofstream(root / ".env")
      << "API_URL=" << api.url() << "/hook/topsecret\n"
      << "DATABASE_URL=postgres://u:topsecret@127.0.0.1:" << mute.port()
      << "/db\n";
  std::ofstream(root / "plan.yaml")
      << "rung: 1\nname: shop\nbuild: sh -c true && no-such-program-x\n"
      << "start: exec from-the-build\nenv_files: [.env]\n"
      << "inherit: [DOCTOR_TEST_TOKEN]\n"
      << "secrets: {KEY: {from: env, name: DOCTOR_TEST_SECRET}}\n"
      << "targets: {local: {port: " << port << "}}\n"
      << "phases: [{name: one, gates: [{http: /}]}]\n";
  const auto before = all_files(root);
  const auto began = std::chrono::steady_clock::now();
  const Result result = doctor(root, {"plan.yaml", "--timeout", "2s"});
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(8));
  CHECK(result.exit == 1);
  CHECK(all_files(root) == before);
  CHECK_THAT(result.log, !Catch::Contains("topsecret"));
  CHECK_THAT(doctor_told(result, "tool", "sh"), Catch::StartsWith("ok: "));
  CHECK(doctor_told(result, "tool", "no-such-program-x") ==
        "fail: not in PATH");
  CHECK_THAT(doctor_told(result, "tool", "from-the-build"),
             Catch::StartsWith("unknown: "));
  CHECK(doctor_told(result, "http", "$API_URL") == "ok: 200");
  CHECK_THAT(doctor_told(result, "backing service", "$DATABASE_URL"),
             Catch::StartsWith("fail: "));
  CHECK(doctor_told(result, "inherited") == "fail: $DOCTOR_TEST_TOKEN is not set");
  CHECK(doctor_told(result, "secret") == "fail: $DOCTOR_TEST_SECRET is not set");
  CHECK(doctor_told(result, "port") == "ok: free");
  CHECK(doctor_told(result, "journal") == "ok: none yet");
  CHECK(doctor_told(result, "serving") == "ok: nothing serves, nor should it");

  const fakes::HttpServer other([](const auto&) { return ""; }, port);
  const Result again =
      doctor(root, {"plan.yaml", "--timeout", "2s"},
             {{"DOCTOR_TEST_TOKEN", "x"}, {"DOCTOR_TEST_SECRET", "y"}});
  CHECK_THAT(doctor_told(again, "port"), Catch::StartsWith("fail: held by "));
  CHECK(doctor_told(again, "inherited") == "ok: it is there");
  CHECK(doctor_told(again, "secret") == "ok: it can be read");
}

TEST_CASE("Doctor says what it does not look at", "[e2e][doctor]") {
  fakes::TemporaryFolder folder;
  const fs::path root = folder.path();
  REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);
  std::ofstream(root / "big") << std::string((1 << 20) + 1, 'x');
  std::ofstream(root / "plan.yaml")
      << "rung: 1\nname: shop\nstart: exec true\n"
      << "env: {PORT_URL: 'http://u:topsecret@127.0.0.1:65536/'}\n"
      << "secrets:\n"
      << "  PIPE: {from: file, path: pipe}\n"
      << "  BIG: {from: file, path: big}\n"
      << "  NONE: {from: file, path: none}\n"
      << "phases: [{name: one, gates: [{http: /}]}]\n";
  const Result result = doctor(root, {"plan.yaml", "--timeout", "2s"});
  CHECK_THAT(result.log, !Catch::Contains("topsecret"));
  CHECK_THAT(doctor_told(result, "secret", "PIPE"),
             Catch::StartsWith("unknown: ") && Catch::Contains("pipe"));
  CHECK_THAT(doctor_told(result, "secret", "BIG"),
             Catch::StartsWith("unknown: ") && Catch::Contains("1 MiB"));
  CHECK_THAT(doctor_told(result, "secret", "NONE"),
             Catch::EndsWith("none is no readable file"));
  CHECK(doctor_told(result, "http", "$PORT_URL") ==
        "unknown: rung cannot read this URL");
  // A plan that is a pipe without an end is no reason to wait for ever.
  CHECK(doctor(root, {"pipe"}).exit == 128);
}

TEST_CASE("Doctor tells of a journal that this user may not write",
          "[e2e][doctor]") {
  if (::geteuid() != 0) return fakes::skipped("it needs root to be two users");
  fakes::TemporaryFolder folder;
  const fs::path root = folder.path();
  std::ofstream(root / "plan.yaml")
      << "rung: 1\nname: shop\nstart: exec true\n"
      << "phases: [{name: one, gates: [{http: /}]}]\n";
  constexpr auto kReadable = fs::perms::owner_all | fs::perms::group_read |
                             fs::perms::group_exec | fs::perms::others_read |
                             fs::perms::others_exec;
  fs::permissions(root, kReadable);
  const auto journal = [&] {
    return doctor_told(ran({"setpriv", "--reuid=nobody", "--clear-groups",
                            RUNG_BINARY, "doctor", "--json", "plan.yaml"},
                           root, {{"HOME", root.string()}}),
                       "journal");
  };
  CHECK(journal() == "fail: none yet; this user may not write it");
  fs::permissions(root, fs::perms::all);
  CHECK(journal() == "ok: none yet");
  fs::create_directory(root / ".rung");
  CHECK(journal() == "fail: none yet; this user may not write it");
}

TEST_CASE("Doctor is told wrongly, or limited", "[e2e][doctor]") {
  fakes::TemporaryFolder folder;
  CHECK(doctor(folder.path(), {"--target", "x"}).exit == 129);
  CHECK(doctor(folder.path(), {"--timeout", "0s"}).exit == 129);
  CHECK(doctor(folder.path(), {"no-such-plan.yaml"}).exit == 129);
  fs::create_symlink("loop", folder.path() / "loop");
  CHECK(doctor(folder.path(), {"loop"}).exit == 129);
  std::ofstream(folder.path() / "plan.yaml") << "\xff\xfe: [";
  CHECK(doctor(folder.path(), {"plan.yaml"}).exit == 128);
  CHECK_THAT(doctor_told(doctor(folder.path()), "git repository"),
             Catch::StartsWith("unknown: "));
  const Result few = ran({"sh", "-c", "ulimit -n 200; exec \"$0\" doctor --json",
                          RUNG_BINARY},
                         folder.path());
  CHECK(few.exit == 1);
  CHECK_THAT(doctor_told(few, "open files"), Catch::StartsWith("fail: 200 "));
}

}  // namespace rung::e2e
