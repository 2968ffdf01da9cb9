#include "tests/fakes/any_search.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "tests/fakes/search_oracle.hpp"
#include "tests/fakes/search_world.hpp"

namespace rung::fakes {
namespace {

constexpr auto kGood = Point::kGoodCommit;

/// Cheap to seed, unlike the standard's.
class Dice {
 public:
  using result_type = std::uint64_t;
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return UINT64_MAX; }
  result_type operator()() {
    state_ += 0x9E3779B97F4A7C15ULL;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// 0 to n - 1.
  std::uint32_t below(std::uint64_t n) {
    return static_cast<std::uint32_t>((*this)() % n);
  }
  bool percent(unsigned p) { return below(100) < p; }

 private:
  std::uint64_t state_;
};

CommitGraph any_history(std::uint32_t n, Dice& dice) {
  std::vector<std::vector<std::uint32_t>> parents(n);
  const auto shape = dice.below(4);  // a line; branches; anything
  std::vector<std::uint32_t> heads;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (i == 0) {
      heads = {0};
    } else if (shape == 0) {
      parents[i] = {i - 1};
    } else if (shape == 3) {
      for (auto k = dice.below(4); k-- > 0;) parents[i].push_back(dice.below(i));
    } else if (i + 1 == n) {
      parents[i] = heads;
    } else if (heads.size() > 1 && dice.percent(25)) {
      const auto side = 1 + dice.below(heads.size() - 1);
      parents[i] = {heads[0], heads[side]};
      heads.erase(heads.begin() + side);
      heads[0] = i;
    } else if (heads.size() < 6 && dice.percent(25)) {
      if (!dice.percent(10)) parents[i] = {dice.below(i)};
      heads.push_back(i);
    } else {
      auto& head = heads[dice.below(heads.size())];
      parents[i] = {head};
      head = i;
    }
    auto& mine = parents[i];
    for (std::size_t k = 0; k < mine.size();) {
      const auto twice = std::find(mine.begin(), mine.begin() +
                                       static_cast<std::ptrdiff_t>(k), mine[k]);
      if (twice - mine.begin() < static_cast<std::ptrdiff_t>(k)) {
        mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(k));
      } else {
        ++k;
      }
    }
  }
  return graph(parents);
}

/// A failure that is there with `from` and all of `needs` on, until `repaired`
/// or `off` is on, too.
struct Cause {
  std::optional<std::uint32_t> from, repaired, off;
  std::vector<std::uint32_t> needs;
  Observation shown;
};

/// What is true.
class Truth {
 public:
  Truth(const CommitGraph& history, std::uint32_t deltas, Dice& dice)
      : history_(history), deltas_(deltas), salt_(dice()) {
    lawless_ = dice.percent(30);
    plain_ = !lawless_ && dice.percent(40);
    fails_ = 5 + dice.below(90);
    skips_ = dice.percent(50) ? 0 : dice.below(40);
    signatures_ = 1 + dice.below(4);
    if (lawless_) return;
    const auto count = plain_ ? 1 : 1 + dice.below(4);
    for (std::uint32_t i = 0; i < count; ++i) causes_.push_back(cause(i, dice));
    if (dice.percent(30) && commits() > 1) {
      first_untestable_ = dice.below(commits());
      last_untestable_ = first_untestable_ + dice.below(1 + commits() / 3);
    }
    for (const auto& one : causes_) {
      for (const auto& commit : {one.from, one.repaired}) {
        if (commit) descend(*commit);
      }
    }
  }

