#include "core/report/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/gates/probe.hpp"
#include "core/report/report_words.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr std::size_t kLabel = 12;  ///< columns before a fact's text
// A message quotes a log line; what matters stands at its beginning.
constexpr std::size_t kLongest = 240;
constexpr std::size_t kLongestNote = 800;  ///< advice stands at its end

/// Builds the text: one bold line, then aligned facts.
class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  [[nodiscard]] std::string clean(std::string_view foreign,
                                  std::size_t longest = kLongest) const {
    return elided(printable(foreign, style_.utf8), longest, style_.utf8);
  }

  void headline(std::string_view text, bool alarm = false) {
    for (const std::string& line : wrapped(text, style_.width)) {
      out_ += style_.colour ? (alarm ? "\x1b[1;31m" : "\x1b[1m") : "";
      out_ += line;
      out_ += style_.colour ? "\x1b[0m\n" : "\n";
    }
  }

  void blank() { out_ += '\n'; }

  /// `head` in columns of its own, `text` wrapped beside it.
  void row(std::string_view head, std::size_t head_columns,
           std::string_view text) {
    if (text.empty()) return;
    const std::size_t width = std::max(style_.width, head_columns + 20);
    for (const std::string& piece : wrapped(text, width - head_columns)) {
      const std::size_t used = std::min(columns(head), head_columns);
      out_ += head;
      out_ += std::string(head_columns - used, ' ') + piece + '\n';
      head = "";
    }
  }

  void fact(std::string_view label, std::string_view text) {
    row(fmt::format("  {}", label), kLabel, text);
  }

  /// Broken between options only and quoted for a shell: can be copied.
  void command(std::string_view label, const std::vector<std::string>& argv) {
    if (argv.empty()) return;
    std::vector<std::string> groups;  // an option and its values
    for (const std::string& argument : argv) {
      const std::string word = shell_quoted(printable(argument));
      if (groups.empty() || argument.starts_with("--")) {
        groups.push_back(word);
      } else {
        groups.back() += " " + word;
      }
    }
    std::string line = fmt::format("  {:<{}}", label, kLabel - 2);
    bool first = true;
    for (const std::string& group : groups) {
      if (!first && columns(line) + columns(group) + 3 > style_.width) {
        out_ += line + " \\\n";
        line = std::string(kLabel + 2, ' ');
      } else if (!first) {
        line += ' ';
      }
      line += group;
      first = false;
    }
    out_ += line + '\n';
  }

  [[nodiscard]] const TextStyle& style() const { return style_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  TextStyle style_;
  std::string out_;
};

std::string counted(std::uint64_t count, std::string_view one,
                    std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string took(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  const auto minutes = std::lround(seconds / 60);
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string version(const std::string& specifier) {
  return specifier.empty() ? "any version" : specifier;
}

/// "PORT removed from the environment", "commit 3f2a9c1d04 (its subject)".
std::string phrase(const Page& page, const ReportDelta& delta) {
  const std::string name = page.clean(delta.name);
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
                         page.clean(version(delta.after.value_or(""))));
    }
    if (!delta.after) {
      return fmt::format("requirement {} removed (was {})", name,
                         page.clean(version(*delta.before)));
    }
    return fmt::format("requirement {}, {} to {}", name,
                       page.clean(version(*delta.before)),
                       page.clean(version(*delta.after)));
  }
  if (delta.kind == DeltaKind::commit) {
    const std::string id = delta.name.substr(0, 10);
    if (delta.subject.empty()) return "commit " + id;
    return fmt::format(
        "commit {} \"{}\"", id,
        elided(page.clean(delta.subject), 50, page.style().utf8));
  }
  return fmt::format("{} changed in the configuration", name);
}

/// "missing-env-var API_KEY: KeyError: 'API_KEY'".
std::string because(const Page& page, const Failure& failure,
                    std::string_view line) {
  std::string out = page.clean(failure.cause);
  if (!failure.evidence.empty()) out += " " + page.clean(failure.evidence);
  const std::string message = page.clean(line);
  if (!message.empty() && message != page.clean(failure.evidence)) {
    out += ": " + message;
  }
  return out;
}

