#include "adapters/cloudrun/service.hpp"

#include <fmt/format.h>

#include <charconv>

#include "adapters/cloudrun/log.hpp"
#include "adapters/cloudrun/reading.hpp"
#include "adapters/http/url.hpp"
#include "core/base/error.hpp"

namespace rung {

namespace cloudrun {

using nlohmann::json;

std::multiset<std::string> meaning(const json& traffic) {
  std::multiset<std::string> out;
  for (const json& target : traffic) {
    const json percent = part(target, "percent", json(0));
    const std::string tag = text_in(target, "tag");
    if (percent == 0 && tag.empty()) continue;
    out.insert(fmt::format("{} {} {}", text_in(target, "revision"),
                           percent.dump(), tag));
  }
  return out;
}

bool has_tag(const json& service, const std::string& tag) {
  for (const json& target : part(service, "traffic", json::array())) {
    if (text_in(target, "tag") == tag) return true;
  }
  return false;
}

}  // namespace cloudrun

using nlohmann::json;
using namespace cloudrun;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kOneWait{20};

std::int64_t generation_of(const json& service) {
  const std::string text = text_in(service, "generation");
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

CloudRunService::CloudRunService(CloudRunApi& api, SharedState state,
                                 std::string run, Patience patience,
                                 Clock& clock)
    : api_(api),
      state_(std::move(state)),
      run_(std::move(run)),
      patience_(patience),
      clock_(clock) {}

std::optional<json> CloudRunService::read() {
  constexpr int kTries = 6;
  Patient patient(clock_, kTrafficPatience);
  for (int tried = 1;; ++tried) {
    auto service = api_.service();
    if (!service) return std::nullopt;
    const std::int64_t generation = generation_of(*service);
    // Reads may be answered from a copy that lags behind.
    if (generation >= newest_ || tried == kTries) {
      newest_ = generation;
      return service;
    }
    patient.pause();
  }
}

json CloudRunService::required() {
  auto service = read();
  if (service) return std::move(*service);
  const auto& place = api_.place();
  throw AbortError(fmt::format(
      "reading Cloud Run service {}: there is none of that name in project {}, "
      "region {}; check service, project and region, or deploy it once",
      place.service, place.project, place.region));
}

CloudRunService::Updated CloudRunService::update(const Compose& compose) {
  constexpr int kTries = 40;  // as many workers as anybody has
  Patient patient(clock_, patience_.deploy);
  Updated updated;
  for (int tried = 0; tried < kTries && !patient.over(); ++tried) {
    updated.service = required();
    auto change = compose(updated.service);
    if (!change) return updated;
    change->body["etag"] = text_in(updated.service, "etag");
    updated.reply = api_.patch(change->body, change->mask);
    if (updated.reply.status == 404) {
      throw AbortError(fmt::format(
          "changing Cloud Run service {}: somebody has deleted it",
          api_.place().service));
    }
    if (updated.reply.status != 409) {
      updated.sent = true;
      if (updated.reply.ok()) newest_ = generation_of(updated.service) + 1;
      return updated;
    }
    // What we read was older than what is there.
    newest_ = std::max(newest_, generation_of(updated.service) + 1);
    patient.pause();
  }
  throw PlatformError(
      fmt::format("changing Cloud Run service {}: others keep changing it: {}",
                  api_.place().service, updated.reply.said()));
}

void CloudRunService::applied(const Compose& compose, const char* doing) {
  const Updated updated = update(compose);
  if (updated.sent) finish(updated.reply, doing);
}

// What came of it is read from the service: an operation also fails for what
// somebody else's revision did.
void CloudRunService::finish(const ApiReply& reply, const char* doing) {
  if (!reply.ok()) {
    throw PlatformError(fmt::format("{} of Cloud Run service {}: {} {}", doing,
                                    api_.place().service, reply.status,
                                    reply.said()));
  }
  const std::string operation = text_in(reply.json(), "name");
  Patient patient(clock_, patience_.deploy);
  while (!operation.empty() && !patient.over()) {
    const json now = api_.wait(operation, kOneWait);
    if (!now.is_object() || part(now, "done", json(false)) == true) return;
    patient.pause();
  }
}

bool CloudRunService::is_trial(const json& state,
                               const std::string& revision) const {
  return cloudrun::is_trial_name(api_.place().service, revision) &&
         !part(state, "served", json::object()).contains(revision);
}

json CloudRunService::base_of(const json& service) {
  const std::string named = named_in(service);
  const json known = state_.read();
  if (is_trial(known, named)) {
    // Another worker's trial stands in the service; what was there before is
    // kept, or can be told from the revision that serves.
    if (known.contains("stored")) return known["stored"]["template"];
    const auto serving = api_.revision(cloudrun::serving(service));
    if (serving) return cloudrun::template_of(*serving);
    return json::object();
  }
  json stored;
  stored["template"] = part(service, "template", json::object());
  stored["template"].erase("revision");
  stored["named"] = !named.empty();
  stored["revision"] = cloudrun::short_name(
      part(service, "latestCreatedRevision", json()));
  const auto own = [&](const json& traffic) {
    std::set<std::string> trials;
    for (const json& target : traffic) {
      const std::string revision = text_in(target, "revision");
      if (is_trial(known, revision)) trials.insert(revision);
    }
    return cloudrun::without(traffic, trials);
  };
  stored["traffic"] = own(part(service, "traffic", json::array()));
  stored["pinned"] = own(cloudrun::pinned(service));
  const json before = part(known, "stored", json::object());
  if (before.is_object() && before.contains("pinned")) {
    // Between two trials the traffic is as rung pinned it: that is not how it
    // was found.
    if (meaning(before["pinned"]) == meaning(stored["traffic"])) {
      stored["traffic"] = before["traffic"];
    }
    const bool same = before["template"] == stored["template"];
    if (is_trial(known, stored["revision"]) && same) {
      stored["revision"] = before["revision"];
    }
    // Put back by another worker, who has yet to take the name off again.
    if (same && named == text_in(before, "revision")) {
      stored["named"] = before["named"];
    }
  }
  if (is_trial(known, stored["revision"])) stored["revision"] = "";
  state_.change([&](json& state) { state["stored"] = stored; });
  return stored["template"];
}

std::optional<Refused> CloudRunService::start(const std::string& revision,
                                              const Bundle& bundle,
                                              const cloudrun::Shape& shape,
                                              bool first) {
  const std::string tag = cloudrun::tag_of(revision);
  json base, made;
  std::optional<Failure> impossible;
  const auto make = [&](const json& from) {
    auto answer = cloudrun::template_for(from, bundle, shape, revision);
    if (auto* failure = std::get_if<Failure>(&answer)) {
      impossible = std::move(*failure);
      return false;
    }
    made = std::get<json>(std::move(answer));
    return true;
  };
  ApiReply reply;
  if (first) {
    if (!make(json::object())) return Refused{*impossible, ""};
    reply = api_.create({{"template", made}});
    if (reply.status == 409 && named_in(required()) != revision) {
      throw PlatformError(fmt::format(
          "making Cloud Run service {}: somebody else has just made it",
          api_.place().service));
    }
  } else {
    const Updated updated =
        update([&](const json& service) -> std::optional<Change> {
          // It took effect, and its answer was lost.
          if (named_in(service) == revision || has_tag(service, tag)) {
            return std::nullopt;
          }
          base = base_of(service);
          if (!make(base)) return std::nullopt;
          return Change{{{"template", made},
                         {"traffic",
                          cloudrun::with_tag(cloudrun::pinned(service),
                                             revision, tag)}},
                        "template,traffic"};
        });
    if (impossible) return Refused{*impossible, ""};
    reply = updated.reply;
    if (updated.sent && !reply.ok()) {
      // Is it the release? The same without it has to be acceptable.
      const json service = required();
      const ApiReply check =
          api_.patch({{"template", base},
                      {"traffic", cloudrun::pinned(service)},
                      {"etag", text_in(service, "etag")}},
                     "template,traffic", true);
      if (!check.ok()) {
        throw PlatformError(
            fmt::format("changing Cloud Run service {}: it refuses even its "
                        "present settings: {}",
                        api_.place().service, check.said()));
      }
    }
  }
  if (reply.status == 404) {
    throw AbortError(fmt::format(
        "making Cloud Run service {}: no project {} or region {}",
        api_.place().service, api_.place().project, api_.place().region));
  }
  if (reply.status == 400) {
    const Judged verdict =
        cloudrun::judged_error({{"code", 3}, {"message", reply.said()}});
    return Refused{verdict.failure, ""};
  }
  return wait_ready(revision,
                    reply.ok() ? text_in(reply.json(), "name") : std::string(),
                    cloudrun::port_of(made));
}

std::optional<Refused> CloudRunService::wait_ready(
    const std::string& revision, const std::string& operation,
    std::uint16_t port) {
  const auto doing = [&] {
    return fmt::format("deploying Cloud Run revision {}", revision);
  };
  std::string waiting = operation;
  Patient patient(clock_, patience_.deploy);
  int missed = 0;
  for (;;) {
    json now;
    if (!waiting.empty()) now = api_.wait(waiting, kOneWait);
    if (!now.is_object()) waiting.clear();
    const auto made = api_.revision(revision);
    Judged verdict;
    if (made) {
      verdict = cloudrun::judged(*made);
      port = cloudrun::port_of(*made);
    } else if (now.is_object() && now.contains("error")) {
      verdict = cloudrun::judged_error(now["error"]);
    } else if (waiting.empty() || part(now, "done", json(false)) == true) {
      // Nobody makes it, and it is not there. One look may come too early.
      constexpr int kLooks = 6;
      missed = api_.service() ? 0 : missed + 1;
      if (missed == kLooks) {
        throw AbortError(fmt::format(
            "{}: somebody has deleted the Cloud Run service {}; deploy it once",
            doing(), api_.place().service));
      }
    }
    switch (verdict.told) {
      case Judged::Told::ready:
        return std::nullopt;
      case Judged::Told::failed: {
        CloudRunLog log(api_, revision, milliseconds(0), clock_);
        log.refresh(true);
        return Refused{verdict.failure, log.text()};
      }
      case Judged::Told::by_log:
        return explained_by_log(revision, port, verdict.said);
      case Judged::Told::nothing:
        throw PlatformError(fmt::format("{}: {}", doing(), verdict.said));
      case Judged::Told::hopeless:
        throw AbortError(fmt::format(
            "{}: {}; check what the service's account may do", doing(),
            verdict.said));
      case Judged::Told::wait:
        break;
    }
    if (patient.over()) {
      throw PlatformError(fmt::format(
          "{}: not decided within {} s: {}", doing(),
          std::chrono::duration_cast<std::chrono::seconds>(patience_.deploy)
              .count(),
          verdict.said));
    }
    patient.pause();
  }
}

Refused CloudRunService::explained_by_log(const std::string& revision,
                                          std::uint16_t port,
                                          const std::string& said) {
  CloudRunLog log(api_, revision, milliseconds(0), clock_);
  bool seen = false;
  constexpr int kReads = 4;
  std::optional<Failure> failure;
  for (int read = 0; read < kReads; ++read) {
    if (read > 0) clock_.sleep(patience_.log);
    log.refresh(true);
    failure = cloudrun::blamed(log.entries(), port);
    // That the process had ended may be told later than that it is silent.
    if (failure && (failure->stage == Stage::start || seen)) break;
    seen = failure.has_value();
  }
  return {failure.value_or(cloudrun::unexplained(said)), log.text()};
}

std::string CloudRunService::wait_for_url(const std::string& revision) {
  const std::string tag = cloudrun::tag_of(revision);
  Patient patient(clock_, kTrafficPatience);
  for (;;) {
    const json service = required();
    const std::string url = without_end_slash(cloudrun::tag_url(service, tag));
    if (!url.empty()) return url;
    if (!has_tag(service, tag)) {  // somebody has set the traffic anew
      applied(
          [&](const json& now) -> std::optional<Change> {
            if (has_tag(now, tag)) return std::nullopt;
            return Change{{{"traffic",
                            cloudrun::with_tag(cloudrun::pinned(now), revision,
                                               tag)}},
                          "traffic"};
          },
          "tagging a revision");
    }
    if (patient.over()) {
      throw PlatformError(fmt::format(
          "waiting for the address of Cloud Run revision {}: none came",
          revision));
    }
    patient.pause();
  }
}

}  // namespace rung
