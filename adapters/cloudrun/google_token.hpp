#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "core/base/secret.hpp"
#include "core/model/clock.hpp"

namespace rung {

/// Where Google credentials come from; the first that is set counts.
struct GoogleCredentials {
  Secret access_token;   ///< GOOGLE_OAUTH_ACCESS_TOKEN: used as it is
  std::string key_file;  ///< GOOGLE_APPLICATION_CREDENTIALS: a key's JSON
  /// GCE_METADATA_HOST: whom a machine of Google's asks; HOST or HOST:PORT.
  std::string metadata_host = "metadata.google.internal";
  static GoogleCredentials from_environment();
};

/// Access tokens for Google's APIs, asked for when needed and kept until they
/// are about to run out. Not thread-safe.
class GoogleToken {
 public:
  /// `clock` outlives this.
  GoogleToken(GoogleCredentials credentials, Clock& clock);
  ~GoogleToken();

  /// {"Authorization": "Bearer ..."}; `renew`: the last one was refused.
  /// Throws AbortError: no credentials, or they are not accepted;
  /// PlatformError: the token endpoint cannot be reached.
  std::map<std::string, std::string> headers(bool renew);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A JSON Web Token signed with RS256: what a service account proves itself
/// with. `key` is a PEM private key; times are seconds since 1970. Throws
/// AbortError for a key that cannot be read.
std::string signed_jwt(const std::string& claims_json,
                       const std::string& key_id, const Secret& key);

}  // namespace rung
