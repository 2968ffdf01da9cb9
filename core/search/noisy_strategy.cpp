#include "core/search/noisy_strategy.hpp"

#include "core/search/noisy_hunt.hpp"

namespace rung {
namespace noisy {

/// Whether good passes and bad was seen at all; the outcome says what else.
bool NoisyStrategy::controls(const Upper& bad) {
  constexpr double kDrift = 0.02;  // before anything was observed
  auto& answer = decision_.answer;
  const Place good{kGood, {}};
  if (untestable(good) || untestable(bad.place())) {
    answer.outcome = Answer::Outcome::no_verdict;
    answer.hunted = skipped_at(untestable(good) ? good : bad.place());
    return false;
  }
  const auto drift = broken(good, kDrift, Purpose::control_good);
  if (drift == true) {
    answer.outcome = Answer::Outcome::drift;
    return false;
  }
  const auto seen = count(bad.place());
  const bool judged = seen.passes + seen.fails > 0;
  if (!judged) want(bad.place(), Purpose::control_bad);
  if (!drift || !judged) return false;
  if (bad.place() == good) {
    answer.outcome = Answer::Outcome::not_reproducible;
    return false;
  }
  return true;
}

/// The step at the boundary, and what else it needs, until nothing more.
std::optional<Culprit> NoisyStrategy::minimal(const Line& line,
                                              std::uint32_t vertex) {
  auto culprit = Culprit::of(line, vertex);
  auto under = chain_below(line, vertex);
  // How likely, before anything was tried in company, the place on the line
  // was sound after all.
  double misled = 1 - sure();
  while (!under.empty()) {
    decision_.suspects = culprit.refs();
    const Line company{history_, culprit.commit.value_or(kGood), culprit.deltas,
                       under, false};
    const auto next = locate(company, under.size(), culprit.size(), misled);
    if (!next) {
      if (stuck_) {
        auto all = culprit.refs();
        const auto& some = decision_.answer.suspects;
        all.insert(all.end(), some.begin(), some.end());
        suspect(std::move(all));
      }
      return std::nullopt;
    }
    if (*next == 0) break;
    // Each one just below the last: nothing fails but all of it. A place that
    // is sound looks like that, so many neighbours seldom do.
    if (*next == under.size()) {
      const double odds = misled / (1 - misled) * (1.0 + under.size());
      misled = std::min(0.5, odds / (1 + odds));
    }
    const auto member = company.delta(*next).index;
    culprit.deltas = culprit.deltas.plus(member);
    under = under.before(member);
  }
  return culprit;
}

/// The culprit alone fails; without any one member it does not.
bool NoisyStrategy::prove(const Culprit& culprit) {
  constexpr double kLikely = 0.98;
  bool complete = true;
  auto expect = [&](const Place& place, bool fails, Purpose purpose) {
    const auto is = broken(place, fails ? kLikely : 1 - kLikely, purpose);
    if (!is) {
      complete = false;
    } else if (*is != fails) {
      suspect(culprit.refs());
    }
  };
  expect(culprit.place(), true, Purpose::alone);
  for (const auto member : culprit.deltas.indices()) {
    if (culprit.size() == 1) break;
    expect({culprit.place().commit, culprit.deltas.minus(member)}, false,
           Purpose::without);
  }
  if (culprit.commit) {
    expect({before(history_, *culprit.commit), culprit.deltas}, false,
           Purpose::without);
  }
  if (stuck_ && decision_.answer.suspects.empty()) suspect(culprit.refs());
  return complete && !stuck_;
}

bool NoisyStrategy::run() {
  // How likely it is that nothing is broken, before anything was observed; the
  // same of what is left when that was judged broken; and that it will be.
  constexpr double kNothing = 0.1, kNothingMore = 0.02;
  constexpr double kSecondCause = 0.05;
  auto& answer = decision_.answer;
  answer.outcome = Answer::Outcome::suspects;
  decision_.suspects = everything(input_, history_);
  auto top = Upper::of(input_, history_);
  if (!controls(top)) return answer.outcome != Answer::Outcome::suspects;
  if (const auto* failure = failure_at(top.place())) hunted_ = *failure;
  answer.hunted = hunted_;
  decision_.controls_hold = true;

  double none = kNothing;
  for (;;) {  // each round takes something out of `top`
    decision_.suspects.clear();
    decision_.beliefs.clear();
    const auto line = top.line(history_);
    const auto vertex = locate(line, top.end(line), 0, none);
    if (!vertex) return stuck_;
    if (*vertex == kNobody) {
      answer.outcome = Answer::Outcome::not_reproducible;
      return true;
    }
    const auto culprit = minimal(line, *vertex);
    if (!culprit) return stuck_;
    decision_.suspects = culprit->refs();
    decision_.beliefs.clear();
    // Commits alone were seen to fail, and to pass without, on the line.
    const bool seen_on_line = culprit->deltas.empty() && input_.deltas == 0;
    if (!seen_on_line && !prove(*culprit)) return stuck_;

    top = top.without(*culprit, history_);
    // Good without anything is the good release, which was judged.
    const bool nothing_left = top.deltas.empty() && top.commit == kGood;
    std::optional<bool> again = false;
    if (!seen_on_line && !nothing_left) {
      again = broken(top.place(), kSecondCause, Purpose::without);
    }
    if (!again && !stuck_) return false;
    Finding finding;
    finding.culprit = culprit->refs();
    if (const auto* failure = failure_at(culprit->place())) {
      finding.failure = *failure;
    }
    finding.fails = culprit->place().point();
    finding.passes = top.place().point();
    answer.findings.push_back(std::move(finding));
    answer.outcome = Answer::Outcome::culprit;
    if (!stuck_ && again == false) return true;
    const auto* failure = failure_at(top.place());
    if (stuck_ || options_.first_only) {
      answer.hidden = failure ? *failure : Failure{};
      return true;
    }
    if (failure) hunted_ = *failure;
    none = kNothingMore;
    answer.outcome = Answer::Outcome::suspects;
  }
}
}  // namespace noisy

Decision decide_noisy(const SearchInput& input, const SearchOptions& options,
                      const Trials& trials, const std::vector<Place>& running,
                      std::size_t idle) {
  return noisy::NoisyStrategy(input, options, trials, running, idle).decide();
}

}  // namespace rung
