#include "tests/fakes/cloudrun_server.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "tests/fakes/cloudrun_words.hpp"

namespace rung::fakes {

using namespace cloudrun;
using nlohmann::json;

// Times never repeat, so that sorting by them is the order of writing.
std::string CloudRunServer::now_text() {
  const std::int64_t micros = clock_.unix_ms() * 1000;
  ticks_ = std::max(ticks_ + 1, micros);
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
      fmt::gmtime(static_cast<std::time_t>(ticks_ / 1'000'000)),
      ticks_ % 1'000'000);
}

void CloudRunServer::write_log(const std::string& revision, const char* log,
                               const char* severity, const std::string& text) {
  const std::string at = now_text();
  log_.push_back(
      {clock_.now(),
       {{"timestamp", at},
        {"receiveTimestamp", at},
        {"severity", severity},
        {"logName", fmt::format("projects/{}/logs/run.googleapis.com%2F{}",
                                settings_.project, log)},
        {"insertId", fmt::format("e{:08}", ++entry_)},
        {"resource",
         {{"type", "cloud_run_revision"},
          {"labels",
           {{"service_name", settings_.service},
            {"location", settings_.region},
            {"revision_name", revision}}}}},
        {"textPayload", text}}});
}

// What the platform says of a revision that did not come up: reasons as
// documented, words as users report them.
void CloudRunServer::decide(const std::string& name, Revision& revision) {
  const CloudRunInstance::State state = revision.instance
                                            ? revision.instance->look()
                                            : CloudRunInstance::State::no_image;
  const json& container = revision.made_of["containers"][0];
  const auto port =
      container.contains("ports")
          ? container["ports"][0].value("containerPort", 8080)
          : 8080;
  const std::string at = now_text();
  json failed = condition("CONDITION_FAILED", at);
  failed["severity"] = "ERROR";
  const auto unhealthy = [&](const std::string& why) {
    failed["revisionReason"] = "HEALTH_CHECK_CONTAINER_ERROR";
    failed["message"] = why;
    revision.condition = failed;
  };
  const std::string not_listening = fmt::format(
      "The user-provided container failed to start and listen on the port "
      "defined provided by the PORT={} environment variable within the "
      "allocated timeout. This can happen when the container port is "
      "misconfigured or if the timeout is too short. The health check timeout "
      "can be extended. Logs for this revision might contain more information.",
      port);
  const json probe = container.value("startupProbe", json::object());
  const bool http = probe.contains("httpGet");
  const auto probe_line = [&](const std::string& met) {
    write_log(
        name, "varlog%2Fsystem", "ERROR",
        http ? fmt::format("STARTUP HTTP probe failed {} times consecutively "
                           "for container \"app-1\" on port {} path \"{}\". "
                           "The instance was not started.\n{}",
                           probe.value("failureThreshold", 1), port,
                           text_in(probe["httpGet"], "path"), met)
             : fmt::format("{} STARTUP TCP probe failed {} time consecutively "
                           "for container \"app-1\" on port {}. The instance "
                           "was not started.\n{}",
                           probe.empty() ? "Default" : "Custom",
                           probe.value("failureThreshold", 1), port, met));
  };
  const auto write_lines = [&] {
    for (const std::string& line : revision.instance->take_lines()) {
      write_log(name, "stderr", "DEFAULT", line);
    }
  };
  if (state != CloudRunInstance::State::starting)
    write_lines();  // before what they led to
  switch (state) {
    case CloudRunInstance::State::starting:
      return;
    case CloudRunInstance::State::ready:
    case CloudRunInstance::State::exited_later:
      revision.ready = true;
      revision.condition = condition("CONDITION_SUCCEEDED", at);
      break;
    case CloudRunInstance::State::no_image:
      failed["reason"] = "CONTAINER_MISSING";
      failed["message"] = fmt::format("Image '{}' not found.",
                                      text_in(container, "image"));
      revision.condition = failed;
      break;
    case CloudRunInstance::State::exited:
      write_log(name, "varlog%2Fsystem", "WARNING",
                fmt::format("Container called exit({}).",
                            revision.instance->code()));
      probe_line("Connection failed with status CANCELLED.");
      unhealthy(not_listening);
      break;
    case CloudRunInstance::State::no_listen:
      probe_line(http ? "Connection failed with status "
                        "ERROR_CONNECTION_FAILED."
                      : "Connection failed with status DEADLINE_EXCEEDED.");
      unhealthy(not_listening);
      break;
    case CloudRunInstance::State::unhealthy:
      probe_line(fmt::format("Probe failed with HTTP status {}.",
                             revision.instance->code()));
      unhealthy(
          "The user-provided container failed the configured startup probe "
          "checks. Logs for this revision might contain more information.");
      break;
    case CloudRunInstance::State::internal:
      failed["reason"] = "INTERNAL";
      failed["message"] = "Internal error encountered.";
      revision.condition = failed;
      break;
  }
  revision.decided = true;
  if (revision.ready && latest_created_ == name) latest_ready_ = name;
  if (!revision.ready) revision.instance.reset();  // its lines are written
  touch(false);
}

