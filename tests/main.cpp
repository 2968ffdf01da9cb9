#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/fakes/skipped.hpp"

namespace {

/// Whether any run of a test checked something without being skipped.
bool something_ran = false;

struct RunListener : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  // Each run of a test is a section of its own, around all others.
  void sectionStarting(const Catch::SectionInfo&) override {
    if (depth_++ == 0) skips_before_ = rung::fakes::skips().size();
  }
  void sectionEnded(const Catch::SectionStats& stats) override {
    if (--depth_ > 0) return;
    const bool skipped = rung::fakes::skips().size() > skips_before_;
    if (!skipped && stats.assertions.total() > 0) something_ran = true;
  }

 private:
  int depth_ = 0;
  std::size_t skips_before_ = 0;
};

CATCH_REGISTER_LISTENER(RunListener)

/// As CMakeLists.txt tells ctest, which runs a process for each test.
constexpr int kSkipped = 77;

}  // namespace

// A test runs real builds, predicates and tools, some of them destructive:
// none of them gets the home or the cache of whoever runs the tests.
int main(int argc, char** argv) {
  std::string home =
      (std::filesystem::temp_directory_path() / "rung-tests-XXXXXX").string();
  if (mkdtemp(home.data()) == nullptr) return 2;
  setenv("HOME", home.c_str(), 1);
  setenv("XDG_CACHE_HOME", (home + "/.cache").c_str(), 1);
  setenv("XDG_CONFIG_HOME", (home + "/.config").c_str(), 1);
  // What a CI system sets would change what rung prints.
  unsetenv("GITHUB_ACTIONS");
  unsetenv("GITLAB_CI");
  // Settling has tests of its own; elsewhere it would only cost time.
  setenv("RUNG_SETTLE", "0s", 0);
  Catch::Session session;
  if (const int wrong = session.applyCommandLine(argc, argv); wrong != 0) {
    return wrong;
  }
  // ctest cuts a name at a ";", and a name that matches no test is no success.
  session.configData().warnings = static_cast<Catch::WarnAbout::What>(
      session.configData().warnings | Catch::WarnAbout::NoTests);
  const int failed = session.run();
  std::error_code error;
  std::filesystem::remove_all(home, error);
  if (failed == 0 && !rung::fakes::skips().empty() && !something_ran) {
    return kSkipped;
  }
  return failed;
}
