#include "cmd/running/correct.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cmd/input/exit_code.hpp"
#include "cmd/running/resume.hpp"
#include "cmd/running/run_record.hpp"
#include "cmd/workshop/workshop.hpp"
#include "core/base/error.hpp"

namespace rung {
namespace {

/// The bisect that was going on last, ended or not.
std::optional<RunRecord> newest_bisect(const Journal& journal) {
  for (const RunRecord& run : journal.runs()) {
    if (run.command == "bisect") return run;
  }
  return std::nullopt;
}

/// Opens a run, and the climb it is a part of: asked again, both go on.
void reopen(Journal& journal, const std::string& run) {
  const auto runs = journal.runs();
  const auto it = std::find_if(runs.begin(), runs.end(), [&](const auto& one) {
    return one.run == run;
  });
  if (it == runs.end()) return;
  for (const RunRecord& other : runs) {
    if (other.run == run || is_part_of(journal, *it, other)) {
      journal.reopen_run(other.run);
    }
  }
}

/// A verdict by hand: of a failure it keeps what was seen, else it is taken
/// for the one that is hunted.
Observation by_hand(const Journal& journal, const ProbeRecord& probe,
                    Verdict verdict) {
  Observation seen = probe.observation;
  const Verdict before = seen.verdict;
  seen.verdict = verdict;
  seen.notes.push_back(fmt::format("was {}, corrected by hand to {}",
                                   to_string(before), to_string(verdict)));
  if (verdict == Verdict::good) {
    seen.failure.reset();
  } else if (verdict == Verdict::skip || !seen.failure) {
    Failure failure;
    failure.cause = "corrected";
    failure.message = fmt::format("a person said {}", to_string(verdict));
    for (const ProbeRecord& other : journal.probes(probe.run)) {
      if (verdict == Verdict::bad && other.purpose == ProbePurpose::control &&
          other.observation.verdict == Verdict::bad &&
          other.observation.failure) {
        failure = *other.observation.failure;
      }
    }
    seen.failure = failure;
  }
  return seen;
}

struct Edit {
  std::int64_t probe = 0;
  Verdict verdict = Verdict::skip;
};

Edit parsed(const std::string& words) {
  const auto equals = words.find('=');
  Edit edit;
  const char* begin = words.data();
  const char* end = begin + std::min(equals, words.size());
  const auto [stop, error] = std::from_chars(begin, end, edit.probe);
  const auto verdict = equals == std::string::npos
                           ? std::nullopt
                           : verdict_from(words.substr(equals + 1));
  if (error != std::errc() || stop != end || begin == end || !verdict ||
      *verdict == Verdict::infra) {
    throw UsageError(
        fmt::format("--edit {}: write PROBE=good, PROBE=bad or PROBE=skip; "
                    "rung log shows the number of each probe",
                    words));
  }
  edit.verdict = *verdict;
  return edit;
}

/// The probe, and what else of its run judged the same release alike: a
/// search, then the proof. Behind a gate that said both, each verdict is one
/// of many, and it goes alone. Empty: there is no such probe.
std::vector<ProbeRecord> probes_with(const Journal& journal, std::int64_t id) {
  for (const RunRecord& run : journal.runs()) {
    const auto probes = journal.probes(run.run);
    const auto it = std::find_if(
        probes.begin(), probes.end(),
        [&](const ProbeRecord& probe) { return probe.id == id; });
    if (it == probes.end()) continue;
    std::vector<ProbeRecord> alike{*it};
    for (const ProbeRecord& other : probes) {
      if (other.id == id || other.release_id != it->release_id ||
          other.gate_id != it->gate_id) {
        continue;
      }
      const Verdict verdict = other.observation.verdict;
      if (verdict == it->observation.verdict) {
        alike.push_back(other);
      } else if (verdict == Verdict::good || verdict == Verdict::bad) {
        return {*it};
      }
    }
    return alike;
  }
  return {};
}

/// The run whose last verdict was taken back.
RunRecord taken_back(Journal& journal) {
  const auto run = newest_bisect(journal);
  if (!run) {
    throw UsageError("bisect back: no bisect is on record (rung log)");
  }
  const auto probes = journal.probes(run->run);
  const auto last =
      std::find_if(probes.rbegin(), probes.rend(), [](const auto& probe) {
        return probe.observation.verdict != Verdict::infra;
      });
  if (last == probes.rend()) {
    throw UsageError(fmt::format(
        "bisect back: run {} has no verdict that could be taken back",
        run->run));
  }
  // As if the platform had failed: nothing is known of that release.
  Observation nothing;
  nothing.verdict = Verdict::infra;
  Failure failure;
  failure.cause = "taken-back";
  failure.message = fmt::format("was {}, taken back by hand",
                                to_string(last->observation.verdict));
  nothing.failure = failure;
  journal.correct(last->id, nothing);
  reopen(journal, run->run);
  fmt::print(stderr, "took back: {} was {}\n", last->label,
             to_string(last->observation.verdict));
  return *run;
}

}  // namespace

int correct_verdict(const std::filesystem::path& folder,
                    const std::string& words, bool json) {
  const Edit edit = parsed(words);
  const auto alone = hold_journal(folder);
  const auto journal = open_journal(folder);
  const auto probes = probes_with(*journal, edit.probe);
  if (probes.empty()) {
    throw UsageError(fmt::format(
        "--edit {}: there is no probe {} on record (rung log lists them)",
        words, edit.probe));
  }
  const auto was = to_string(probes.front().observation.verdict);
  if (probes.front().observation.verdict == edit.verdict) {
    throw UsageError(
        fmt::format("--edit {}: it is {} already", words, was));
  }
  std::vector<std::int64_t> ids;
  for (const ProbeRecord& probe : probes) {
    journal->correct(probe.id, by_hand(*journal, probe, edit.verdict));
    ids.push_back(probe.id);
  }
  reopen(*journal, probes.front().run);
  if (json) {
    const nlohmann::ordered_json out = {{"rung", 1},
                                        {"command", "log"},
                                        {"edited", ids},
                                        {"label", probes.front().label},
                                        {"verdict", to_string(edit.verdict)},
                                        {"was", was}};
    fmt::print("{}\n", out.dump());
  } else {
    fmt::print(
        "probe{} {} ({}): {}, was {}; rung resume continues from there\n",
        ids.size() == 1 ? "" : "s", fmt::join(ids, " and "),
        probes.front().label, to_string(edit.verdict), was);
  }
  return kHealthy;
}

int bisect_back(const std::filesystem::path& folder, bool json) {
  std::string arguments;
  {
    const auto alone = hold_journal(folder);
    const auto journal = open_journal(folder);
    arguments = taken_back(*journal).arguments;
  }
  return repeat_command(arguments, json);
}

}  // namespace rung
