#include "tests/fakes/render_run.hpp"

#include <utility>

namespace rung::fakes {
namespace {

class LookedUpRun : public RenderRun {
 public:
  LookedUpRun(RenderOutcome outcome, bool built, const Clock& clock)
      : outcome_(std::move(outcome)), clock_(clock), begun_(clock.now()) {
    if (built) outcome_.build = {};
  }
  State look() override {
    const auto passed = clock_.now() - begun_;
    if (passed < outcome_.build) return State::building;
    if (outcome_.end == State::build_failed) return outcome_.end;
    if (outcome_.end == State::pre_deploy_failed) return outcome_.end;
    if (passed < outcome_.build + outcome_.start) return State::starting;
    return outcome_.end;
  }
  nlohmann::json reason() const override { return outcome_.reason; }
  std::vector<Line> take_lines() override {
    if (look() == State::building) return {};
    return std::exchange(outcome_.lines, {});
  }

 private:
  RenderOutcome outcome_;
  const Clock& clock_;
  Clock::Time begun_;
};

}  // namespace

MakeRenderRun looked_up(
    std::function<RenderOutcome(const RenderRelease&)> table,
    const Clock& clock) {
  return [table = std::move(table), &clock](const RenderRelease& release) {
    return std::make_unique<LookedUpRun>(table(release), release.built, clock);
  };
}

}  // namespace rung::fakes
