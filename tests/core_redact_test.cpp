#include "core/redact.hpp"

#include <catch2/catch.hpp>

namespace rung {

TEST_CASE("A secret is taken out in every form it travels in",
          "[core][redact]") {
  Redactor redact;
  redact.add({{"API_TOKEN", "s3cr+t/\"value\""},
              {"DATABASE_URL", "postgres://app:p%40ssw0rd@db:5432/app"},
              {"LOG_LEVEL", "info"}});
  const auto clean = [&](const std::string& text) {
    const std::string out = redact(text);
    CAPTURE(out);
    CHECK(out.find("s3cr") == std::string::npos);
    CHECK(out.find("ssw0rd") == std::string::npos);
    return out;
  };
  CHECK(clean("token s3cr+t/\"value\" was refused") ==
        "token [redacted] was refused");
  clean("GET /?t=s3cr%2Bt%2F%22value%22");
  clean(R"({"token": "s3cr+t/\"value\""})");
  clean("user app password p@ssw0rd");
  clean("connect postgres://app:p%40ssw0rd@db:5432/app");
  // base64 of "app:p@ssw0rd" as HTTP Basic sends it
  CHECK(redact("Basic YXBwOnBAc3N3MHJk").find("BAc3N3MHJ") ==
        std::string::npos);
  CHECK(redact("LOG_LEVEL is info") == "LOG_LEVEL is info");
}

TEST_CASE("Names tell secrets from settings", "[core][redact]") {
  for (const char* name : {"JWT_SECRET", "GITHUB_TOKEN", "DB_PASSWORD",
                           "OPENAI_API_KEY", "SENTRY_DSN", "db_pass"}) {
    CAPTURE(name);
    CHECK(names_a_secret(name));
  }
  for (const char* name : {"PORT", "HOST", "NODE_ENV", "MONKEY", "KEYBOARD"}) {
    CAPTURE(name);
    CHECK_FALSE(names_a_secret(name));
  }
}

}  // namespace rung
