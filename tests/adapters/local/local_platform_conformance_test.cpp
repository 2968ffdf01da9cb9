#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/local/local_platform.hpp"
#include "tests/conformance/platform_conformance.hpp"
#include "tests/fakes/git_repository.hpp"
#include "tests/fakes/text_of.hpp"

namespace fs = std::filesystem;

namespace rung::local_platform_conformance_test {
namespace {

using conformance::Behaviour;

using fakes::text_of;

/// The test service as processes of this machine.
class LocalWorld final : public conformance::World {
 public:
  LocalWorld() {
    for (const auto& [behaviour, rules] :
         std::map<Behaviour, std::string>{
             {Behaviour::good, "port PORT\n"},
             {Behaviour::good_too, "port PORT\nlog another release\n"},
             {Behaviour::unhealthy, "port PORT\nstatus 500\n"},
             {Behaviour::exits, "if-set API_KEY: die 3 API_KEY is set, "
                                "SETTING is missing\n"}}) {
      commits_[behaviour].hex =
          repository_.commit_files({{"app/behaviour", rules}});
    }
    fakes::GitRepository::Changes gone;
    gone["app"] = std::nullopt;
    gone["other"] = fakes::RepositoryFile{"x"};
    no_folder_.hex = repository_.commit(gone);
  }

  std::unique_ptr<Platform> another_rung() override {
    LocalSettings settings;
    settings.build.source = repository_.root();
    settings.build.path = "app";
    settings.build.work = folder_.path() / fmt::format("work{}", ++rungs_);
    return std::make_unique<LocalPlatform>(settings);
  }
  Bundle bundle(Behaviour behaviour) override {
    Bundle bundle;
    bundle.release.commit = commits_.at(behaviour);
    bundle.release.config["start"] =
        fmt::format("echo >> {}; exec {}", (folder_.path() / "starts").string(),
                    RUNG_TEST_SERVICE);
    bundle.env["RUNG_WORLD"] = folder_.path().string();
    return bundle;
  }
  std::map<Stage, Bundle> refused() override {
    Bundle build = bundle(Behaviour::good);
    build.release.config["build"] = "echo no such package >&2; exit 3";
    Bundle source = bundle(Behaviour::good);
    source.release.commit = no_folder_;
    return {{Stage::build, build}, {Stage::source, source}};
  }
  std::vector<std::string> existing() override {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string mark = "RUNG_WORLD=" + folder_.path().string();
      // The service itself: the shell before it is the same process.
      if (text_of(entry.path() / "environ").find(mark) != std::string::npos) {
        found.push_back(entry.path().filename());
      }
    }
    return found;
  }
  std::size_t starts() override {
    const std::string lines = text_of(folder_.path() / "starts");
    return static_cast<std::size_t>(
        std::count(lines.begin(), lines.end(), '\n'));
  }
  std::string overheard() override {
    std::string text;
    for (const std::string& pid : existing()) {
      text += text_of(fs::path("/proc") / pid / "cmdline");
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) text += text_of(entry.path());
    }
    return text;
  }

 private:
  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  std::map<Behaviour, CommitId> commits_;
  CommitId no_folder_;
  int rungs_ = 0;
};

}  // namespace

TEST_CASE("The local platform does what every platform promises",
          "[adapters][local_platform][conformance]") {
  conformance::check_platform([] { return std::make_unique<LocalWorld>(); });
}

}  // namespace rung::local_platform_conformance_test
