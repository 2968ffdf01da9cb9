#include "core/report/report_words.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace rung {

std::string in_terms(std::string text, const Terms& terms) {
  const auto turn = [&](std::string_view ours, std::string_view word,
                        const std::string& term) {
    for (auto at = text.find(ours); at != std::string::npos;
         at = text.find(ours, at + term.size())) {
      text.replace(at + ours.find(word), word.size(), term);
    }
  };
  for (const std::string_view around : {"the {} release", "{} commit",
                                        "rest as {}"}) {
    // Both are turned at once, so that a term may be the other's word.
    const auto good = fmt::format(fmt::runtime(around), "good");
    if (text.find(good) != std::string::npos) {
      turn(good, "good", terms.good);
    } else {
      turn(fmt::format(fmt::runtime(around), "bad"), "bad", terms.bad);
    }
  }
  return text;
}

std::string took(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  const auto minutes = std::lround(seconds / 60);
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string percent(double p) {
  if (p >= 0.9995) return "more than 99.9 %";
  return fmt::format("{:.{}f} %", 100 * p, p < 0.1 || p > 0.95 ? 1 : 0);
}

std::string gate_text(const Report& report) {
  std::string out = fmt::format(
      "flaky: fails what is {} in {}, passes what is {} in {}",
      report.terms.good, percent(report.gate_rates->fail_when_sound),
      report.terms.bad, percent(report.gate_rates->pass_when_broken));
  if (report.confidence && report.outcome != Report::Outcome::budget &&
      report.outcome != Report::Outcome::suspects) {
    out += fmt::format("; the answer is sure by {}",
                       percent(*report.confidence));
  }
  return out;
}

std::string state_text(ReportPhase::State state, bool remembered) {
  switch (state) {
    case ReportPhase::State::good:
      return remembered ? "healthy, as known from before" : "healthy";
    case ReportPhase::State::bad:
      return "broken";
    case ReportPhase::State::no_verdict:
      return "could not be judged";
    case ReportPhase::State::waiting:
      return "waits for approval";
    case ReportPhase::State::not_reached:
      return "not reached";
  }
  return "";
}

std::string not_restored(const Report& report) {
  return report.serves_unproved ? "NOT RESTORED: what serves fails its gates"
                                : "NOT RESTORED: the service is down";
}

}  // namespace rung
