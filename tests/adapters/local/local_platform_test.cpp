#include "adapters/local/local_platform.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "core/base/error.hpp"
#include "tests/fakes/git_repository.hpp"

namespace fs = std::filesystem;

namespace rung::local_platform_test {
namespace {

LocalContract agreed(const LocalSettings& settings,
                     const std::map<std::string, std::string>& env) {
  return contract(settings, env, [] { return std::uint16_t{4711}; });
}

}  // namespace

TEST_CASE("PORT is injected only where the platform does",
          "[adapters][local_platform]") {
  LocalSettings settings;
  SECTION("no platform, fixed port: PORT is the release's business") {
    settings.port = 10000;
    CHECK(agreed(settings, {}).env.empty());
    CHECK(agreed(settings, {}).port == 10000);
    CHECK(agreed(settings, {{"PORT", "3000"}}).env.at("PORT") == "3000");
    CHECK(agreed(settings, {{"PORT", "3000"}}).port == 10000);
  }
  SECTION("no platform, auto: the service has to be told") {
    CHECK(agreed(settings, {}).env.at("PORT") == "4711");
    CHECK(agreed(settings, {{"PORT", "3000"}}).port == 3000);
  }
  SECTION("Render injects its own; a stored PORT wins") {
    settings.emulate = Emulation::render;
    settings.port = 10000;
    CHECK(agreed(settings, {}).env.at("PORT") == "10000");
    CHECK(agreed(settings, {{"PORT", "3000"}}).env.at("PORT") == "3000");
  }
  SECTION("Render, told not to inject") {
    settings.emulate = Emulation::render;
    settings.port = 10000;
    settings.inject_port = false;
    CHECK(agreed(settings, {}).env.empty());
  }
  SECTION("Cloud Run reserves PORT") {
    settings.emulate = Emulation::cloudrun;
    settings.port = 8000;
    CHECK(agreed(settings, {}).env.at("PORT") == "8000");
    CHECK_FALSE(agreed(settings, {{"PORT", "8000"}}).refused);
    const auto refused = agreed(settings, {{"PORT", "3000"}}).refused;
    REQUIRE(refused);
    CHECK(refused->stage == Stage::release);
    CHECK(refused->evidence == "PORT");
  }
}

TEST_CASE("A build is done once for what it depends on",
          "[adapters][local_builds]") {
  fakes::TemporaryFolder folder;
  fakes::GitRepository repository;
  const CommitId one{
      repository.commit_files({{"app", "1"}, {"list", "a"}})};
  const CommitId two{
      repository.commit_files({{"app", "2"}, {"list", "a"}})};
  const fs::path count = folder.path() / "count";
  BuildSettings settings;
  settings.source = repository.root();
  settings.work = folder.path() / "work";

  Bundle bundle;
  bundle.release.config["build"] =
      "echo built >> " + count.string() + "; cat app list > made";
  const auto builds_done = [&] {
    std::ifstream in(count);
    std::string line;
    int n = 0;
    while (std::getline(in, line)) ++n;
    return n;
  };
  const auto made = [&](LocalBuilds& builds, const CommitId& commit) {
    bundle.release.commit = commit;
    const auto answer = builds.prepare(bundle);
    REQUIRE(std::holds_alternative<Stand>(answer));
    const fs::path at = std::get<Stand>(answer).folder;
    std::ifstream in(at / "app");
    std::string app;
    in >> app;
    CHECK(fs::exists(at / "made"));
    builds.clean(at);
    return app;
  };

  /// The first line of what the build makes.
  const auto built_for = [&](LocalBuilds& builds,
                             std::map<std::string, std::string> env) {
    bundle.release.env = bundle.env = std::move(env);
    bundle.release.commit = one;
    const fs::path at = std::get<Stand>(builds.prepare(bundle)).folder;
    std::ifstream in(at / "made");
    std::string line;
    std::getline(in, line);
    builds.clean(at);
    return line;
  };

  SECTION("the whole folder by default") {
    LocalBuilds builds(settings);
    CHECK(made(builds, one) == "1");
    CHECK(made(builds, one) == "1");
    CHECK(builds_done() == 1);
    CHECK(made(builds, two) == "2");
    CHECK(builds_done() == 2);
    bundle.release.requirements["x"] = "==1";
    CHECK_FALSE(builds.ready(bundle.release));
    CHECK(made(builds, two) == "2");
    CHECK(builds_done() == 3);
  }
  SECTION("variables that it may read are among it") {
    bundle.release.config["build"] += "; echo $MADE_FOR $SECRET > made";
    settings.secret_names = {"SECRET"};
    LocalBuilds builds(settings);
    CHECK(built_for(builds, {{"MADE_FOR", "a"}, {"SECRET", "s"}}) == "a");
    CHECK(built_for(builds, {{"MADE_FOR", "a"}, {"SECRET", "t"}}) == "a");
    CHECK(builds_done() == 1);
    CHECK(built_for(builds, {{"MADE_FOR", "b"}, {"OTHER", "1"}}) == "b");
    CHECK(built_for(builds, {{"MADE_FOR", "b"}, {"OTHER", "2"}}) == "b");
    CHECK(builds_done() == 3);
    CHECK(builds.build_reads(bundle.release, "MADE_FOR"));
    CHECK_FALSE(builds.build_reads(bundle.release, "OTHER"));
  }
  SECTION("what it seems not to read is the same for all of a search") {
    bundle.release.config["build"] += "; env | grep ^UNSEEN > made";
    bundle.release.config["build"].replace(
        bundle.release.config["build"].find("UNSEEN"), 6, "U'N'SEEN");
    {
      LocalBuilds builds(settings);
      CHECK(built_for(builds, {{"UNSEEN", "base"}}) == "UNSEEN=base");
      CHECK(built_for(builds, {{"UNSEEN", "other"}}) == "UNSEEN=other");
      CHECK(builds_done() == 2);
    }
    const std::map<std::string, std::string> base = {{"UNSEEN", "base"}};
    settings.build_base = {base, base};
    LocalBuilds builds(settings);
    CHECK(built_for(builds, {{"UNSEEN", "another"}}) == "UNSEEN=base");
    CHECK(builds_done() == 2);  // the base's own build does
  }
  SECTION("declared inputs: other commits share it") {
    settings.build_inputs = {"list"};
    LocalBuilds builds(settings);
    CHECK(made(builds, one) == "1");
    CHECK(made(builds, two) == "2");  // the code is the commit's all the same
    CHECK(builds_done() == 1);
  }
  SECTION("the next run of rung finds it again") {
    { LocalBuilds builds(settings); made(builds, one); }
    LocalBuilds builds(settings);
    CHECK(made(builds, one) == "1");
    CHECK(builds_done() == 1);
  }
  SECTION("what a trial leaves behind is taken away") {
    LocalBuilds builds(settings);
    bundle.release.commit = one;
    const fs::path at = std::get<Stand>(builds.prepare(bundle)).folder;
    std::ofstream(at / "app.db") << "state";
    builds.clean(at);
    CHECK_FALSE(fs::exists(at / "app.db"));
    CHECK(builds.ready(bundle.release));
    // A trial that spoils what was built has it built again.
    builds.prepare(bundle);
    std::ofstream(at / "made") << "spoilt";
    builds.clean(at);
    CHECK_FALSE(builds.ready(bundle.release));
    CHECK(made(builds, one) == "1");
    CHECK(builds_done() == 2);
  }
  SECTION("what a build changes among the files of the commit is kept") {
    bundle.release.config["build"] = "echo edited > list; echo more >> GEN; " +
                                     bundle.release.config["build"];
    bundle.files = {{"GEN", "generated\n"}};
    bundle.release.commit = one;
    const auto line = [](const fs::path& file) {
      std::ifstream in(file);
      return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    const auto stands = [&](LocalBuilds& builds) {
      const fs::path at = std::get<Stand>(builds.prepare(bundle)).folder;
      CHECK(line(at / "list") == "edited\n");
      CHECK(line(at / "GEN") == "generated\nmore\n");
      builds.clean(at);
    };
    {
      LocalBuilds builds(settings);
      stands(builds);
      stands(builds);
      CHECK(builds_done() == 1);
    }
    LocalBuilds builds(settings);  // the next run of rung
    CHECK_FALSE(builds.ready(bundle.release));
    stands(builds);
    stands(builds);
    CHECK(builds_done() == 2);
    bundle.files["GEN"] = "generated\n";
    bundle.files["OTHER"] = "x";
    stands(builds);
    CHECK(builds_done() == 3);
  }
  SECTION("what a trial leaves behind is gone when rung was killed, too") {
    const bool builds_first = GENERATE(true, false);
    if (!builds_first) bundle.release.config.erase("build");
    bundle.release.commit = one;
    fs::path at;
    {
      LocalBuilds builds(settings);
      at = std::get<Stand>(builds.prepare(bundle)).folder;
      std::ofstream(at / "app.db") << "state";
      std::ofstream(std::get<Stand>(builds.prepare(bundle)).home / ".state")
          << "x";
    }  // no clean()
    LocalBuilds builds(settings);
    const Stand stand = std::get<Stand>(builds.prepare(bundle));
    CHECK(stand.folder == at);
    CHECK_FALSE(fs::exists(at / "app.db"));
    CHECK_FALSE(fs::exists(stand.home / ".state"));
    builds.clean(at);
    // What serves keeps its own.
    settings.stays = true;
    settings.work /= "live";
    {
      LocalBuilds live(settings);
      at = std::get<Stand>(live.prepare(bundle)).folder;
      std::ofstream(at / "app.db") << "state";
    }
    LocalBuilds live(settings);
    live.prepare(bundle);
    CHECK(fs::exists(at / "app.db"));
  }
  SECTION("a failed build is a refusal with its output") {
    bundle.release.config["build"] = "echo no such thing >&2; exit 3";
    bundle.release.commit = one;
    LocalBuilds builds(settings);
    const auto answer = builds.prepare(bundle);
    REQUIRE(std::holds_alternative<Refused>(answer));
    CHECK(std::get<Refused>(answer).failure.stage == Stage::build);
    CHECK(std::get<Refused>(answer).log == "no such thing\n");
    CHECK_FALSE(builds.ready(bundle.release));
  }
}

TEST_CASE("A build that was killed is told from one that failed",
          "[adapters][local_builds]") {
  fakes::TemporaryFolder folder;
  fakes::GitRepository repository;
  Bundle bundle;
  bundle.release.commit.hex = repository.commit_files({{"app", "1"}});
  BuildSettings settings;
  settings.source = repository.root();
  settings.work = folder.path() / "work";
  LocalBuilds builds(settings);
  const auto killed = [&](const char* command) {
    bundle.release.config["build"] = command;
    return std::get<Refused>(builds.prepare(bundle)).killed;
  };
  CHECK(killed("kill -KILL $$"));
  CHECK(killed("sh -c 'kill -TERM $$'; exit $?"));
  CHECK_FALSE(killed("exit 1"));
  CHECK_FALSE(killed("kill -SEGV $$"));
}

TEST_CASE("A process gets its release's environment and nothing else",
          "[adapters][local_platform]") {
  fakes::TemporaryFolder folder;
  fakes::GitRepository repository;
  Bundle bundle;
  bundle.release.commit.hex = repository.commit_files({{"app", "1"}});
  bundle.release.config["start"] = "env > seen; exec sleep 60";
  bundle.env = {{"GREETING", "hello world"}};
  LocalSettings settings;
  settings.build.source = repository.root();
  settings.build.work = folder.path() / "work";
  settings.port = 0;
  setenv("RUNG_TEST_LEAK", "leaked", 1);
  LocalPlatform platform(settings);
  auto answer = platform.deploy(bundle);
  auto& deployment = *std::get<std::unique_ptr<Deployment>>(answer);
  const fs::path seen = settings.build.work / "checkout" / "seen";
  std::set<std::string> names;
  while (names.count("GREETING") == 0) {
    deployment.wait(std::chrono::milliseconds(2));
    std::ifstream in(seen);
    std::string line;
    while (std::getline(in, line)) names.insert(line.substr(0, line.find('=')));
  }
  names.erase("PWD");    // sh sets these two itself
  names.erase("SHLVL");
  names.erase("_");
  names.erase("OLDPWD");
  // Where this machine's version managers keep their tools, if it has any.
  for (const char* manager : {"PYENV_ROOT", "RUSTUP_HOME", "NVM_DIR",
                              "JAVA_HOME", "GOROOT", "SDKMAN_DIR"}) {
    names.erase(manager);
  }
  CHECK(names == std::set<std::string>{"GIT_CEILING_DIRECTORIES", "GREETING",
                                       "HOME", "LANG", "PATH", "PORT",
                                       "TMPDIR"});
  platform.withdraw(deployment);
  platform.withdraw(deployment);  // twice is not an error
  CHECK(deployment.exited());
  CHECK_FALSE(fs::exists(seen));
}

}  // namespace rung::local_platform_test
