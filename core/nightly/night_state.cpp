#include "core/nightly/night_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/base/error.hpp"
#include "core/text/json_text.hpp"

namespace rung {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;

/// Each commit is written once: thousands of tests share a few.
class Commits {
 public:
  std::size_t number(const std::string& commit) {
    const auto [at, added] = numbers_.try_emplace(commit, numbers_.size());
    if (added) list_.push_back(commit);
    return at->second;
  }
  [[nodiscard]] const json& list() const { return list_; }

 private:
  std::map<std::string, std::size_t> numbers_;
  json list_ = json::array();
};

TestCounts most(const TestCounts& a, const TestCounts& b) {
  return {std::max(a.passes, b.passes), std::max(a.failures, b.failures),
          std::max(a.untold, b.untold)};
}

/// The one seen last tells whether it is still broken; the first, since when.
std::optional<BrokenSince> merged_since(const TestMemory& a,
                                        const TestMemory& b) {
  if (a.since && b.since) {
    const auto key = [](const BrokenSince& one) {
      return std::tuple(one.last_night, one.nights, one.last_commit,
                        one.culprit);
    };
    BrokenSince since = key(*a.since) < key(*b.since) ? *b.since : *a.since;
    const BrokenSince& other =
        key(*a.since) < key(*b.since) ? *a.since : *b.since;
    if (since.culprit.empty()) {
      since.culprit = other.culprit;
      since.subject = other.subject;
    }
    since.first_night = std::min(since.first_night, other.first_night);
    since.nights = std::max(since.nights, other.nights);
    return since;
  }
  const std::optional<BrokenSince>& one = a.since ? a.since : b.since;
  const TestMemory& other = a.since ? b : a;
  if (!one) return std::nullopt;
  const bool passed_later =
      !other.goods.empty() && other.goods.back().at > one->last_night;
  return passed_later ? std::nullopt : one;
}

json to_json(const BrokenSince& since) {
  return {{"culprit", since.culprit},   {"subject", since.subject},
          {"first", since.first_night}, {"nights", since.nights},
          {"last", since.last_night},   {"commit", since.last_commit}};
}

BrokenSince since_from(const json& from) {
  return {from.at("culprit"), from.at("subject"), from.at("first"),
          from.at("nights"),  from.at("last"),    from.at("commit")};
}

json to_json(const LastNight& night) {
  return {{"head", night.head},       {"begun", night.begun},
          {"done", night.done},       {"red", night.red},
          {"flaky", night.flaky},     {"passed", night.passed},
          {"skipped", night.skipped}, {"missing", night.missing},
          {"whole", night.whole}};
}

LastNight night_from(const json& from) {
  LastNight night;
  from.at("head").get_to(night.head);
  from.at("begun").get_to(night.begun);
  from.at("done").get_to(night.done);
  from.at("red").get_to(night.red);
  from.at("flaky").get_to(night.flaky);
  from.at("passed").get_to(night.passed);
  from.at("skipped").get_to(night.skipped);
  from.at("missing").get_to(night.missing);
  from.at("whole").get_to(night.whole);
  return night;
}

TestMemory memory_from(const json& from, const json& commits) {
  const auto commit = [&](const json& number) -> std::string {
    return commits.at(number.get<std::size_t>());
  };
  TestMemory test;
  for (const json& good : from.at("goods")) {
    test.goods.push_back({commit(good.at(0)), good.at(1)});
  }
  test.last_seen = from.at("seen");
  test.group_size = from.value("group", std::size_t{0});
  test.flaked = from.value("flaked", 0U);
  test.confirmed = from.value("confirmed", 0U);
  test.needs_all = from.value("needs_all", false);
  test.hides = from.value("hides", std::vector<std::string>());
  test.setting = from.value("setting", std::string());
  if (from.contains("since")) test.since = since_from(from.at("since"));
  for (const json& fact : from.value("facts", json::array())) {
    test.facts[commit(fact.at(0))] = {fact.at(1), fact.at(2), fact.at(3)};
  }
  return test;
}

}  // namespace

void add_good(TestMemory& test, const KnownPass& good) {
  auto& goods = test.goods;
  std::erase_if(goods, [&](const KnownPass& one) {
    return one.commit == good.commit && one.at <= good.at;
  });
  const auto same = [&](const KnownPass& one) {
    return one.commit == good.commit;
  };
  if (std::none_of(goods.begin(), goods.end(), same)) goods.push_back(good);
  std::sort(goods.begin(), goods.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.commit) < std::tie(b.at, b.commit);
  });
  if (goods.size() > NightState::kMostGoods) {
    goods.erase(goods.begin(), goods.end() - NightState::kMostGoods);
  }
}