/// "listen, wrong-port 3000: bound to 3000, the platform routes to 10000"; of
/// what the log explains only what was found.
std::string found(const Page& page, const Failure& failure) {
  const std::string stage(to_string(failure.stage));
  const FoundAndLikely parts = parts_of(failure);
  if (!parts.likely.empty()) return stage + ": " + page.clean(parts.found);
  return stage + ", " + because(page, failure, parts.found);
}

/// What the log says of it; "" = nothing.
std::string likely(const Page& page, const Failure& failure) {
  const FoundAndLikely parts = parts_of(failure);
  return parts.likely.empty() ? "" : because(page, failure, parts.likely);
}

std::string phrase(const Page& page, const Failure& failure) {
  const std::string why = likely(page, failure);
  return found(page, failure) + (why.empty() ? "" : "; likely: " + why);
}

void failure_facts(Page& page, std::string_view label, const Failure& failure) {
  page.fact(label, found(page, failure));
  page.fact("likely", likely(page, failure));
}

void author(Page& page, const ReportDelta& delta) {
  if (delta.kind != DeltaKind::commit) return;
  std::string text = page.clean(delta.author);
  if (!delta.date.empty()) {
    text += (text.empty() ? "" : ", ") + page.clean(delta.date.substr(0, 10));
  }
  page.fact("by", text);
}

void proof(Page& page, const Report& report, const ReportFinding& finding) {
  std::string_view label = "proof";
  for (const ReportTrial& trial : finding.proof) {
    const bool same = trial.failure &&
                      trial.failure->stage == finding.failure.stage &&
                      trial.failure->cause == finding.failure.cause &&
                      trial.failure->evidence == finding.failure.evidence;
    std::string saw = "healthy";
    if (trial.verdict == Verdict::bad) {
      saw = same || !trial.failure
                ? "fails like this"
                : fmt::format("fails otherwise ({}, {}{})",
                              to_string(trial.failure->stage),
                              page.clean(trial.failure->cause),
                              trial.failure->cause != finding.failure.cause ||
                                      trial.failure->evidence.empty()
                                  ? ""
                                  : " " + page.clean(trial.failure->evidence));
    } else if (trial.verdict != Verdict::good) {
      saw = "could not be judged";
    }
    page.fact(label,
              page.clean(in_terms(trial.label, report.terms)) + ": " + saw);
    label = "";
  }
}

std::string uses(const Page& page, const ReportFinding& finding) {
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < finding.uses.size() && i < kShown; ++i) {
    const ReportUse& use = finding.uses[i];
    if (i > 0) out += ", ";
    out += page.clean(use.file);
    if (use.line > 0) out += fmt::format(":{}", use.line);
  }
  if (finding.uses.size() > kShown) {
    out += fmt::format(" and {} more", finding.uses.size() - kShown);
  }
  return out;
}

void facts(Page& page, const Report& report,
           const ReportFinding& finding) {
  if (finding.culprit.size() == 1) author(page, finding.culprit.front());
  failure_facts(page, report.find_fix ? "failed at" : "fails at",
                finding.failure);
  page.fact("read at", uses(page, finding));
  proof(page, report, finding);
  if (finding.changed_at) {
    page.fact("later", "fails otherwise from " +
                           phrase(page, *finding.changed_at) + " on");
  }
}

void members(Page& page, const ReportFinding& finding) {
  std::string_view label = "both";
  if (finding.culprit.size() > 2) label = "all of";
  for (const ReportDelta& delta : finding.culprit) {
    page.fact(label, phrase(page, delta));
    label = "";
  }
}

const ReportPhase* first_with(const Report& report, ReportPhase::State state) {
  const auto it =
      std::find_if(report.phases.begin(), report.phases.end(),
                   [&](const ReportPhase& p) { return p.state == state; });
  return it == report.phases.end() ? nullptr : &*it;
}

void broken_phase(Page& page, const Report& report) {
  for (std::size_t i = 0; i < report.phases.size(); ++i) {
    if (report.phases[i].state != ReportPhase::State::bad) continue;
    page.fact("phase",
              fmt::format("{} ({} of {})", page.clean(report.phases[i].name),
                          i + 1, report.phases.size()));
    return;
  }
}

