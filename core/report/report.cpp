#include "core/report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/secret.hpp"
#include "core/model/release.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/requirement_text.hpp"
#include "core/text/short_id.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

// Stored in journals and read by programs: never rename.
constexpr std::array<std::string_view, 8> kOutcomes = {
    "culprit", "suspects",   "healthy", "not-reproducible",
    "drift",   "no-verdict", "budget",  "broken"};
constexpr std::array<std::string_view, 5> kStates = {
    "good", "bad", "no-verdict", "waiting", "not-reached"};

/// "git+https://user:token@host/x" without "user:token": a requirement may be
/// a URL, and its password is nobody's business.
std::optional<std::string> without_user(std::optional<std::string> text) {
  if (!text) return text;
  text = requirement_text(*std::move(text));
  for (std::size_t from = 0;;) {
    const auto found = url_user(*text, from, "/?# \t");
    if (!found) return text;
    from = found->begin;
    if (found->end > from) text->replace(from, found->end - from, kRedacted);
  }
}

Report::Outcome outcome_of(Answer::Outcome outcome) {
  switch (outcome) {
    case Answer::Outcome::culprit:
      return Report::Outcome::culprit;
    case Answer::Outcome::suspects:
      return Report::Outcome::suspects;
    case Answer::Outcome::not_reproducible:
      return Report::Outcome::not_reproducible;
    case Answer::Outcome::drift:
      return Report::Outcome::drift;
    case Answer::Outcome::no_verdict:
      return Report::Outcome::no_verdict;
  }
  return Report::Outcome::no_verdict;
}

/// The two observations behind a finding, as Search promises them.
std::vector<ReportTrial> proof_of(const Answer& answer, std::size_t index) {
  const Finding& finding = answer.findings[index];
  const bool many = finding.culprit.size() > 1;
  // The bad release without a commit would be the bad one with that reverted,
  // and nobody tried that.
  const bool commit = !many && finding.culprit.front().is_commit;
  ReportTrial with;
  with.label = many     ? "the good release with them"
               : commit ? "this commit"
                        : "the good release with it";
  with.verdict = Verdict::bad;
  with.failure = finding.failure;
  ReportTrial without;
  // From the second on, those found before are taken away too.
  without.label = index > 0 ? "the bad release without all found so far"
                  : many    ? "the bad release without them"
                  : commit  ? "the commit before it"
                            : "the bad release without it";
  if (index + 1 < answer.findings.size()) {
    without.failure = answer.findings[index + 1].failure;
  } else {
    without.failure = answer.hidden;
  }
  without.verdict = without.failure ? Verdict::bad : Verdict::good;
  return {with, without};
}

/// The same of a repair: with it the bad release is healthy, without it the
/// good one fails as before.
std::vector<ReportTrial> repair_proof_of(
    const Answer& answer, std::size_t index,
    const std::optional<Failure>& failure) {
  const auto& culprit = answer.findings[index].culprit;
  const bool many = culprit.size() > 1;
  // The bad release with a commit would be the bad one with that picked, and
  // nobody tried that. How the one before it fails is not on record here.
  const bool still_good =
      index + 1 < answer.findings.size() || answer.hidden.has_value();
  const bool commit =
      index == 0 && !many && !still_good && culprit.front().is_commit;
  ReportTrial with;
  with.label = many     ? "the bad release with them"
               : commit ? "this commit"
                        : "the bad release with it";
  with.verdict = Verdict::good;
  ReportTrial without;
  without.label = index > 0 ? "the good release without all found so far"
                  : many    ? "the good release without them"
                  : commit  ? "the commit before it"
                            : "the good release without it";
  without.verdict = still_good ? Verdict::good : Verdict::bad;
  if (!still_good && !commit) without.failure = failure;
  return {with, without};
}

std::vector<ReportDelta> described_all(const std::vector<DeltaRef>& deltas,
                                       const ReportContext& context) {
  std::vector<ReportDelta> out;
  out.reserve(deltas.size());
  for (const DeltaRef& delta : deltas) out.push_back(described(delta, context));
  return out;
}

/// Git carries or reverts a merge only when told which side is the main line.
std::string for_merges(const ReportDelta& delta) {
  return delta.merge ? fmt::format("-m {} ", delta.mainline) : "";
}

