#include "cmd/serving/served.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cmd/serving/local_live.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "core/base/error.hpp"
#include "core/text/redact.hpp"
#include "plans/generate/service_address.hpp"

namespace rung {

Served::Served(const Planned& planned, const Target& target, Workshop& workshop)
    : planned_(planned), target_(target), workshop_(workshop) {
  if (target_.adapter == "local") {
    local_ = std::make_unique<LocalLive>(
        planned, target,
        [this](const std::string& phase, const std::string& release,
               const std::map<std::string, std::string>& addresses) {
          return bundle({phase, release}, addresses);
        });
  } else {
    platform_ = workshop_.platform();
  }
}

Served::~Served() = default;

LivePlatform& Served::place() {
  if (local_) return *local_;
  auto* live = dynamic_cast<LivePlatform*>(platform_.get());
  if (live == nullptr) {
    throw UsageError(fmt::format(
        "target {}: its adapter \"{}\" judges trials but keeps nothing "
        "serving; use --no-serve",
        target_.name, target_.adapter));
  }
  return *live;
}

std::optional<LiveRelease> Served::live() { return place().live(); }

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

Release Served::kept(const WantedRelease& wanted) {
  auto kept = planned_.kept(workshop_.journal(), wanted.release);
  if (!kept) {
    throw JournalError(fmt::format(
        "release {}: not in the journal",
        wanted.release.substr(0, 10)));
  }
  return *std::move(kept);
}

Bundle Served::bundle(const WantedRelease& wanted,
                      const std::map<std::string, std::string>& addresses) {
  return bundle(wanted, kept(wanted), addresses);
}

Bundle Served::bundle(const WantedRelease& wanted, const Release& release,
                      const std::map<std::string, std::string>& addresses) {
  const Subject subject =
      planned_.subject(planned_.phase(wanted.phase), target_);
  std::optional<GitHistory> history;
  if (subject.has_history) history.emplace(subject.repo);
  return deployable(release, wanted.release, subject, addresses, history);
}

Observation Served::judged(const WantedRelease& wanted,
                           Deployment& deployment) {
  const Subject subject =
      planned_.subject(planned_.phase(wanted.phase), target_);
  const auto addresses =
      local_ ? local_->addresses() : workshop_.addresses();
  Redactor redact;
  redact.add(deployment.env(), subject.secret_names);
  ProbeSettings settings = workshop_.probe_settings();
  std::vector<Gate> gates;
  for (const Gate& gate : subject.gates) {
    gates.push_back(fill_in(gate, addresses));
  }
  settings.gates = gates;
  settings.redact = redact;
  return judge(deployment, settings, workshop_.clock());
}

Observation Served::serve(const WantedRelease& wanted) {
  return serve(wanted, [&] {
    if (!local_) return bundle(wanted, workshop_.addresses());
    // The supervisor makes its own, with its own services' addresses.
    Bundle id_only;
    id_only.id = wanted.release;
    return id_only;
  });
}

Observation Served::serve(const WantedRelease& wanted, const Release& exact) {
  return serve(wanted,
               [&] { return bundle(wanted, exact, workshop_.addresses()); });
}

Observation Served::serve(const WantedRelease& wanted,
                          const std::function<Bundle()>& make) {
  try {
    return serve_once(wanted, make);
  } catch (const RemovedError& error) {
    // Done once it is no verdict; done again it is theirs to stop.
    notes_.emplace_back(error.what());
    return serve_once(wanted, make);
  }
}

Observation Served::serve_once(const WantedRelease& wanted,
                               const std::function<Bundle()>& make) {
  Observation observation;
  const auto live = place().live();
  if (live && live->release_id == wanted.release) {
    observation = judged(wanted, *place().attach());
    if (observation.verdict != Verdict::good && local_ && local_->killed()) {
      throw RemovedError("what served was killed from outside");
    }
  } else {
    const ServeResult result = place().serve(
        make(), wanted.phase, [&](Deployment& deployment) {
          observation = judged(wanted, deployment);
          return observation.verdict == Verdict::good;
        });
    if (result.refused) {
      observation.verdict = Verdict::bad;
      observation.failure = result.refused->failure;
    } else if (!result.serves && observation.verdict == Verdict::good) {
      observation.verdict = Verdict::bad;
      Failure failure;
      failure.stage = Stage::network;
      failure.message = "it passed, but does not take over";
      observation.failure = std::move(failure);
    }
  }
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
    return restore(*wanted);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    notes_.emplace_back(error.what());
    return false;
  }
}

bool Served::restore(const WantedRelease& wanted) {
  const bool gone = !local_ && !made_room_ && !place().live();
  if (serve(wanted).verdict == Verdict::good) {
    made_room_ = false;
    if (gone) {
      notes_.push_back(fmt::format(
          "nothing served on {} any more (did somebody remove it?): phase {} "
          "was put back",
          target_.name, wanted.phase));
    }
    return true;
  }
  // A process may hang since before: once more, from the start. What another
  // platform keeps is never stopped on suspicion.
  if (!local_) return false;
  local_->stop();
  return serve(wanted).verdict == Verdict::good;
}

std::vector<std::string> Served::take_notes() {
  return std::exchange(notes_, {});
}

void Served::make_room() {
  if (!local_) {
    if (platform_->capabilities().shares_live_port && this->wanted()) {
      place().stop();
      made_room_ = true;
    }
    return;
  }
  // With `port: auto` a trial gets a port of its own, unless the release says
  // which one it wants.
  const auto wanted = this->wanted();
  const bool stored_port =
      wanted && workshop_.journal().kept_release(wanted->release)
                    .value_or(Journal::Kept{})
                    .release.env.count("PORT") != 0;
  if (target_.port != 0 || stored_port) local_->stop();
}

void Served::stop() {
  place().stop();
  workshop_.journal().set(key(), "");
}

}  // namespace rung