  [[nodiscard]] std::uint32_t commits() const {
    return static_cast<std::uint32_t>(history_.size());
  }
  [[nodiscard]] Observation operator()(const Point& point) const {
    auto here = salt_ ^ (point.commit * 0x9E3779B97F4A7C15ULL);
    for (const auto i : point.on) here ^= Dice(salt_ + i + 1)();
    Dice dice(here);
    const bool end = (point.commit == kGood && point.on.empty()) ||
                     (point.on.size() == deltas_ &&
                      (commits() == 0 || point.commit + 1 == commits()));
    if (!end && dice.percent(skips_)) return skip();
    if (!end && point.commit != kGood && point.commit >= first_untestable_ &&
        point.commit <= last_untestable_) {
      return skip();
    }
    if (lawless_) {
      if (point.commit == kGood && point.on.empty()) return good();
      return end || dice.percent(fails_) ? failing(dice) : good();
    }
    const Cause* first = nullptr;
    for (const auto& one : causes_) {
      if (!there(one, point)) continue;
      if (first == nullptr ||
          one.shown.failure->stage < first->shown.failure->stage) {
        first = &one;
      }
    }
    return first == nullptr ? good() : first->shown;
  }
  /// Any verdict at all.
  [[nodiscard]] Observation anything(Dice& dice) const {
    const auto draw = dice.below(10);
    if (draw < 4) return good();
    if (draw < 8) return failing(dice);
    auto seen = skip();
    if (draw == 9) seen.verdict = Verdict::infra;
    return seen;
  }
  /// The one cause there is, if it is one that stays.
  [[nodiscard]] std::optional<std::vector<DeltaRef>> one_culprit() const {
    if (!plain_) return std::nullopt;
    std::vector<DeltaRef> refs;
    for (const auto i : causes_[0].needs) refs.push_back({false, i});
    if (causes_[0].from) refs.push_back({true, *causes_[0].from});
    return refs;
  }
  /// Whether bad has it.
  [[nodiscard]] bool has(std::uint32_t top, std::uint32_t commit) const {
    return below_.at(commit)[top];
  }

 private:
  Cause cause(std::uint32_t i, Dice& dice) const {
    Cause one;
    one.shown = bad("s" + std::to_string(i),
                    static_cast<Stage>(1 + dice.below(6)));
    const bool commit = commits() > 0 && (deltas_ == 0 || dice.percent(60));
    if (commit) one.from = dice.below(commits());
    if (deltas_ > 0 && (!commit || dice.percent(30))) {
      for (auto k = 1 + dice.below(3); k-- > 0;) {
        one.needs.push_back(dice.below(deltas_));
      }
      std::sort(one.needs.begin(), one.needs.end());
      one.needs.erase(std::unique(one.needs.begin(), one.needs.end()),
                      one.needs.end());
    }
    if (plain_ || i == 0) return one;
    if (one.from && dice.percent(60)) {
      one.repaired = *one.from + dice.below(commits() - *one.from);
    }
    if (deltas_ > 0 && dice.percent(20)) one.off = dice.below(deltas_);
    return one;
  }
  Observation failing(Dice& dice) const {
    const auto which = dice.below(signatures_);
    return bad("s" + std::to_string(which), static_cast<Stage>(3 + which % 3));
  }
  void descend(std::uint32_t root) {
    auto& flags = below_[root];
    flags.assign(commits(), false);
    flags[root] = true;
    for (auto v = root + 1; v < commits(); ++v) {
      for (const auto parent : history_.parents_of(v)) {
        if (flags[parent]) flags[v] = true;
      }
    }
  }
  [[nodiscard]] bool there(const Cause& one, const Point& point) const {
    auto on = [&](std::uint32_t delta) {
      return std::binary_search(point.on.begin(), point.on.end(), delta);
    };
    auto in = [&](const std::optional<std::uint32_t>& commit) {
      return commit && point.commit != kGood && has(point.commit, *commit);
    };
    if (one.from && !in(one.from)) return false;
    if (!std::all_of(one.needs.begin(), one.needs.end(), on)) return false;
    if (one.repaired && *one.repaired != *one.from && in(one.repaired)) {
      return false;
    }
    return !(one.off && on(*one.off));
  }

