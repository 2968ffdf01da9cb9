// What rung costs around the commands it runs: a bisect with a predicate that
// costs nothing, against `git bisect` with the very same script, in turn on
// the same repositories. Both must name the same commit.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "core/model/delta.hpp"
#include "tests/bench/histories.hpp"
#include "tests/bench/measured.hpp"

namespace rung::bench {
namespace {

namespace fs = std::filesystem;

struct Settings {
  fs::path rung = RUNG_BINARY;
  fs::path cache = RUNG_BENCH_CACHE;
  unsigned runs = 7;
  std::vector<std::string> only;
};

/// Several runs of one command.
struct Sample {
  std::vector<double> seconds, cpu, peak_mb;
  void add(const Measured& run) {
    seconds.push_back(run.seconds);
    cpu.push_back(run.cpu);
    peak_mb.push_back(run.peak_mb);
  }
};

void row(const std::string& what, const Sample& sample, const Sample* git) {
  const double wall = median(sample.seconds);
  const double cpu = median(sample.cpu);
  std::string ratio = git == nullptr ? fmt::format("{:>6} {:>6}", "", "")
                                     : fmt::format("{:>6.2f} {:>6.2f}",
                                                   wall / median(git->seconds),
                                                   cpu / median(git->cpu));
  fmt::print("{:<48} {:>9.1f} {:>9.1f} {} {:>8.1f}\n", what, wall * 1e3,
             cpu * 1e3, ratio, median(sample.peak_mb));
  std::fflush(stdout);
}

/// The script both tools run: it starts no process of its own.
fs::path predicate(const fs::path& cache, std::uint32_t culprit) {
  const fs::path file = cache / "predicate.sh";
  std::ofstream(file) << "read n < counter && test \"$n\" -lt " << culprit
                      << "\n";
  return file;
}

/// The culprit git names; what comes before and after is not measured.
std::string git_bisect(const History& history, const fs::path& script,
                       Sample& sample) {
  const auto aside = [&](const char* words) {
    if (measured({"sh", "-c", words}, history.repo).exit != 0) {
      throw std::runtime_error(fmt::format("failed: {}", words));
    }
  };
  aside("git bisect reset && git checkout -q main");
  const Measured run =
      measured({"sh", "-c",
                fmt::format("git bisect start {} {} && git bisect run sh '{}'",
                            history.last, history.first, script.string())},
               history.repo);
  aside("git bisect reset");
  const auto at = run.out.find(" is the first bad commit");
  if (run.exit != 0 || at == std::string::npos || at < 40) {
    throw std::runtime_error("git bisect named no commit: " + run.out);
  }
  sample.add(run);
  return run.out.substr(at - 40, 40);
}

/// The culprit rung names. `folder` is where its journal is kept.
std::string rung_bisect(const Settings& settings, const History& history,
                        const fs::path& script, const fs::path& folder,
                        Sample& sample) {
  const Measured run =
      measured({settings.rung.string(), "bisect", "--source",
                history.repo.string(), "--good", history.first, "--bad",
                history.last, "--command", "sh '" + script.string() + "'",
                "--fresh", "--json", "--state", folder.string()},
               folder);
  const auto report = nlohmann::json::parse(run.out, nullptr, false);
  if (report.is_discarded() || report.value("outcome", "") != "culprit") {
    throw std::runtime_error("rung bisect named no commit: " + run.out);
  }
  sample.add(run);
  return report["culprits"][0][0]["id"];
}

void same(const std::string& git, const std::string& ours) {
  if (git != ours) {
    throw std::runtime_error("git names " + git + ", rung " + ours);
  }
}

struct World {
  Shape shape;
  bool against_git = true;
};

void bisects(const Settings& settings, const World& world) {
  const History history = bench::history(settings.cache, world.shape);
  const fs::path folder = settings.cache / "journal";
  std::mt19937 random(7);
  Sample git, cold, warm;
  for (unsigned i = 0; i < settings.runs; ++i) {
    const auto culprit =
        2 + static_cast<std::uint32_t>(random() % (history.main_line - 1));
    const fs::path script = predicate(settings.cache, culprit);
    std::string named;
    if (world.against_git) named = git_bisect(history, script, git);
    fs::remove_all(folder);
    fs::create_directories(folder);
    const auto first = rung_bisect(settings, history, script, folder, cold);
    if (world.against_git) same(named, first);
    same(first, rung_bisect(settings, history, script, folder, warm));
  }
  if (world.against_git)
    row(world.shape.name + ", git bisect run", git, nullptr);
  const Sample* yardstick = world.against_git ? &git : nullptr;
  row(world.shape.name + ", rung bisect, no .rung yet", cold, yardstick);
  row(world.shape.name + ", rung bisect, work tree kept", warm, yardstick);
}

/// What git needs for the first of its steps, once: too slow for a bisect.
void midpoint(const Settings& settings, const Shape& shape) {
  const History history = bench::history(settings.cache, shape);
  Sample git;
  const Measured run = measured(
      {"git", "rev-list", "--bisect", history.last, "^" + history.first},
      history.repo);
  if (run.exit != 0) throw std::runtime_error("git rev-list failed");
  git.add(run);
  row(shape.name + ", git rev-list --bisect, one step", git, nullptr);
}

void start_up(const Settings& settings) {
  Sample help, none;
  for (int i = 0; i < 50; ++i) {
    help.add(measured({settings.rung.string(), "--help"}, "/"));
    none.add(measured({"/bin/true"}, "/"));
  }
  row("/bin/true, 50 times", none, nullptr);
  row("rung --help, 50 times", help, nullptr);
}

std::map<std::string, std::string> random_map(std::mt19937_64& random) {
  std::map<std::string, std::string> map;
  for (auto i = random() % 6; i > 0; --i) {
    map["k" + std::to_string(random() % 8)] = std::to_string(random() % 3);
  }
  return map;
}

Release random_release(std::mt19937_64& random) {
  return {CommitId{std::string(40, "abc"[random() % 3])}, random_map(random),
          random_map(random), random_map(random)};
}

void delta_law(unsigned pairs) {
  std::mt19937_64 random(3);
  unsigned broken = 0;
  for (unsigned i = 0; i < pairs; ++i) {
    const Release good = random_release(random);
    const Release bad = random_release(random);
    broken += applied(good, diff(good, bad)) != bad;
  }
  fmt::print(
      "applied(good, diff(good, bad)) == bad: {} random pairs, {} "
      "broken\n",
      pairs, broken);
  if (broken != 0) throw std::runtime_error("the law of deltas is broken");
}

int run(const Settings& settings) {
  const auto wanted = [&](const std::string& name) {
    return settings.only.empty() ||
           std::find(settings.only.begin(), settings.only.end(), name) !=
               settings.only.end();
  };
  const std::vector<World> worlds = {
      {{"linear 1,000", 1'000, 10, 0}, true},
      {{"linear 100,000", 100'000, 10, 0}, true},
      {{"tree of 20,000 files", 1'000, 20'000, 0}, true},
      {{"60,000 with 10,000 merges", 60'000, 10, 10'000}, false},
  };
  fmt::print(
      "{}\n{} runs each, in turn; medians; cpu is user and system of all "
      "processes\n\n",
      machine(), settings.runs);
  fmt::print("{:<48} {:>9} {:>9} {:>6} {:>6} {:>8}\n", "", "wall ms", "cpu ms",
             "/git", "cpu/", "peak MB");
  if (wanted("start")) start_up(settings);
  for (const World& world : worlds) {
    if (!wanted(world.shape.name)) continue;
    bisects(settings, world);
    if (!world.against_git) midpoint(settings, world.shape);
  }
  if (wanted("law")) delta_law(1'000'000);
  fmt::print("\nload at the end: {}\n", machine());
  return 0;
}

}  // namespace
}  // namespace rung::bench

int main(int argc, char** argv) {
  rung::bench::Settings settings;
  CLI::App app("rung bisect against git bisect run; prints one table");
  app.add_option("--rung", settings.rung, "the program to measure")
      ->check(CLI::ExistingFile);
  app.add_option("--cache", settings.cache, "where the histories are kept");
  app.add_option("--runs", settings.runs)->check(CLI::Range(1, 100));
  app.add_option("only", settings.only, "the worlds to measure; all");
  CLI11_PARSE(app, argc, argv);
  try {
    return rung::bench::run(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rung_overhead_bench: {}\n", error.what());
    return 1;
  }
}
