#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/http_api.hpp"
#include "core/model/clock.hpp"

namespace rung {

/// A Docker Engine (or Podman) behind its unix socket, in the newest version
/// of the API that both sides know. Throws as HttpApi does; AbortError when
/// nobody is there to talk to. Not thread-safe: one per thread.
class DockerEngine {
 public:
  /// `clock` outlives this.
  DockerEngine(std::string socket, Clock& clock);
  /// The same engine for another thread.
  [[nodiscard]] std::unique_ptr<DockerEngine> another() const;

  /// `request.path` is without the version. 500 is an answer like others.
  ApiReply call(ApiRequest request);
  ApiReply get(const std::string& path, Interrupt interrupt = Interrupt::yes);
  ApiReply post(const std::string& path, const nlohmann::json& body = nullptr,
                Interrupt interrupt = Interrupt::yes);
  ApiReply erase(const std::string& path);  ///< always to the end

  /// GET that must answer 200; nullopt for 404, PlatformError for the rest.
  std::optional<nlohmann::json> read(const std::string& path,
                                     Interrupt interrupt = Interrupt::yes);

  [[nodiscard]] const std::string& socket() const { return socket_; }
  /// It is Podman that answers.
  bool is_podman();

 private:
  const std::string& version();

  std::string socket_;
  Clock& clock_;
  HttpApi api_;
  std::string version_;  ///< "/v1.41"; "" = not asked yet
  bool podman_ = false;  ///< known with the version
};

/// The newest version both speak, "/v1.44"; AbortError when there is none.
/// `newest` and `oldest` are what the engine says, "1.41"; "" = unknown.
std::string agreed_docker_version(const std::string& newest,
                                  const std::string& oldest);

/// How often what a lost answer leaves open is tried.
inline constexpr int kDockerTries = 4;

/// Whether an engine's message holds these words: it has no codes.
inline bool says(std::string_view message, std::string_view words) {
  return message.find(words) != message.npos;
}

/// "asking the Docker Engine for WHAT: STATUS what it said".
[[noreturn]] void throw_docker_answer(const std::string& doing,
                                      const ApiReply& reply);

}  // namespace rung
