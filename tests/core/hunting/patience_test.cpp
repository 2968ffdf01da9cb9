#include <catch2/catch.hpp>
#include <random>

#include "core/gates/probe.hpp"
#include "core/hunting/hunt.hpp"
#include "tests/fakes/fake_deployment.hpp"
#include "tests/fakes/fake_trials.hpp"
#include "tests/fakes/memory_journal.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::patience_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// How one release behaves, in time since its start.
struct Behaviour {
  enum class Broken { no, silent, answers, elsewhere, ends } broken = Broken::no;
  milliseconds healthy{100};  ///< up, unless broken
  std::vector<milliseconds> lines;  ///< it writes then
};

/// Releases of a line of commits, each with its behaviour.
using App = std::vector<Behaviour>;  ///< [0] = the good one, [i + 1] = commit i

class Check final : public HealthCheck {
 public:
  Check(const Behaviour& app, const fakes::ManualClock& clock)
      : app_(app), clock_(clock) {}
  CheckResult look(Deployment& deployment, Saved&, milliseconds) override {
    const auto age = clock_.now() - deployment.started();
    if (app_.broken == Behaviour::Broken::answers && age > 50ms) {
      return failed(Stage::health, "health-check-5xx", "status 500");
    }
    if (app_.broken == Behaviour::Broken::no && age >= app_.healthy) {
      return passed();
    }
    CheckResult result =
        failed(Stage::listen, "no-port-bound", "nothing listens");
    result.again = CheckResult::Again::soon;
    result.local_port = 10000;
    return result;
  }

 private:
  const Behaviour& app_;
  const fakes::ManualClock& clock_;
};

class AppPlatform final : public Platform {
 public:
  AppPlatform(const App& app, const CommitGraph& commits, milliseconds deadline)
      : app_(app), commits_(commits), gates_(1) {
    gates_.front().deadline = deadline;
  }

  ProbeEvidence probe(const Release& release,
                      std::optional<milliseconds> enough) {
    now_ = &app_.front();
    for (std::size_t i = 0; i < commits_.size(); ++i) {
      if (commits_.hex(i) == release.commit.hex) now_ = &app_[i + 1];
    }
    ProbeSettings settings;
    settings.gates = gates_;
    settings.enough = enough;
    settings.make_check = [this](const Gate&) {
      return std::make_unique<Check>(*now_, clock_);
    };
    const auto before = clock_.now();
    ProbeEvidence evidence = rung::probe(*this, {}, settings, clock_);
    took_ += std::chrono::duration_cast<milliseconds>(clock_.now() - before);
    hurried_ += evidence.hurried;
    return evidence;
  }
  [[nodiscard]] milliseconds took() const { return took_; }
  [[nodiscard]] unsigned hurried() const { return hurried_; }

  [[nodiscard]] std::string_view name() const override { return "fake"; }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle&) override {
    auto deployment = std::make_unique<fakes::FakeDeployment>(clock_);
    for (const milliseconds at : now_->lines) {
      deployment->writes[at] = "line " + std::to_string(at.count());
    }
    using Broken = Behaviour::Broken;
    if (now_->broken == Broken::ends) deployment->ends = {80ms, Exit{.code = 1}};
    if (now_->broken == Broken::elsewhere) {
      deployment->bound = {{{"0.0.0.0", 3000}}};
    }
    return deployment;
  }
  void withdraw(Deployment&) override {}

 private:
  const App& app_;
  const CommitGraph& commits_;
  std::vector<Gate> gates_;
  fakes::ManualClock clock_;
  const Behaviour* now_ = nullptr;
  milliseconds took_{0};
  unsigned hurried_ = 0;
};

struct Hunted {
  Answer answer;
  milliseconds took{0};
  unsigned hurried = 0;
  std::vector<std::string> notes;
};

