#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/broken_service.hpp"

// Variables that only the build reads.
namespace rung::e2e::build_variables_test {
namespace {

using Sets = std::vector<std::vector<std::string>>;

std::size_t lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::size_t count = 0;
  while (std::getline(in, line)) ++count;
  return count;
}

struct World {
  BrokenService service;
  std::filesystem::path builds = service.folder() / "builds";
  Result search(const std::map<std::string, std::string>& good,
                const std::map<std::string, std::string>& bad,
                std::vector<std::string> more = {}) {
    const auto first = service.env_file("good.env", 3, "1", good);
    const auto second = service.env_file("bad.env", 3, "2", bad);
    more.insert(more.end(), {"--build", "sh build.sh", "--good-env", first,
                             "--bad-env", second});
    return service.bisect(more);
  }
  void build_script(const std::string& text) {
    service.repository().commit_files(
        {{"behaviour", "port PORT\n"},
         {"build.sh", "set -e\necho b >> " + builds.string() + "\n" + text}});
  }
};

}  // namespace

TEST_CASE("A variable that the build names is found, with builds for it alone",
          "[e2e][build_variables]") {
  World world;
  world.build_script("test -n \"$SITE_URL\" || { echo 'SITE_URL is not set' >&2; exit 1; }\n");
  const Result result = world.search({{"SITE_URL", "x"}}, {});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"env SITE_URL removed"}});
  // Good, and each time that SITE_URL is gone (the bad end, the proof and its
  // two repeats); K0..K2 build nothing. What the answer rests on is built twice
  // more, with builds that depend on them, too.
  CHECK(lines_of(world.builds) <= 7);
}

TEST_CASE("Before nothing is said to break, builds for all variables are tried",
          "[e2e][build_variables]") {
  World world;
  // No word of the script is the variable's name.
  world.build_script("env | grep -q ^SITE'_'URL= || { echo no site >&2; exit 1; }\n");
  const Result result = world.search({{"SITE_URL", "x"}}, {});
  CAPTURE(result.log);
  CHECK(result.exit == 1);
  CHECK(culprits(result.json()) == Sets{{"env SITE_URL removed"}});

  const Result none = world.search({{"SITE_URL", "x"}}, {},
                                   {"--build-env", "none"});
  CAPTURE(none.log);
  CHECK(none.json()["outcome"] == "drift");  // no build gets it
}

TEST_CASE("What a build makes for good does not hide in a search",
          "[e2e][build_variables]") {
  World world;
  // Baked in by the build, unseen; it matters when the service runs.
  world.build_script(
      "v=$(env | grep ^SITE'_'URL= || true)\n"
      "test -n \"$v\" || echo 'die 1 Error: no site' >> behaviour\n");
  const auto workers = GENERATE(1, 2);
  const Result result = world.search({{"SITE_URL", "x"}}, {},
                                     {"--workers", std::to_string(workers)});
  CAPTURE(result.log);
  CHECK(culprits(result.json()) == Sets{{"env SITE_URL removed"}});
}

}  // namespace rung::e2e::build_variables_test
