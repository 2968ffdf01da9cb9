#include "core/report/report_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/gates/probe.hpp"
#include "core/text/enum_word.hpp"

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
void read(const Json& json, ReportDelta& out);
void read(const Json& json, Failure& out);
void read(const Json& json, ReportTrial& out);
void read(const Json& json, ReportUse& out);
void read(const Json& json, ReportFinding& out);
void read(const Json& json, ReportRepair& out);
void read(const Json& json, ReportPhase& out);
void read(const Json& json, ReportKnownGood& out);
void read(const Json& json, Forecast& out);
void read(const Json& json, Report::Likeliest& out);
void read(const Json& json, GateRates& out);

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

template <class Item>
void read(const Json& json, std::optional<Item>& out) {
  if (json.is_null()) return;
  Item item;  // clang cannot emplace() a nested class with initial values
  read(json, item);
  out = std::move(item);
}

template <class Item>
void read(const Json& json, std::vector<Item>& out) {
  for (const Json& item : json) read(item, out.emplace_back());
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
    return out;
  }
  out["name"] = delta.name;
  if (delta.kind == DeltaKind::env) out["change"] = to_string(delta.change);
  if (delta.kind == DeltaKind::requirement) {
    out["before"] = text_or_null(delta.before);
    out["after"] = text_or_null(delta.after);
  }
  return out;
}

Json json_of(const Failure& failure) {
  const FoundAndLikely parts = parts_of(failure);
  Json out = {{"stage", to_string(failure.stage)},
              {"cause", failure.cause},
              {"evidence", failure.evidence},
              {"message", failure.message}};
  if (!parts.likely.empty()) {
    out["found"] = parts.found;
    out["likely"] = parts.likely;
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
          {"release", known.release}};
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

// ---- and back -------------------------------------------------------------

void read_text(const Json& json, std::optional<std::string>& out) {
  if (!json.is_null()) out = json.get<std::string>();
}

void read(const Json& json, ReportDelta& out) {
  out.kind = delta_kind_from(json.at("kind").get<std::string>()).value();
  if (out.kind == DeltaKind::commit) {
    json.at("id").get_to(out.name);
    json.at("subject").get_to(out.subject);
    out.merge = json.value("merge", false);
    json.at("author").get_to(out.author);
    json.at("date").get_to(out.date);
    return;
  }
  json.at("name").get_to(out.name);
  if (out.kind == DeltaKind::env) {
    out.change = change_from(json.at("change").get<std::string>()).value();
  }
  if (out.kind == DeltaKind::requirement) {
    read_text(json.at("before"), out.before);
    read_text(json.at("after"), out.after);
    out.change = !out.before ? Change::added
                 : !out.after ? Change::removed
                              : Change::changed;
  }
}

void read(const Json& json, Failure& out) {
  out.stage = stage_from(json.at("stage").get<std::string>()).value();
  json.at("cause").get_to(out.cause);
  json.at("evidence").get_to(out.evidence);
  json.at("message").get_to(out.message);
}

void read(const Json& json, ReportTrial& out) {
  json.at("label").get_to(out.label);
  out.verdict = verdict_from(json.at("verdict").get<std::string>()).value();
  read(json.at("failure"), out.failure);
}

void read(const Json& json, ReportUse& out) {
  json.at("name").get_to(out.name);
  json.at("file").get_to(out.file);
  json.at("line").get_to(out.line);
}

void read(const Json& json, ReportFinding& out) {
  read(json.at("culprit"), out.culprit);
  read(json.at("failure"), out.failure);
  read(json.at("proof"), out.proof);
  read(json.at("uses"), out.uses);
  read(json.at("changed_at"), out.changed_at);
}

void read(const Json& json, ReportRepair& out) {
  read(json.at("broken_by"), out.broken_by);
  read(json.at("repaired_by"), out.repaired_by);
  read(json.at("failure"), out.failure);
}

void read(const Json& json, ReportPhase& out) {
  json.at("name").get_to(out.name);
  out.state = enum_from(json.at("verdict").get<std::string>(),
                        ReportPhase::State::not_reached).value();
  json.at("release").get_to(out.release);
  json.at("seconds").get_to(out.seconds);
  json.at("remembered").get_to(out.remembered);
}

void read(const Json& json, ReportKnownGood& out) {
  json.at("phase").get_to(out.phase);
  json.at("target").get_to(out.target);
  json.at("release").get_to(out.release);
}

void read(const Json& json, std::optional<double>& out) {
  if (!json.is_null()) out = json.get<double>();
}

void read(const Json& json, Forecast& out) {
  json.at("candidates").get_to(out.left.candidates);
  json.at("probes_at_most").get_to(out.left.probes_at_most);
  json.at("probes_expected").get_to(out.left.expected);
  json.at("probes_low").get_to(out.left.low);
  json.at("probes_high").get_to(out.left.high);
  json.at("deploys_expected").get_to(out.deploys);
  json.at("deploys_at_most").get_to(out.deploys_at_most);
  read(json.at("seconds_expected"), out.seconds);
  read(json.at("seconds_low"), out.seconds_low);
  read(json.at("seconds_high"), out.seconds_high);
  read(json.at("seconds_at_most"), out.seconds_at_most);
}

void read(const Json& json, Report::Likeliest& out) {
  read(json.at("delta"), out.delta);
  json.at("probability").get_to(out.probability);
}

void read(const Json& json, GateRates& out) {
  json.at("pass_when_broken").get_to(out.pass_when_broken);
  json.at("fail_when_sound").get_to(out.fail_when_sound);
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

std::optional<Report> report_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("rung").get<int>() != 1) return std::nullopt;
    Report report;
    json.at("command").get_to(report.command);
    report.outcome = enum_from(json.at("outcome").get<std::string>(),
                               Report::Outcome::broken).value();
    read(json.at("suspects"), report.suspects);
    const Json& probes = json.at("probes");
    probes.at("controls").get_to(report.probes.controls);
    probes.at("search").get_to(report.probes.search);
    probes.at("proof").get_to(report.probes.proof);
    probes.at("cached").get_to(report.probes.cached);
    read(json.at("failure"), report.failure);
    json.at("restored").get_to(report.restored);
    json.at("exit").get_to(report.exit);
    read(json.at("findings"), report.findings);
    read(json.at("repaired"), report.repaired);
    read(json.at("hidden"), report.hidden);
    const Json& between = json.at("between");
    between.at("commits").get_to(report.between.commits);
    between.at("env").get_to(report.between.env);
    between.at("requirements").get_to(report.between.requirements);
    between.at("config").get_to(report.between.config);
    read(json.at("left"), report.left);
    read(json.at("estimate"), report.estimate);
    read(json.at("likeliest"), report.likeliest);
    read(json.at("confidence"), report.confidence);
    read(json.at("gate_rates"), report.gate_rates);
    report.find_fix = json.at("hunt").get<std::string>() == "fix";
    json.at("terms").at("good").get_to(report.terms.good);
    json.at("terms").at("bad").get_to(report.terms.bad);
    read(json.at("known_good"), report.known_good);
    read(json.at("phases"), report.phases);
    report.refusal = json.value("refusal", "");
    report.checked = json.value("checked", "");
    report.reasons = json.value("reasons", std::vector<std::string>{});
    json.at("notes").get_to(report.notes);
    json.at("logs").get_to(report.logs);
    json.at("next").get_to(report.next);
    json.at("command_line").get_to(report.command_line);
    json.at("plan").get_to(report.plan);
    json.at("target").get_to(report.target);
    json.at("run").get_to(report.run);
    json.at("seconds").get_to(report.seconds);
    return report;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

}  // namespace rung
