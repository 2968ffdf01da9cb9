#include "core/text/redact.hpp"

#include <catch2/catch.hpp>

namespace rung::redact_test {

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
  for (const char* name : {"JWT", "SESSION_COOKIE", "BASIC_AUTH", "PIN"}) {
    CAPTURE(name);
    CHECK(names_a_secret(name));
  }
  for (const char* name : {"AUTHOR", "PINNED", "AUTH_URL", "MAX_KEYS"}) {
    CAPTURE(name);
    CHECK_FALSE(names_a_secret(name));
  }
}

TEST_CASE("What looks random is taken out whatever it is called",
          "[core][redact]") {
  Redactor redact;
  redact.add({{"MONGO", "s3cr3tURI"},
              {"HOOK", "https://hooks.example.com/T0/aB3dE6gH9jK2"},
              {"HOST", "https://db-7f3a9c2e1b.example.com/shop"}});
  CHECK(redact("login s3cr3tURI refused") == "login [redacted] refused");
  CHECK(redact("GET /T0/aB3dE6gH9jK2") == "GET /T0/[redacted]");
  CHECK(redact("no host db-7f3a9c2e1b.example.com") ==
        "no host db-7f3a9c2e1b.example.com");
  using Words = std::vector<std::string_view>;
  for (const char* plain :
       {"python3.11", "h264main", "2024q3report", "us-east-1", "10.0.0.1:5432",
        "production", "x86_64", "t3.medium", "MyApplicationService", ""}) {
    CAPTURE(plain);
    CHECK(random_words(plain) == Words{});
  }
}

}  // namespace rung::redact_test
