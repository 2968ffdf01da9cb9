#include "cmd/screen/event_json.hpp"

#include <nlohmann/json.hpp>

#include "core/base/overloaded.hpp"
#include "core/report/as_jsonl.hpp"

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

Json purpose_json(const std::optional<Purpose>& purpose) {
  return purpose ? Json(to_string(counted_as(*purpose))) : Json(nullptr);
}

Json failure_json(const std::optional<Failure>& failure) {
  if (!failure) return nullptr;
  return {{"stage", to_string(failure->stage)},
          {"cause", failure->cause},
          {"evidence", failure->evidence},
          {"message", found_and_likely(*failure)}};
}

}  // namespace

std::string event_line(const live::Event& event, double seconds) {
  const auto line = [&](const char* name, const Json& facts) {
    return jsonl_event(name, seconds, facts);
  };
  return std::visit(
      Overloaded{
          [&](const live::Phases& e) {
            return line("phases", {{"names", e.names}});
          },
          [&](const live::PhaseStarted& e) {
            return line("phase-started", {{"name", e.name}});
          },
          [&](const live::PhaseEnded& e) {
            return line("phase-ended", {{"name", e.name},
                                        {"verdict", to_string(e.state)},
                                        {"remembered", e.remembered}});
          },
          [&](const live::HuntStarted& e) {
            return line("search-started",
                        {{"commits", e.between.commits},
                         {"env", e.between.env},
                         {"requirements", e.between.requirements},
                         {"config", e.between.config}});
          },
          [&](const live::ProbeStarted& e) {
            return line("probe-started",
                        {{"worker", e.worker},
                         {"label", e.label},
                         {"purpose", purpose_json(e.purpose)}});
          },
          [&](const live::StageReached& e) {
            return line("stage",
                        {{"worker", e.worker}, {"stage", to_string(e.stage)}});
          },
          [&](const live::ProbeEnded& e) {
            const Observation& seen = e.observation;
            return line(
                "probe-ended",
                {{"label", e.label},
                 {"purpose", purpose_json(e.purpose)},
                 {"verdict", to_string(seen.verdict)},
                 {"failure", failure_json(seen.failure)},
                 {"took", std::chrono::duration<double>(seen.duration).count()},
                 {"remembered", e.remembered}});
          },
          [&](const live::ProbeCancelled& e) {
            return line("probe-cancelled", {{"label", e.label}});
          },
          [&](const live::CandidatesLeft& e) {
            return line("left",
                        {{"candidates", e.left.left.candidates},
                         {"probes_at_most", e.left.left.probes_at_most}});
          },
          [&](const live::Said& e) {
            return line("said", {{"text", e.text}});
          },
      },
      event);
}

}  // namespace rung
