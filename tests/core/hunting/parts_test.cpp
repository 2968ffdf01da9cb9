#include <catch2/catch.hpp>

#include "core/hunting/asked_again.hpp"
#include "core/hunting/budget.hpp"
#include "core/hunting/held_verdicts.hpp"
#include "core/hunting/patience.hpp"
#include "core/hunting/platform_watch.hpp"
#include "core/hunting/suspicion.hpp"
#include "tests/fakes/hunt_world.hpp"

namespace rung::hunt_parts_test {
namespace {

using namespace std::chrono_literals;

TrialEvent finished(std::size_t worker, bool explained_by_log) {
  TrialEvent event;
  event.worker = worker;
  if (explained_by_log) event.evidence.found = Failure{};
  return event;
}

std::vector<std::size_t> workers_of(const std::vector<TrialEvent>& events) {
  std::vector<std::size_t> workers;
  for (const TrialEvent& event : events) workers.push_back(event.worker);
  return workers;
}

}  // namespace

TEST_CASE("A budget counts probes, and time from its own begin",
          "[core][hunt][budget]") {
  fakes::ManualClock clock;
  clock.sleep(1h);
  CHECK_FALSE(Budget({}, clock).spent(1000, 1e6));
  const Budget probes({.probes = 2}, clock);
  CHECK_FALSE(probes.spent(1, 1e6));
  CHECK(probes.spent(2, 0));
  const Budget time({.time = 10s}, clock);
  clock.sleep(6s);
  CHECK_FALSE(time.spent(1000, 3.9));
  CHECK(time.spent(0, 4));
  clock.sleep(4s);
  CHECK(time.spent(0, 0));
}

TEST_CASE("Patience is eight times the slowest healthy start, three seconds at "
          "least",
          "[core][hunt][patience]") {
  HuntPatience patience(false);
  CHECK(patience.enough() == std::nullopt);
  patience.saw_healthy_after(100ms);
  CHECK(patience.enough() == 3s);
  patience.saw_healthy_after(2s);
  patience.saw_healthy_after(1s);
  CHECK(patience.enough() == 16s);
  patience.wait_from_now_on();
  CHECK(patience.enough() == std::nullopt);
  HuntPatience always(true);
  always.saw_healthy_after(1s);
  CHECK(always.enough() == std::nullopt);
}

TEST_CASE("A platform is down after three infra without a verdict between them",
          "[core][hunt][infra]") {
  // Every story of five probes.
  for (unsigned story = 0; story < 32; ++story) {
    PlatformWatch watch;
    unsigned in_a_row = 0;
    for (unsigned i = 0; i < 5; ++i) {
      const bool infra = (story >> i & 1U) != 0;
      in_a_row = infra ? in_a_row + 1 : 0;
      REQUIRE(watch.down_after(infra ? Verdict::infra : Verdict::bad) ==
              (in_a_row >= 3));
    }
  }
}

TEST_CASE("Verdicts that a log explains wait for the good release's log",
          "[core][hunt]") {
  HeldVerdicts held;
  held.started(0, Purpose::control_good);
  held.started(1, Purpose::control_bad);
  CHECK(workers_of(held.admit(finished(1, true), false)).empty());
  CHECK(workers_of(held.admit(finished(2, false), false)) ==
        std::vector<std::size_t>{2});
  CHECK(workers_of(held.admit(finished(3, true), true)) ==
        std::vector<std::size_t>{3});
  CHECK(workers_of(held.admit(finished(0, true), false)) ==
        std::vector<std::size_t>{0, 1});
  CHECK(workers_of(held.admit(finished(1, true), false)) ==
        std::vector<std::size_t>{1});
}

TEST_CASE("What is asked again is due once for each time it was added",
          "[core][hunt]") {
  const Point point{3, {}};
  AskedAgain again;
  CHECK_FALSE(again.due(point));
  again.add({point, Purpose::alone});
  again.add({point, Purpose::alone});
  CHECK(again.take().point == point);
  CHECK(again.due(point));
  CHECK(again.take().point == point);
  CHECK(again.empty());
  CHECK(again.due(point));
  CHECK_FALSE(again.due(point));
}

TEST_CASE("A failure names variables, packages and files", "[core][hunt][named]") {
  Question question = fakes::hunt_question(3, 2);
  question.deltas.emplace_back(RequirementDelta{"Flask-SQLAlchemy", "2", "3"});
  question.deltas.emplace_back(EnvDelta{"PORT", "1", "2"});
  std::vector<std::string> asked;
  FilesOfHistory files;
  files.deployed = [] {
    return std::vector<std::string>{"web/server.js", "README.md"};
  };
  files.unchanged = [&](const std::string& file) {
    asked.push_back(file);
    return std::vector<bool>{true, false, true};
  };
  const auto named_in = [&](const std::string& message,
                            const std::string& cause = "unknown") {
    Failure failure;
    failure.cause = cause;
    failure.message = message;
    return names_in_failures(question, files)(failure);
  };
  using Named = std::vector<DeltaRef>;
  CHECK(named_in("KeyError: v1") == Named{{false, 1}});
  CHECK(named_in("no module flask_sqlalchemy.orm") ==
        Named{{false, 2}});
  CHECK(named_in("", "wrong-port") == Named{{false, 3}});
  CHECK(named_in("at /srv/build/web/server.js:7") ==
        Named{{true, 1}});
  CHECK(asked == std::vector<std::string>{"web/server.js"});
  CHECK(named_in("nothing of ours").empty());
  files = {};
  CHECK(named_in("at /srv/build/web/server.js:7").empty());
  // Without a history only a hint is lost.
  files.deployed = []() -> std::vector<std::string> {
    throw HistoryError("gone");
  };
  CHECK(named_in("V0 at web/server.js:7") == Named{{false, 0}});
}

}  // namespace rung::hunt_parts_test
