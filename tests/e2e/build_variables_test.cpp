#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/broken_service.hpp"
#include "tests/e2e/running_rung.hpp"

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

TEST_CASE("What serves was built with its own variables",
          "[e2e][climb][build_variables]") {
  // A tool outside of the repository bakes one in: rung sees no word of it.
  const fakes::TemporaryFolder outside;
  const std::filesystem::path tool = outside.path() / "bake";
  std::ofstream(tool)
      << "echo \"baked $ORIGIN\"\n"
         "case $ORIGIN in\n"
         "  wrong*) echo 'die 1 Error: no origin' >> behaviour ;;\n"
         "esac\n";
  fakes::GitRepository repository;
  repository.commit_files({{"behaviour", "port PORT\n"}});
  repository.check_out();
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(repository.root() / name) << text;
  };
  write("plan.yaml", "rung: 1\nname: app\nruntime: other\nbuild: sh " +
                         tool.string() + "\nstart: exec " + RUNG_TEST_SERVICE +
                         " behaviour\nenv_files: [.env]\n"
                         "targets:\n  local: {port: auto}\n"
                         "phases:\n  - name: one\n"
                         "    gates: [{http: /health, deadline: 10s}]\n");
  const auto climb = [&] {
    return RunningRung({"climb", "plan.yaml", "--json"}, repository.root())
        .result();
  };
  write(".env", "ORIGIN=right\nOTHER=1\n");
  const Result first = climb();
  CAPTURE(first.log);
  CHECK(first.exit == 0);
  write(".env", "ORIGIN=wrong\nOTHER=2\n");
  const Result second = climb();
  CAPTURE(second.log);
  CHECK(second.exit == 1);
  CHECK(culprits(second.json()) == Sets{{"env ORIGIN changed"}});
  rung({"stop", "plan.yaml"}, repository.root());
}

}  // namespace rung::e2e::build_variables_test
