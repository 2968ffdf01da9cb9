#include "adapters/cloudrun/google_token.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapters/http/http_api.hpp"
#include "adapters/process/environment.hpp"
#include "core/base/error.hpp"
#include "core/text/base64.hpp"
#include "core/text/percent.hpp"

namespace rung {
namespace {

using nlohmann::json;

// Source: Google's "Using OAuth 2.0 for Server to Server Applications".
constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr std::int64_t kLifeSeconds = 3600;
constexpr std::chrono::seconds kSpare{60};

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// What a refused proof of identity most often comes of. Google's own time is
/// in its answer.
std::string why_no_grant(const ApiReply& reply, const Clock& clock) {
  if (reply.body.find("invalid_grant") == std::string::npos) return "";
  const auto date = reply.headers.find("date");
  const std::time_t theirs =
      date == reply.headers.end()
          ? -1
          : ::curl_getdate(date->second.c_str(), nullptr);
  constexpr std::int64_t kMostOff = 60;
  const std::int64_t off = theirs < 0 ? 0 : clock.unix_ms() / 1000 - theirs;
  if (off > kMostOff || off < -kMostOff) {
    return fmt::format(
        "; this machine's clock is {} s {}: set it (timedatectl set-ntp true)",
        off < 0 ? -off : off, off < 0 ? "behind" : "ahead");
  }
  return "; the key was deleted or disabled, or this machine's clock is off";
}

struct Split {
  std::string origin, path;
};

Split split(const std::string& url) {
  const auto scheme = url.find("://");
  const auto slash =
      scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), url.substr(slash)};
}

}  // namespace

GoogleCredentials GoogleCredentials::from_environment() {
  GoogleCredentials found;
  found.access_token = Secret(own_variable("GOOGLE_OAUTH_ACCESS_TOKEN"));
  found.key_file = own_variable("GOOGLE_APPLICATION_CREDENTIALS");
  found.metadata_host = own_variable("GCE_METADATA_HOST");
  if (found.metadata_host.empty()) {
    found.metadata_host = "metadata.google.internal";
  }
  return found;
}

std::string signed_jwt(const std::string& claims_json,
                       const std::string& key_id, const Secret& key) {
  const std::string& pem = key.reveal();
  const std::unique_ptr<BIO, FreeKey> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<EVP_PKEY, FreeKey> secret(
      bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr)
          : nullptr);
  if (!secret || EVP_PKEY_get_base_id(secret.get()) != EVP_PKEY_RSA) {
    throw AbortError(
        "reading the service account's key: its private_key is not an RSA key "
        "in PEM form; download the key file again");
  }
  const json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key_id}};
  const std::string text =
      base64url(header.dump()) + "." + base64url(claims_json);
  const std::unique_ptr<EVP_MD_CTX, FreeKey> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                         secret.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    throw AbortError("signing with the service account's key: OpenSSL refuses");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(),
                     reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, text.size()) != 1) {
    throw AbortError("signing with the service account's key: OpenSSL refuses");
  }
  return text + "." + base64url(signature.substr(0, size));
}

struct GoogleToken::State {
  GoogleCredentials credentials;
  Clock& clock;
  Secret token = {};
  Clock::Time until = {};

  void keep(const ApiReply& reply, const std::string& whence) {
    const json answer = reply.json();
    if (!reply.ok() || !answer.is_object() ||
        !answer.value("access_token", json()).is_string()) {
      throw AbortError(fmt::format("asking {} for an access token: {} {}{}",
                                   whence, reply.status,
                                   reply.ok() ? "without a token" : reply.said(),
                                   why_no_grant(reply, clock)));
    }
    token = Secret(answer["access_token"].get<std::string>());
    const json life = answer.value("expires_in", json());
    until = clock.now() + std::chrono::seconds(life.is_number_integer()
                                                   ? life.get<std::int64_t>()
                                                   : kLifeSeconds) -
            kSpare;
  }

  [[nodiscard]] json key() const {
    std::ifstream in(credentials.key_file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    json key = json::parse(text, nullptr, false);
    for (const char* name :
         {"client_email", "private_key", "private_key_id", "token_uri"}) {
      if (!key.is_object() || !key.value(name, json()).is_string()) {
        throw AbortError(
            fmt::format("reading {}: {} (GOOGLE_APPLICATION_CREDENTIALS needs "
                        "the JSON key of a service account)",
                        credentials.key_file,
                        !in.is_open() ? "it cannot be opened"
                                      : fmt::format("it has no \"{}\"", name)));
      }
    }
    return key;
  }

  void by_key() {
    const json account = key();
    const std::string uri = account["token_uri"];
    const std::int64_t now = clock.unix_ms() / 1000;
    const json claims = {{"iss", account["client_email"]},
                         {"scope", kScope},
                         {"aud", uri},
                         {"iat", now},
                         {"exp", now + kLifeSeconds}};
    const auto [origin, path] = split(uri);
    HttpApi api({.platform = "Google's token service", .base_url = origin},
                clock);
    ApiRequest request;
    request.method = "POST";
    request.path = path;
    request.content_type = "application/x-www-form-urlencoded";
    request.body =
        "grant_type=" +
        percent_encoded("urn:ietf:params:oauth:grant-type:jwt-bearer") +
        "&assertion=" +
        signed_jwt(claims.dump(), account["private_key_id"],
                   Secret(account["private_key"].get<std::string>()));
    request.repeatable = true;
    keep(api.call(request), "Google's token service");
  }

  void by_machine() {
    HttpApi api({.platform = "the metadata server",
                 .base_url = "http://" + credentials.metadata_host,
                 .patience = std::chrono::seconds(5)},
                clock);
    ApiRequest request;
    request.path =
        "/computeMetadata/v1/instance/service-accounts/default/token";
    request.headers["Metadata-Flavor"] = "Google";
    request.timeout = std::chrono::seconds(5);
    ApiReply reply;
    try {
      reply = api.call(request);
    } catch (const PlatformError&) {
      throw AbortError(fmt::format(
          "looking for Google credentials: no metadata server answers at {}, "
          "so this is not a Google machine; set GOOGLE_OAUTH_ACCESS_TOKEN "
          "(gcloud auth print-access-token) or GOOGLE_APPLICATION_CREDENTIALS",
          credentials.metadata_host));
    }
    const auto flavor = reply.headers.find("metadata-flavor");
    if (flavor == reply.headers.end() || flavor->second != "Google") {
      throw AbortError(
          fmt::format("looking for Google credentials: what answers at {} is "
                      "not a metadata server",
                      credentials.metadata_host));
    }
    keep(reply, "the metadata server");
  }
};

GoogleToken::GoogleToken(GoogleCredentials credentials, Clock& clock)
    : state_(new State{std::move(credentials), clock}) {}
GoogleToken::~GoogleToken() = default;

std::map<std::string, std::string> GoogleToken::headers(bool renew) {
  State& state = *state_;
  if (!state.credentials.access_token.empty()) {
    if (renew) {
      throw AbortError(
          "asking Cloud Run: it does not accept GOOGLE_OAUTH_ACCESS_TOKEN; the "
          "token has most likely expired (gcloud auth print-access-token makes "
          "a new one)");
    }
    state.token = state.credentials.access_token;
  } else if (renew || state.token.empty() ||
             state.clock.now() >= state.until) {
    if (state.credentials.key_file.empty()) {
      state.by_machine();
    } else {
      state.by_key();
    }
  }
  return {{"Authorization", "Bearer " + state.token.reveal()}};
}

}  // namespace rung