bool judge_with(NightState& state, const std::string& id,
                const std::string& setting) {
  TestMemory& test = state.tests[id];
  const bool other = !test.setting.empty() && test.setting != setting;
  test.setting = setting;
  if (!other) return false;
  test.facts.clear();
  test.since.reset();
  // Its verdict on HEAD is of the other setting, too.
  state.night.done = true;
  return true;
}

NightState merged(const NightState& a, const NightState& b) {
  NightState all = a;
  for (const auto& [id, theirs] : b.tests) {
    const auto [at, added] = all.tests.try_emplace(id, theirs);
    if (added) continue;
    TestMemory& test = at->second;
    const TestMemory mine = test;
    if (mine.setting == theirs.setting) {
      test.since = merged_since(mine, theirs);
      for (const auto& [commit, counts] : theirs.facts) {
        test.facts[commit] = most(test.facts[commit], counts);
      }
    } else if (std::tie(mine.last_seen, mine.setting) <
               std::tie(theirs.last_seen, theirs.setting)) {
      test.setting = theirs.setting;
      test.since = theirs.since;
      test.facts = theirs.facts;
    }
    for (const KnownPass& good : theirs.goods) add_good(test, good);
    test.last_seen = std::max(test.last_seen, theirs.last_seen);
    test.group_size = std::max(test.group_size, theirs.group_size);
    test.flaked = std::max(test.flaked, theirs.flaked);
    test.confirmed = std::max(test.confirmed, theirs.confirmed);
    test.needs_all = test.needs_all || theirs.needs_all;
    // Any of them will do; which, must not depend on the order.
    test.hides = std::max(test.hides, theirs.hides);
  }
  const auto age = [](const LastNight& night) {
    return std::tuple(night.begun, night.done, night.head, night.red);
  };
  if (age(all.night) < age(b.night)) all.night = b.night;
  return all;
}

std::string written(const NightState& state, std::string_view subject) {
  Commits commits;
  json tests = json::object();
  for (const auto& [id, test] : state.tests) {
    json out = {{"seen", test.last_seen}, {"goods", json::array()}};
    for (const KnownPass& good : test.goods) {
      out["goods"].push_back({commits.number(good.commit), good.at});
    }
    if (test.group_size > 0) out["group"] = test.group_size;
    if (test.flaked > 0) out["flaked"] = test.flaked;
    if (test.needs_all) out["needs_all"] = true;
    if (!test.hides.empty()) out["hides"] = test.hides;
    if (!test.setting.empty()) out["setting"] = test.setting;
    if (test.confirmed > 0) out["confirmed"] = test.confirmed;
    if (test.since) out["since"] = to_json(*test.since);
    for (const auto& [commit, counts] : test.facts) {
      out["facts"].push_back({commits.number(commit), counts.passes,
                              counts.failures, counts.untold});
    }
    tests[id] = std::move(out);
  }
  const json document = {{"rung_nightly", kFormat},
                         {"subject", subject},
                         {"commits", commits.list()},
                         {"tests", std::move(tests)},
                         {"night", to_json(state.night)}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

NightState night_state_from(std::string_view text, std::string_view subject) {
  const json document = json_from(text);
  try {
    const int format = document.at("rung_nightly");
    if (format > kFormat) {
      throw UsageError(fmt::format(
          "it is of a newer rung (format {}); use that, or give another --name",
          format));
    }
    if (format != kFormat) {
      throw JournalError(
          fmt::format("it has format {}; this rung reads {}", format, kFormat));
    }
    if (document.at("subject").get<std::string>() != subject) {
      throw UsageError(fmt::format(
          "it belongs to {}, and this is {}; give one of them a --name, or "
          "remove the file if that suite is gone",
          document.at("subject").get<std::string>(), subject));
    }
    NightState state;
    const json& commits = document.at("commits");
    for (const auto& [id, test] : document.at("tests").items()) {
      state.tests[id] = memory_from(test, commits);
    }
    state.night = night_from(document.at("night"));
    return state;
  } catch (const json::exception&) {
    throw JournalError("it is damaged");
  }
}

}  // namespace rung
