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

void read_text(const JsonRead& from, std::optional<std::string>& out) {
  if (!from.is_null()) out = from.get<std::string>();
}

void read(const JsonRead& from, ReportDelta& out) {
  out.kind = delta_kind_from(from.at("kind").get<std::string>()).value();
  if (out.kind == DeltaKind::commit) {
    from.at("id").get_to(out.name);
    from.at("subject").get_to(out.subject);
    out.merge = from.value("merge", false);
    from.at("author").get_to(out.author);
    from.at("date").get_to(out.date);
    out.files = from.value("files", std::vector<std::string>());
    return;
  }
  from.at("name").get_to(out.name);
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
  from.at("cause").get_to(out.cause);
  from.at("evidence").get_to(out.evidence);
  from.at(from.contains("found") ? "found" : "message").get_to(out.message);
  out.likely = from.value("likely", "");
}

void read(const JsonRead& from, ReportTrial& out) {
  from.at("label").get_to(out.label);
  out.verdict = verdict_from(from.at("verdict").get<std::string>()).value();
  read(from.at("failure"), out.failure);
}

void read(const JsonRead& from, ReportUse& out) {
  from.at("name").get_to(out.name);
  from.at("file").get_to(out.file);
  from.at("line").get_to(out.line);
}

void read(const JsonRead& from, ReportFinding& out) {
  read(from.at("culprit"), out.culprit);
  read(from.at("failure"), out.failure);
  read(from.at("proof"), out.proof);
  read(from.at("uses"), out.uses);
  read(from.at("changed_at"), out.changed_at);
}

void read(const JsonRead& from, ReportRepair& out) {
  read(from.at("broken_by"), out.broken_by);
  read(from.at("repaired_by"), out.repaired_by);
  read(from.at("failure"), out.failure);
}

void read(const JsonRead& from, ReportPhase& out) {
  from.at("name").get_to(out.name);
  out.state = enum_from(from.at("verdict").get<std::string>(),
                        ReportPhase::State::not_reached)
                  .value();
  from.at("release").get_to(out.release);
  from.at("seconds").get_to(out.seconds);
  from.at("remembered").get_to(out.remembered);
}

void read(const JsonRead& from, ReportKnownGood& out) {
  from.at("phase").get_to(out.phase);
  from.at("target").get_to(out.target);
  from.at("release").get_to(out.release);
}

void read(const JsonRead& from, std::optional<double>& out) {
  if (!from.is_null()) out = from.get<double>();
}

void read(const JsonRead& from, Forecast& out) {
  from.at("candidates").get_to(out.left.candidates);
  from.at("probes_at_most").get_to(out.left.probes_at_most);
  from.at("probes_expected").get_to(out.left.expected);
  from.at("probes_low").get_to(out.left.low);
  from.at("probes_high").get_to(out.left.high);
  from.at("deploys_expected").get_to(out.deploys);
  from.at("deploys_at_most").get_to(out.deploys_at_most);
  read(from.at("seconds_expected"), out.seconds);
  read(from.at("seconds_low"), out.seconds_low);
  read(from.at("seconds_high"), out.seconds_high);
  read(from.at("seconds_at_most"), out.seconds_at_most);
}

void read(const JsonRead& from, Report::Likeliest& out) {
  read(from.at("delta"), out.delta);
  from.at("probability").get_to(out.probability);
}

void read(const JsonRead& from, GateRates& out) {
  from.at("pass_when_broken").get_to(out.pass_when_broken);
  from.at("fail_when_sound").get_to(out.fail_when_sound);
}

void read(const JsonRead& from, ReportChange& out) {
  out.kind = delta_kind_from(from.at("kind").get<std::string>()).value();
  from.at("name").get_to(out.name);
  out.change = change_from(from.at("change").get<std::string>()).value();
  read_text(from.at("before"), out.before);
  read_text(from.at("after"), out.after);
}

void read(const JsonRead& from, ReportProbe& out) {
  from.at("id").get_to(out.id);
  from.at("label").get_to(out.label);
  out.purpose =
      probe_purpose_from(from.at("purpose").get<std::string>()).value();
  out.verdict = verdict_from(from.at("verdict").get<std::string>()).value();
  read(from.at("failure"), out.failure);
  from.at("seconds").get_to(out.seconds);
  from.at("remembered").get_to(out.remembered);
  if (!from.contains("place")) return;
  ProbePlace place;
  from.at("place").at("commits").get_to(place.commits);
  from.at("place").at("changes").get_to(place.changes);
  from.at("place").at("first").get_to(place.first);
  from.at("place").at("end").get_to(place.end);
  out.place = std::move(place);
}

}  // namespace

std::optional<Report> report_from_json(std::string_view text,
                                       std::string_view trials) {
  try {
    const JsonRead from = JsonRead::parse(text);
    if (from.at("rung").get<int>() != 1) return std::nullopt;
    Report report;
    from.at("command").get_to(report.command);
    report.outcome = enum_from(from.at("outcome").get<std::string>(),
                               Report::Outcome::broken)
                         .value();
    read(from.at("suspects"), report.suspects);
    const JsonRead& probes = from.at("probes");
    probes.at("controls").get_to(report.probes.controls);
    probes.at("search").get_to(report.probes.search);
    probes.at("proof").get_to(report.probes.proof);
    probes.at("cached").get_to(report.probes.cached);
    read(from.at("failure"), report.failure);
    from.at("restored").get_to(report.restored);
    report.serves_unproved = from.value("serves_unproved", false);
    from.at("exit").get_to(report.exit);
    read(from.at("findings"), report.findings);
    read(from.at("repaired"), report.repaired);
    read(from.at("hidden"), report.hidden);
    const JsonRead& between = from.at("between");
    between.at("commits").get_to(report.between.commits);
    between.at("env").get_to(report.between.env);
    between.at("requirements").get_to(report.between.requirements);
    between.at("config").get_to(report.between.config);
    read(from.at("left"), report.left);
    read(from.at("estimate"), report.estimate);
    read(from.at("likeliest"), report.likeliest);
    read(from.at("confidence"), report.confidence);
    read(from.at("gate_rates"), report.gate_rates);
    report.find_fix = from.at("hunt").get<std::string>() == "fix";
    from.at("terms").at("good").get_to(report.terms.good);
    from.at("terms").at("bad").get_to(report.terms.bad);
    read(from.at("known_good"), report.known_good);
    read(from.at("phases"), report.phases);
    report.refusal = from.value("refusal", "");
    report.checked = from.value("checked", "");
    report.reasons = from.value("reasons", std::vector<std::string>{});
    from.at("notes").get_to(report.notes);
    from.at("logs").get_to(report.logs);
    from.at("next").get_to(report.next);
    from.at("command_line").get_to(report.command_line);
    from.at("plan").get_to(report.plan);
    from.at("target").get_to(report.target);
    from.at("run").get_to(report.run);
    from.at("seconds").get_to(report.seconds);
    if (!trials.empty()) {
      const JsonRead more = JsonRead::parse(trials);
      read(more.at("changes"), report.changes);
      read(more.at("trials"), report.trials);
    }
    return report;
  } catch (const JsonRead::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

}  // namespace rung