  const CommitGraph& history_;
  std::uint32_t deltas_;
  std::uint64_t salt_;
  bool lawless_ = false, plain_ = false;
  unsigned fails_ = 0, skips_ = 0, signatures_ = 1;
  std::uint32_t first_untestable_ = UINT32_MAX, last_untestable_ = 0;
  std::vector<Cause> causes_;
  std::map<std::uint32_t, std::vector<bool>> below_;
};

class Player {
 public:
  Player(std::uint64_t seed, const AnySize& size)
      : dice_(seed),
        size_(size),
        deltas_(dice_.percent(40) ? 0 : dice_.below(size.deltas + 1)),
        history_(any_history(
            deltas_ > 0 && dice_.percent(30) ? 0
                                             : dice_.below(size.commits) + 1,
            dice_)),
        truth_(history_, deltas_, dice_) {
    input_.commits = history_.size() > 0 || dice_.percent(50) ? &history_
                                                              : nullptr;
    input_.deltas = deltas_;
    if (dice_.percent(20)) {
      input_.risk = [](const DeltaRef& ref) { return 1.0 + ref.index % 5; };
    }
    if (dice_.percent(20)) {
      input_.seconds = [](const Point& point) {
        return 1.0 + static_cast<double>(point.on.size() % 3);
      };
    }
    options_.first_only = dice_.percent(15);
    options_.only_this_failure = dice_.percent(15);
    options_.first_parent = dice_.percent(15);
    options_.spare = dice_.percent(20) ? 2 : 0;
    honest_ = dice_.percent(60);
    corrections_ = honest_ ? 0 : dice_.below(4);
    workers_ = 1 + dice_.below(dice_.percent(50) ? 1 : 4);
    if (dice_.percent(1)) options_.noise.emplace();
  }

  AnyRun run() {
    Search search(input_, options_);
    if (dice_.percent(20)) remember(search);
    const auto cap = options_.noise
                         ? size_.noisy_probes
                         : 300 + 40 * (truth_.commits() + deltas_);
    while (fault_.empty()) {
      look(search);
      if (!fault_.empty()) break;
      if (search.finished() && (corrections_ == 0 || told_.empty())) break;
      if (corrections_ > 0 && !told_.empty() &&
          (search.finished() || dice_.percent(10))) {
        correct(search);
        continue;
      }
      ask(search);
      if (!fault_.empty()) break;
      if (open_.empty()) {
        fault_ = "nothing to do, not finished";
        break;
      }
      tell(search);
      if (run_.probes > cap) {
        if (options_.noise) return run_;
        fault_ = "does not end";
      }
    }
    if (fault_.empty()) judge(search.answer());
    run_.fault = fault_;
    return run_;
  }

