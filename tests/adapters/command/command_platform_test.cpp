#include "adapters/command/command_platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapters/process/process.hpp"
#include "adapters/process/system_clock.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "plans/reading/reader.hpp"
#include "tests/conformance/platform_conformance.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::command_platform_test {
namespace {

using conformance::Behaviour;

const fs::path kExample =
    fs::path(RUNG_SOURCE_DIR) / "plans" / "examples" / "command";

using fakes::text_of;

std::string key_bytes() { return std::string(SealKey::kBytes, 'k'); }

/// The test service on the platform of plans/examples/command.
class CommandWorld final : public conformance::World {
 public:
  CommandWorld() {
    for (const auto& [behaviour, rules] :
         std::map<Behaviour, std::string>{
             {Behaviour::good, "port PORT\n"},
             {Behaviour::good_too, "port PORT\nlog another release\n"},
             {Behaviour::unhealthy, "port PORT\nstatus 500\n"},
             {Behaviour::exits, "if-set API_KEY: die 3 API_KEY is set, "
                                "SETTING is missing\n"}}) {
      commits_[behaviour].hex = repository_.commit_files(
          {{"app/behaviour", rules}, {"app/index.html", "x"}});
    }
    fakes::GitRepository::Changes changes;
    changes["app/index.html"] = std::nullopt;
    no_index_.hex = repository_.commit(changes);
    changes = {{"app", std::nullopt}, {"other", fakes::RepositoryFile{"x"}}};
    no_folder_.hex = repository_.commit(changes);
    fs::create_directories(platform());
  }
  ~CommandWorld() override {
    for (const std::string& name : existing()) {
      ProcessSpec kill;
      kill.argv = {"/bin/sh", "-c",
                   "kill -9 -- -$(cat " + (platform() / name / "pid").string() +
                       ")"};
      run(kill, std::chrono::seconds(5));
    }
  }

  std::unique_ptr<Platform> another_rung() override {
    RemoteSettings settings{
        "shop", "ours", fmt::format("r{}", ++rungs_), {}, {}, {"API_KEY"},
        folder_.path() / "state", key_, clock_};
    settings.build.source = repository_.root();
    settings.build.path = "app";
    settings.build.work = folder_.path() / fmt::format("work{}", rungs_);
    const std::string line = fmt::format(
        "PLATFORM={} sh {}", platform().string(),
        (kExample / "platform.sh").string());
    for (const char* name :
         {"deploy", "status", "logs", "withdraw", "restore"}) {
      settings.options[name] = line;
    }
    settings.options["interval"] = "20ms";
    settings.options["several"] = "true";
    return make_command_platform(settings);
  }
  Bundle bundle(Behaviour behaviour) override {
    Bundle bundle;
    bundle.release.commit = commits_.at(behaviour);
    bundle.release.config["start"] =
        fmt::format("echo >> {}; exec {}", (folder_.path() / "starts").string(),
                    RUNG_TEST_SERVICE);
    return bundle;
  }
  std::map<Stage, Bundle> refused() override {
    Bundle build = bundle(Behaviour::good);
    build.release.commit = no_index_;
    Bundle source = bundle(Behaviour::good);
    source.release.commit = no_folder_;
    return {{Stage::build, build}, {Stage::source, source}};
  }
  std::vector<std::string> existing() override {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(platform())) {
      found.push_back(entry.path().filename());
    }
    return found;
  }
  std::size_t starts() override {
    const std::string lines = text_of(folder_.path() / "starts");
    return static_cast<std::size_t>(
        std::count(lines.begin(), lines.end(), '\n'));
  }
  // What the service writes it may write; what rung writes is looked at.
  std::string overheard() override {
    std::string text;
    for (const auto& process : fs::directory_iterator("/proc")) {
      text += text_of(process.path() / "cmdline");
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) text += text_of(entry.path());
    }
    return text;
  }

 private:
  [[nodiscard]] fs::path platform() const {
    return folder_.path() / "platform";
  }
  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  std::map<Behaviour, CommitId> commits_;
  CommitId no_index_, no_folder_;
  SealKey key_{key_bytes()};
  SystemClock clock_;
  int rungs_ = 0;
};

/// A platform whose commands are given as shell text.
class Scripted {
 public:
  Scripted() { repository_.commit_files({{"index.html", "x"}}); }

