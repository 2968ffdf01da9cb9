#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/cloudrun/google_token.hpp"
#include "adapters/http/http_api.hpp"
#include "core/model/clock.hpp"

namespace rung {

/// A line of Cloud Logging.
struct CloudLogEntry {
  std::string time;  ///< RFC 3339, as the platform wrote it
  std::string id;    ///< insertId
  std::string log;   ///< "stdout", "stderr", "system" (the platform's own), ...
  std::string text;
};

/// One Cloud Run service, and the calls rung makes about it. Sources: the
/// Admin API v2 and Cloud Logging API v2. What HttpApi throws it throws; and
/// AbortError or PlatformError for statuses that it does not return.
class CloudRunApi {
 public:
  struct Place {
    std::string project, region, service;
    std::string base_url, logging_url;  ///< without /v2
    std::chrono::milliseconds patience;  ///< how long a call may be retried
  };
  /// `token` and `clock` outlive this.
  CloudRunApi(Place place, GoogleToken& token, Clock& clock);

  [[nodiscard]] const Place& place() const { return place_; }

  /// nullopt: there is none.
  std::optional<nlohmann::json> service();
  std::optional<nlohmann::json> revision(const std::string& name);
  /// Newest first; all pages, at most about 1000.
  std::vector<nlohmann::json> revisions();
  /// 200 (an operation), 400, 404 or 409. REQUIRES: `body` has an etag, so that
  /// doing it twice is doing it once.
  ApiReply patch(const nlohmann::json& body, const std::string& mask,
                 bool validate_only = false);
  /// POST of the service itself: 200, 400, 404 or 409 (it exists).
  ApiReply create(const nlohmann::json& body);
  /// 200, 404, or a 4xx that says why not.
  ApiReply remove_revision(const std::string& name);
  ApiReply remove_service();
  /// An operation as it stands after `at_most`, or as soon as it is done; null
  /// when the platform does not know it any more.
  nlohmann::json wait(const std::string& operation,
                      std::chrono::seconds at_most);
  /// What a revision and the platform wrote since `since` (RFC 3339, "" = from
  /// the beginning), oldest first.
  std::vector<CloudLogEntry> entries(const std::string& revision,
                                     const std::string& since);
  [[nodiscard]] std::size_t calls() const;

 private:
  [[nodiscard]] std::string base() const;
  [[nodiscard]] std::string named() const;

  Place place_;
  HttpApi run_, logging_;
};

}  // namespace rung
