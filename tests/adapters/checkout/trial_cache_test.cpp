#include "adapters/checkout/trial_cache.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace fs = std::filesystem;

namespace rung::trial_cache_test {
namespace {

using fakes::TempFolder;

fs::path build_of(const TrialPlace& place, const std::string& name,
                  std::uint64_t bytes, int hours_old) {
  const fs::path folder = place.folder / "0" / "builds" / name;
  fs::create_directories(folder / "tree");
  write_build_mark(folder / "built", bytes);
  fs::last_write_time(folder / "built",
                      fs::file_time_type::clock::now() -
                          std::chrono::hours(hours_old));
  return folder;
}

}  // namespace

TEST_CASE("Whatever marks a project above a folder is found",
          "[adapters][trial_cache]") {
  const TempFolder temp;
  const fs::path deep = temp.path() / "a" / "b" / "c";
  fs::create_directories(deep);
  CHECK_FALSE(project_above(deep));
  for (const char* mark : {".git", "package.json", "node_modules", ".env",
                           "pyproject.toml", ".npmrc", "Procfile"}) {
    const fs::path file = temp.path() / "a" / mark;
    std::ofstream(file) << "x";
    CAPTURE(mark);
    REQUIRE(project_above(deep));
    CHECK_THAT(*project_above(deep), Catch::Contains(mark));
    // Also of a folder that is not there yet.
    CHECK(project_above(deep / "later" / "on"));
    fs::remove(file);
  }
}

TEST_CASE("The oldest builds go first when the cache is too large",
          "[adapters][trial_cache]") {
  const TempFolder temp;
  const fs::path cache = temp.path() / "cache";
  const TrialPlace own = trial_place(cache, temp.path() / "s", temp.path());
  fs::path newest, middle, oldest;
  {
    const TrialPlace other =
        trial_place(cache, temp.path() / "other", temp.path());
    CHECK(other.folder != own.folder);
    newest = build_of(own, "newest", 400, 1);
    middle = build_of(other, "middle", 400, 2);
    oldest = build_of(own, "oldest", 400, 3);
    trim_cache(own, 1000);
    CHECK(fs::exists(newest));
    CHECK(fs::exists(middle));
    CHECK_FALSE(fs::exists(oldest));
    trim_cache(own, 300);
    CHECK_FALSE(fs::exists(newest));
    CHECK(fs::exists(middle));  // another rung is at work there
  }
  trim_cache(own, 300);
  CHECK_FALSE(fs::exists(middle));
}

TEST_CASE("Trials of long ago go, and what is not rung's stays",
          "[adapters][trial_cache]") {
  const TempFolder temp;
  const fs::path cache = temp.path() / "cache";
  fs::path old;
  {
    const TrialPlace other = trial_place(cache, temp.path() / "o", temp.path());
    old = other.folder;
  }
  fs::last_write_time(old / "about", fs::file_time_type::clock::now() -
                                         std::chrono::hours(24 * 31));
  fs::create_directories(cache / "theirs" / "0" / "builds" / "x");
  const TrialPlace own = trial_place(cache, temp.path() / "s", temp.path());
  trim_cache(own, 0);
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(cache / "theirs" / "0" / "builds" / "x"));
  for (const CachedTrials& one : cached_trials(cache)) {
    if (one.folder != own.folder) continue;
    CHECK(is_in_use(one));
    CHECK_FALSE(remove_cached(one));
  }
  CHECK(fs::exists(own.folder));
}

TEST_CASE("A folder that others could have prepared is not used",
          "[adapters][trial_cache]") {
  const TempFolder temp;
  fs::create_directories(temp.path() / "real");
  fs::create_directory_symlink(temp.path() / "real", temp.path() / "link");
  CHECK_THROWS_AS(trial_place(temp.path() / "link", temp.path(), temp.path()),
                  AbortError);
}

TEST_CASE("A read-only folder is removed whole", "[adapters][trial_cache]") {
  const TempFolder temp;
  const fs::path deep = temp.path() / "mod" / "pkg" / "x";
  fs::create_directories(deep);
  std::ofstream(deep / "file") << "1";
  fs::permissions(deep, fs::perms::owner_read | fs::perms::owner_exec);
  fs::permissions(temp.path() / "mod" / "pkg",
                  fs::perms::owner_read | fs::perms::owner_exec);
  remove_whole(temp.path() / "mod");
  CHECK_FALSE(fs::exists(temp.path() / "mod"));
}

}  // namespace rung::trial_cache_test
