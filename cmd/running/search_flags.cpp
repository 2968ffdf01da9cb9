#include "cmd/running/search_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/base/error.hpp"
#include "core/model/gate.hpp"
#include "core/text/duration.hpp"

namespace rung {
namespace {

constexpr const char* kGroup = "how to search";

}  // namespace

void SearchFlags::add_options(CLI::App& app) {
  app.add_flag("--fresh", fresh_, "ignore remembered verdicts")->group(kGroup);
  app.add_flag("--patient", patient_,
               "always wait for a gate's whole deadline, even while a failure "
               "does not change")
      ->group(kGroup);
  app.add_flag("--deepen", deepen_,
               "fetch what a shallow or partial clone lacks for the search")
      ->group(kGroup);
  app.add_option("--workers", workers_, "how many trials run at the same time")
      ->group(kGroup)
      ->check(CLI::Range(1, 64));
  app.add_option("--max-probes,--max-deploys", max_probes_,
                 "deploy at most this many probes; remembered ones are free")
      ->group(kGroup);
  app.add_option("--max-minutes", max_minutes_, "budget of time")
      ->group(kGroup);
  app.add_option("--max-time", max_time_,
                 "stop the search after this time, e.g. 90s or 2h")
      ->group(kGroup);
  app.add_flag("--flaky", flaky_,
               "the gate may be wrong: probe again until the answer is sure "
               "(rung notices by itself when verdicts differ)")
      ->group(kGroup);
  app.add_option("--confidence", confidence_,
                 "how sure to be, between 0.5 and 1 (0.95); implies --flaky")
      ->group(kGroup)
      ->check(CLI::Range(0.5, 0.999999));
  app.add_option("--repeat", repeat_,
                 "probe both ends this often at first, to see whether the gate "
                 "is flaky")
      ->group(kGroup)
      ->check(CLI::Range(1, 100));
}

void SearchFlags::apply(FindBreakOptions& options) const {
  options.workers = workers_;
  options.deepen = deepen_;
  HuntSettings& hunt = options.hunt;
  hunt.fresh = fresh_;
  hunt.patient = patient_;
  hunt.repeat = repeat_;
  hunt.limits.probes = max_probes_;
  if (max_minutes_ > 0 && !max_time_.empty()) {
    throw UsageError("give --max-minutes or --max-time, not both");
  }
  hunt.limits.time = std::chrono::minutes(max_minutes_);
  if (!max_time_.empty()) {
    hunt.limits.time = std::chrono::duration_cast<std::chrono::seconds>(
        parse_duration(max_time_));
  }
  if (confidence_) hunt.confidence = *confidence_;
  if (flaky_ || confidence_) {
    hunt.search.noise.emplace();
    hunt.search.noise->confidence = hunt.confidence;
  }
}

std::vector<std::string> SearchFlags::words() const {
  std::vector<std::string> words;
  const auto flag = [&](bool said, const char* name) {
    if (said) words.emplace_back(name);
  };
  const auto value = [&](bool said, const char* name, const auto& what) {
    flag(said, name);
    if (said) words.push_back(fmt::format("{}", what));
  };
  flag(fresh_, "--fresh");
  flag(patient_, "--patient");
  flag(deepen_, "--deepen");
  flag(flaky_, "--flaky");
  value(workers_ != 1, "--workers", workers_);
  value(max_probes_ != 0, "--max-probes", max_probes_);
  value(max_minutes_ != 0, "--max-minutes", max_minutes_);
  value(!max_time_.empty(), "--max-time", max_time_);
  value(confidence_.has_value(), "--confidence", confidence_.value_or(0));
  value(repeat_ != 1, "--repeat", repeat_);
  return words;
}

}  // namespace rung