std::string what_to_undo(const ReportDelta& delta) {
  if (delta.kind == DeltaKind::env) {
    if (delta.change == Change::added) return "remove " + delta.name;
    if (delta.change == Change::removed) return "set " + delta.name + " again";
    return "give " + delta.name + " its earlier value again";
  }
  if (delta.kind == DeltaKind::requirement) {
    if (!delta.before) return "take " + delta.name + " out again";
    return "require " + delta.name +
           (delta.before->empty() ? "" : " " + *delta.before) + " again";
  }
  if (delta.kind == DeltaKind::commit) {
    return fmt::format("git revert {}{}", for_merges(delta),
                       short_id(delta.name));
  }
  if (delta.name == kFolderKey) return "put the files back as they were";
  return "put " + delta.name + " back as it was";
}

}  // namespace

std::string Report::Between::in_words() const {
  std::string words;
  const auto add = [&](std::uint64_t count, const char* one) {
    if (count == 0) return;
    words += (words.empty() ? "" : ", ") + counted(count, one);
  };
  add(commits, "commit");
  add(env, "variable");
  add(requirements, "requirement");
  add(config, "setting");
  return words;
}

std::string_view to_string(Report::Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}
std::string_view to_string(ReportPhase::State state) {
  return kStates.at(static_cast<std::size_t>(state));
}

ReportDelta described(const Delta& delta) {
  ReportDelta out;
  out.kind = kind(delta);
  out.name = name(delta);
  out.change = change(delta);
  if (const auto* requirement = std::get_if<RequirementDelta>(&delta)) {
    out.before = without_user(requirement->before);
    out.after = without_user(requirement->after);
  }
  return out;
}

ReportProbe described(const ProbeRecord& probe) {
  const Observation& seen = probe.observation;
  ReportProbe out;
  out.id = probe.id;
  out.label = probe.label;
  out.purpose = probe.purpose;
  out.verdict = seen.verdict;
  out.failure = seen.failure;
  out.seconds = std::chrono::duration<double>(seen.duration).count();
  return out;
}

ReportDelta described(const DeltaRef& delta, const ReportContext& context) {
  if (!delta.is_commit) return described(context.deltas[delta.index]);
  ReportDelta out;
  out.kind = DeltaKind::commit;
  out.name = context.commits->hex(delta.index);
  out.change = Change::changed;
  if (context.commit_info) {
    CommitInfo info = context.commit_info(out.name);
    out.subject = std::move(info.subject);
    out.author = std::move(info.author);
    out.date = std::move(info.date);
    out.merge = info.merge;
    // The search knows the line by the parent that it kept.
    const auto kept = context.commits->parents_of(delta.index);
    const auto line = std::find(
        info.parents.begin(), info.parents.end(),
        kept.empty() ? context.first : context.commits->hex(kept.front()));
    if (line != info.parents.end()) {
      out.mainline = 1 + static_cast<std::size_t>(line - info.parents.begin());
    }
  }
  return out;
}

void fill(Report& report, const Answer& answer, const ReportContext& context) {
  report.outcome = outcome_of(answer.outcome);
  if (!report.find_fix) {
    report.failure = answer.hunted;
    report.hidden = answer.hidden;
  } else if (report.outcome == Report::Outcome::drift) {
    report.outcome = Report::Outcome::not_reproducible;  // bad is healthy now
  } else if (report.outcome == Report::Outcome::not_reproducible) {
    report.outcome = Report::Outcome::drift;  // the repaired one fails
  }
  report.findings.clear();
  for (std::size_t i = 0; i < answer.findings.size(); ++i) {
    const Finding& finding = answer.findings[i];
    ReportFinding out;
    out.culprit = described_all(finding.culprit, context);
    out.failure = report.find_fix ? report.failure.value_or(Failure{})
                                  : finding.failure;
    out.proof = report.find_fix ? repair_proof_of(answer, i, report.failure)
                                : proof_of(answer, i);
    if (finding.changed_at) {
      out.changed_at = described(*finding.changed_at, context);
    }
    report.findings.push_back(std::move(out));
  }
  // What is told first is what breaks first.
  if (!report.findings.empty()) {
    report.failure = report.findings.front().failure;
  }
  report.suspects = described_all(answer.suspects, context);
  const auto likeliest = std::max_element(answer.probabilities.begin(),
                                          answer.probabilities.end());
  if (likeliest != answer.probabilities.end()) {
    const auto at =
        static_cast<std::size_t>(likeliest - answer.probabilities.begin());
    report.likeliest = Report::Likeliest{report.suspects[at], *likeliest};
  }
  report.gate_rates = answer.rates;
  if (answer.rates) report.confidence = answer.confidence;
  report.repaired.clear();
  for (const SideFinding& side : answer.repaired) {
    if (report.find_fix) break;  // they are breakages here, not repairs
    report.repaired.push_back({described(side.broken_by, context),
                               described(side.repaired_by, context),
                               side.failure});
  }
  report.between = {};
  if (context.commits != nullptr) {
    report.between.commits = context.commits->size();
  }
  for (const Delta& delta : context.deltas) {
    const DeltaKind which = kind(delta);
    if (which == DeltaKind::env) ++report.between.env;
    if (which == DeltaKind::requirement) ++report.between.requirements;
    if (which == DeltaKind::config) ++report.between.config;
  }
}

