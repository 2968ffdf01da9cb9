#include "tests/fakes/cloudrun_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/fakes/cloudrun_words.hpp"

namespace rung::fakes {

using namespace cloudrun;
using nlohmann::json;

json CloudRunServer::service_json() const {
  const auto full = [&](const std::string& revision) {
    return path() + "/revisions/" + revision;
  };
  const auto latest = revisions_.find(latest_created_);
  const bool pending = latest != revisions_.end() && !latest->second.decided;
  const bool failed =
      latest != revisions_.end() && latest->second.decided &&
      !latest->second.ready;
  json ready = condition(pending  ? "CONDITION_RECONCILING"
                         : failed ? "CONDITION_FAILED"
                                  : "CONDITION_SUCCEEDED",
                         created_);
  if (failed) {
    ready["reason"] = "REVISION_FAILED";
    ready["message"] =
        fmt::format("Revision '{}' is not ready and cannot serve traffic. {}",
                    latest_created_,
                    text_in(latest->second.condition, "message"));
  }
  std::string uri =
      fmt::format("https://{}-x-ew.a.run.app", settings_.service);
  if (const auto route = routes_.find("/"); route != routes_.end()) {
    uri = route->second->url();
  }
  json out = {{"name", path()},
              {"uid", uid_},
              {"generation", std::to_string(generation_)},
              {"observedGeneration", std::to_string(generation_)},
              {"labels", labels_},
              {"createTime", created_},
              {"updateTime", created_},
              {"ingress", "INGRESS_TRAFFIC_ALL"},
              {"launchStage", "GA"},
              {"template", template_},
              {"traffic", traffic_},
              {"trafficStatuses", statuses_},
              {"terminalCondition", ready},
              {"reconciling", pending},
              {"uri", uri},
              {"urls", {uri}},
              {"etag", fmt::format("\"{}\"", etag_)}};
  if (!latest_created_.empty()) {
    out["latestCreatedRevision"] = full(latest_created_);
  }
  if (!latest_ready_.empty()) out["latestReadyRevision"] = full(latest_ready_);
  return out;
}

json CloudRunServer::revision_json(const std::string& name,
                                   const Revision& revision) const {
  json out = without_name(revision.made_of);
  out.erase("healthCheckDisabled");
  out["name"] = path() + "/revisions/" + name;
  out["uid"] = "uid-" + name;
  out["service"] = settings_.service;
  out["generation"] = "1";
  out["createTime"] = revision.created;
  out["reconciling"] = !revision.decided;
  out["logUri"] = "https://console.cloud.google.com/logs/viewer";
  out["etag"] = "\"r\"";
  out["conditions"] = {
      revision.decided ? revision.condition
                       : condition("CONDITION_RECONCILING", revision.created)};
  return out;
}

json CloudRunServer::operation_json(const std::string& name) const {
  const Operation& operation = operations_.at(name);
  json out = {{"name", name},
              {"metadata",
               {{"@type",
                 "type.googleapis.com/google.cloud.run.v2.Service"}}}};
  const auto revision = revisions_.find(operation.revision);
  const bool waits =
      revision != revisions_.end() && !revision->second.decided;
  out["done"] = !waits;
  if (waits) return out;
  if (revision != revisions_.end() && !revision->second.ready) {
    // 9: FAILED_PRECONDITION.
    out["error"] = {
        {"code", 9},
        {"message",
         fmt::format("Revision '{}' is not ready and cannot serve traffic. {}",
                     operation.revision,
                     text_in(revision->second.condition, "message"))}};
    return out;
  }
  out["response"] = {
      {"@type", "type.googleapis.com/google.cloud.run.v2.Service"},
      {"name", path()}};
  return out;
}

ApiAnswer CloudRunServer::begin_operation(const std::string& revision) {
  const std::string name =
      fmt::format("projects/{}/locations/{}/operations/op-{}",
                  settings_.project, settings_.region, ++names_);
  operations_[name] = {revision, false};
  advance();
  return answer(operation_json(name));
}

ApiAnswer CloudRunServer::list_entries(const ApiCall& call) {
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object()) {
    return refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
  const std::string filter = text_in(body, "filter");
  const auto quoted = [&](const std::string& before) {
    const auto at = filter.find(before + "\"");
    if (at == filter.npos) return std::string();
    const auto from = at + before.size() + 1;
    return filter.substr(from, filter.find('"', from) - from);
  };
  const std::string revision = quoted("resource.labels.revision_name=");
  const std::string since = quoted("timestamp>=");
  json found = json::array();
  for (const Entry& entry : log_) {
    if (clock_.now() - entry.at < settings_.log_delay) continue;
    if (entry.json["resource"]["labels"]["revision_name"] != revision) continue;
    if (text_in(entry.json, "timestamp") < since) continue;
    found.push_back(entry.json);
  }
  const std::size_t size =
      std::min<std::size_t>(body.value("pageSize", std::size_t{50}), 1000);
  const std::string token = text_in(body, "pageToken");
  const std::size_t from =
      std::min(token.empty() ? 0 : std::stoul(token), found.size());
  const std::size_t end = std::min(from + size, found.size());
  json out = json::object();
  if (end > from) {
    out["entries"] = json(found.begin() + static_cast<long>(from),
                          found.begin() + static_cast<long>(end));
  }
  if (end < found.size()) out["nextPageToken"] = std::to_string(end);
  return answer(out);
}

ApiAnswer CloudRunServer::give_token(const ApiCall& call) {
  const json token = {{"access_token", settings_.token},
                      {"expires_in", 3599},
                      {"token_type", "Bearer"}};
  if (call.path != "/token") {
    const auto flavor = call.headers.find("metadata-flavor");
    if (flavor == call.headers.end() || flavor->second != "Google") {
      return {403, "Missing Metadata-Flavor:Google header.", {}};
    }
    ApiAnswer reply = answer(token);
    reply.headers["Metadata-Flavor"] = "Google";
    return reply;
  }
  const bool asked =
      call.body.find("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                     "jwt-bearer") != std::string::npos &&
      call.body.find("assertion=") != std::string::npos;
  if (asked) return answer(token);
  return answer({{"error", "invalid_grant"},
                 {"error_description", "Invalid JWT Signature."}},
                400);
}

}  // namespace rung::fakes
