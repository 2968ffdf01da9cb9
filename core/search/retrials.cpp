#include "core/search/retrials.hpp"

#include <algorithm>
#include <cmath>

namespace rung {
namespace {

/// The gate that must not mislead: so often it fails what is sound.
constexpr double kLies = 0.25;
/// How often an accusation may be wrong behind it.
constexpr double kWrong = 0.01;
/// How often a search behind it comes to a wrong place, and the place below
/// passes a second time.
constexpr double kMisled = 0.63 * (1 - kLies);
/// A good release that fails so often in a row has changed.
constexpr unsigned kDrift = 4;
/// A bad one that passes so often no longer fails.
constexpr unsigned kRecovered = 2;

}  // namespace

unsigned Retrials::failures_again() const {
  constexpr unsigned kLeast = 1, kMost = 3;
  const double odds = kMisled * std::pow(1 - kLies, healthy_passes);
  const double needed = std::ceil(std::log(kWrong / odds) / std::log(kLies));
  if (!(needed > kLeast)) return kLeast;
  return std::min(kMost, static_cast<unsigned>(needed));
}

bool Retrials::again(bool failed, bool surprise, const Seen& seen) const {
  const unsigned wanted = !surprise ? 1 : failed ? kDrift : kRecovered;
  return seen.passes + seen.fails < std::max(wanted, repeat);
}

std::vector<Proposal> Retrials::open(
    const Answer& answer,
    const std::function<Seen(const Point&)>& seen) const {
  std::vector<Proposal> wanted;
  // Commits alone were seen on the way, once. Anything else failed on the way,
  // and again by itself; and without it bad passes, which no gate feigns that
  // fails what is sound.
  const unsigned once = has_deltas ? 0 : 1;
  auto ask = [&](const Point& point, Purpose purpose, bool fails) {
    const auto so_far = seen(point);
    const auto all = so_far.passes + so_far.fails;
    auto needed = fails ? once + failures_again() : once + 1;
    if (!fails && so_far.proved) needed = 1;
    for (auto i = all; i < needed; ++i) wanted.push_back({point, purpose});
  };
  for (const Finding& finding : answer.findings) {
    // Where something else is left it was not seen to pass. It comes first: a
    // pass between two failures is no accident of the time at which each was
    // probed, such as a database that was down for a while.
    const bool last = &finding == &answer.findings.back();
    if (last && !answer.hidden) ask(finding.passes, Purpose::without, find_fix);
    ask(finding.fails, Purpose::alone, !find_fix);
  }
  return wanted;
}

unsigned Retrials::expected() const {
  return has_deltas ? failures_again() - 1 : failures_again() + 1;
}

}  // namespace rung
