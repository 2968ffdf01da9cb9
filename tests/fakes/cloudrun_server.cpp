#include "tests/fakes/cloudrun_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/fakes/cloudrun_words.hpp"

namespace rung::fakes {

using namespace cloudrun;
using nlohmann::json;

CloudRunServer::CloudRunServer(Settings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      template_(json::object()),
      traffic_(json::array()),
      statuses_(json::array()),
      labels_(json::object()) {}

std::string CloudRunServer::path() const {
  return fmt::format("projects/{}/locations/{}/services/{}", settings_.project,
                     settings_.region, settings_.service);
}

void CloudRunServer::touch(bool spec) {
  ++etag_;
  if (spec) ++generation_;
}

bool CloudRunServer::authorized(const ApiCall& call) const {
  const auto it = call.headers.find("authorization");
  return settings_.token.empty() ||
         (it != call.headers.end() && it->second == "Bearer " + settings_.token);
}

ApiAnswer CloudRunServer::operator()(const ApiCall& call) {
  const std::lock_guard lock(mutex_);
  bodies_ += call.target + "\n" + (call.path == "/token" ? "" : call.body) + "\n";
  if (call.path == "/token" ||
      call.path.rfind("/computeMetadata/", 0) == 0) {
    return give_token(call);
  }
  if (!authorized(call)) {
    return refusal(401, "UNAUTHENTICATED",
                   "Request had invalid authentication credentials.");
  }
  advance();
  const std::string base = fmt::format("/v2/projects/{}/locations/{}",
                                       settings_.project, settings_.region);
  ApiAnswer reply;
  if (call.path == "/v2/entries:list") {
    reply = list_entries(call);
  } else if (call.path == base + "/services" && call.method == "POST") {
    reply = create(call);
  } else if (call.path == "/v2/" + path()) {
    reply = call.method == "PATCH" ? patch(call) : service_call(call);
  } else if (const std::string all = "/v2/" + path() + "/revisions";
             call.path.rfind(all, 0) == 0) {
    reply = revision_call(call, call.path.size() > all.size()
                                    ? call.path.substr(all.size() + 1)
                                    : std::string());
  } else if (call.path.rfind(base + "/operations/", 0) == 0) {
    reply = operation_call(call);
  } else {
    reply = refusal(404, "NOT_FOUND",
                    "Requested entity was not found.");
  }
  return reply;
}

ApiAnswer CloudRunServer::patch(const ApiCall& call) {
  if (!exists_) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'SERVICE' in region '{}' "
                               "in project '{}' does not exist.",
                               settings_.service, settings_.region,
                               settings_.project));
  }
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object()) {
    return refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
  const std::string etag = text_in(body, "etag");
  const std::string current = fmt::format("\"{}\"", etag_);
  if (!etag.empty() && etag != current) {
    return refusal(409, "ABORTED",
                   fmt::format("Conflict for resource '{}': version '{}' was "
                               "specified but current version is '{}'.",
                               settings_.service, etag, current));
  }
  const std::string mask = "," + call.asked("updateMask") + ",";
  const auto masked = [&](const char* field) {
    return mask == ",," || mask.find(fmt::format(",{},", field)) != mask.npos;
  };
  json wanted = template_;
  if (masked("template")) wanted = body.value("template", json::object());
  if (masked("template.revision")) {
    const std::string name =
        text_in(body.value("template", json::object()), "revision");
    wanted["revision"] = name;
  }
  if (text_in(wanted, "revision").empty()) wanted.erase("revision");
  const json traffic =
      masked("traffic") ? body.value("traffic", json::array()) : traffic_;
  if (const auto wrong = wrong_with(wanted)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  const std::string name = text_in(wanted, "revision");
  const auto known = revisions_.find(name);
  if (!name.empty() && known != revisions_.end() &&
      without_name(known->second.made_of) != without_name(wanted)) {
    return refusal(409, "ALREADY_EXISTS",
                   fmt::format("Revision named '{}' with different "
                               "configuration already exists.",
                               name));
  }
  if (const auto wrong = wrong_with_traffic(traffic, name)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  if (call.asked("validateOnly") == "true") return begin_operation("");
  std::string waits;
  if (!name.empty() && known != revisions_.end()) {
    latest_created_ = name;
    if (known->second.ready) latest_ready_ = name;
  } else if (!name.empty() ||
             without_name(wanted) != without_name(template_)) {
    waits = begin_revision(wanted);
  }
  template_ = wanted;
  traffic_ = traffic;
  note_trials();
  touch(true);
  return begin_operation(waits);
}

ApiAnswer CloudRunServer::create(const ApiCall& call) {
  if (exists_) {
    return refusal(409, "ALREADY_EXISTS",
                   fmt::format("Resource '{}' already exists.",
                               settings_.service));
  }
  const json body = json::parse(call.body, nullptr, false);
  if (!body.is_object() || call.asked("serviceId") != settings_.service) {
    return refusal(400, "INVALID_ARGUMENT", "serviceId: unknown to this fake");
  }
  const json wanted = body.value("template", json::object());
  if (const auto wrong = wrong_with(wanted)) {
    return refusal(400, "INVALID_ARGUMENT", *wrong);
  }
  exists_ = true;
  uid_ = fmt::format("uid-{}", ++names_);
  created_ = now_text();
  labels_ = body.value("labels", json::object());
  template_ = wanted;
  traffic_ = body.value("traffic", json::array());
  statuses_ = json::array();
  generation_ = 0;
  touch(true);
  const std::string revision = begin_revision(wanted);
  return begin_operation(revision);
}

ApiAnswer CloudRunServer::service_call(const ApiCall& call) {
  if (!exists_) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'SERVICE' does not "
                               "exist.",
                               settings_.service));
  }
  if (call.method == "GET") return answer(service_json());
  exists_ = false;
  revisions_.clear();
  routes_.clear();
  latest_created_.clear();
  latest_ready_.clear();
  return begin_operation("");
}

