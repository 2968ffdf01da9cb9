#include "adapters/cloudrun/api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/http/json_members.hpp"
#include "core/base/error.hpp"
#include "core/text/percent.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

using nlohmann::json;

HttpApiSettings settings_of(const char* platform, const std::string& url,
                            std::chrono::milliseconds patience,
                            GoogleToken& token) {
  HttpApiSettings settings;
  settings.platform = platform;
  settings.base_url = url;
  settings.patience = patience;
  settings.authorize = [&token](bool renew) { return token.headers(renew); };
  return settings;
}

json object_of(const ApiReply& reply, const std::string& doing) {
  json answer = reply.json();
  if (reply.ok() && answer.is_object()) return answer;
  throw PlatformError(
      fmt::format("{}: {} {}", doing, reply.status,
                  reply.ok() ? "with a body that is not JSON" : reply.said()));
}

CloudLogEntry entry_of(const json& entry) {
  CloudLogEntry out;
  out.time = text_in(entry, "timestamp");
  out.id = text_in(entry, "insertId");
  // "projects/p/logs/run.googleapis.com%2Fvarlog%2Fsystem"
  const std::string log = text_in(entry, "logName");
  const auto slash = log.rfind("%2F");
  out.log = slash == std::string::npos ? log : log.substr(slash + 3);
  out.text = text_in(entry, "textPayload");
  if (const auto payload = entry.find("jsonPayload"); payload != entry.end()) {
    out.text = text_in(*payload, "message");
    if (out.text.empty()) {
      out.text = payload->dump(-1, ' ', false,
                               json::error_handler_t::replace);
    }
  }
  out.text = valid_utf8(out.text);
  while (out.text.ends_with('\n')) out.text.pop_back();
  return out;
}

}  // namespace

CloudRunApi::CloudRunApi(Place place, GoogleToken& token, Clock& clock)
    : place_(std::move(place)),
      run_(settings_of("Cloud Run", place_.base_url, place_.patience, token), clock),
      logging_(settings_of("Cloud Logging", place_.logging_url, place_.patience,
                           token),
               clock) {}

std::size_t CloudRunApi::calls() const {
  return run_.calls() + logging_.calls();
}

std::string CloudRunApi::base() const {
  return fmt::format("/v2/projects/{}/locations/{}/services",
                     percent_encoded(place_.project),
                     percent_encoded(place_.region));
}

std::string CloudRunApi::named() const {
  return base() + "/" + percent_encoded(place_.service);
}

std::optional<json> CloudRunApi::service() {
  ApiRequest request;
  request.path = named();
  const ApiReply reply = run_.call(request);
  if (reply.status == 404) return std::nullopt;
  return object_of(reply, "reading service " + place_.service);
}

std::optional<json> CloudRunApi::revision(const std::string& name) {
  ApiRequest request;
  request.path = named() + "/revisions/" + percent_encoded(name);
  const ApiReply reply = run_.call(request);
  if (reply.status == 404) return std::nullopt;
  return object_of(reply, "reading revision " + name);
}

std::vector<json> CloudRunApi::revisions() {
  std::vector<json> found;
  std::string page;
  do {
    ApiRequest request;
    request.path = named() + "/revisions?pageSize=100";
    if (!page.empty()) request.path += "&pageToken=" + percent_encoded(page);
    const ApiReply reply = run_.call(request);
    if (reply.status == 404) return found;
    const json answer =
        object_of(reply, "listing the revisions of " + place_.service);
    for (const json& one : answer.value("revisions", json::array())) {
      found.push_back(one);
    }
    page = text_in(answer, "nextPageToken");
  } while (!page.empty());
  std::stable_sort(found.begin(), found.end(),
                   [](const json& a, const json& b) {
                     return text_in(a, "createTime") > text_in(b, "createTime");
                   });
  return found;
}

ApiReply CloudRunApi::patch(const json& body, const std::string& mask,
                            bool validate_only) {
  ApiRequest request;
  request.method = "PATCH";
  request.path = named() + "?updateMask=" + percent_encoded(mask);
  if (validate_only) request.path += "&validateOnly=true";
  request.body = body.dump();
  // The etag makes a second one a conflict, which is read as what it is.
  request.repeatable = true;
  return run_.call(request);
}

ApiReply CloudRunApi::create(const json& body) {
  ApiRequest request;
  request.method = "POST";
  request.path = base() + "?serviceId=" + percent_encoded(place_.service);
  request.body = body.dump();
  request.repeatable = true;  // names are unique: the second one is a 409
  return run_.call(request);
}

ApiReply CloudRunApi::remove_revision(const std::string& name) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = named() + "/revisions/" + percent_encoded(name);
  return run_.call(request);
}

ApiReply CloudRunApi::remove_service() {
  ApiRequest request;
  request.method = "DELETE";
  request.path = named();
  return run_.call(request);
}

json CloudRunApi::wait(const std::string& operation,
                       std::chrono::seconds at_most) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/v2/" + operation + ":wait";
  request.body = json{{"timeout", fmt::format("{}s", at_most.count())}}.dump();
  request.timeout = at_most + std::chrono::seconds(30);
  request.repeatable = true;
  const ApiReply reply = run_.call(request);
  if (reply.status == 404) return nullptr;
  return object_of(reply, "waiting for an operation of " + place_.service);
}

std::vector<CloudLogEntry> CloudRunApi::entries(const std::string& revision,
                                                const std::string& since) {
  std::string filter = fmt::format(
      "resource.type=\"cloud_run_revision\" AND "
      "resource.labels.service_name=\"{}\" AND "
      "resource.labels.location=\"{}\" AND "
      "resource.labels.revision_name=\"{}\"",
      place_.service, place_.region, revision);
  if (!since.empty()) filter += fmt::format(" AND timestamp>=\"{}\"", since);
  json body = {{"resourceNames", {"projects/" + place_.project}},
               {"filter", filter},
               {"orderBy", "timestamp asc"},
               {"pageSize", 1000}};
  std::vector<CloudLogEntry> found;
  constexpr int kMostPages = 50;  // more than a trial writes; not for ever
  for (int page = 0; page < kMostPages; ++page) {
    ApiRequest request;
    request.method = "POST";
    request.path = "/v2/entries:list";
    request.body = body.dump();
    request.repeatable = true;  // it only reads
    const json answer = object_of(logging_.call(request),
                                  "reading the log of revision " + revision);
    for (const json& entry : answer.value("entries", json::array())) {
      found.push_back(entry_of(entry));
    }
    const std::string next = text_in(answer, "nextPageToken");
    if (next.empty()) break;
    body["pageToken"] = next;
  }
  return found;
}

}  // namespace rung
