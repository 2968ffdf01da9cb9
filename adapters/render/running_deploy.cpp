#include "adapters/render/running_deploy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"

namespace rung::render {
namespace {

// Source: Render's documentation of environment variables.
constexpr const char* kDefaultPort = "10000";

std::optional<Exit> exit_in(const Event& event) {
  if (event.type != "server_failed") return std::nullopt;
  const nlohmann::json reason = member(event.details, "reason");
  Exit exit;
  if (member(reason, "oomKilled").is_object()) {
    exit.signal = SIGKILL;
    exit.oom = true;
    return exit;
  }
  if (const auto code = member(reason, "nonZeroExit");
      code.is_number_integer() && code != 0) {
    exit.code = code.get<int>();
    return exit;
  }
  if (member(reason, "earlyExit") == true) return exit;
  return std::nullopt;  // evicted or restarted: not the release's doing
}

}  // namespace

RunningDeploy::RunningDeploy(Api& api, Clock& clock, Service service,
                             Deploy deploy, Env env,
                             std::chrono::milliseconds every)
    : api_(api),
      clock_(clock),
      service_(std::move(service)),
      deploy_(std::move(deploy)),
      env_(std::move(env)),
      every_(every),
      started_(clock.now()),
      asked_(started_) {
  env_.try_emplace("PORT", kDefaultPort);
}

std::uint16_t RunningDeploy::routed_port() const {
  return port_number(env_.at("PORT")).value_or(0);
}

std::optional<Exit> RunningDeploy::exited() {
  if (exit_ || withdrawn_ || clock_.now() < asked_ + every_) return exit_;
  asked_ = clock_.now();
  const auto now = api_.deploy(service_.id, deploy_.id);
  if (!now || now->status != "live") {
    throw PlatformError(fmt::format(
        "watching deploy {} of {}: it no longer serves ({}); somebody else "
        "deployed meanwhile",
        deploy_.id, service_.name, now ? now->status : "gone"));
  }
  // What failed before it went live was started anew and then passed.
  for (const Event& event :
       api_.events(service_.id, {std::max(deploy_.finished_ms,
                                          deploy_.created_ms), 0})) {
    if (auto exit = exit_in(event)) exit_ = exit;
  }
  return exit_;
}

std::string RunningDeploy::log() {
  // Gates look at it many times a second.
  if (withdrawn_ || (read_ && clock_.now() < *read_ + every_)) return log_;
  read_ = clock_.now();
  std::string text;
  const Window window{deploy_.created_ms, 0};
  for (const LogLine& line : api_.logs(service_, "app", window, kMostLines)) {
    text += line.text + "\n";
  }
  constexpr std::size_t kMost = 1U << 20;
  log_ = text.size() <= kMost
             ? text
             : text.substr(text.find('\n', text.size() - kMost) + 1);
  return log_;
}

void RunningDeploy::wait(std::chrono::microseconds at_most) {
  clock_.sleep(std::min<std::chrono::microseconds>(at_most, every_));
}

void RunningDeploy::withdrawn() {
  withdrawn_ = true;
  if (!exit_) exit_ = Exit{};
}

}  // namespace rung::render
