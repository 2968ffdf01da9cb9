#include "cmd/correct.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "cmd/exit_code.hpp"
#include "cmd/resume.hpp"
#include "cmd/wiring.hpp"
#include "core/error.hpp"

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
    const bool around = other.command == "climb" && it->command != "climb" &&
                        other.arguments == it->arguments &&
                        other.started_ms <= it->started_ms &&
                        (other.ended_ms == 0 || other.ended_ms >= it->started_ms);
    if (other.run == run || around) journal.reopen_run(other.run);
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
      if (verdict == Verdict::bad && other.purpose == "control" &&
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
    throw UsageError(fmt::format(
        "--edit {}: say PROBE=good, PROBE=bad or PROBE=skip; rung log shows "
        "the number of each probe",
        words));
  }
  edit.verdict = *verdict;
  return edit;
}

std::optional<ProbeRecord> probe_with(const Journal& journal,
                                      std::int64_t id) {
  for (const RunRecord& run : journal.runs()) {
    for (ProbeRecord& probe : journal.probes(run.run)) {
      if (probe.id == id) return std::move(probe);
    }
  }
  return std::nullopt;
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
                    const std::string& words) {
  const Edit edit = parsed(words);
  const auto alone = hold_journal(folder);
  const auto journal = open_journal(folder);
  const auto probe = probe_with(*journal, edit.probe);
  if (!probe) {
    throw UsageError(fmt::format(
        "--edit {}: there is no probe {} on record (rung log lists them)",
        words, edit.probe));
  }
  journal->correct(probe->id, by_hand(*journal, *probe, edit.verdict));
  reopen(*journal, probe->run);
  fmt::print("probe {} ({}): {}, was {}; rung resume goes on from there\n",
             probe->id, probe->label, to_string(edit.verdict),
             to_string(probe->observation.verdict));
  return kHealthy;
}

int bisect_back(const std::filesystem::path& folder) {
  std::string arguments;
  {
    const auto alone = hold_journal(folder);
    const auto journal = open_journal(folder);
    arguments = taken_back(*journal).arguments;
  }
  return repeat_command(arguments);
}

}  // namespace rung
