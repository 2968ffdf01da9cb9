#include "core/report/report_json.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/gates/probe.hpp"

namespace rung {
namespace {

// Ordered, so that what a person looks for comes first.
using Json = nlohmann::ordered_json;

// Declared first, because the templates for lists and optionals call them.
Json json_of(const ReportDelta& delta);
Json json_of(const Failure& failure);
Json json_of(const ReportTrial& trial);
Json json_of(const ReportUse& use);
Json json_of(const ReportFinding& finding);
Json json_of(const ReportRepair& repair);
Json json_of(const ReportPhase& phase);
Json json_of(const ReportKnownGood& known);
Json json_of(const Forecast& ahead);
Json json_of(const Report::Likeliest& likeliest);
Json json_of(const GateRates& rates);
Json json_of(const ReportChange& change);
Json json_of(const ReportProbe& probe);

template <class Item>
Json json_of(const std::optional<Item>& item) {
  return item ? json_of(*item) : Json(nullptr);
}

template <class Item>
Json json_of(const std::vector<Item>& items) {
  Json out = Json::array();
  for (const Item& item : items) out.push_back(json_of(item));
  return out;
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json json_of(const ReportDelta& delta) {
  Json out;
  out["kind"] = to_string(delta.kind);
  if (delta.kind == DeltaKind::commit) {
    out["id"] = delta.name;
    out["subject"] = delta.subject;
    if (delta.merge) out["merge"] = true;
    out["author"] = delta.author;
    out["date"] = delta.date;
    if (!delta.files.empty()) out["files"] = delta.files;
    return out;
  }
  out["name"] = delta.name;
  if (delta.kind == DeltaKind::env) out["change"] = to_string(delta.change);
  if (delta.kind == DeltaKind::requirement) {
    out["before"] = text_or_null(delta.before);
    out["after"] = text_or_null(delta.after);
  }
  if (!delta.files.empty()) out["files"] = delta.files;
  return out;
}

Json json_of(const Failure& failure) {
  Json out = {{"stage", to_string(failure.stage)},
              {"cause", failure.cause},
              {"evidence", failure.evidence},
              {"message", found_and_likely(failure)}};
  if (!failure.likely.empty()) {
    out["found"] = failure.message;
    out["likely"] = failure.likely;
  }
  return out;
}

Json json_of(const ReportTrial& trial) {
  return {{"label", trial.label},
          {"verdict", to_string(trial.verdict)},
          {"failure", json_of(trial.failure)}};
}

Json json_of(const ReportUse& use) {
  return {{"name", use.name}, {"file", use.file}, {"line", use.line}};
}

Json json_of(const ReportFinding& finding) {
  return {{"culprit", json_of(finding.culprit)},
          {"failure", json_of(finding.failure)},
          {"proof", json_of(finding.proof)},
          {"uses", json_of(finding.uses)},
          {"changed_at", json_of(finding.changed_at)}};
}

Json json_of(const ReportRepair& repair) {
  return {{"broken_by", json_of(repair.broken_by)},
          {"repaired_by", json_of(repair.repaired_by)},
          {"failure", json_of(repair.failure)}};
}

Json json_of(const ReportPhase& phase) {
  return {{"name", phase.name},
          {"verdict", to_string(phase.state)},
          {"release", phase.release},
          {"seconds", phase.seconds},
          {"remembered", phase.remembered}};
}

Json json_of(const ReportKnownGood& known) {
  return {{"phase", known.phase},
          {"target", known.target},
          {"release", known.release},
          {"newest", known.newest}};
}

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json();
}

Json json_of(const Forecast& ahead) {
  return {{"candidates", ahead.left.candidates},
          {"probes_at_most", ahead.left.probes_at_most},
          {"probes_expected", ahead.left.expected},
          {"probes_low", ahead.left.low},
          {"probes_high", ahead.left.high},
          {"deploys_expected", ahead.deploys},
          {"deploys_at_most", ahead.deploys_at_most},
          {"seconds_expected", number_or_null(ahead.seconds)},
          {"seconds_low", number_or_null(ahead.seconds_low)},
          {"seconds_high", number_or_null(ahead.seconds_high)},
          {"seconds_at_most", number_or_null(ahead.seconds_at_most)}};
}

Json json_of(const Report::Likeliest& likeliest) {
  return {{"delta", json_of(likeliest.delta)},
          {"probability", likeliest.probability}};
}

Json json_of(const GateRates& rates) {
  return {{"pass_when_broken", rates.pass_when_broken},
          {"fail_when_sound", rates.fail_when_sound}};
}

Json json_of(const ReportChange& change) {
  return {{"kind", to_string(change.kind)},
          {"name", change.name},
          {"change", to_string(change.change)},
          {"before", text_or_null(change.before)},
          {"after", text_or_null(change.after)}};
}

Json json_of(const ReportProbe& probe) {
  Json out = {{"id", probe.id},
              {"label", probe.label},
              {"purpose", to_string(probe.purpose)},
              {"verdict", to_string(probe.verdict)},
              {"failure", json_of(probe.failure)},
              {"seconds", probe.seconds},
              {"remembered", probe.remembered}};
  if (probe.place) {
    out["place"] = {{"commits", probe.place->commits},
                    {"changes", probe.place->changes},
                    {"first", probe.place->first},
                    {"end", probe.place->end},
                    {"all", probe.place->all}};
  }
  return out;
}

}  // namespace

std::string to_json(const Report& report) {
  Json out;
  out["rung"] = 1;
  out["command"] = report.command;
  out["outcome"] = to_string(report.outcome);
  Json culprits = Json::array();
  for (const ReportFinding& finding : report.findings) {
    culprits.push_back(json_of(finding.culprit));
  }
  out["culprits"] = std::move(culprits);
  out["suspects"] = json_of(report.suspects);
  out["probes"] = {{"total", report.probes.total()},
                   {"controls", report.probes.controls},
                   {"search", report.probes.search},
                   {"proof", report.probes.proof},
                   {"cached", report.probes.cached}};
  out["failure"] = json_of(report.failure);
  out["restored"] = report.restored;
  if (report.serves_unproved) out["serves_unproved"] = true;
  out["exit"] = report.exit;
  out["findings"] = json_of(report.findings);
  out["repaired"] = json_of(report.repaired);
  out["hidden"] = json_of(report.hidden);
  out["between"] = {{"commits", report.between.commits},
                    {"env", report.between.env},
                    {"requirements", report.between.requirements},
                    {"config", report.between.config}};
  out["left"] = json_of(report.left);
  out["estimate"] = json_of(report.estimate);
  out["likeliest"] = json_of(report.likeliest);
  out["confidence"] = number_or_null(report.confidence);
  out["gate_rates"] = json_of(report.gate_rates);
  out["hunt"] = report.find_fix ? "fix" : "break";
  out["terms"] = {{"good", report.terms.good}, {"bad", report.terms.bad}};
  out["known_good"] = json_of(report.known_good);
  out["phases"] = json_of(report.phases);
  if (!report.refusal.empty()) out["refusal"] = report.refusal;
  if (!report.checked.empty()) out["checked"] = report.checked;
  if (!report.reasons.empty()) out["reasons"] = report.reasons;
  out["notes"] = report.notes;
  out["logs"] = report.logs;
  out["next"] = report.next;
  out["command_line"] = report.command_line;
  out["plan"] = report.plan;
  out["target"] = report.target;
  out["run"] = report.run;
  out["seconds"] = report.seconds;
  // Evidence quotes logs, and logs hold any bytes.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string trials_json(const Report& report) {
  Json out = {{"changes", json_of(report.changes)},
              {"trials", json_of(report.trials)},
              {"repository", report.repository},
              {"nothing_serves", report.nothing_serves}};
  if (report.can_go) out["can_go"] = *report.can_go;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rung
