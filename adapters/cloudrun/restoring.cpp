#include "adapters/cloudrun/service.hpp"

#include <fmt/format.h>

#include "adapters/cloudrun/reading.hpp"
#include "core/base/error.hpp"

namespace rung {

using nlohmann::json;
using namespace cloudrun;

namespace {

// The tags people use are kept, whoever gets the traffic.
json tags_of(const json& traffic) {
  json kept = json::array();
  for (json target : traffic) {
    if (text_in(target, "tag").empty()) continue;
    target["percent"] = 0;
    kept.push_back(std::move(target));
  }
  return kept;
}

json joined(json traffic, const json& more) {
  for (const json& target : more) traffic.push_back(target);
  return traffic;
}

/// The template that was stored, to be asked for until the service accepts it.
class StoredTemplate {
 public:
  json for_service(const json& service, const json& stored) {
    // A conflict although nothing has changed: the old revision's name cannot
    // be used again, so it gets a new one.
    unnamed_ = unnamed_ || etag_ == text_in(service, "etag");
    etag_ = text_in(service, "etag");
    json back = stored["template"];
    const std::string revision = text_in(stored, "revision");
    if (!unnamed_ && !revision.empty()) back["revision"] = revision;
    return back;
  }

 private:
  std::string etag_;  ///< when it was last asked for
  bool unnamed_ = false;
};

}  // namespace

std::size_t CloudRunService::take_away(
    const std::set<std::string>& revisions) {
  state_.change([&](json& state) {
    for (const std::string& revision : revisions) {
      state["trials"][revision]["withdrawn"] = true;
    }
  });
  std::set<std::string> gone = revisions;
  std::size_t removed = 0;
  if (const auto service = read()) {
    json state = state_.read();
    if (!state.contains("stored") && is_trial(state, named_in(*service))) {
      // The journal is lost: what serves is the best that is known.
      const std::string serving = cloudrun::serving(*service);
      if (const auto revision = api_.revision(serving)) {
        state["stored"] = {{"template", cloudrun::template_of(*revision)},
                           {"named", false},
                           {"revision", serving},
                           {"traffic", cloudrun::all_to(serving)},
                           {"pinned", cloudrun::all_to(serving)}};
      }
    }
    restore(state, revisions);
    const json trials = part(state, "trials", json::object());
    for (const auto& [name, trial] : trials.items()) {
      if (part(trial, "withdrawn", json(false)) == true) gone.insert(name);
    }
    for (auto it = gone.begin(); it != gone.end();) {
      const ApiReply reply = api_.remove_revision(*it);
      if (reply.ok()) {
        finish(reply, "removing a revision");
        ++removed;
      }
      // Refused while it is the latest: idle, it costs nothing, and whoever
      // takes the last trial away takes it too.
      it = reply.ok() || reply.status == 404 ? std::next(it) : gone.erase(it);
    }
    restore(state, revisions);  // "latest" may now be what it was
  }
  state_.change([&](json& state) {
    if (!state.contains("trials")) return;  // another worker took ours along
    for (const std::string& name : gone) state["trials"].erase(name);
    if (state["trials"].empty()) state.erase("trials");
  });
  return removed;
}

void CloudRunService::restore(const json& state,
                              const std::set<std::string>& gone) {
  StoredTemplate before;
  applied(
      [&](const json& service) -> std::optional<Change> {
        const json traffic = part(service, "traffic", json::array());
        const json rest = cloudrun::without(traffic, gone);
        const bool others =
            std::any_of(rest.begin(), rest.end(), [&](const json& target) {
              return !text_in(target, "tag").empty() &&
                     is_trial(state, text_in(target, "revision"));
            });
        const std::string named = named_in(service);
        const json stored = part(state, "stored", json::object());
        if (others || stored.empty()) {
          if (meaning(rest) == meaning(traffic)) return std::nullopt;
          return Change{{{"traffic", rest}}, "traffic"};
        }
        if (is_trial(state, named)) {
          return Change{{{"template", before.for_service(service, stored)},
                         {"traffic", rest}},
                        "template,traffic"};
        }
        Change change;
        // Left in place, the name would be in the way of the next deploy.
        if (!named.empty() && named == text_in(stored, "revision") &&
            stored["named"] == false) {
          change.body["template"] = {{"revision", ""}};
          change.mask = "template.revision";
        }
        const std::string latest = cloudrun::short_name(
            part(service, "latestReadyRevision", json()));
        const bool as_pinned = meaning(rest) == meaning(stored["pinned"]);
        const json wanted =
            as_pinned && !is_trial(state, latest) ? stored["traffic"] : rest;
        if (meaning(wanted) != meaning(traffic)) {
          change.body["traffic"] = wanted;
          change.mask += change.mask.empty() ? "traffic" : ",traffic";
        }
        if (change.mask.empty()) return std::nullopt;
        return change;
      },
      "putting back the template");
}

void CloudRunService::promote(const std::string& revision) {
  applied(
      [&](const json& service) -> std::optional<Change> {
        const json traffic = part(service, "traffic", json::array());
        const json wanted =
            joined(cloudrun::all_to(revision), tags_of(traffic));
        if (meaning(wanted) == meaning(traffic)) return std::nullopt;
        return Change{{{"traffic", wanted}}, "traffic"};
      },
      "moving the traffic");
  Patient patient(clock_, kTrafficPatience);
  for (;;) {
    const json service = required();
    if (cloudrun::serving(service) == revision) return;
    if (patient.over()) {
      throw PlatformError(fmt::format(
          "moving the traffic of Cloud Run service {} to {}: it did not move",
          api_.place().service, revision));
    }
    patient.pause();
  }
}

void CloudRunService::settle(const std::string& revision) {
  applied(
      [&](const json& service) -> std::optional<Change> {
        Change change;
        if (named_in(service) == revision) {
          change.body["template"] = {{"revision", ""}};
          change.mask = "template.revision,";
        }
        const json traffic = part(service, "traffic", json::array());
        const bool latest =
            cloudrun::short_name(part(service, "latestReadyRevision",
                                      json())) == revision;
        const json wanted =
            joined(latest ? cloudrun::all_to_latest()
                          : cloudrun::all_to(revision),
                   tags_of(cloudrun::without(traffic, {revision})));
        if (meaning(wanted) != meaning(traffic)) {
          change.body["traffic"] = wanted;
          change.mask += "traffic,";
        }
        if (change.mask.empty()) return std::nullopt;
        change.mask.pop_back();
        return change;
      },
      "unpinning the traffic");
}

void CloudRunService::put_back() {
  const json state = state_.read();
  const json serving = part(state, "serving", json::object());
  const std::string name = text_in(serving, "name");
  const std::string to = text_in(serving, "to");
  if (to.empty()) {
    // Somebody else may have made a service of this name before we could.
    const auto service = read();
    if (service && cloudrun::short_name(part(*service, "latestCreatedRevision",
                                             json())) == name) {
      remove_service();
    }
  } else {
    const json stored = state.at("stored");
    StoredTemplate before;
    applied(
        [&](const json& service) -> std::optional<Change> {
          return Change{{{"template", before.for_service(service, stored)},
                         {"traffic", stored["pinned"]}},
                        "template,traffic"};
        },
        "putting back what served");
    // Until nobody is sent to it any more, it must not be removed.
    Patient patient(clock_, kTrafficPatience);
    while (cloudrun::serving(required()) == name && !patient.over()) {
      patient.pause();
    }
    state_.change([&](json& now) {
      if (now.contains("served")) now["served"].erase(name);
    });
    take_away({name});
  }
  state_.change([&](json& now) {
    now.erase("serving");
    if (now.contains("trials")) now["trials"].erase(name);
    if (now.contains("served")) now["served"].erase(name);
  });
}

void CloudRunService::end() {
  const json state = state_.read();
  const auto service = read();
  if (!service) return;
  if (part(state, "created", json(false)) == true) {
    remove_service();
    state_.change([](json& now) { now = json::object(); });
    return;
  }
  const std::string live = cloudrun::serving(*service);
  if (!part(state, "served", json::object()).contains(live) ||
      !state.contains("foreign")) {
    return;
  }
  state_.change([&](json& now) {
    now["stored"] = now["foreign"]["stored"];
    now["serving"] = {{"name", live},
                      {"run", run_},
                      {"to", now["foreign"]["to"]}};
  });
  put_back();
  state_.change([](json& now) { now.erase("foreign"); });
}

void CloudRunService::remove_service() {
  const ApiReply reply = api_.remove_service();
  if (reply.status != 404) finish(reply, "removing");
  newest_ = 0;
  Patient patient(clock_, kTrafficPatience);
  while (api_.service() && !patient.over()) patient.pause();
}

}  // namespace rung
