#include "core/report/report_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/release.hpp"
#include "core/report/report_words.hpp"
#include "core/text/counted.hpp"
#include "core/text/printable.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

using Facts = std::vector<ReportFact>;
constexpr std::string_view kUnknownCause = "unknown";

void add(Facts& facts, std::string_view label, std::string text) {
  if (!text.empty()) facts.push_back({std::string(label), std::move(text)});
}

std::string version(const std::string& specifier) {
  return specifier.empty() ? "any version" : specifier;
}

/// "missing-env-var API_KEY: KeyError: 'API_KEY'".
std::string because(const Wording& wording, const Failure& failure,
                    std::string_view line) {
  std::string out = wording.clean(failure.cause);
  if (!failure.evidence.empty()) out += " " + wording.clean(failure.evidence);
  const std::string message = wording.clean(line);
  if (!message.empty() && message != wording.clean(failure.evidence)) {
    out += ": " + message;
  }
  return out;
}

/// "listen, wrong-port 3000: bound to 3000, the platform routes to 10000"; of
/// what the log explains only what was found.
std::string found(const Wording& wording, const Failure& failure) {
  const std::string stage(to_string(failure.stage));
  if (!failure.likely.empty()) {
    return stage + ": " + wording.clean(failure.message);
  }
  return stage + ", " + because(wording, failure, failure.message);
}

/// What the log says of it; "" = nothing.
std::string likely(const Wording& wording, const Failure& failure) {
  return failure.likely.empty() ? ""
                                : because(wording, failure, failure.likely);
}

std::string in_words(const Wording& wording, const Failure& failure) {
  const std::string why = likely(wording, failure);
  return found(wording, failure) + (why.empty() ? "" : "; likely: " + why);
}

void author(Facts& facts, const Wording& wording, const ReportDelta& delta) {
  if (delta.kind != DeltaKind::commit) return;
  std::string text = wording.clean(delta.author);
  if (!delta.date.empty()) {
    text +=
        (text.empty() ? "" : ", ") + wording.clean(delta.date.substr(0, 10));
  }
  add(facts, "by", text);
}

bool is_same(const Failure& one, const Failure& other) {
  const bool signed_both = !one.signature.empty() && !other.signature.empty();
  if (signed_both && one.signature == other.signature) return true;
  // Two that nothing is known of have the cause in common, and no more.
  if (signed_both && one.cause == kUnknownCause) return false;
  return one.stage == other.stage && one.cause == other.cause &&
         one.evidence == other.evidence;
}

/// The cause of a failure, with what tells it from another.
std::string told_apart(const Wording& wording, const Failure& failure,
                       const Failure& other) {
  std::string text = wording.clean(failure.cause);
  if (failure.cause != other.cause) return text;
  if (!failure.evidence.empty())
    return text + " " + wording.clean(failure.evidence);
  return failure.cause == kUnknownCause && !failure.message.empty()
             ? text + ": " + wording.clean(failure.message)
             : text;
}

void proof(Facts& facts, const Wording& wording, const Report& report,
           const ReportFinding& finding) {
  std::string_view label = "proof";
  for (const ReportTrial& trial : finding.proof) {
    const bool same = trial.failure && is_same(*trial.failure, finding.failure);
    std::string saw = "healthy";
    if (trial.verdict == Verdict::bad) {
      saw =
          same ? "fails like this"
          : !trial.failure
              ? "fails"
              : fmt::format(
                    "fails otherwise ({}, {})", to_string(trial.failure->stage),
                    told_apart(wording, *trial.failure, finding.failure));
    } else if (trial.verdict != Verdict::good) {
      saw = "could not be judged";
    }
    add(facts, label,
        wording.clean(in_terms(trial.label, report.terms)) + ": " + saw);
    label = "";
  }
}

std::string uses(const Wording& wording, const ReportFinding& finding) {
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < finding.uses.size() && i < kShown; ++i) {
    const ReportUse& use = finding.uses[i];
    if (i > 0) out += ", ";
    out += wording.clean(use.file);
    if (use.line > 0) out += fmt::format(":{}", use.line);
  }
  if (finding.uses.size() > kShown) {
    out += fmt::format(" and {} more", finding.uses.size() - kShown);
  }
  return out;
}