void culprit_text(Page& page, const Report& report) {
  if (report.findings.size() > 1) {
    page.headline(fmt::format(
        "{} {}", report.findings.size(),
        report.find_fix ? "changes each of which repairs it"
                        : "independent breakages, in the order they appear"));
    broken_phase(page, report);
    std::size_t number = 0;
    for (const ReportFinding& finding : report.findings) {
      ++number;
      if (finding.culprit.size() == 1) {
        page.row(fmt::format("{}.", number), 3,
                 phrase(page, finding.culprit.front()));
      } else {
        page.row(fmt::format("{}.", number), 3,
                 fmt::format("{} changes that {} only together",
                             finding.culprit.size(),
                             report.find_fix ? "repair it" : "fail"));
        members(page, finding);
      }
      facts(page, report, finding);
    }
    page.blank();
    return;
  }
  const std::string_view head = report.find_fix ? "Repaired by" : "Culprit";
  for (const ReportFinding& finding : report.findings) {
    if (finding.culprit.size() == 1) {
      page.headline(fmt::format("{}: {}", head,
                                phrase(page, finding.culprit.front())));
    } else {
      page.headline(fmt::format("{}: {} changes that {} only together", head,
                                finding.culprit.size(),
                                report.find_fix ? "repair it" : "fail"));
      members(page, finding);
    }
    broken_phase(page, report);
    facts(page, report, finding);
  }
}

void suspects(Page& page, const Report& report) {
  constexpr std::size_t kShown = 4;
  std::string_view label = "suspects";
  for (std::size_t i = 0; i < report.suspects.size() && i < kShown; ++i) {
    page.fact(label, phrase(page, report.suspects[i]));
    label = "";
  }
  if (report.suspects.size() > kShown) {
    page.fact("", fmt::format("and {} more (--json has them all)",
                              report.suspects.size() - kShown));
  }
}

void healthy_text(Page& page, const Report& report) {
  std::string where;
  if (!report.target.empty()) where = " on " + page.clean(report.target);
  const auto good = std::count_if(
      report.phases.begin(), report.phases.end(),
      [](const ReportPhase& p) { return p.state == ReportPhase::State::good; });
  const ReportPhase* waiting = first_with(report, ReportPhase::State::waiting);
  if (waiting != nullptr) {
    page.headline(fmt::format(
        "Phase {} waits for approval; {} healthy{}", page.clean(waiting->name),
        good == 1 ? "the one before is"
                  : fmt::format("the {} before are", good),
        where));
  } else if (report.phases.size() > 1) {
    page.headline(fmt::format("All {} phases are healthy{}",
                              report.phases.size(), where));
  } else if (report.phases.size() == 1) {
    page.headline(fmt::format("Phase {} is healthy{}",
                              page.clean(report.phases.front().name), where));
  } else {
    page.headline("Healthy" + where);
  }
}

