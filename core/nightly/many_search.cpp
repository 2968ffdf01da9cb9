#include "core/nightly/many_search.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <utility>

namespace rung {
namespace {

using Places = std::vector<std::size_t>;

double entropy(double p) {
  if (p <= 0 || p >= 1) return 0;
  return -p * std::log2(p) - (1 - p) * std::log2(1 - p);
}

/// The untestable places that lie around `place`, or the ends if there are
/// none.
struct Around {
  std::size_t below, above;
  bool untold_below, untold_above;
};

Around around(std::size_t place, const ManyRange& range, const Places& untold) {
  const auto after = std::lower_bound(untold.begin(), untold.end(), place);
  Around found{range.good, range.bad, false, false};
  if (after != untold.end()) {
    found.above = *after;
    found.untold_above = true;
  }
  if (after != untold.begin()) {
    found.below = *std::prev(after);
    found.untold_below = true;
  }
  return found;
}

/// How likely a place can be judged. `untold` places of the range could not:
/// they lie singly or, the likelier the more there are, in a run. Inside a run
/// nothing can be judged; towards its edge more and more.
double testable(std::size_t place, const Around& at, std::size_t untold) {
  constexpr double kSingly = 0.9;
  double in_runs = 1;
  const double span = static_cast<double>(at.above - at.below);
  if (at.untold_below && at.untold_above) {
    in_runs = 0;
  } else if (at.untold_below) {
    in_runs = static_cast<double>(place - at.below) / span;
  } else if (at.untold_above) {
    in_runs = static_cast<double>(at.above - place) / span;
  } else {
    return 1;
  }
  const double scattered = std::pow(0.5, static_cast<double>(untold));
  return scattered * kSingly + (1 - scattered) * in_runs;
}

bool is_among(const Places& places, std::size_t place) {
  return std::binary_search(places.begin(), places.end(), place);
}

/// Whether no probe inside of the range is worth its price: each place was
/// tried, or what is left lies within a long run of places that cannot be
/// judged.
bool exhausted(const ManyRange& range, const Places& untold) {
  constexpr std::size_t kManyTried = 13, kFewLeft = 16;
  const std::size_t inside = range.bad - range.good - 1;
  const std::size_t left = inside - untold.size();
  if (left == 0) return true;
  if (untold.size() < kManyTried || left <= kFewLeft) return false;
  return untold.front() == range.good + 1 && untold.back() == range.bad - 1;
}

}  // namespace

ManySearch::ManySearch(std::size_t places, std::vector<ManyTest> tests,
                       ManyOptions options)
    : places_(places),
      tests_(std::move(tests)),
      options_(options),
      facts_(tests_.size()) {
  for ([[maybe_unused]] const ManyTest& test : tests_) {
    assert(test.good < test.bad && test.bad < places_);
  }
}

void ManySearch::record(std::size_t test, std::size_t place, Told told) {
  Seen& counts = facts_.at(test)[place];
  if (told == Told::passed) ++counts.passes;
  if (told == Told::failed) ++counts.failures;
  if (told == Told::nothing) ++counts.untold;
}

ManySearch::Seen ManySearch::seen(std::size_t test, std::size_t place) const {
  const auto it = facts_[test].find(place);
  return it == facts_[test].end() ? Seen{} : it->second;
}

ManyRange ManySearch::bounds(std::size_t test) const {
  const Facts& facts = facts_[test];
  ManyRange range;
  range.good = tests_[test].good;
  range.bad = tests_[test].bad;
  for (const auto& [place, counts] : facts) {
    range.flaky = range.flaky || (counts.passes > 0 && counts.failures > 0);
  }
  for (auto it = facts.lower_bound(tests_[test].bad);
       it != facts.begin() && std::prev(it)->first > tests_[test].good;) {
    --it;
    if (it->second.passes > 0) {
      range.good = it->first;
      break;
    }
    if (it->second.failures > 0) range.bad = it->first;
  }
  range.failures = seen(test, range.bad).failures;
  range.passes = seen(test, range.good).passes;
  const Seen first = seen(test, tests_[test].good);
  const bool rests_on_first = range.good == tests_[test].good;
  if (seen(test, tests_[test].bad).passes > 0) {
    range.state = ManyRange::State::unsure;
  } else if (rests_on_first && first.failures > 0) {
    range.state =
        first.passes > 0 ? ManyRange::State::unsure : ManyRange::State::drift;
  }
  return range;
}

std::vector<std::size_t> ManySearch::untold_in(std::size_t test,
                                               const ManyRange& range) const {
  Places untold;
  const Facts& facts = facts_[test];
  for (auto it = facts.upper_bound(range.good);
       it != facts.end() && it->first < range.bad; ++it) {
    // bounds() left nothing else between its ends.
    untold.push_back(it->first);
  }
  return untold;
}

ManyRange ManySearch::range(std::size_t test) const {
  ManyRange range = bounds(test);
  if (range.state != ManyRange::State::open) return range;
  if (!exhausted(range, untold_in(test, range))) return range;
  constexpr unsigned kSilent = 2;
  const bool at_bad = range.failures >= options_.failures;
  const bool at_good = range.passes >= options_.passes;
  if (at_bad && at_good) {
    range.state = ManyRange::State::proved;
  } else if ((!at_bad && seen(test, range.bad).untold >= kSilent) ||
             (!at_good && seen(test, range.good).untold >= kSilent)) {
    range.state = ManyRange::State::unproved;
  } else {
    range.state = ManyRange::State::closed;
  }
  return range;
}

/// The passing side first. A machine that was sick at the end of the search,
/// and is well again, is then found out on the failing side.
std::size_t ManySearch::place_of_proof(const ManyRange& range) const {
  return range.passes < options_.passes ? range.good : range.bad;
}

/// A probe of this place that runs each test for which it tells something.
ManyProbe ManySearch::probe_at(std::size_t place,
                               const std::vector<ManyRange>& ranges) const {
  ManyProbe probe;
  probe.place = place;
  for (std::size_t i = 0; i < tests_.size(); ++i) {
    const ManyRange& range = ranges[i];
    const bool inside = place > range.good && place < range.bad;
    const bool searches = range.state == ManyRange::State::open && inside &&
                          !is_among(untold_in(i, range), place);
    const bool proves = range.state == ManyRange::State::closed &&
                        place == place_of_proof(range);
    if (searches || proves) probe.tests.push_back(i);
  }
  return probe;
}

std::optional<ManyProbe> ManySearch::next_proof(
    std::optional<std::size_t> standing,
    const std::vector<ManyRange>& ranges) const {
  std::optional<std::size_t> chosen;
  for (const ManyRange& range : ranges) {
    if (range.state != ManyRange::State::closed) continue;
    const std::size_t place = place_of_proof(range);
    if (!chosen || place == standing) chosen = place;
  }
  if (!chosen) return std::nullopt;
  ManyProbe probe = probe_at(*chosen, ranges);
  probe.proof = true;
  return probe;
}

std::optional<ManyProbe> ManySearch::next_search(
    std::optional<std::size_t> standing,
    const std::vector<ManyRange>& ranges) const {
  // Tests with one range and the same untestable places are one unknown.
  struct Group {
    ManyRange range;
    Places untold;
    double seconds = 0;
  };
  std::map<std::pair<std::pair<std::size_t, std::size_t>, Places>, Group>
      groups;
  std::size_t first = places_, last = 0;
  for (std::size_t i = 0; i < tests_.size(); ++i) {
    const ManyRange& range = ranges[i];
    if (range.state != ManyRange::State::open) continue;
    Places untold = untold_in(i, range);
    Group& group = groups[{{range.good, range.bad}, untold}];
    group.range = range;
    group.untold = std::move(untold);
    group.seconds += tests_[i].seconds;
    first = std::min(first, range.good + 1);
    last = std::max(last, range.bad);
  }
  std::optional<std::size_t> best;
  double most = 0;
  for (std::size_t place = first; place < last; ++place) {
    double bits = 0, seconds = place == standing ? 0 : options_.build_seconds;
    for (const auto& [key, group] : groups) {
      const ManyRange& range = group.range;
      if (place <= range.good || place >= range.bad) continue;
      if (is_among(group.untold, place)) continue;
      const double below = static_cast<double>(place - range.good);
      const double all = static_cast<double>(range.bad - range.good);
      bits += entropy(below / all) *
              testable(place, around(place, range, group.untold),
                       group.untold.size());
      seconds += group.seconds;
    }
    const double worth = bits / std::max(seconds, 1e-9);
    if (worth > most) {
      most = worth;
      best = place;
    }
  }
  if (!best) return std::nullopt;
  return probe_at(*best, ranges);
}

std::optional<ManyProbe> ManySearch::next(
    std::optional<std::size_t> standing) const {
  std::vector<ManyRange> ranges;
  for (std::size_t i = 0; i < tests_.size(); ++i) ranges.push_back(range(i));
  // A proof first: who is stopped in the middle knows at least one culprit.
  if (auto proof = next_proof(standing, ranges)) return proof;
  return next_search(standing, ranges);
}

std::size_t ManySearch::builds_left() const {
  std::set<std::pair<std::size_t, std::size_t>> ranges;
  for (std::size_t i = 0; i < tests_.size(); ++i) {
    const ManyRange known = range(i);
    if (known.state == ManyRange::State::open ||
        known.state == ManyRange::State::closed) {
      ranges.emplace(known.good, known.bad);
    }
  }
  std::size_t builds = 0;
  for (const auto& [good, bad] : ranges) {
    builds += 2;  // both sides of the proof
    for (std::size_t size = bad - good; size > 1; size = (size + 1) / 2) {
      ++builds;
    }
  }
  return builds;
}

}  // namespace rung
