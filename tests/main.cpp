#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

// A test runs real builds, predicates and tools, some of them destructive:
// none of them gets the home or the cache of whoever runs the tests.
int main(int argc, char** argv) {
  std::string home =
      (std::filesystem::temp_directory_path() / "rung-tests-XXXXXX").string();
  if (mkdtemp(home.data()) == nullptr) return 2;
  setenv("HOME", home.c_str(), 1);
  setenv("XDG_CACHE_HOME", (home + "/.cache").c_str(), 1);
  setenv("XDG_CONFIG_HOME", (home + "/.config").c_str(), 1);
  // Settling has tests of its own; elsewhere it would only cost time.
  setenv("RUNG_SETTLE", "0s", 0);
  const int failed = Catch::Session().run(argc, argv);
  std::error_code error;
  std::filesystem::remove_all(home, error);
  return failed;
}