void CloudRunServer::advance() {
  for (auto& [name, revision] : revisions_) {
    const bool was_ready = revision.ready;
    if (!revision.decided) decide(name, revision);
    if (!revision.instance) continue;
    for (const std::string& line : revision.instance->take_lines()) {
      write_log(name, "stderr", "DEFAULT", line);
    }
    if (was_ready && !revision.told_exit &&
        revision.instance->look() == CloudRunInstance::State::exited_later) {
      revision.told_exit = true;
      write_log(name, "varlog%2Fsystem", "WARNING",
                fmt::format("Container called exit({}).",
                            revision.instance->code()));
    }
  }
  if (exists_) assign_traffic();
}

void CloudRunServer::assign_traffic() {
  json targets = traffic_;
  if (targets.empty()) {
    targets = {{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                {"percent", 100}}};
  }
  json now = json::array();
  for (json target : targets) {
    std::string revision = text_in(target, "revision");
    if (revision.empty()) revision = latest_ready_;
    const auto it = revisions_.find(revision);
    const bool ready = it != revisions_.end() && it->second.ready;
    const std::string tag = text_in(target, "tag");
    if (!ready) {
      // The last that served goes on serving.
      if (target.value("percent", 0) == 0) continue;
      now = json::array();
      for (const json& old : statuses_) {
        if (old.value("percent", 0) > 0) now.push_back(old);
      }
      break;
    }
    if (text_in(target, "revision").empty() == false) {
      target["revision"] = revision;
    }
    if (target.value("percent", 0) > 0) served_.insert(revision);
    if (settings_.routes) {
      const std::string key = tag.empty() ? "/" : tag;
      if (!tag.empty() || target.value("percent", 0) > 0) {
        auto& route = routes_[key];
        if (!route) route = std::make_unique<LoopbackRoute>();
        route->lead_to([instance = it->second.instance] {
          return instance ? instance->connect() : -1;
        });
        if (!tag.empty()) target["uri"] = route->url();
      }
    } else if (!tag.empty()) {
      target["uri"] = fmt::format("https://{}---{}-x-ew.a.run.app", tag,
                                  settings_.service);
    }
    now.push_back(std::move(target));
  }
  for (auto it = routes_.begin(); it != routes_.end();) {
    const bool used =
        it->first == "/" ||
        std::any_of(now.begin(), now.end(), [&](const json& status) {
          return text_in(status, "tag") == it->first;
        });
    it = used ? std::next(it) : routes_.erase(it);
  }
  if (now == statuses_) return;
  statuses_ = std::move(now);
  touch(false);
}

void CloudRunServer::note_trials() {
  std::set<std::string> tagged;
  for (const json& target : traffic_) {
    if (target.contains("tag") && target.value("percent", 0) == 0) {
      tagged.insert(text_in(target, "revision"));
    }
  }
  for (Facts::Trial& trial : trials_) {
    const bool still = tagged.erase(trial.revision) != 0;
    if (still || trial.ended != Clock::Time()) continue;
    trial.ended = clock_.now();
    const auto revision = revisions_.find(trial.revision);
    trial.judged = revision != revisions_.end() && revision->second.decided;
  }
  for (const std::string& revision : tagged) {
    trials_.push_back({revision, clock_.now(), {}, false});
  }
}

std::string CloudRunServer::begin_revision(const json& made_of) {
  std::string name = text_in(made_of, "revision");
  if (name.empty()) {
    name = fmt::format("{}-{:05}-abc", settings_.service, ++names_);
  }
  Revision revision;
  revision.made_of = made_of;
  revision.created = now_text();
  const json& container = made_of["containers"][0];
  CloudRunRevision run;
  run.name = name;
  run.service = settings_.service;
  run.image = text_in(container, "image");
  for (const char* key : {"command", "args"}) {
    for (const json& word : container.value(key, json::array())) {
      run.command.push_back(word);
    }
  }
  if (container.contains("ports")) {
    run.port = container["ports"][0].value("containerPort", std::uint16_t{8080});
  }
  const json probe = container.value("startupProbe", json::object());
  if (probe.contains("httpGet")) {
    run.probe_path = text_in(probe["httpGet"], "path");
    if (run.probe_path.empty()) run.probe_path = "/";
  }
  if (!probe.empty()) {
    run.start_deadline =
        std::chrono::seconds(probe.value("periodSeconds", 10) *
                             probe.value("failureThreshold", 3));
  }
  std::string missing;
  for (const json& entry : container.value("env", json::array())) {
    std::string value = text_in(entry, "value");
    if (entry.contains("valueSource")) {
      const std::string secret =
          text_in(entry["valueSource"]["secretKeyRef"], "secret");
      const auto it = settings_.secrets.find(secret);
      if (it == settings_.secrets.end()) {
        missing = secret;
      } else {
        value = it->second;
      }
    }
    run.env[text_in(entry, "name")] = value;
  }
  if (missing.empty()) {
    ++started_;
    ++started_by_image_[run.image];
    revision.instance = settings_.make(run);
  } else {
    revision.decided = true;
    revision.condition = condition("CONDITION_FAILED", now_text());
    revision.condition["reason"] = "SECRETS_ACCESS_CHECK_FAILED";
    revision.condition["message"] = fmt::format(
        "Secret projects/{}/secrets/{}/versions/latest was not found",
        settings_.project, missing);
  }
  revisions_[name] = std::move(revision);
  latest_created_ = name;
  return name;
}

}  // namespace rung::fakes
