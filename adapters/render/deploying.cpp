#include "adapters/render/deploying.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "adapters/render/blame.hpp"
#include "core/base/error.hpp"

namespace rung::render {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kRecent = 20;
constexpr std::size_t kMostLog = 1U << 20;

std::string joined(const std::vector<LogLine>& lines) {
  std::string text;
  for (const LogLine& line : lines) text += line.text + "\n";
  return text.size() <= kMostLog
             ? text
             : text.substr(text.find('\n', text.size() - kMostLog) + 1);
}

bool knows(const std::vector<std::string>& known, const std::string& id) {
  return std::find(known.begin(), known.end(), id) != known.end();
}

Refused no_such_commit(const std::string& commit, const std::string& said) {
  Refused refused;
  refused.failure.stage = Stage::source;
  refused.failure.cause = "source-unavailable";
  refused.failure.evidence = commit;
  refused.failure.message = fmt::format(
      "Render cannot deploy commit {}: {}; is it pushed to the service's "
      "repository?",
      commit.substr(0, 12), said);
  return refused;
}

}  // namespace

Window window_of(const Deploy& deploy) {
  // What it wrote last is stored a little after it has ended.
  constexpr std::int64_t kLate = 2000;
  return {std::max(deploy.created_ms, deploy.started_ms),
          deploy.finished_ms == 0 ? 0 : deploy.finished_ms + kLate};
}

void Polling::pause() {
  clock_.sleep(next_);
  next_ = std::min(next_ * 6 / 5, first_ * 5);
}

std::vector<std::string> Deploying::quiet(const std::string& service,
                                          InFlight what_is) {
  const auto until = clock_.now() + options_.deadline;
  Polling polling(options_.poll, clock_);
  for (;;) {
    std::vector<std::string> known;
    bool busy = false;
    for (const Deploy& deploy : api_.deploys(service, kRecent)) {
      known.push_back(deploy.id);
      if (!deploy.in_flight()) continue;
      busy = true;
      if (what_is == InFlight::canceled) api_.cancel(service, deploy.id);
    }
    if (!busy) return known;
    if (clock_.now() >= until) {
      throw PlatformError(
          fmt::format("waiting for the current deploy of {}: it has not ended; "
                      "look at it in Render's dashboard",
                      service));
    }
    polling.pause();
  }
}

std::string Deploying::found(const std::string& service,
                             const std::function<bool(const Deploy&)>& ours,
                             const std::vector<std::string>& known) {
  Polling polling(options_.poll, clock_);
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) polling.pause();
    for (const Deploy& deploy : api_.deploys(service, kRecent)) {
      if (knows(known, deploy.id) || handled_.count(deploy.id) != 0) continue;
      if (ours(deploy)) return deploy.id;
    }
  }
  return "";
}

Deploying::Asked Deploying::asked(
    const Service& service, const std::function<ApiReply()>& ask,
    const std::function<bool(const Deploy&)>& ours,
    const std::vector<std::string>& known) {
  Polling polling(options_.poll, clock_);
  for (int tried = 0; tried < 3; ++tried) {
    if (tried > 0) polling.pause();
    ApiReply reply;
    try {
      reply = ask();
    } catch (const LostReply&) {
      std::string id = found(service.id, ours, known);
      if (!id.empty()) return {std::nullopt, std::move(id)};
      continue;
    }
    if (reply.status == 409) continue;
    if (!reply.ok()) return {std::move(reply), ""};
    const nlohmann::json body = reply.json();
    if (body.is_object() && body.contains("id") && body["id"].is_string()) {
      return {std::move(reply), body["id"].get<std::string>()};
    }
    // 202 without a body: queued behind another deploy.
    std::string id = found(service.id, ours, known);
    return {std::move(reply), std::move(id)};
  }
  return {};
}