ApiAnswer CloudRunServer::revision_call(const ApiCall& call,
                                        const std::string& name) {
  if (name.empty()) {
    json all = json::array();
    for (const auto& [each, revision] : revisions_) {
      all.push_back(revision_json(each, revision));
    }
    std::sort(all.begin(), all.end(), [](const json& a, const json& b) {
      return text_in(a, "createTime") > text_in(b, "createTime");
    });
    // Small pages, so that whoever reads only the first is found out.
    constexpr std::size_t kPage = 3;
    const std::string page = call.asked("pageToken", "0");
    const std::size_t from = std::min(std::stoul(page), all.size());
    const std::size_t end = std::min(from + kPage, all.size());
    json out = {{"revisions", json(all.begin() + static_cast<long>(from),
                                   all.begin() + static_cast<long>(end))}};
    if (end < all.size()) out["nextPageToken"] = std::to_string(end);
    return answer(out);
  }
  const auto it = revisions_.find(name);
  if (it == revisions_.end()) {
    return refusal(404, "NOT_FOUND",
                   fmt::format("Resource '{}' of kind 'REVISION' does not "
                               "exist.",
                               name));
  }
  if (call.method == "GET") return answer(revision_json(name, it->second));
  const bool used =
      std::any_of(traffic_.begin(), traffic_.end(), [&](const json& target) {
        return text_in(target, "revision") == name;
      }) ||
      std::any_of(statuses_.begin(), statuses_.end(), [&](const json& target) {
        return text_in(target, "revision") == name;
      });
  if (used || (settings_.keeps_latest && latest_created_ == name)) {
    return refusal(400, "FAILED_PRECONDITION",
                   fmt::format("Revision '{}' is in use.", name));
  }
  revisions_.erase(it);
  if (latest_ready_ == name) {
    for (const json& status : statuses_) {
      if (status.value("percent", 0) > 0) {
        latest_ready_ = text_in(status, "revision");
      }
    }
  }
  return begin_operation("");
}