 private:
  [[nodiscard]] Point anywhere() {
    Point point;
    if (truth_.commits() > 0 && !dice_.percent(20)) {
      point.commit = dice_.below(truth_.commits());
    }
    const auto all = dice_.percent(50);
    for (std::uint32_t i = 0; i < deltas_; ++i) {
      if (all || dice_.percent(50)) point.on.push_back(i);
    }
    return point;
  }
  [[nodiscard]] Observation seen_at(const Point& point) {
    if (!honest_ && dice_.percent(15)) return truth_.anything(dice_);
    return truth_(point);
  }
  void record(Search& search, const Point& point, const Observation& seen) {
    told_.insert_or_assign(point, seen);
    search.record(point, seen);
  }
  /// Verdicts nobody asked for.
  void remember(Search& search) {
    for (auto k = dice_.below(6); k-- > 0;) {
      const auto point = anywhere();
      record(search, point, seen_at(point));
    }
  }
  void correct(Search& search) {
    --corrections_;
    auto it = told_.begin();
    std::advance(it, dice_.below(told_.size()));
    const auto point = it->first;
    record(search, point,
           dice_.percent(50) ? truth_(point) : truth_.anything(dice_));
  }
  /// What may be asked at any time.
  void look(const Search& search) {
    if (!dice_.percent(30)) return;
    const auto answer = search.answer();
    if (!search.finished() && answer.suspects.empty() &&
        answer.findings.empty() &&
        (truth_.commits() > 0 || deltas_ > 0)) {
      fault_ = "nobody is under suspicion in the middle";
    }
    const auto left = search.left();
    if (left.low > left.high) fault_ = "an interval the wrong way round";
    for (const auto& point : search.ahead(dice_.below(5))) {
      if (!exists(point)) fault_ = "ahead: a point that is none";
    }
    for (const auto& point : search.obsolete()) {
      if (std::count(open_.begin(), open_.end(), point) == 0) {
        fault_ = "obsolete: what does not run";
      }
    }
  }
  [[nodiscard]] bool exists(const Point& point) const {
    return (point.commit == kGood || point.commit < truth_.commits()) &&
           std::is_sorted(point.on.begin(), point.on.end()) &&
           (point.on.empty() || point.on.back() < deltas_);
  }
  void ask(Search& search) {
    const auto idle = workers_ > open_.size() ? workers_ - open_.size() : 0;
    const auto proposals = search.next(idle);
    if (proposals.size() > idle) fault_ = "more than asked for";
    for (const auto& [point, purpose] : proposals) {
      if (!exists(point)) fault_ = "a point that is none";
      if (!options_.noise) {
        if (told_.contains(point)) fault_ = "asked what is known";
        if (std::count(open_.begin(), open_.end(), point) > 0) {
          fault_ = "asked twice";
        }
      }
      open_.push_back(point);
      ++run_.probes;
    }
  }
  void tell(Search& search) {
    const auto at = static_cast<std::ptrdiff_t>(dice_.below(open_.size()));
    const auto point = open_[static_cast<std::size_t>(at)];
    open_.erase(open_.begin() + at);
    if (!honest_ && dice_.percent(3)) {
      search.cancel(point);
    } else {
      record(search, point, seen_at(point));
    }
    if (!honest_ && dice_.percent(3)) {
      const auto other = anywhere();
      record(search, other, seen_at(other));
    }
  }

  void judge(const Answer& answer) {
    run_.accused = answer.outcome == Answer::Outcome::culprit;
    if (options_.noise) return;
    fault_ = fakes::fault(input_, options_, told_, answer);
    if (fault_.empty() && honest_ && !options_.first_parent) {
      fault_ = fault_of_one(answer);
    }
  }
  /// One cause that stays, and true verdicts: it is named, or under suspicion.
  [[nodiscard]] std::string fault_of_one(const Answer& answer) const {
    const auto culprit = truth_.one_culprit();
    if (!culprit) return "";
    const auto top = truth_.commits() - 1;
    for (const auto& ref : *culprit) {
      if (ref.is_commit && !truth_.has(top, ref.index)) return "";
    }
    if (answer.outcome == Answer::Outcome::culprit) {
      if (answer.findings.size() != 1) return "several are named, one did it";
      return answer.findings[0].culprit == *culprit ? "" : "an innocent is named";
    }
    if (answer.outcome != Answer::Outcome::suspects) {
      return "the ends fail and pass, but that is not the answer";
    }
    const bool suspected =
        std::any_of(culprit->begin(), culprit->end(), [&](const auto& ref) {
          return std::binary_search(answer.suspects.begin(),
                                    answer.suspects.end(), ref);
        });
    return suspected ? "" : "only innocents are suspected";
  }

  Dice dice_;
  const AnySize size_;
  std::uint32_t deltas_;
  CommitGraph history_;
  Truth truth_;
  SearchInput input_;
  SearchOptions options_;
  bool honest_ = true;
  unsigned corrections_ = 0;
  std::size_t workers_ = 1;
  Told told_;
  std::vector<Point> open_;  ///< handed out, not recorded
  std::string fault_;
  AnyRun run_;
};

}  // namespace

AnyRun any_search(std::uint64_t seed, const AnySize& size) {
  return Player(seed, size).run();
}

}  // namespace rung::fakes
