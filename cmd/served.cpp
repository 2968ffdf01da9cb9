#include "cmd/served.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cmd/deploy_prober.hpp"
#include "core/error.hpp"
#include "core/redact.hpp"
#include "plans/service_address.hpp"

namespace rung {

Served::Served(const Planned& planned, const Target& target, Workshop& workshop)
    : planned_(planned),
      target_(target),
      workshop_(workshop),
      live_(planned, target) {}

std::string Served::key() const {
  return "wanted " + planned_.plan().name + " " + target_.name;
}

std::optional<WantedRelease> Served::wanted() const {
  const auto text = workshop_.journal().get(key());
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return WantedRelease{json.value("phase", ""), json.value("release", "")};
}

Release Served::kept(const WantedRelease& wanted, std::size_t phase) {
  auto kept = workshop_.journal().kept_release(wanted.release);
  if (!kept) {
    throw JournalError(fmt::format("release {}: not in the journal",
                                   wanted.release.substr(0, 10)));
  }
  std::vector<std::string> changed;
  planned_.add_secrets(
      kept->release, phase, kept->secret_hashes,
      [&](std::string_view value) {
        return workshop_.journal().keyed_hash(value);
      },
      changed);
  return kept->release;
}

Observation Served::judge_serving(const WantedRelease& wanted) {
  const auto serving = live_.serving();
  Observation observation;
  observation.verdict = Verdict::bad;
  if (!serving || serving->release != wanted.release) {
    Failure failure;
    failure.stage = Stage::start;
    failure.message = "it is not running";
    observation.failure = std::move(failure);
    return observation;
  }
  const std::size_t phase = planned_.phase(wanted.phase);
  const Release release = kept(wanted, phase);
  const Subject subject = planned_.subject(phase, target_);
  std::optional<GitHistory> history;
  if (subject.has_history) history.emplace(subject.repo);
  const Bundle bundle =
      deployable(release, subject, serving->addresses, history);
  const LocalContract agreed =
      contract(local_settings(subject, live_.folder()), bundle.env,
               [&] { return serving->port; });
  const auto deployment = live_.attach(agreed.env);
  Redactor redact;
  redact.add(bundle.env, subject.secret_names);
  ProbeSettings settings = workshop_.probe_settings();
  std::vector<Gate> gates;
  for (const Gate& gate : subject.gates) {
    gates.push_back(fill_in(gate, serving->addresses));
  }
  settings.gates = gates;
  settings.redact = redact;
  return judge(*deployment, settings, workshop_.clock());
}

Observation Served::serve(const WantedRelease& wanted) {
  const auto serving = live_.serving();
  if (!serving || serving->release != wanted.release) {
    live_.start(wanted.phase, wanted.release);
  }
  Observation observation = judge_serving(wanted);
  if (observation.verdict == Verdict::good) {
    const nlohmann::json record = {{"phase", wanted.phase},
                                   {"release", wanted.release}};
    workshop_.journal().set(key(), record.dump());
  }
  return observation;
}

bool Served::restore() {
  const auto wanted = this->wanted();
  if (!wanted) return true;
  try {
    if (serve(*wanted).verdict == Verdict::good) return true;
    // It may hang since before: once more, from the start.
    live_.stop();
    return serve(*wanted).verdict == Verdict::good;
  } catch (const Interrupted&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

void Served::make_room() {
  // With `port: auto` a trial gets a port of its own, unless the release says
  // which one it wants.
  const auto wanted = this->wanted();
  const bool stored_port =
      wanted && workshop_.journal().kept_release(wanted->release)
                    .value_or(Journal::Kept{})
                    .release.env.count("PORT") != 0;
  if (target_.port != 0 || stored_port) live_.stop();
}

void Served::stop() {
  live_.stop();
  workshop_.journal().set(key(), "");
}

}  // namespace rung