std::variant<std::string, Refused> Deploying::trigger(
    const Service& service, const std::string& commit,
    const std::vector<std::string>& known) {
  const Asked done = asked(
      service, [&] { return api_.trigger(service.id, commit); },
      [&](const Deploy& deploy) {
        return deploy.trigger == "api" && deploy.commit == commit;
      },
      known);
  if (!done.id.empty()) return done.id;
  if (!done.reply) {
    throw PlatformError(
        fmt::format("deploying {} on {}: Render accepted three "
                    "requests and shows no effect",
                    commit.substr(0, 12), service.name));
  }
  const ApiReply& reply = *done.reply;
  if (reply.ok()) {
    throw PlatformError(
        fmt::format("deploying {} on {}: Render accepted the request ({}) but "
                    "lists no such deploy",
                    commit.substr(0, 12), service.name, reply.status));
  }
  api_.service(service.id);  // throws if that is what is not there
  return no_such_commit(commit,
                        fmt::format("{} {}", reply.status, reply.said()));
}

std::string Deploying::roll_back(const Service& service,
                                 const std::string& deploy,
                                 const std::vector<std::string>& known) {
  return asked(
             service, [&] { return api_.rollback(service.id, deploy); },
             [](const Deploy& seen) { return seen.trigger == "rollback"; },
             known)
      .id;
}

Deploy Deploying::wait(const std::string& service, const std::string& id) {
  handled_.insert(id);
  const auto until = clock_.now() + options_.deadline;
  Polling polling(options_.poll, clock_);
  int missing = 0;
  for (;;) {
    const auto deploy = api_.deploy(service, id);
    if (deploy && !deploy->in_flight()) return *deploy;
    if (!deploy && ++missing >= kLooks) {
      api_.service(service);  // gone with it: an error of its own
      throw PlatformError(fmt::format(
          "asking Render for deploy {} of {}: it is no longer there", id,
          service));
    }
    if (clock_.now() >= until) {
      api_.cancel(service, id);
      throw PlatformError(fmt::format(
          "waiting for deploy {} of {}: it has not ended in time, so it was "
          "canceled; give the target a longer deadline",
          id, service));
    }
    polling.pause();
  }
}

Deploying::Logs Deploying::logs(const Service& service, const Deploy& deploy) {
  const Window window = window_of(deploy);
  Logs logs;
  logs.build = joined(api_.logs(service, "build", window, kMostLines));
  // Logs cannot be asked for by deploy, and what served before goes on writing
  // meanwhile: its instances are told by their age, or by earlier lines.
  for (const auto& id : api_.instances(service.id, window.from_ms)) {
    logs.older.insert(id);
  }
  constexpr std::int64_t kHour = 3'600'000;
  for (const LogLine& line :
       api_.logs(service, "app", {window.from_ms - kHour, window.from_ms},
                 100)) {
    logs.older.insert(line.instance);
  }
  logs.older.erase("");
  auto lines = api_.logs(service, "app", window, kMostLines);
  std::erase_if(lines, [&](const LogLine& line) {
    return logs.older.count(line.instance) != 0;
  });
  logs.app = joined(lines);
  return logs;
}

std::string Deploying::log_of(const Service& service, const Deploy& deploy) {
  const Logs both = logs(service, deploy);
  return both.build + both.app;
}

std::optional<Refused> Deploying::outcome(const Service& service,
                                          const Deploy& deploy) {
  if (deploy.status == "live") return std::nullopt;
  Evidence evidence;
  evidence.status = deploy.status;
  evidence.deploy_id = deploy.id;
  evidence.health_path = service.details.health_path;
  evidence.events = api_.events(service.id, window_of(deploy));
  const Logs both = logs(service, deploy);
  evidence.build_log = both.build;
  evidence.app_log = both.app;
  evidence.older_instances = both.older;
  evidence.finished_ms = deploy.finished_ms;
  Blame found = blame(evidence);
  const std::string doing =
      fmt::format("deploying {} on {}", deploy.commit.substr(0, 12),
                  service.name);
  switch (found.on) {
    case Blame::On::platform:
      throw PlatformError(fmt::format("{}: {}", doing, found.why));
    case Blame::On::account:
      throw AbortError(fmt::format("{}: {}; see Render's dashboard", doing,
                                   found.why));
    case Blame::On::release:
      break;
  }
  return Refused{std::move(found.failure), both.build + both.app};
}

}  // namespace rung::render