ApiAnswer CloudRunServer::operation_call(const ApiCall& call) {
  std::string name = call.path.substr(4);
  const std::string wait = ":wait";
  if (name.ends_with(wait)) name.resize(name.size() - wait.size());
  if (operations_.count(name) == 0) {
    return refusal(404, "NOT_FOUND", "Operation does not exist.");
  }
  // It may return early, and does.
  return answer(operation_json(name));
}

void CloudRunServer::forget_service() {
  const std::lock_guard lock(mutex_);
  exists_ = false;
  revisions_.clear();
  routes_.clear();
}

std::string CloudRunServer::deploy_by_other(
    const std::string& image, std::map<std::string, std::string> env) {
  const std::lock_guard lock(mutex_);
  json made = without_name(template_);
  made["containers"][0]["image"] = image;
  json& variables = made["containers"][0]["env"];
  for (const auto& [name, value] : env) {
    std::erase_if(variables.get_ref<json::array_t&>(), [&](const json& one) {
      return text_in(one, "name") == name;
    });
    variables.push_back({{"name", name}, {"value", value}});
  }
  // gcloud run deploy leaves the split as it is, as people expect who pinned
  // it; here the other one wants all of it.
  const std::string name = begin_revision(made);
  template_ = made;
  traffic_ = json::array({{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                           {"percent", 100}}});
  touch(true);
  advance();
  return name;
}

void CloudRunServer::seed(const std::string& image,
                          const std::map<std::string, std::string>& env,
                          std::uint16_t port) {
  const std::lock_guard lock(mutex_);
  json container = {{"image", image},
                    {"ports", {{{"name", "http1"}, {"containerPort", port}}}},
                    {"env", json::array()}};
  for (const auto& [name, value] : env) {
    container["env"].push_back({{"name", name}, {"value", value}});
  }
  exists_ = true;
  uid_ = "uid-0";
  created_ = now_text();
  labels_ = json::object();
  statuses_ = json::array();
  template_ = {{"containers", {container}},
               {"timeout", "300s"},
               {"maxInstanceRequestConcurrency", 80}};
  traffic_ = json::array({{{"type", "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"},
                           {"percent", 100}}});
  touch(true);
  begin_revision(template_);
  advance();
}

CloudRunServer::Facts CloudRunServer::facts() {
  const std::lock_guard lock(mutex_);
  advance();
  Facts facts;
  facts.exists = exists_;
  facts.template_ = template_;
  facts.traffic = traffic_;
  facts.started = started_;
  facts.started_by_image = started_by_image_;
  facts.served = served_;
  facts.trials = trials_;
  for (const auto& [name, revision] : revisions_) {
    facts.revisions.push_back(name);
    facts.quiet = facts.quiet && revision.decided;
  }
  if (!exists_) return facts;
  facts.uri = text_in(service_json(), "uri");
  for (const json& status : statuses_) {
    if (status.value("percent", 0) == 100) {
      facts.serving = text_in(status, "revision");
      if (facts.serving.empty()) facts.serving = latest_ready_;
      const auto it = revisions_.find(facts.serving);
      if (it != revisions_.end()) {
        facts.serving_image =
            text_in(it->second.made_of["containers"][0], "image");
      }
    }
  }
  for (const json& target : traffic_) {
    if (target.contains("tag")) {
      facts.tagged.push_back(text_in(target, "revision"));
    }
  }
  return facts;
}

void CloudRunServer::set_token(const std::string& token) {
  const std::lock_guard lock(mutex_);
  settings_.token = token;
}

std::string CloudRunServer::bodies() const {
  const std::lock_guard lock(mutex_);
  return bodies_;
}

}  // namespace rung::fakes
