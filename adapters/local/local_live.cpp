#include "cmd/serving/local_live.hpp"

#include "adapters/local/local_platform.hpp"
#include "cmd/workshop/deploy_prober.hpp"
#include "core/base/error.hpp"

namespace rung {

LocalLive::LocalLive(const Planned& planned, const Target& target,
                     MakeBundle bundle)
    : planned_(planned),
      target_(target),
      live_(planned, target),
      bundle_(std::move(bundle)) {}

std::optional<LiveRelease> LocalLive::live() {
  const auto serving = live_.serving();
  if (!serving) return std::nullopt;
  LiveRelease live;
  live.release_id = serving->release;
  live.phase = serving->phase;
  live.reference = std::to_string(serving->pid);
  live.url = serving->url;
  return live;
}

std::map<std::string, std::string> LocalLive::addresses() const {
  return live_.serving().value_or(Serving{}).addresses;
}

std::unique_ptr<Deployment> LocalLive::attach() {
  // What has just ended is looked at as well: that is what is wrong with it.
  auto serving = live_.serving();
  if (!serving) serving = live_.lost();
  if (!serving) throw PlatformError("looking at what serves: nothing does");
  const Bundle bundle =
      bundle_(serving->phase, serving->release, serving->addresses);
  const Subject subject =
      planned_.subject(planned_.phase(serving->phase), target_);
  return live_.attach(contract(local_settings(subject, live_.folder()),
                               bundle.env, [&] { return serving->port; })
                          .env);
}

ServeResult LocalLive::serve(const Bundle& bundle, std::string_view phase,
                             const std::function<bool(Deployment&)>& healthy) {
  const auto before = live_.serving();
  const auto put_back = [&] {
    if (before) {
      live_.start(before->phase, before->release);
    } else {
      live_.stop();
    }
  };
  for (bool again = false;; again = true) {
    try {
      live_.start(std::string(phase), bundle.id);
      if (healthy(*attach())) return {.serves = true, .refused = {}};
      if (!live_.killed()) break;
      throw RemovedError("serving: what was to serve was killed from outside");
    } catch (const Interrupted&) {
      throw;  // whoever caught the signal restores, with signals quiet again
    } catch (const RemovedError&) {
      if (!again) continue;  // it says nothing of the release
      put_back();
      throw;
    } catch (const Error&) {
      put_back();
      throw;
    }
  }
  put_back();
  return {};
}

}  // namespace rung
