#include "core/report/report_from_json.hpp"

#include <nlohmann/json.hpp>

#include "core/text/enum_word.hpp"

namespace rung {
namespace {

using JsonRead = nlohmann::json;

// Declared first, because the templates for lists and optionals call them.
void read(const JsonRead& from, ReportDelta& out);
void read(const JsonRead& from, Failure& out);
void read(const JsonRead& from, ReportTrial& out);
void read(const JsonRead& from, ReportUse& out);
void read(const JsonRead& from, ReportFinding& out);
void read(const JsonRead& from, ReportRepair& out);
void read(const JsonRead& from, ReportPhase& out);
void read(const JsonRead& from, ReportKnownGood& out);
void read(const JsonRead& from, Forecast& out);
void read(const JsonRead& from, Report::Likeliest& out);
void read(const JsonRead& from, GateRates& out);
void read(const JsonRead& from, ReportChange& out);
void read(const JsonRead& from, ReportProbe& out);
void read(const JsonRead& from, std::optional<double>& out);

template <class Item>
void read(const JsonRead& from, std::optional<Item>& out) {
  if (from.is_null()) return;
  Item item;  // clang cannot emplace() a nested class with initial values
  read(from, item);
  out = std::move(item);
}

template <class Item>
void read(const JsonRead& from, std::vector<Item>& out) {
  for (const JsonRead& item : from) read(item, out.emplace_back());
}

/// Earlier versions wrote less: what is missing stays as it is.
template <class Value>
void take(const JsonRead& from, const char* name, Value& out) {
  if (const auto it = from.find(name); it != from.end()) it->get_to(out);
}
template <class Value>
void read_if(const JsonRead& from, const char* name, Value& out) {
  if (const auto it = from.find(name); it != from.end()) read(*it, out);
}

void read_text(const JsonRead& from, std::optional<std::string>& out) {
  if (!from.is_null()) out = from.get<std::string>();
}

void read(const JsonRead& from, ReportDelta& out) {
  out.kind = delta_kind_from(from.at("kind").get<std::string>()).value();
  if (out.kind == DeltaKind::commit) {
    take(from, "id", out.name);
    take(from, "subject", out.subject);
    out.merge = from.value("merge", false);
    take(from, "author", out.author);
    take(from, "date", out.date);
    out.files = from.value("files", std::vector<std::string>());
    return;
  }
  take(from, "name", out.name);
  if (out.kind == DeltaKind::env) {
    out.change = change_from(from.at("change").get<std::string>()).value();
  }
  if (out.kind == DeltaKind::requirement) {
    read_text(from.at("before"), out.before);
    read_text(from.at("after"), out.after);
    out.change = !out.before ? Change::added
                 : !out.after ? Change::removed
                              : Change::changed;
  }
}

void read(const JsonRead& from, Failure& out) {
  out.stage = stage_from(from.at("stage").get<std::string>()).value();
  take(from, "cause", out.cause);
  take(from, "evidence", out.evidence);
  from.at(from.contains("found") ? "found" : "message").get_to(out.message);
  out.likely = from.value("likely", "");
}

void read(const JsonRead& from, ReportTrial& out) {
  take(from, "label", out.label);
  out.verdict = verdict_from(from.at("verdict").get<std::string>()).value();
  read_if(from, "failure", out.failure);
}

void read(const JsonRead& from, ReportUse& out) {
  take(from, "name", out.name);
  take(from, "file", out.file);
  take(from, "line", out.line);
}

void read(const JsonRead& from, ReportFinding& out) {
  read(from.at("culprit"), out.culprit);
  read_if(from, "failure", out.failure);
  read_if(from, "proof", out.proof);
  read_if(from, "uses", out.uses);
  read_if(from, "changed_at", out.changed_at);
}

void read(const JsonRead& from, ReportRepair& out) {
  read_if(from, "broken_by", out.broken_by);
  read_if(from, "repaired_by", out.repaired_by);
  read_if(from, "failure", out.failure);
}

void read(const JsonRead& from, ReportPhase& out) {
  take(from, "name", out.name);
  out.state = enum_from(from.at("verdict").get<std::string>(),
                        ReportPhase::State::not_reached)
                  .value();
  take(from, "release", out.release);
  take(from, "seconds", out.seconds);
  take(from, "remembered", out.remembered);
}

void read(const JsonRead& from, ReportKnownGood& out) {
  take(from, "phase", out.phase);
  take(from, "target", out.target);
  take(from, "release", out.release);
  take(from, "newest", out.newest);
}

void read(const JsonRead& from, std::optional<double>& out) {
  if (!from.is_null()) out = from.get<double>();
}

void read(const JsonRead& from, Forecast& out) {
  take(from, "candidates", out.left.candidates);
  take(from, "probes_at_most", out.left.probes_at_most);
  take(from, "probes_expected", out.left.expected);
  take(from, "probes_low", out.left.low);
  take(from, "probes_high", out.left.high);
  take(from, "deploys_expected", out.deploys);
  take(from, "deploys_at_most", out.deploys_at_most);
  read_if(from, "seconds_expected", out.seconds);
  read_if(from, "seconds_low", out.seconds_low);
  read_if(from, "seconds_high", out.seconds_high);
  read_if(from, "seconds_at_most", out.seconds_at_most);
}

void read(const JsonRead& from, Report::Likeliest& out) {
  read(from.at("delta"), out.delta);
  take(from, "probability", out.probability);
}

void read(const JsonRead& from, GateRates& out) {
  take(from, "pass_when_broken", out.pass_when_broken);
  take(from, "fail_when_sound", out.fail_when_sound);
}

void read(const JsonRead& from, ReportChange& out) {
  out.kind = delta_kind_from(from.at("kind").get<std::string>()).value();
  take(from, "name", out.name);
  out.change = change_from(from.at("change").get<std::string>()).value();
  read_text(from.at("before"), out.before);
  read_text(from.at("after"), out.after);
}

void read(const JsonRead& from, ReportProbe& out) {
  take(from, "id", out.id);
  take(from, "label", out.label);
  out.purpose =
      probe_purpose_from(from.at("purpose").get<std::string>()).value();
  out.verdict = verdict_from(from.at("verdict").get<std::string>()).value();
  read_if(from, "failure", out.failure);
  take(from, "seconds", out.seconds);
  take(from, "remembered", out.remembered);
  if (!from.contains("place")) return;
  ProbePlace place;
  from.at("place").at("commits").get_to(place.commits);
  from.at("place").at("changes").get_to(place.changes);
  from.at("place").at("first").get_to(place.first);
  from.at("place").at("end").get_to(place.end);
  place.all = from.at("place").value("all", true);
  out.place = std::move(place);
}

}  // namespace

std::optional<Report> report_from_json(std::string_view text) {
  try {
    const JsonRead from = JsonRead::parse(text);
    if (from.at("rung").get<int>() != 1) return std::nullopt;
    Report report;
    take(from, "command", report.command);
    report.outcome = enum_from(from.at("outcome").get<std::string>(),
                               Report::Outcome::broken)
                         .value();
    read_if(from, "suspects", report.suspects);
    if (const auto probes = from.find("probes"); probes != from.end()) {
      take(*probes, "controls", report.probes.controls);
      take(*probes, "search", report.probes.search);
      take(*probes, "proof", report.probes.proof);
      take(*probes, "cached", report.probes.cached);
    }
    read_if(from, "failure", report.failure);
    take(from, "restored", report.restored);
    take(from, "serves_unproved", report.serves_unproved);
    from.at("exit").get_to(report.exit);
    read_if(from, "findings", report.findings);
    read_if(from, "repaired", report.repaired);
    read_if(from, "hidden", report.hidden);
    if (const auto between = from.find("between"); between != from.end()) {
      take(*between, "commits", report.between.commits);
      take(*between, "env", report.between.env);
      take(*between, "requirements", report.between.requirements);
      take(*between, "config", report.between.config);
    }
    read_if(from, "left", report.left);
    read_if(from, "estimate", report.estimate);
    read_if(from, "likeliest", report.likeliest);
    read_if(from, "confidence", report.confidence);
    read_if(from, "gate_rates", report.gate_rates);
    report.find_fix = from.value("hunt", "break") == "fix";
    if (const auto terms = from.find("terms"); terms != from.end()) {
      take(*terms, "good", report.terms.good);
      take(*terms, "bad", report.terms.bad);
    }
    read_if(from, "known_good", report.known_good);
    read_if(from, "phases", report.phases);
    take(from, "refusal", report.refusal);
    take(from, "checked", report.checked);
    take(from, "reasons", report.reasons);
    take(from, "notes", report.notes);
    take(from, "logs", report.logs);
    take(from, "next", report.next);
    take(from, "command_line", report.command_line);
    take(from, "plan", report.plan);
    take(from, "target", report.target);
    take(from, "run", report.run);
    take(from, "seconds", report.seconds);
    return report;
  } catch (const JsonRead::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

bool read_trials(std::string_view text, Report& report) {
  Report out = report;
  out.changes.clear();
  out.trials.clear();
  out.can_go.reset();
  try {
    const JsonRead from = JsonRead::parse(text);
    read(from.at("changes"), out.changes);
    read(from.at("trials"), out.trials);
    take(from, "repository", out.repository);
    take(from, "nothing_serves", out.nothing_serves);
    if (from.contains("can_go")) {
      out.can_go = from["can_go"].get<std::vector<std::string>>();
    }
  } catch (const JsonRead::exception&) {
    return false;
  } catch (const std::bad_optional_access&) {
    return false;
  }
  report = std::move(out);
  return true;
}

}  // namespace rung
