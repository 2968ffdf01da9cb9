#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/model/clock.hpp"

namespace rung {

/// A request that changes something was sent and no whole answer came back: it
/// may have taken effect or not. Read before writing again.
class LostReply : public PlatformError {
  using PlatformError::PlatformError;
};

/// Whether the user's wish to stop ends a call. `no`: it takes down or puts
/// back, and goes on.
enum class Interrupt { yes, no };

struct ApiRequest {
  std::string method = "GET";
  std::string path;  ///< after the base URL, from '/', with its query
  std::string body = {};
  std::string content_type = "application/json";
  std::map<std::string, std::string> headers = {};
  /// For the whole answer; of a stream, without a byte coming.
  std::chrono::milliseconds timeout{std::chrono::seconds(30)};
  /// A 2xx body as it comes, instead of ApiReply::body; false ends it, which
  /// is no error.
  std::function<bool(std::string_view)> on_data = {};
  /// Doing it twice is doing it once. nullopt: as its method says (GET, HEAD,
  /// PUT, DELETE).
  std::optional<bool> repeatable = std::nullopt;
  Interrupt interrupt = Interrupt::yes;
  /// Asked about once a second while nothing comes, and when `wake` can be
  /// read from; true ends it as `on_data` can. From the thread of the call.
  std::function<bool()> enough = {};
  int wake = -1;  ///< a file, e.g. an eventfd(2); -1 = none
};

struct ApiReply {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// Discarded (`is_discarded()`) when the body is no JSON.
  [[nodiscard]] nlohmann::json json() const;
  /// What the platform said about an error: its "message", at whatever depth
  /// the platforms we speak to have it, or the body; one line, cut.
  [[nodiscard]] std::string said() const;
};

struct HttpApiSettings {
  std::string platform;  ///< for messages: "Render", "the Docker Engine"
  std::string base_url;  ///< "https://api.render.com/v1"
  std::string unix_socket = {};  ///< spoken to instead of the URL's host
  /// Headers that authorize; `renew` after a 401, once a call.
  std::function<std::map<std::string, std::string>(bool renew)> authorize = {};
  /// How long a call may go on trying in all.
  std::chrono::milliseconds patience{std::chrono::minutes(2)};
  /// What a 500 answer says is about the request (the Docker Engine), so it is
  /// returned as any other; 502 to 504 are not.
  bool says_500_for_errors = false;
};

/// One platform's HTTP API: retries what may be repeated (connection lost,
/// 5xx), waits as 429 asks, tells "not done" from "maybe done". Redirects are
/// not followed. Throws
/// - PlatformError: it could not be asked, within `patience`;
/// - LostReply: see there;
/// - AbortError for 401 (after renewing), 402 and 403: nobody else can mend it;
/// - Interrupted; but once sent, what may change something (all but GET and
///   HEAD, and what is read as it comes) is waited for: broken off, it might
///   take effect after what takes it back.
/// Every other status is returned. Messages name method and path without its
/// query, never headers or bodies sent. Not thread-safe.
class HttpApi {
 public:
  HttpApi(HttpApiSettings settings, Clock& clock);
  ~HttpApi();
  HttpApi(const HttpApi&) = delete;
  HttpApi& operator=(const HttpApi&) = delete;

  ApiReply call(const ApiRequest& request);
  /// Requests sent so far, retries included.
  [[nodiscard]] std::size_t calls() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rung