Hunted hunted(const App& app, bool patient, milliseconds deadline = 30s) {
  Question question;
  question.commits = fakes::linear(static_cast<std::uint32_t>(app.size() - 1));
  for (std::size_t i = 0; i < question.commits.size(); ++i) {
    question.commits.oids[i] = {};
    question.commits.oids[i][0] = static_cast<std::uint8_t>(i + 1);
  }
  question.good.commit.hex = std::string(40, 'f');
  question.bad.commit.hex = question.commits.hex(question.commits.size() - 1);
  question.gate_id = "gate";
  AppPlatform platform(app, question.commits, deadline);
  fakes::ManualClock clock;
  fakes::FakeTrials trials(clock, [&](const Trial& trial) {
    return platform.probe(trial.release, trial.enough);
  });
  HuntSettings settings;
  settings.patient = patient;
  fakes::MemoryJournal journal;
  HuntResult result =
      hunt(question, settings, {trials, journal, clock}, "run", HuntObserver());
  CHECK_FALSE(result.flaky);
  return {result.answer, platform.took(), platform.hurried(), result.notes};
}

/// Healthy below `culprit`, broken from it on.
App app_of(std::size_t commits, std::size_t culprit, Behaviour::Broken broken) {
  App app(commits + 1);
  for (std::size_t i = culprit + 1; i < app.size(); ++i) app[i].broken = broken;
  return app;
}

std::vector<DeltaRef> blamed(const Hunted& hunt) {
  std::vector<DeltaRef> all = hunt.answer.suspects;
  for (const Finding& finding : hunt.answer.findings) {
    all.insert(all.end(), finding.culprit.begin(), finding.culprit.end());
  }
  return all;
}

}  // namespace

TEST_CASE("What only searches does not wait for what does not change",
          "[core][hunt][patience]") {
  const auto broken =
      GENERATE(Behaviour::Broken::silent, Behaviour::Broken::answers,
               Behaviour::Broken::elsewhere);
  const App app = app_of(21, 2, broken);
  const Hunted patient = hunted(app, true), quick = hunted(app, false);
  CHECK(patient.hurried == 0);
  CHECK(quick.hurried > 0);
  CHECK(blamed(quick) == std::vector{DeltaRef{true, 2}});
  CHECK(blamed(patient) == blamed(quick));
  CHECK(quick.notes.empty());
  // Two waits are whole: the bad end, and the proof.
  CHECK(quick.took < 2 * 30s + quick.hurried * 4s + 5s);
}

TEST_CASE("What writes, or changes, is waited for", "[core][hunt][patience]") {
  App app = app_of(21, 2, Behaviour::Broken::silent);
  for (Behaviour& release : app) {
    for (int i = 1; i <= 30; ++i) release.lines.push_back(i * 1000ms);
  }
  CHECK(hunted(app, false).hurried == 0);
}

TEST_CASE("A proof that disagrees brings the patience back",
          "[core][hunt][patience]") {
  App app = app_of(21, 18, Behaviour::Broken::silent);
  for (std::size_t i = 5; i < app.size(); ++i) app[i].healthy = 20s;
  const Hunted quick = hunted(app, false);
  CHECK(blamed(quick) == std::vector{DeltaRef{true, 18}});
  REQUIRE(quick.notes.size() == 1);
  CHECK(quick.notes.front().find("came up late") != std::string::npos);
}

TEST_CASE("Patience changes no answer", "[core][hunt][patience]") {
  std::mt19937_64 random(7);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  milliseconds whole{0}, hurried{0};
  for (int round = 0; round < 30; ++round) {
    const std::size_t n = 2 + below(30);
    App app = app_of(n, below(n),
                     static_cast<Behaviour::Broken>(1 + below(4)));
    const milliseconds usual(20 + below(2000));
    for (Behaviour& release : app) {
      release.healthy = usual + milliseconds(below(500));
      if (below(3) == 0) release.lines.push_back(milliseconds(below(29'000)));
      if (below(12) == 0) release.healthy = milliseconds(below(29'000));
    }
    // From some commit on everything starts slowly.
    if (below(3) == 0) {
      const milliseconds slow(below(29'000));
      for (std::size_t i = 1 + below(n); i < app.size(); ++i) {
        app[i].healthy = slow;
      }
    }
    const Hunted patient = hunted(app, true), quick = hunted(app, false);
    CAPTURE(round, n);
    REQUIRE(blamed(quick) == blamed(patient));
    REQUIRE(quick.answer.outcome == patient.answer.outcome);
    REQUIRE(quick.answer.repaired.size() == patient.answer.repaired.size());
    whole += patient.took;
    hurried += quick.took;
  }
  CHECK(hurried < whole);
}

}  // namespace rung::patience_test
