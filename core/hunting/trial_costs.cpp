#include "core/hunting/trial_costs.hpp"

#include <algorithm>

namespace rung {

TrialCosts::TrialCosts(const Question& question, const Trials& trials,
                       ProbeHistory& history)
    : question_(question), trials_(trials), history_(history) {
  if (const auto text = history_.get(fact())) times_ = ProbeTimes::from(*text);
}

ProbeKind TrialCosts::kind_of(const Release& release) const {
  if (trials_.ready(release)) return ProbeKind::cached;
  const bool as_an_end =
      release.requirements == question_.good.requirements ||
      release.requirements == question_.bad.requirements;
  return as_an_end ? ProbeKind::build : ProbeKind::requirements;
}

double TrialCosts::seconds(ProbeKind kind) const {
  return times_.mean(kind).value_or(0);
}

double TrialCosts::weight(const Point& point) const {
  const auto kind = kind_of(release_at(question_, point));
  // Only compared: before anything was timed any scale serves.
  return times_.mean(kind).value_or(kind == ProbeKind::cached ? 1 : 10);
}

void TrialCosts::add(ProbeKind kind, std::chrono::milliseconds took) {
  times_.add(kind, std::chrono::duration<double>(took).count());
}

void TrialCosts::save() const { history_.set(fact(), times_.text()); }

Forecast TrialCosts::rest_of(
    const Search& search, std::optional<unsigned> again,
    const std::function<bool(const Release&)>& on_record) const {
  // Each takes a look at the journal and at what is built.
  constexpr std::size_t kSample = 8;
  constexpr std::size_t kLong = 20'000;
  Mix mix;
  if (question_.deltas.size() <= kLong) {
    for (const Point& point : search.ahead(kSample)) {
      const Release release = release_at(question_, point);
      if (on_record(release)) {
        ++mix.remembered;
      } else {
        ++mix.kinds[static_cast<std::size_t>(kind_of(release))];
      }
    }
  }
  auto left = search.left();
  if (again) {
    mix.again = *again;
    left.expected += *again;
    left.low += *again;
    left.high += *again;
    left.probes_at_most = std::max(left.probes_at_most, left.high);
  }
  return forecast(left, mix, times_, trials_.workers());
}

}  // namespace rung
