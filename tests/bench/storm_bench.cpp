// rung and its helpers are killed at random moments of real runs: never a
// hang, never a wrong answer, nothing left running, and what served serves
// again or is said not to.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "adapters/process/sockets.hpp"
#include "tests/bench/storm_world.hpp"
#include "tests/fakes/becomes_true.hpp"
#include "tests/fakes/temp_folder.hpp"
#include "tests/fakes/answers.hpp"

namespace fs = std::filesystem;

namespace rung::bench {
namespace {

using fakes::becomes_true;
using std::chrono::microseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr seconds kHang{60};  ///< an undisturbed run takes less than one

enum Victim { self, group, launcher, keepers, keeper, supervisor, trial, all, kVictims };
constexpr std::array<const char*, kVictims> kVictimNames = {
    "rung",       "its group",  "launcher", "all keepers",
    "one keeper", "supervisor", "trial",    "all of them"};

enum Outcome { unhurt, answered, asked_again, told, fault, kOutcomes };
constexpr std::array<const char*, kOutcomes> kOutcomeNames = {
    "not met", "answered", "went on", "told", "FAULT"};

struct Settings {
  unsigned seed = std::random_device{}();
  unsigned rounds = 200, first = 0;
  std::optional<unsigned> only;
  bool verbose = false;
};

/// How a round went; `why` is for faults and for what was told.
struct Round {
  Victim victim = self;
  Scenario::Kind kind = Scenario::Kind::commits;
  Outcome outcome = unhurt;
  std::string why;
};

bool is_victim(Victim victim, Member::Kind kind) {
  switch (victim) {
    case launcher: return kind == Member::Kind::launcher;
    case keepers:
    case keeper: return kind == Member::Kind::keeper;
    case supervisor: return kind == Member::Kind::supervisor;
    case trial: return kind == Member::Kind::trial;
    default: return true;
  }
}

/// Kills; false: there is nobody of that kind now.
bool strike(Victim victim, const Running& running, const fs::path& folder,
            const std::string& mark, std::mt19937& random) {
  if (victim == self) return kill(running.pid(), SIGKILL) == 0;
  if (victim == group) return kill(-running.pid(), SIGKILL) == 0;
  std::vector<pid_t> pids;
  for (const Member& member : members(folder, mark)) {
    if (is_victim(victim, member.kind)) pids.push_back(member.pid);
  }
  if (pids.empty()) return false;
  if (victim != keepers && victim != all) {
    std::shuffle(pids.begin(), pids.end(), random);
    pids.erase(pids.begin() + 1, pids.end());
  }
  for (const pid_t pid : pids) kill(pid, SIGKILL);
  return true;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string told_by(const Ended& ended) {
  return fmt::format("exit {}: {}", ended.exit, last_line(ended.talk));
}

class Play {
 public:
  Play(const App& app, std::uint16_t port) : app_(app), port_(port) {}

  /// How long the run takes when nobody disturbs it.
  microseconds calm(Scenario::Kind kind) {
    auto& known = calm_[kind];
    if (known.count() != 0) return known;
    const fakes::TempFolder folder;
    const std::string mark = folder.path();
    const Scenario scenario(kind, app_, folder.path(), port_);
    scenario.prepare(mark);
    const auto begun = Steady::now();
    const Ended ended =
        Running(scenario.command(), folder.path(), mark).end(kHang);
    known = std::chrono::duration_cast<microseconds>(Steady::now() - begun);
    if (!scenario.right(ended)) {
      throw std::runtime_error(fmt::format("undisturbed, {}: {} {}",
                                           name_of(kind), told_by(ended),
                                           ended.out));
    }
    const std::string fault = after(scenario, folder.path(), mark);
    if (!fault.empty()) throw std::runtime_error("undisturbed: " + fault);
    return known;
  }

  Round round(const Settings& settings, unsigned number) {
    std::mt19937 random(settings.seed * 1'000'003u + number);
    Round round;
    round.victim = static_cast<Victim>(number % kVictims);
    round.kind = static_cast<Scenario::Kind>(number / kVictims %
                                             Scenario::kKinds);
    // A bisect has no supervisor.
    if (round.victim == supervisor && round.kind < Scenario::Kind::up) {
      round.kind = static_cast<Scenario::Kind>(static_cast<int>(round.kind) + 3);
    }
    const microseconds whole = calm(round.kind);
    const microseconds moment(
        std::uniform_int_distribution<std::int64_t>(0, whole.count())(random));
    const fakes::TempFolder folder;
    const std::string mark = folder.path();
    const Scenario scenario(round.kind, app_, folder.path(), port_);
    const auto fails = [&](std::string why) {
      round.outcome = fault;
      round.why = std::move(why);
      for (const Member& member : members(folder.path(), mark)) {
        kill(member.pid, SIGKILL);
      }
    };
    scenario.prepare(mark);
    const auto begun = Steady::now();
    Running running(scenario.command(), folder.path(), mark);
    bool struck = false;
    for (auto wait = moment; !struck && !running.ended_within(wait);
         wait = microseconds(500)) {
      struck = strike(round.victim, running, folder.path(), mark, random);
    }
    Ended ended = running.end(kHang);
    if (ended.exit < 0) return fails("hangs: " + last_line(ended.talk)), round;
    if (!struck) {  // the machine was busier when `whole` was measured
      calm_[round.kind] = std::min(
          whole,
          std::chrono::duration_cast<microseconds>(Steady::now() - begun));
    }
    if (scenario.right(ended)) {
      round.outcome = struck ? answered : unhurt;
    } else {
      if (ended.exit == 0 || ended.exit == 1 || ended.exit == 2 ||
          ended.talk.find("rung: ") == std::string::npos) {
        const bool killed = ended.exit == 128 + SIGKILL &&
                            (round.victim <= group || round.victim == all);
        if (!killed && ended.exit != 125) {
          return fails("wrong: " + told_by(ended) + "\n" + ended.out), round;
        }
      }
      round.outcome = ended.exit == 128 + SIGKILL ? asked_again : told;
      round.why = told_by(ended);
      Running again(scenario.command(), folder.path(), mark);
      ended = again.end(kHang);
      if (ended.exit < 0) return fails("the same command hangs"), round;
      if (!scenario.right(ended)) {
        return fails("the same command is wrong: " + told_by(ended) + "\n" +
                     ended.out),
               round;
      }
    }
    const std::string bad = after(scenario, folder.path(), mark);
    if (!bad.empty()) fails(bad);
    return round;
  }

 private:
  /// "" or what is wrong once all is done.
  std::string after(const Scenario& scenario, const fs::path& folder,
                    const std::string& mark) {
    const auto rung = [&](std::vector<std::string> arguments) {
      return Running(arguments, folder, mark).end(kHang);
    };
    if (scenario.serves()) {
      nlohmann::json status;
      // Killed a moment ago, it may not be known as gone yet.
      const auto true_to_fact = [&] {
        status = rung({"status", scenario.plan(), "--json"}).json();
        return !status.is_object() || status["serving"].empty() ||
               fakes::answers(status["serving"][0].value("url", ""));
      };
      const auto what_serves_answers = [&] {
        return becomes_true(true_to_fact, seconds(10));
      };
      if (!what_serves_answers()) {
        return "what should serve does not: " + status.dump();
      }
      if (!status.is_object()) return "status fails";
      if (status["serving"].empty()) {
        if (status["lost"].size() != 1) return "status: neither serving nor lost";
        const Ended served = rung({"serve", scenario.plan(), "--json"});
        if (served.exit != 0) return "rung serve: " + told_by(served);
        if (!what_serves_answers() || status["serving"].size() != 1) {
          return "what was restored does not serve: " + status.dump();
        }
      }
      const Ended stopped = rung({"stop", scenario.plan()});
      if (stopped.exit != 0) return "rung stop: " + told_by(stopped);
    }
    if (becomes_true([&] { return members(folder, mark).empty(); },
                     seconds(10))) {
      return "";
    }
    std::string left = "left running:";
    for (const Member& member : members(folder, mark)) {
      left += fmt::format(" {} (kind {})", member.pid,
                          static_cast<int>(member.kind));
    }
    return left;
  }

  const App& app_;
  std::uint16_t port_;
  std::map<Scenario::Kind, microseconds> calm_;
};

int run(const Settings& settings) {
  const fakes::TempFolder folder;
  const App app(folder.path() / "app");
  Play play(app, free_port());
  fmt::print("seed {}\n", settings.seed);
  std::array<std::array<unsigned, kOutcomes>, kVictims> table{};
  unsigned faults = 0;
  const unsigned begin = settings.only.value_or(settings.first);
  const unsigned end = settings.only ? begin + 1 : begin + settings.rounds;
  for (unsigned number = begin; number < end; ++number) {
    const auto begun = Steady::now();
    const Round round = play.round(settings, number);
    const std::chrono::duration<double> took = Steady::now() - begun;
    ++table[round.victim][round.outcome];
    faults += round.outcome == fault;
    if (round.outcome == fault || settings.verbose ||
        (round.outcome == told)) {
      fmt::print("--seed {} --round {}: {}, {} killed: {} ({:.1f} s) {}\n",
                 settings.seed, number, name_of(round.kind),
                 kVictimNames[round.victim], kOutcomeNames[round.outcome],
                 took.count(), round.why);
      std::fflush(stdout);
    }
  }
  fmt::print("\n{:<12}", "killed");
  for (const char* name : kOutcomeNames) fmt::print(" {:>9}", name);
  for (std::size_t i = 0; i < kVictims; ++i) {
    fmt::print("\n{:<12}", kVictimNames[i]);
    for (const unsigned count : table[i]) fmt::print(" {:>9}", count);
  }
  fmt::print("\n");
  return faults == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rung::bench

int main(int argc, char** argv) {
  rung::bench::Settings settings;
  CLI::App app("kills rung and its helpers at random; prints one table");
  app.add_option("--rounds", settings.rounds);
  app.add_option("--seed", settings.seed);
  app.add_option("--first", settings.first, "number of the first round");
  app.add_option("--round", settings.only, "this one alone");
  app.add_flag("--verbose", settings.verbose, "a line for each round");
  CLI11_PARSE(app, argc, argv);
  try {
    return rung::bench::run(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "rung_storm_bench: {}\n", error.what());
    return 1;
  }
}
