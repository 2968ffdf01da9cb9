#include "adapters/local/local_live.hpp"

#include "core/base/error.hpp"

namespace rung {

std::optional<LiveRelease> LocalLive::live() {
  const auto serving = supervisor_.serving();
  if (!serving) return std::nullopt;
  LiveRelease live;
  live.release_id = serving->release;
  live.phase = serving->phase;
  live.reference = std::to_string(serving->pid);
  live.url = serving->url;
  return live;
}

std::map<std::string, std::string> LocalLive::addresses() const {
  return supervisor_.serving().value_or(Serving{}).addresses;
}

std::unique_ptr<Deployment> LocalLive::attach() {
  // What has just ended is looked at as well: that is what is wrong with it.
  auto serving = supervisor_.serving();
  if (!serving) serving = supervisor_.lost();
  if (!serving) throw PlatformError("reading the live release: nothing serves");
  return supervisor_.attach(env_of_(*serving));
}

ServeResult LocalLive::serve(const Bundle& bundle, std::string_view phase,
                             const std::function<bool(Deployment&)>& healthy) {
  const auto before = supervisor_.serving();
  const auto put_back = [&] {
    if (before) {
      supervisor_.start(before->phase, before->release);
    } else {
      supervisor_.stop();
    }
  };
  for (bool again = false;; again = true) {
    try {
      supervisor_.start(std::string(phase), bundle.id);
      if (healthy(*attach())) return {.serves = true, .refused = {}};
      if (!supervisor_.killed()) break;
      throw RemovedError("serving: the release was killed from outside");
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
