#include "adapters/cloudrun/google_token.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/base/error.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/shared_clock.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::google_token_test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

struct FreeEvp {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeEvp>;

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, FreeEvp> bio(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::vector<unsigned char> from_base64url(std::string text) {
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  std::size_t padding = 0;
  for (; text.size() % 4 != 0; ++padding) text += '=';
  std::vector<unsigned char> bytes(text.size() / 4 * 3);
  REQUIRE(EVP_DecodeBlock(bytes.data(),
                          reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size())) >= 0);
  bytes.resize(bytes.size() - padding);
  return bytes;
}

json part_of(const std::string& token, std::size_t index) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < index; ++i) from = token.find('.', from) + 1;
  const auto bytes =
      from_base64url(token.substr(from, token.find('.', from) - from));
  return json::parse(bytes.begin(), bytes.end());
}

bool signed_by(const std::string& token, EVP_PKEY* key) {
  const auto dot = token.rfind('.');
  const auto signature = from_base64url(token.substr(dot + 1));
  const std::unique_ptr<EVP_MD_CTX, FreeEvp> context(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                               key) == 1);
  return EVP_DigestVerify(
             context.get(), signature.data(), signature.size(),
             reinterpret_cast<const unsigned char*>(token.data()), dot) == 1;
}

/// Google's token service and a metadata server on one port.
class Givers {
 public:
  fakes::ApiAnswer operator()(const fakes::ApiCall& call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call);
    return answer_;
  }
  void say(fakes::ApiAnswer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  std::vector<fakes::ApiCall> calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  static fakes::ApiAnswer token(const std::string& value) {
    return {200,
            json{{"access_token", value},
                 {"expires_in", 3599},
                 {"token_type", "Bearer"}}
                .dump(),
            {{"Content-Type", "application/json"}}};
  }

 private:
  std::mutex mutex_;
  std::vector<fakes::ApiCall> calls_;
  fakes::ApiAnswer answer_ = token("ya29.first");
};

class Account {
 public:
  Account() {
    write({{"type", "service_account"},
           {"client_email", "rung@shop.iam.gserviceaccount.com"},
           {"private_key", pem_},
           {"private_key_id", "key-7"},
           {"token_uri", server_.url() + "/token"}});
  }
  void write(const json& document) { write_text(document.dump()); }
  void write_text(const std::string& text) {
    std::ofstream(file_, std::ios::trunc) << text;
  }
  json document() { return json::parse(std::ifstream(file_)); }
  GoogleToken token() {
    return GoogleToken({Secret(), file_, "127.0.0.1:1"}, clock_);
  }
  /// The whole complaint; "" = there was none.
  std::string complaint() {
    try {
      token().headers(false);
    } catch (const AbortError& error) {
      const std::string said = error.what();
      CHECK(said.find('\n') == said.npos);
      CHECK(said.find("PRIVATE KEY") == said.npos);
      CHECK(said.find(pem_.substr(64, 32)) == said.npos);
      return said;
    }
    return "";
  }

  Key key_{EVP_RSA_gen(2048)};
  std::string pem_ = pem_of(key_.get());
  fakes::TempFolder folder_;
  std::string file_ = (folder_.path() / "key.json").string();
  Givers givers_;
  fakes::ApiServer server_{
      [this](const fakes::ApiCall& call) { return givers_(call); }};
  fakes::SharedClock clock_;
};

std::string bearer(GoogleToken& token, bool renew = false) {
  return token.headers(renew).at("Authorization");
}

}  // namespace

TEST_CASE("A service account's key is proved with a JWT that OpenSSL verifies",
          "[adapters][google_token]") {
  Account account;
  GoogleToken token = account.token();
  CHECK(bearer(token) == "Bearer ya29.first");
  const auto calls = account.givers_.calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].method == "POST");
  CHECK(calls[0].path == "/token");
  CHECK(calls[0].headers.at("content-type") ==
        "application/x-www-form-urlencoded");
  const std::string before =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
      "&assertion=";
  REQUIRE(calls[0].body.starts_with(before));
  const std::string jwt = calls[0].body.substr(before.size());
  CHECK(part_of(jwt, 0) ==
        json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-7"}});
  const std::int64_t now = account.clock_.unix_ms() / 1000;
  CHECK(part_of(jwt, 1) ==
        json{{"iss", "rung@shop.iam.gserviceaccount.com"},
             {"scope", "https://www.googleapis.com/auth/cloud-platform"},
             {"aud", account.server_.url() + "/token"},
             {"iat", now},
             {"exp", now + 3600}});
  CHECK(signed_by(jwt, account.key_.get()));
  const Key another(EVP_RSA_gen(2048));
  CHECK_FALSE(signed_by(jwt, another.get()));

  SECTION("it is kept until it is about to run out") {
    account.givers_.say(Givers::token("ya29.second"));
    account.clock_.sleep(3500s);
    CHECK(bearer(token) == "Bearer ya29.first");
    account.clock_.sleep(60s);
    CHECK(bearer(token) == "Bearer ya29.second");
    CHECK(account.givers_.calls().size() == 2);
  }
  SECTION("a refused one is asked for anew") {
    account.givers_.say(Givers::token("ya29.second"));
    CHECK(bearer(token, true) == "Bearer ya29.second");
  }
}