const ReportPhase* first_with(const Report& report, ReportPhase::State state) {
  const auto it =
      std::find_if(report.phases.begin(), report.phases.end(),
                   [&](const ReportPhase& p) { return p.state == state; });
  return it == report.phases.end() ? nullptr : &*it;
}

std::string culprit_headline(const Wording& wording, const Report& report) {
  if (report.findings.size() > 1) {
    return fmt::format("{} {}", report.findings.size(),
                       report.find_fix
                           ? "changes each of which repairs it"
                           : "independent breakages, in the order they appear");
  }
  if (report.findings.empty()) return "";
  const auto& culprit = report.findings.front().culprit;
  const std::string_view head = report.find_fix ? "Repaired by" : "Culprit";
  if (culprit.size() == 1) {
    return fmt::format("{}: {}", head, phrase(wording, culprit.front()));
  }
  return fmt::format("{}: {} changes that {} only together", head,
                     culprit.size(), report.find_fix ? "repair it" : "fail");
}

std::string healthy_headline(const Wording& wording, const Report& report) {
  std::string where;
  if (!report.target.empty()) where = " on " + wording.clean(report.target);
  const auto good = std::count_if(
      report.phases.begin(), report.phases.end(),
      [](const ReportPhase& p) { return p.state == ReportPhase::State::good; });
  const ReportPhase* waiting = first_with(report, ReportPhase::State::waiting);
  if (waiting != nullptr) {
    return fmt::format("Phase {} waits for approval; {} healthy{}",
                       wording.clean(waiting->name),
                       good == 1 ? "the one before is"
                                 : fmt::format("the {} before are", good),
                       where);
  }
  if (report.phases.size() > 1) {
    return fmt::format("All {} phases are healthy{}", report.phases.size(),
                       where);
  }
  if (report.phases.size() == 1) {
    return fmt::format("Phase {} is healthy{}",
                       wording.clean(report.phases.front().name), where);
  }
  return "Healthy" + where;
}

std::string pruned_headline(const Wording& wording, const Report& report) {
  std::string needed, can_go;
  for (const ReportFinding& finding : report.findings) {
    needed +=
        (needed.empty() ? "Needed: " : ", ") + needed_names(wording, finding);
  }
  for (const std::string& name : *report.can_go) {
    can_go += (!can_go.empty()  ? ", "
               : needed.empty() ? "Can go: "
                                : "can go: ") +
              wording.clean(name);
  }
  return needed + (needed.empty() || can_go.empty() ? "" : "; ") + can_go;
}

/// False for probes that judged one release each.
bool searched_any(const Report& report) {
  return report.command != "probe" && report.between.total() > 0;
}

std::string searched(const Report& report) {
  const auto& probes = report.probes;
  if (probes.total() == 0 && probes.cached == 0) return "";
  std::string out;
  if (report.between.total() > 0) {
    out = report.between.in_words() + " in ";
  }
  out += counted(probes.total(), "probe");
  if (searched_any(report) && probes.total() > 0) {
    std::vector<std::string> kinds;
    if (probes.controls > 0) {
      kinds.push_back(counted(probes.controls, "control"));
    }
    if (probes.search > 0)
      kinds.push_back(fmt::format("{} search", probes.search));
    if (probes.proof > 0)
      kinds.push_back(fmt::format("{} proof", probes.proof));
    out += fmt::format(" ({})", fmt::join(kinds, ", "));
  }
  if (probes.cached > 0) out += fmt::format(", {} remembered", probes.cached);
  if (report.seconds > 0) out += ", " + took(report.seconds);
  return out;
}

std::string serving(const Wording& wording, const Report& report) {
  if (!report.known_good) return "";
  const ReportKnownGood& known = *report.known_good;
  const std::string what =
      fmt::format("phase {} (release {})", wording.clean(known.phase),
                  short_id(wording.clean(known.release)));
  if (report.serves_unproved) return what + ", but it fails its gates";
  if (!report.restored) {
    return (known.newest ? "NOTHING; last known good: "
                         : "NOTHING; an earlier known good should: ") +
           what;
  }
  return what +
         (known.newest ? ", the last known good" : ", an earlier known good");
}

}  // namespace

std::string serves(const Wording& wording, const Report& report) {
  if (!report.known_good && !report.restored) return "NOTHING";
  return report.nothing_serves ? "nothing" : serving(wording, report);
}

