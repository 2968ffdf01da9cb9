#include "core/noisy_strategy.hpp"

#include "core/noisy_hunt.hpp"

namespace rung {
namespace noisy {

bool NoisyStrategy::run() {
  constexpr double kDrift = 0.02;  // before anything was observed
  constexpr double kNull = 0.1;
  auto& answer = decision_.answer;
  answer.outcome = Answer::Outcome::suspects;
  const auto commits = static_cast<std::uint32_t>(history_.size());
  auto top = commits > 0 ? commits - 1 : kGood;
  auto deltas = IndexSet::range(0, input_.deltas);
  for (const auto index : deltas.indices()) {
    decision_.suspects.push_back({false, index});
  }
  for (std::uint32_t v = 0; v < commits; ++v) {
    decision_.suspects.push_back({true, v});
  }

  const Place good{kGood, {}};
  const Place bad{top, deltas};
  const auto at_good = count(good);
  const auto at_bad = count(bad);
  if (at_good.skips > 0 && at_good.passes + at_good.fails == 0) {
    answer.outcome = Answer::Outcome::no_verdict;
    return true;
  }
  if (at_bad.skips > 0 && at_bad.passes + at_bad.fails == 0) {
    answer.outcome = Answer::Outcome::no_verdict;
    return true;
  }
  const auto drift = broken(good, kDrift, Purpose::control_good);
  if (drift == true) {
    answer.outcome = Answer::Outcome::drift;
    return true;
  }
  if (at_bad.passes + at_bad.fails == 0) want(bad, Purpose::control_bad);
  if (!drift || at_bad.passes + at_bad.fails == 0) return false;
  if (deltas.empty() && top == kGood) {
    answer.outcome = Answer::Outcome::not_reproducible;
    return true;
  }
  if (const auto* failure = failure_at(bad)) hunted_ = *failure;
  answer.hunted = hunted_;
  decision_.controls_hold = true;

  double none = kNull;
  for (;;) {  // each round takes something out of `deltas` or lowers `top`
    decision_.suspects.clear();
    decision_.beliefs.clear();
    const Line line{history_, kGood, {}, deltas, top != kGood};
    const auto end =
        line.commits ? line.vertex_of_commit(top) : line.chain.size();
    const auto vertex = locate(line, end, 0, none);
    if (!vertex) return stuck_;
    if (*vertex == kNothing) {
      answer.outcome = Answer::Outcome::not_reproducible;
      return true;
    }
    // What else it needs, until nothing more.
    const auto delta = line.delta(*vertex);
    std::optional<std::uint32_t> commit;
    IndexSet culprit;
    IndexSet under;
    if (delta.is_commit) {
      commit = delta.index;
      under = line.chain;
    } else {
      culprit = IndexSet::range(delta.index, delta.index + 1);
      under = line.chain.before(delta.index);
    }
    auto refs = [&] {
      std::vector<DeltaRef> all;
      for (const auto index : culprit.indices()) all.push_back({false, index});
      if (commit) all.push_back({true, *commit});
      return all;
    };
    while (!under.empty()) {
      decision_.suspects = refs();
      const Line company{history_, commit.value_or(kGood), culprit, under,
                         false};
      const auto size = culprit.size() + (commit ? 1 : 0);
      const auto next = locate(company, under.size(), size, 0);
      if (!next) {
        if (stuck_) {
          auto all = refs();
          all.insert(all.end(), answer.suspects.begin(), answer.suspects.end());
          suspect(std::move(all));
        }
        return stuck_;
      }
      if (*next == 0) break;
      const auto member = company.delta(*next).index;
      culprit = culprit.plus(member);
      under = under.before(member);
    }
    decision_.suspects = refs();
    decision_.beliefs.clear();
    const Place fails{commit.value_or(kGood), culprit};
    bool complete = true;
    const bool alone_is_line = culprit.empty() && input_.deltas == 0;
    auto expect = [&](const Place& place, double prior, bool wish,
                      Purpose purpose) {
      const auto is = broken(place, prior, purpose);
      if (!is) {
        complete = false;
      } else if (*is != wish) {
        suspect(refs());
      }
    };
    if (!alone_is_line) {
      expect(fails, 0.98, true, Purpose::alone);
      for (const auto member : culprit.indices()) {
        if (culprit.size() + (commit ? 1 : 0) == 1) break;
        expect({fails.commit, culprit.minus(member)}, 0.02, false,
               Purpose::without);
      }
      if (commit) {
        expect({before(*commit), culprit}, 0.02, false, Purpose::without);
      }
    }
    if (stuck_) {
      if (answer.suspects.empty()) suspect(refs());
      return true;
    }
    if (!complete) return false;

    if (commit) top = before(*commit);
    deltas = deltas.minus(culprit);
    const Place passes{top, deltas};
    std::optional<bool> again = false;
    // Good without anything is the good release, which was judged.
    const bool nothing_left = deltas.empty() && top == kGood;
    if (!alone_is_line && !nothing_left) {
      again = broken(passes, 0.05, Purpose::without);
    }
    if (!again && !stuck_) return false;
    Finding finding;
    finding.culprit = refs();
    if (const auto* failure = failure_at(fails)) finding.failure = *failure;
    finding.fails = fails.point();
    finding.passes = passes.point();
    answer.findings.push_back(std::move(finding));
    answer.outcome = Answer::Outcome::culprit;
    if (stuck_ || again == true) {
      const auto* failure = failure_at(passes);
      if (stuck_ || options_.first_only) {
        answer.hidden = failure ? *failure : Failure{};
        return true;
      }
      if (failure) hunted_ = *failure;
      none = 0.02;
      answer.outcome = Answer::Outcome::suspects;
      continue;
    }
    return true;
  }
}
}  // namespace noisy

Decision decide_noisy(const SearchInput& input, const SearchOptions& options,
                      const Trials& trials, const std::vector<Place>& running,
                      std::size_t idle) {
  return noisy::NoisyStrategy(input, options, trials, running, idle).decide();
}

}  // namespace rung
