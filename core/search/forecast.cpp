#include "core/search/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace rung {
namespace {

constexpr double kKept = 0.9;  // of an observation's weight, for each later one
// How kinds not seen yet compare with those seen; only a guess, and soon
// replaced: nearly every search builds something.
constexpr std::array<double, 3> kRatio{1, 5, 8};

}  // namespace

void ProbeTimes::add(ProbeKind kind, double seconds) {
  Seen& seen = seen_[static_cast<std::size_t>(kind)];
  seen.weight = seen.weight * kKept + 1;
  seen.seconds = seen.seconds * kKept + seconds;
}

std::optional<double> ProbeTimes::mean(ProbeKind kind) const {
  const auto k = static_cast<std::size_t>(kind);
  if (seen_[k].weight > 0) return seen_[k].seconds / seen_[k].weight;
  double weight = 0;
  double unit = 0;  // seconds of a cached probe, as the others suggest
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    weight += seen_[i].weight;
    unit += seen_[i].seconds / kRatio[i];
  }
  if (weight == 0) return std::nullopt;
  return unit / weight * kRatio[k];
}

std::string ProbeTimes::text() const {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& [weight, seconds] : seen_) {
    out.push_back({weight, seconds});
  }
  return out.dump();
}

ProbeTimes ProbeTimes::from(std::string_view text) {
  ProbeTimes times;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array() || json.size() != times.seen_.size()) return {};
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (!json[i].is_array() || json[i].size() != 2 || !json[i][0].is_number() ||
        !json[i][1].is_number()) {
      return {};
    }
    times.seen_[i] = {json[i][0].get<double>(), json[i][1].get<double>()};
  }
  return times;
}

Forecast forecast(const Search::Left& left, const Mix& ahead,
                  const ProbeTimes& times, std::size_t workers) {
  Forecast out;
  out.left = left;
  double fresh = 0;
  double dearest = 0;
  double seconds = 0;
  bool timed = false;
  for (std::size_t kind = 0; kind < ahead.kinds.size(); ++kind) {
    const auto mean = times.mean(static_cast<ProbeKind>(kind));
    timed = timed || mean;
    if (ahead.kinds[kind] == 0) continue;
    fresh += ahead.kinds[kind];
    seconds += ahead.kinds[kind] * mean.value_or(0);
    dearest = std::max(dearest, mean.value_or(0));
  }
  const double all = fresh + ahead.remembered;
  const double share = all > 0 ? fresh / all : 1;
  // Those that start again what was built are neither remembered nor built.
  const double again = std::min<double>(ahead.again, left.low);
  out.deploys = (left.expected - again) * share + again;
  // A single remembered verdict in the sample need not be met on the way.
  out.deploys_at_most =
      share == 0 ? std::min(left.probes_at_most, 2U + ahead.again)
                 : left.probes_at_most;
  if (!timed) return out;
  const double start = times.mean(ProbeKind::cached).value_or(0);
  double each = fresh > 0 ? seconds / fresh : start;
  dearest = std::max(dearest, each);
  const double abreast = static_cast<double>(std::max<std::size_t>(1, workers));
  // Several at a time take fewer rounds, but not that many fewer: w of them
  // tell log2(w + 1) bits where one tells one.
  const double speed = std::log2(abreast + 1);
  each *= share / speed;
  const double restarts = again * start / speed;
  out.seconds = (left.expected - again) * each + restarts;
  out.seconds_low = (left.low - again) * each + restarts;
  out.seconds_high = (left.high - again) * each + restarts;
  out.seconds_at_most = (left.probes_at_most - again) * dearest / speed + restarts;
  return out;
}

}  // namespace rung