std::string Wording::clean(std::string_view foreign,
                           std::size_t longest) const {
  return elided(printable(foreign, utf8), longest, utf8);
}

std::string phrase(const Wording& wording, const ReportDelta& delta) {
  const std::string name = wording.clean(delta.name);
  if (delta.kind == DeltaKind::env) {
    const std::string_view where = delta.change == Change::removed ? "from"
                                   : delta.change == Change::added ? "to"
                                                                   : "in";
    return fmt::format("{} {} {} the environment", name,
                       to_string(delta.change), where);
  }
  if (delta.kind == DeltaKind::requirement) {
    if (!delta.before) {
      return fmt::format("requirement {} added ({})", name,
                         wording.clean(version(delta.after.value_or(""))));
    }
    if (!delta.after) {
      return fmt::format("requirement {} removed (was {})", name,
                         wording.clean(version(*delta.before)));
    }
    return fmt::format("requirement {}, {} to {}", name,
                       wording.clean(version(*delta.before)),
                       wording.clean(version(*delta.after)));
  }
  if (delta.kind == DeltaKind::commit) {
    const std::string id = short_id(delta.name);
    if (delta.subject.empty()) return "commit " + id;
    return fmt::format("commit {} \"{}\"", id,
                       elided(wording.clean(delta.subject), 50, wording.utf8));
  }
  if (delta.name == kFolderKey) {
    constexpr std::size_t kShown = 3;
    std::vector<std::string> files;
    for (const std::string& file : delta.files) {
      if (files.size() < kShown) files.push_back(wording.clean(file));
    }
    if (delta.files.size() > kShown) {
      files.push_back(fmt::format("{} more", delta.files.size() - kShown));
    }
    return files.empty() ? "the files of the folder changed"
                         : fmt::format("the files of the folder changed ({})",
                                       fmt::join(files, ", "));
  }
  return fmt::format("{} changed in the configuration", name);
}

std::string needed_names(const Wording& wording, const ReportFinding& finding) {
  std::string out;
  for (const ReportDelta& delta : finding.culprit) {
    out += (out.empty() ? "" : " or ") + wording.clean(delta.name);
  }
  return out;
}

std::string headline(const Wording& wording, const Report& report) {
  using Outcome = Report::Outcome;
  constexpr std::size_t kLong = Wording::kLongestNote;
  if (report.can_go) return pruned_headline(wording, report);
  switch (report.outcome) {
    case Outcome::culprit:
      return culprit_headline(wording, report);
    case Outcome::suspects:
      return report.suspects.size() == 1
                 ? "One suspect, not proved"
                 : fmt::format(
                       "One of {} changes {} it; which one could not "
                       "be told",
                       report.suspects.size(),
                       report.find_fix ? "repairs" : "breaks");
    case Outcome::healthy:
      return healthy_headline(wording, report);
    case Outcome::not_reproducible:
      return fmt::format(
          "{} the {} release {}",
          report.gate_rates ? "No culprit:" : "Not reproducible:",
          report.terms.bad,
          report.gate_rates ? "is as healthy as the others: the gate is flaky"
                            : "is healthy now");
    case Outcome::drift:
      return report.refusal.empty()
                 ? fmt::format(
                       "The {} release fails now, unchanged: no change "
                       "is guilty",
                       report.terms.good)
                 : fmt::format("{}; no change is guilty",
                               wording.clean(report.refusal, kLong));
    case Outcome::no_verdict:
      return report.refusal.empty()
                 ? "No verdict: the release could not be judged"
                 : wording.clean(report.refusal, kLong);
    case Outcome::budget:
      return report.left
                 ? fmt::format(
                       "Budget used up: {} left, at most {} to go",
                       counted(report.left->left.candidates, "suspect"),
                       counted(report.left->left.probes_at_most, "probe"))
                 : "Budget used up before the answer";
    case Outcome::broken:
      return !report.refusal.empty() ? wording.clean(report.refusal, kLong)
             : report.failure
                 ? fmt::format("Broken at {}", to_string(report.failure->stage))
                 : "Broken";
  }
  return "";
}

