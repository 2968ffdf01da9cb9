#include "core/search/hunt.hpp"

namespace rung::hunt {

/// QuickXplain: the step at the boundary is needed. Alone it may not be
/// enough; then it is kept on and what else it needs is searched before it.
std::optional<Culprit> Hunt::minimal(const Line& line, std::uint32_t vertex,
                                     const Place& without) {
  auto culprit = Culprit::of(line, vertex);
  auto under = chain_below(line, vertex);
  for (;;) {
    // The first time its own place is asked: mostly it needs no company. Later
    // the search for more company asks that as one place among others.
    const auto* alone = known(culprit.place());
    if (!alone && culprit.size() == 1 &&
        (options_.spare == 0 || under.empty())) {
      decision_.wanted.push_back({culprit.place(), Purpose::alone});
      if (!known(without)) {
        decision_.wanted.push_back({without, Purpose::without});
      }
      return std::nullopt;
    }
    if (alone && judge(*alone) == Side::high) {
      return without_spare(std::move(culprit));
    }
    const Line company{history_, culprit.commit.value_or(kGood), culprit.deltas,
                       under, false};
    const auto next =
        narrow(company, {}, under.size(), judge(), culprit.size());
    if (!next) {
      if (unresolved_) {
        auto refs = culprit.refs();
        const auto& some = decision_.answer.suspects;
        refs.insert(refs.end(), some.begin(), some.end());
        suspect(std::move(refs));
      }
      return std::nullopt;
    }
    if (*next == 0) {  // nothing is left that it could need
      suspect(culprit.refs());
      return std::nullopt;
    }
    const auto member = company.delta(*next).index;
    culprit.deltas = culprit.deltas.plus(member);
    under = under.before(member);
  }
}

/// Every member must be needed: without it good stays good.
std::optional<Culprit> Hunt::without_spare(Culprit culprit) {
  for (;;) {
    std::optional<Culprit> smaller;
    bool complete = true;
    auto try_without = [&](const Place& place, std::optional<Culprit> rest) {
      const auto* observation = ask(place, Purpose::without);
      if (!observation) {
        complete = false;
      } else if (judge(*observation) == Side::high && rest) {
        smaller = std::move(rest);
      } else if (judge(*observation) != Side::low) {
        suspect(culprit.refs());
      }
    };
    for (const auto member : culprit.deltas.indices()) {
      auto rest = culprit;
      rest.deltas = rest.deltas.minus(member);
      try_without(rest.place(), rest);
    }
    if (culprit.commit) {
      const auto commit = before(history_, *culprit.commit);
      std::optional<Culprit> rest;
      // Below it lies only good: then the other members do it alone. An older
      // commit of the range that fails with them did not with all the rest
      // on: no member of such a world can be named.
      if (commit == kGood) rest = Culprit{std::nullopt, culprit.deltas};
      try_without({commit, culprit.deltas}, std::move(rest));
    }
    if (smaller) {
      culprit = std::move(*smaller);
      unresolved_ = false;
      decision_.answer.suspects.clear();
      decision_.wanted.clear();
      continue;
    }
    if (unresolved_) {
      decision_.wanted.clear();
      return std::nullopt;
    }
    if (!complete) return std::nullopt;
    return culprit;
  }
}

/// Several findings: each of them must still break bad without the others. One
/// that does not was made good by something later.
bool Hunt::drop_redundant() {
  auto& findings = decision_.answer.findings;
  for (std::size_t i = 0; findings.size() > 1 && i < findings.size();) {
    auto rest = upper();
    for (std::size_t j = 0; j < findings.size(); ++j) {
      if (j != i) rest = rest.without(culprits_[j], history_);
    }
    const auto* observation = ask(rest.place(), Purpose::without);
    if (!observation) return false;
    if (observation->verdict == Verdict::good) {
      findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(i));
      culprits_.erase(culprits_.begin() + static_cast<std::ptrdiff_t>(i));
      // Those after it were followed to what it had left of bad.
      for (auto j = i; j < findings.size(); ++j) findings[j].changed_at.reset();
      i = 0;
    } else {
      ++i;
    }
  }
  return true;
}

}  // namespace rung::hunt
