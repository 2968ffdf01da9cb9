// What --workers k saves on real services, and what rung costs while it waits
// for a platform: the built binary on a web service in Python, on this machine
// and in a real Docker Engine (a swarm of one machine) started for it.
#define CATCH_CONFIG_RUNNER  // the daemon's file needs Catch2, not its main()
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/bench/measured.hpp"
#include "tests/bench/python_app.hpp"
#include "tests/fakes/docker_daemon.hpp"
#include "tests/fakes/rounds.hpp"

namespace rung::bench {
namespace {

struct Settings {
  std::vector<std::string> platforms = {"local", "docker", "swarm"};
  std::vector<std::size_t> workers = {1, 2, 3, 4};
  std::size_t commits = 64;
  double start_seconds = 1;
  int wait_seconds = 60;
  bool only_waiting = false;
};

std::string target_of(const std::string& platform, const std::string& socket) {
  if (platform == "local") return "{adapter: local, port: auto}";
  return fmt::format("{{adapter: docker, socket: {}, network: host, init: true,"
                     " port: auto{}}}",
                     socket, platform == "swarm" ? ", swarm: true" : "");
}

void search(const Settings& settings, const std::string& platform,
            const std::string& target) {
  // Near the good end, in the middle, near the bad end.
  const std::size_t n = settings.commits;
  const std::vector<std::size_t> culprits = {n / 5, n / 2 + 1, n - 2};
  double alone = 0;
  for (const std::size_t workers : settings.workers) {
    double seconds = 0;
    unsigned most = 0;
    std::size_t probes = 0;
    for (const std::size_t culprit : culprits) {
      PythonApp app(settings.start_seconds, n, culprit);
      const Measured run = measured(
          {RUNG_BINARY, "bisect", app.plan(target).string(), "--json", "--good",
           app.ids().front(), "--bad", app.ids().back(), "--workers",
           std::to_string(workers)},
          app.folder());
      const auto report = nlohmann::json::parse(run.out, nullptr, false);
      if (run.exit != 1 || report.is_discarded() ||
          report["culprits"][0][0]["id"] != app.ids()[culprit]) {
        throw std::runtime_error("rung bisect did not find it: " + run.out);
      }
      seconds += run.seconds / static_cast<double>(culprits.size());
      most = std::max(most, fakes::rounds_of_last_run(app.folder()));
      probes += report["probes"]["total"].get<std::size_t>();
    }
    if (workers == 1) alone = seconds;
    // One worker takes the two controls and the two proofs in turn.
    const unsigned promised =
        fakes::promised_rounds(n, workers) + (workers == 1 ? 2 : 0);
    fmt::print("{:<8} {:>2} {:>9.1f} {:>8} {:>9} {:>8.1f} {:>9}\n", platform,
               workers, seconds, most, promised,
               static_cast<double>(probes) /
                   static_cast<double>(culprits.size()),
               alone == 0 ? "" : fmt::format("{:.2f}", alone / seconds));
    std::fflush(stdout);
  }
}

// Two trials that differ only in how long the service takes to listen.
void wait(const Settings& settings, const std::string& platform,
          const std::string& target) {
  const auto probe = [&](double seconds) {
    PythonApp app(seconds, 0, 1);
    const Measured run = measured(
        {RUNG_BINARY, "probe", app.plan(target).string()}, app.folder());
    if (run.exit != 0) throw std::runtime_error("not good: " + run.out);
    return run;
  };
  const Measured brief = probe(1);
  const Measured lasting = probe(1 + settings.wait_seconds);
  const double waited = lasting.seconds - brief.seconds;
  fmt::print("{:<8} {:>9.1f} {:>12.3f} {:>9.2f} %\n", platform, waited,
             lasting.cpu - brief.cpu,
             100 * (lasting.cpu - brief.cpu) / waited);
  std::fflush(stdout);
}

int run(const Settings& settings, const std::string& socket) {
  fmt::print("{}\n\n", machine());
  if (!settings.only_waiting) {
    fmt::print("{} commits, a start takes {} s; 3 culprits, rounds: the most\n",
               settings.commits, settings.start_seconds);
    fmt::print("{:<8} {:>2} {:>9} {:>8} {:>9} {:>8} {:>9}\n", "platform", "k",
               "seconds", "rounds", "promised", "probes", "speed-up");
    for (const auto& platform : settings.platforms) {
      search(settings, platform, target_of(platform, socket));
    }
  }
  fmt::print("\n{:<8} {:>9} {:>12} {:>11}\n", "waiting", "seconds",
             "cpu seconds", "of a core");
  for (const auto& platform : settings.platforms) {
    wait(settings, platform, target_of(platform, socket));
  }
  fmt::print("\nload at the end: {}\n", machine());
  return 0;
}

// measured() wants to be without other children, so the engine is a sibling's.
int run_beside_engine(const Settings& settings) {
  std::string socket;
  std::unique_ptr<fakes::DockerDaemon> daemon;
  for (const auto& platform : settings.platforms) {
    if (platform == "local" || daemon) continue;
    daemon = std::make_unique<fakes::DockerDaemon>();
    daemon->join_swarm();
    make_python_image(daemon->engine());
    socket = daemon->socket().string();
  }
  std::fflush(nullptr);
  const pid_t bench = fork();
  if (bench == 0) {
    try {
      const int status = run(settings, socket);
      std::fflush(nullptr);
      _exit(status);
    } catch (const std::exception& error) {
      fmt::print(stderr, "rung_workers_bench: {}\n", error.what());
      _exit(1);
    }
  }
  int status = 0;
  waitpid(bench, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace
}  // namespace rung::bench

int main(int argc, char** argv) {
  rung::bench::Settings settings;
  CLI::App app("rung bisect --workers on real services; prints one table");
  app.add_option("--platforms", settings.platforms, "local, docker, swarm")
      ->check(CLI::IsMember({"local", "docker", "swarm"}));
  app.add_option("--workers", settings.workers);
  app.add_option("--commits", settings.commits)->check(CLI::Range(10, 10000));
  app.add_option("--start-seconds", settings.start_seconds);
  app.add_option("--wait-seconds", settings.wait_seconds);
  app.add_flag("--only-waiting", settings.only_waiting);
  CLI11_PARSE(app, argc, argv);
  try {
    return rung::bench::run_beside_engine(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rung_workers_bench: {}\n", error.what());
    return 1;
  }
}