TEST_CASE("A key file that cannot serve is one line that says what to do",
          "[adapters][google_token][bad_input]") {
  Account account;
  json document = account.document();
  const auto said = [&] { return account.complaint(); };
  SECTION("not there") {
    account.file_ += ".gone";
    CHECK_THAT(said(), Catch::Contains("key.json.gone: it cannot be opened") &&
                           Catch::Contains("GOOGLE_APPLICATION_CREDENTIALS"));
  }
  SECTION("no JSON") {
    account.write_text("-----BEGIN\n");
    CHECK_THAT(said(), Catch::Contains("key.json") &&
                           Catch::Contains("JSON key of a service account"));
  }
  SECTION("somebody's own credentials, not a service account's") {
    document.erase("private_key");
    account.write(document);
    CHECK_THAT(said(), Catch::Contains("it has no \"private_key\""));
  }
  SECTION("a key that is cut off") {
    document["private_key"] = account.pem_.substr(0, account.pem_.size() / 2);
    account.write(document);
    CHECK_THAT(said(), Catch::Contains("not an RSA key in PEM form") &&
                           Catch::Contains("download the key file again"));
  }
  SECTION("a key of another kind") {
    const Key curve(EVP_EC_gen("P-256"));
    document["private_key"] = pem_of(curve.get());
    account.write(document);
    CHECK_THAT(said(), Catch::Contains("not an RSA key in PEM form"));
  }
  SECTION("a clock that is off, or a key that was deleted") {
    fakes::ApiAnswer refused{
        400,
        R"({"error":"invalid_grant","error_description":"Invalid JWT: Token )"
        R"(must be a short-lived token"})",
        {{"Content-Type", "application/json"}}};
    account.givers_.say(refused);
    CHECK_THAT(said(), Catch::Contains("400 Invalid JWT") &&
                           Catch::Contains("or this machine's clock is off"));
    const auto date = [&](std::chrono::seconds off) {
      const auto theirs = static_cast<std::time_t>(
          account.clock_.unix_ms() / 1000 - off.count());
      refused.headers["Date"] =
          fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(theirs));
      account.givers_.say(refused);
    };
    date(-400s);
    CHECK_THAT(said(), Catch::Contains("clock is 400 s behind: set it"));
    date(7200s);
    CHECK_THAT(said(), Catch::Contains("clock is 7200 s ahead: set it"));
    date(3s);
    CHECK_THAT(said(), Catch::Contains("the key was deleted or disabled"));
  }
  SECTION("an answer without a token") {
    account.givers_.say({200, "{}", {{"Content-Type", "application/json"}}});
    CHECK_THAT(said(), Catch::Contains("asking Google's token service"));
  }
}

TEST_CASE("A machine of Google's is asked for its account's token",
          "[adapters][google_token]") {
  fakes::SharedClock clock;
  Givers givers;
  fakes::ApiAnswer answer = Givers::token("ya29.of-the-machine");
  answer.headers["Metadata-Flavor"] = "Google";
  givers.say(answer);
  fakes::ApiServer server(
      [&](const fakes::ApiCall& call) { return givers(call); });
  const auto refusal = [&](const std::string& host) {
    GoogleToken token({Secret(), "", host}, clock);
    try {
      token.headers(false);
    } catch (const AbortError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string host = server.url().substr(7);

  SECTION("with the header that keeps browsers out") {
    GoogleToken token({Secret(), "", host}, clock);
    CHECK(bearer(token) == "Bearer ya29.of-the-machine");
    REQUIRE(givers.calls().size() == 1);
    CHECK(givers.calls()[0].path ==
          "/computeMetadata/v1/instance/service-accounts/default/token");
    CHECK(givers.calls()[0].headers.at("metadata-flavor") == "Google");
  }
  SECTION("somebody else at that address is not believed") {
    givers.say(Givers::token("ya29.stolen"));
    CHECK_THAT(refusal(host), Catch::Contains("is not a metadata server") &&
                                  !Catch::Contains("stolen"));
  }
  SECTION("a machine without an account") {
    answer.status = 404;
    answer.body = "no such service account";
    givers.say(answer);
    CHECK_THAT(refusal(host), Catch::Contains("the metadata server") &&
                                  Catch::Contains("404"));
  }
  SECTION("not a Google machine") {
    CHECK_THAT(refusal("127.0.0.1:1"),
               Catch::Contains("GOOGLE_OAUTH_ACCESS_TOKEN") &&
                   Catch::Contains("GOOGLE_APPLICATION_CREDENTIALS"));
  }
}

TEST_CASE("A token from the environment is used as it is, and never renewed",
          "[adapters][google_token]") {
  ::setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.by-hand", 1);
  ::setenv("GCE_METADATA_HOST", "127.0.0.1:1", 1);
  const auto found = GoogleCredentials::from_environment();
  ::unsetenv("GOOGLE_OAUTH_ACCESS_TOKEN");
  ::unsetenv("GCE_METADATA_HOST");
  CHECK(found.metadata_host == "127.0.0.1:1");
  fakes::SharedClock clock;
  GoogleToken token(found, clock);
  CHECK(bearer(token) == "Bearer ya29.by-hand");
  clock.sleep(24h);
  CHECK(bearer(token) == "Bearer ya29.by-hand");
  CHECK_THROWS_MATCHES(
      token.headers(true), AbortError,
      Catch::Matchers::Predicate<AbortError>([](const AbortError& error) {
        const std::string said = error.what();
        return said.find("gcloud auth print-access-token") != said.npos &&
               said.find("by-hand") == said.npos &&
               said.find('\n') == said.npos;
      }));
}

}  // namespace rung::google_token_test