Facts phase_facts(const Wording& wording, const Report& report) {
  Facts facts;
  if (first_with(report, ReportPhase::State::bad) != nullptr) return facts;
  for (const ReportPhase& phase : report.phases) {
    std::string text = state_text(phase.state, phase.remembered);
    if (!phase.remembered && phase.seconds > 0) {
      text += ", " + took(phase.seconds);
    }
    if (!phase.release.empty()) {
      text += ", release " + short_id(wording.clean(phase.release));
    }
    add(facts, wording.clean(phase.name), text);
  }
  return facts;
}

Facts broken_phase_facts(const Wording& wording, const Report& report) {
  Facts facts;
  const ReportPhase* broken = first_with(report, ReportPhase::State::bad);
  if (broken == nullptr) return facts;
  add(facts, "phase",
      fmt::format("{} ({} of {})", wording.clean(broken->name),
                  broken - report.phases.data() + 1, report.phases.size()));
  return facts;
}

Facts member_facts(const Wording& wording, const ReportFinding& finding) {
  Facts facts;
  if (finding.culprit.size() == 1) return facts;
  std::string_view label = finding.culprit.size() > 2 ? "all of" : "both";
  for (const ReportDelta& delta : finding.culprit) {
    add(facts, label, phrase(wording, delta));
    label = "";
  }
  return facts;
}

Facts failure_facts(const Wording& wording, std::string_view label,
                    const Failure& failure) {
  Facts facts;
  add(facts, label, found(wording, failure));
  add(facts, "likely", likely(wording, failure));
  return facts;
}

Facts finding_facts(const Wording& wording, const Report& report,
                    const ReportFinding& finding) {
  Facts facts;
  if (finding.culprit.size() == 1) {
    author(facts, wording, finding.culprit.front());
  }
  for (ReportFact& fact :
       failure_facts(wording, report.find_fix ? "failed at" : "fails at",
                     finding.failure)) {
    facts.push_back(std::move(fact));
  }
  add(facts, "read at", uses(wording, finding));
  proof(facts, wording, report, finding);
  if (finding.changed_at) {
    add(facts, "later",
        "fails otherwise from " + phrase(wording, *finding.changed_at) + " on");
  }
  return facts;
}

Facts suspect_facts(const Wording& wording, const Report& report,
                    std::size_t shown) {
  Facts facts;
  std::string_view label = "suspects";
  for (std::size_t i = 0; i < report.suspects.size() && i < shown; ++i) {
    add(facts, label, phrase(wording, report.suspects[i]));
    label = "";
  }
  if (report.suspects.size() > shown) {
    add(facts, "",
        fmt::format("and {} more (--json has them all)",
                    report.suspects.size() - shown));
  }
  return facts;
}

Facts circumstances(const Wording& wording, const Report& report) {
  Facts facts;
  for (const ReportRepair& repair : report.repaired) {
    add(facts, "repaired",
        fmt::format("{} broke it too ({}, {}), until {}",
                    phrase(wording, repair.broken_by),
                    to_string(repair.failure.stage),
                    wording.clean(repair.failure.cause),
                    phrase(wording, repair.repaired_by)));
  }
  if (report.likeliest && report.findings.empty()) {
    add(facts, "likeliest",
        fmt::format("{} ({})", phrase(wording, report.likeliest->delta),
                    percent(report.likeliest->probability)));
  }
  if (report.gate_rates) add(facts, "gate", gate_text(report));
  if (report.hidden) add(facts, "behind it", in_words(wording, *report.hidden));
  return facts;
}

Facts remarks(const Wording& wording, const Report& report) {
  constexpr std::size_t kLong = Wording::kLongestNote;
  Facts facts;
  add(facts, "checked", wording.clean(report.checked, kLong));
  std::string_view label = "reasons";
  for (std::size_t i = 0; i < report.reasons.size(); ++i) {
    add(facts, label,
        fmt::format("{}. {}", i + 1, wording.clean(report.reasons[i], kLong)));
    label = "";
  }
  label = "noted";
  for (const std::string& note : report.notes) {
    add(facts, label, wording.clean(note, kLong));
    label = "";
  }
  add(facts, "logs", wording.clean(report.logs));
  add(facts, searched_any(report) ? "searched" : "took", searched(report));
  add(facts, "serving", serving(wording, report));
  return facts;
}

}  // namespace rung