std::string next_step(const Report& report) {
  using Outcome = Report::Outcome;
  if (report.serves_unproved) {
    return "what should serve runs, but its gates fail: look at what they ask "
           "of other services, then run the same command again";
  }
  if (!report.restored) {
    if (report.failure && report.failure->cause == "platform-error") {
      return fmt::format(
          "the service is down: repair what the failure names ({}), then run "
          "the same command again",
          report.failure->message);
    }
    return fmt::format(
        "the service is down: {}'rung serve' starts what served before, 'rung "
        "rollback' an earlier release",
        report.reasons.empty() ? "look at the failure; "
                               : "go through the reasons above; ");
  }
  switch (report.outcome) {
    case Outcome::culprit: {
      if (report.findings.empty()) return "";
      if (report.find_fix) {
        const ReportDelta& repair = report.findings.front().culprit.front();
        return repair.kind == DeltaKind::commit
                   ? fmt::format(
                         "carry it to where it is missing: git cherry-pick "
                         "{}{}",
                         for_merges(repair), short_id(repair.name))
                   : "make the same change where it is missing";
      }
      std::string all;
      for (const ReportFinding& finding : report.findings) {
        // One of a set is enough, the others are harmless without it; and
        // what is not a commit (those come last) is undone without a build.
        if (!all.empty()) all += ", then ";
        all += what_to_undo(finding.culprit.front());
      }
      return all + ", and run the same command again";
    }
    case Outcome::suspects:
      return "repair what kept the releases between from being judged, or "
             "undo the suspects one by one";
    case Outcome::healthy:
      for (const ReportPhase& phase : report.phases) {
        if (phase.state == ReportPhase::State::waiting) {
          return "approve the phase: the same command with --approve " +
                 shell_quoted(phase.name);
        }
      }
      return "";
    case Outcome::not_reproducible:
      if (report.command == "climb") {
        return "run the same command again to bring it up; if it fails now and "
               "then, go through the reasons above";
      }
      if (!report.reasons.empty() && !report.gate_rates) {
        return "go through the reasons above, the first one first; if it fails "
               "only now and then: --repeat 20";
      }
      return "if it fails only now and then, --repeat 20 probes each end "
             "twenty times first";
    case Outcome::drift:
      if (!report.refusal.empty()) return "repair that, and run it again";
      if (!report.reasons.empty()) {
        return "go through the reasons above, the first one first";
      }
      return "look at what is not in the release: services it talks to, "
             "credentials, certificates, the machine";
    case Outcome::no_verdict:
      return "repair what the failure names, then run the same command again: "
             "it continues where it stopped";
    case Outcome::budget:
      return "run the same command again with a larger budget: it continues "
             "where it stopped";
    case Outcome::broken:
      if (!report.refusal.empty()) return "repair that, and run it again";
      if (!report.has_history) {
        return "repair what the failure names, or bring up what worked and "
               "change one thing at a time";
      }
      if (!report.reasons.empty()) {
        return "go through the reasons above, the first one first, or name a "
               "release that worked: rung bisect --good COMMIT, with the same "
               "plan or options";
      }
      return "repair what the failure names, or name a release that worked: "
             "rung bisect --good COMMIT, with the same plan or options";
  }
  return "";
}

}  // namespace rung