void phases_text(Page& page, const Report& report) {
  std::size_t widest = 0;
  for (const ReportPhase& phase : report.phases) {
    widest = std::max(widest, columns(page.clean(phase.name)));
  }
  for (const ReportPhase& phase : report.phases) {
    std::string text = state_text(phase.state, phase.remembered);
    if (!phase.remembered && phase.seconds > 0) {
      text += ", " + took(phase.seconds);
    }
    if (!phase.release.empty()) {
      text += ", release " + page.clean(phase.release).substr(0, 10);
    }
    page.row("  " + page.clean(phase.name), widest + 4, text);
  }
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
    std::vector<std::string> kinds;
    const auto add = [&](std::uint64_t count, const char* one,
                         const char* many) {
      if (count > 0) kinds.push_back(counted(count, one, many));
    };
    add(report.between.commits, "commit", "commits");
    add(report.between.env, "variable", "variables");
    add(report.between.requirements, "requirement", "requirements");
    add(report.between.config, "setting", "settings");
    out = fmt::format("{} in ", fmt::join(kinds, ", "));
  }
  out += counted(probes.total(), "probe", "probes");
  if (searched_any(report) && probes.total() > 0) {
    std::vector<std::string> kinds;
    if (probes.controls > 0) {
      kinds.push_back(counted(probes.controls, "control", "controls"));
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

std::string serving(const Page& page, const Report& report) {
  if (!report.known_good) return "";
  const ReportKnownGood& known = *report.known_good;
  const std::string what =
      fmt::format("phase {} (release {})", page.clean(known.phase),
                  page.clean(known.release).substr(0, 10));
  if (!report.restored) return "NOTHING; last known good: " + what;
  return what + ", the last known good";
}

}  // namespace

std::string to_text(const Report& report, const TextStyle& style) {
  using Outcome = Report::Outcome;
  Page page(style);
  if (!report.restored) {
    page.headline("NOT RESTORED: the service is down", true);
  }
  switch (report.outcome) {
    case Outcome::culprit:
      culprit_text(page, report);
      break;
    case Outcome::suspects:
      page.headline(
          report.suspects.size() == 1
              ? "One suspect, not proved"
              : fmt::format("One of {} changes {} it; which one could not "
                            "be told",
                            report.suspects.size(),
                            report.find_fix ? "repairs" : "breaks"));
      suspects(page, report);
      break;
    case Outcome::healthy:
      healthy_text(page, report);
      break;
    case Outcome::not_reproducible:
      page.headline(fmt::format(
          "{} the {} release {}",
          report.gate_rates ? "No culprit:" : "Not reproducible:",
          report.terms.bad,
          report.gate_rates ? "is as healthy as the others: the gate is flaky"
                            : "is healthy now"));
      break;
    case Outcome::drift:
      page.headline(
          report.refusal.empty()
              ? fmt::format("The {} release fails now, unchanged: no change is "
                            "guilty",
                            report.terms.good)
              : fmt::format("{}; no change is guilty",
                            page.clean(report.refusal, kLongestNote)));
      break;
    case Outcome::no_verdict:
      page.headline(report.refusal.empty()
                        ? "No verdict: the release could not be judged"
                        : page.clean(report.refusal, kLongestNote));
      break;
    case Outcome::budget:
      page.headline(
          report.left
              ? fmt::format("Budget used up: {} left, at most {} to go",
                            counted(report.left->left.candidates, "suspect",
                                    "suspects"),
                            counted(report.left->left.probes_at_most, "probe",
                                    "probes"))
              : "Budget used up before the answer");
      suspects(page, report);
      break;
    case Outcome::broken:
      page.headline(
          !report.refusal.empty() ? page.clean(report.refusal, kLongestNote)
          : report.failure
              ? fmt::format("Broken at {}", to_string(report.failure->stage))
              : "Broken");
      break;
  }

  if (first_with(report, ReportPhase::State::bad) == nullptr) {
    phases_text(page, report);
  } else if (report.findings.empty()) {
    broken_phase(page, report);
  }
  if (report.findings.empty() && report.failure) {
    failure_facts(page, "fails at", *report.failure);
  }
  for (const ReportRepair& repair : report.repaired) {
    page.fact("repaired", fmt::format("{} broke it too ({}, {}), until {}",
                                      phrase(page, repair.broken_by),
                                      to_string(repair.failure.stage),
                                      page.clean(repair.failure.cause),
                                      phrase(page, repair.repaired_by)));
  }
  if (report.likeliest && report.findings.empty()) {
    page.fact("likeliest", fmt::format("{} ({})",
                                       phrase(page, report.likeliest->delta),
                                       percent(report.likeliest->probability)));
  }
  if (report.gate_rates) page.fact("gate", gate_text(report));
  if (report.hidden) {
    page.fact("behind it", phrase(page, *report.hidden));
  }
  page.fact("checked", page.clean(report.checked, kLongestNote));
  std::string_view reason = "reasons";
  for (std::size_t i = 0; i < report.reasons.size(); ++i) {
    page.fact(reason, fmt::format("{}. {}", i + 1,
                                  page.clean(report.reasons[i], kLongestNote)));
    reason = "";
  }
  std::string_view label = "noted";
  for (const std::string& note : report.notes) {
    page.fact(label, page.clean(note, kLongestNote));
    label = "";
  }
  page.fact("logs", page.clean(report.logs));
  page.fact(searched_any(report) ? "searched" : "took", searched(report));
  page.fact("serving", serving(page, report));
  page.command("repeat", report.command_line);
  page.fact("next", page.clean(report.next, kLongestNote));
  return page.take();
}

}  // namespace rung
