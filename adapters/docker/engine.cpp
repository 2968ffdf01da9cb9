#include "adapters/docker/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/base/error.hpp"

namespace rung {
namespace {

using Version = std::pair<int, int>;

// Tried against real engines (Docker 20.10, Podman 4.3): 1.41; read against the
// specification: 1.44.
constexpr Version kOldest{1, 41}, kNewest{1, 44};

std::optional<Version> version_from(const std::string& text) {
  Version version;
  if (std::sscanf(text.c_str(), "%d.%d", &version.first, &version.second) != 2) {
    return std::nullopt;
  }
  return version;
}

HttpApiSettings settings_for(const std::string& socket) {
  HttpApiSettings settings;
  settings.platform = "the Docker Engine";
  settings.base_url = "http://docker";
  settings.unix_socket = socket;
  settings.says_500_for_errors = true;
  settings.patience = std::chrono::minutes(1);
  return settings;
}

}  // namespace

std::string agreed_docker_version(const std::string& newest,
                                  const std::string& oldest) {
  const Version theirs = version_from(newest).value_or(kOldest);
  const Version least = version_from(oldest).value_or(Version{1, 0});
  const Version agreed = std::min(theirs, kNewest);
  if (agreed < kOldest || agreed < least) {
    throw AbortError(fmt::format(
        "asking the Docker Engine: it speaks API {} to {}, rung {}.{} to "
        "{}.{}; use an engine in between (Docker 20.10 or later)",
        oldest.empty() ? "?" : oldest, newest.empty() ? "?" : newest,
        kOldest.first, kOldest.second, kNewest.first, kNewest.second));
  }
  return fmt::format("/v{}.{}", agreed.first, agreed.second);
}

void throw_docker_answer(const std::string& doing, const ApiReply& reply) {
  throw PlatformError(
      fmt::format("{}: {} {}", doing, reply.status, reply.said()));
}

DockerEngine::DockerEngine(std::string socket, Clock& clock)
    : socket_(std::move(socket)),
      clock_(clock),
      api_(settings_for(socket_), clock) {}

std::unique_ptr<DockerEngine> DockerEngine::another() const {
  auto other = std::make_unique<DockerEngine>(socket_, clock_);
  other->version_ = version_;
  other->podman_ = podman_;
  return other;
}

const std::string& DockerEngine::version() {
  if (!version_.empty()) return version_;
  ApiRequest ping;
  ping.path = "/_ping";
  ping.interrupt = Interrupt::no;
  const ApiReply answer = api_.call(ping);
  if (!answer.ok()) throw_docker_answer("asking the Docker Engine", answer);
  podman_ = answer.headers.contains("libpod-api-version");
  const auto header = answer.headers.find("api-version");
  std::string newest =
      header == answer.headers.end() ? "" : header->second, oldest;
  if (const auto v = version_from(newest); !v || *v > kNewest) {
    // Only here does it matter what the oldest is that it takes.
    ApiRequest asked;
    asked.path = "/version";
    asked.interrupt = Interrupt::no;
    const nlohmann::json said = api_.call(asked).json();
    if (said.is_object()) {
      if (newest.empty()) newest = said.value("ApiVersion", "");
      oldest = said.value("MinAPIVersion", "");
    }
  }
  version_ = agreed_docker_version(newest, oldest);
  return version_;
}

bool DockerEngine::is_podman() {
  version();
  return podman_;
}

ApiReply DockerEngine::call(ApiRequest request) {
  request.path = version() + request.path;
  ApiReply reply = api_.call(request);
  // Podman answers 500 if a container goes while it looks at it. Source:
  // libpod/define/errors.go, ErrNoSuchCtr and its relatives.
  if (reply.status == 500 && says(reply.said(), "no such container")) {
    reply.status = 404;
  }
  return reply;
}

ApiReply DockerEngine::get(const std::string& path, Interrupt interrupt) {
  ApiRequest request;
  request.path = path;
  request.interrupt = interrupt;
  return call(std::move(request));
}

ApiReply DockerEngine::post(const std::string& path,
                            const nlohmann::json& body, Interrupt interrupt) {
  ApiRequest request;
  request.method = "POST";
  request.path = path;
  if (!body.is_null()) {
    // Values of variables may be bytes that are no UTF-8.
    request.body =
        body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  request.interrupt = interrupt;
  request.timeout = std::chrono::minutes(2);
  return call(std::move(request));
}

ApiReply DockerEngine::erase(const std::string& path) {
  ApiRequest request;
  request.method = "DELETE";
  request.path = path;
  request.interrupt = Interrupt::no;
  request.timeout = std::chrono::minutes(2);
  return call(std::move(request));
}

std::optional<nlohmann::json> DockerEngine::read(const std::string& path,
                                                 Interrupt interrupt) {
  const ApiReply reply = get(path, interrupt);
  if (reply.status == 404) return std::nullopt;
  const std::string doing = "asking the Docker Engine for GET " +
                            path.substr(0, path.find('?'));
  if (!reply.ok()) throw_docker_answer(doing, reply);
  nlohmann::json json = reply.json();
  if (json.is_discarded()) {
    throw PlatformError(doing + ": the answer is not JSON");
  }
  return json;
}

}  // namespace rung