  std::unique_ptr<Platform> platform(
      std::map<std::string, std::string> options) {
    RemoteSettings settings{"shop", "ours", "r1", {}, std::move(options), {},
                            folder_.path() / "state", key_, clock_};
    settings.options.emplace("withdraw",
                             "cat >> " + at("withdrawn") + "; echo '{}'");
    settings.build.source = repository_.root();
    settings.build.work = folder_.path() / "work";
    return make_command_platform(settings);
  }
  Bundle bundle() {
    Bundle bundle;
    bundle.release.commit.hex = repository_.head();
    bundle.env["PASSWORD"] = "open sesame";
    return bundle;
  }
  /// What became of one deploy: "refused STAGE: ...", or what was thrown.
  std::string outcome(const std::string& deploy) {
    const auto platform_ = platform({{"deploy", deploy}, {"timeout", "2s"}});
    try {
      const auto answer = platform_->deploy(bundle());
      if (const auto* refused = std::get_if<Refused>(&answer)) {
        return fmt::format("refused {}: {}", to_string(refused->failure.stage),
                           refused->failure.message);
      }
      return "deployed at " +
             std::get<std::unique_ptr<Deployment>>(answer)->url();
    } catch (const AbortError& error) {
      return std::string("abort: ") + error.what();
    } catch (const PlatformError& error) {
      return std::string("infra: ") + error.what();
    }
  }
  [[nodiscard]] std::string at(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  fakes::ManualClock& clock() { return clock_; }

 private:
  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  SealKey key_{key_bytes()};
  fakes::ManualClock clock_;
};

}  // namespace

TEST_CASE("The user's commands do what every platform promises",
          "[adapters][command_platform][conformance]") {
  conformance::check_platform([] { return std::make_unique<CommandWorld>(); });
}

TEST_CASE("What the user's commands serve is never lost",
          "[adapters][command_platform][conformance]") {
  conformance::check_live_platform(
      [] { return std::make_unique<CommandWorld>(); });
}

TEST_CASE("A command's exit code says whose fault it was",
          "[adapters][command_platform]") {
  Scripted scripted;
  using Catch::Contains;
  using Catch::StartsWith;
  CHECK(scripted.outcome("echo '{\"url\": \"http://x/\"}'") ==
        "deployed at http://x");
  CHECK_THAT(scripted.outcome(
                 "echo '{\"stage\": \"build\", \"message\": \"no\"}'; exit 1"),
             StartsWith("refused build: no"));
  CHECK_THAT(scripted.outcome("echo boom >&2; exit 1"),
             StartsWith("infra: ") && Contains("boom") && Contains("stage"));
  CHECK_THAT(scripted.outcome("exit 75"), StartsWith("infra: "));
  CHECK_THAT(scripted.outcome("kill -9 $$"),
             StartsWith("infra: ") && Contains("signal 9"));
  CHECK_THAT(scripted.outcome("echo 'no JSON'"),
             StartsWith("infra: ") && Contains("not a JSON object"));
  CHECK_THAT(scripted.outcome("echo denied >&2; exit 77"),
             StartsWith("abort: ") && Contains("denied"));
  CHECK_THAT(scripted.outcome("no-such-program"), StartsWith("abort: "));
  CHECK_THAT(scripted.outcome("sleep 60"),
             StartsWith("infra: ") && Contains("did not end within 2 s"));
}

TEST_CASE("A command that failed may have done it: it is withdrawn by name",
          "[adapters][command_platform]") {
  Scripted scripted;
  scripted.outcome("cat > " + scripted.at("asked") + "; exit 75");
  const auto asked = nlohmann::json::parse(text_of(scripted.at("asked")));
  const auto withdrawn =
      nlohmann::json::parse(text_of(scripted.at("withdrawn")));
  CHECK(asked["action"] == "deploy");
  CHECK(asked["env"]["PASSWORD"] == "open sesame");
  CHECK(withdrawn["action"] == "withdraw");
  CHECK(withdrawn["name"] == asked["name"]);
  CHECK_FALSE(fs::exists(scripted.at("state")));
}

TEST_CASE("What a command repeats of the environment is kept out of messages",
          "[adapters][command_platform]") {
  Scripted scripted;
  const std::string said = scripted.outcome("cat >&2; echo >&2; exit 3");
  CHECK_THAT(said, Catch::Contains("PASSWORD"));
  CHECK_THAT(said, !Catch::Contains("open sesame"));
}

TEST_CASE("An option of the command adapter that nobody knows is named",
          "[adapters][command_platform]") {
  Scripted scripted;
  CHECK_THROWS_WITH(scripted.platform({{"deploy", "x"}, {"restor", "y"}}),
                    Catch::Contains("did you mean \"restore\"?"));
  CHECK_THROWS_WITH(scripted.platform({}), Catch::Contains("deploy"));
}

TEST_CASE("The example of the command adapter is a plan, of thirty lines",
          "[adapters][command_platform]") {
  const Plan plan = read_plan(kExample / "plan.yaml");
  CHECK(plan.targets.at(0).adapter == "command");
  const std::string script = text_of(kExample / "platform.sh");
  CHECK(std::count(script.begin(), script.end(), '\n') <= 45);
}

}  // namespace rung::command_platform_test
