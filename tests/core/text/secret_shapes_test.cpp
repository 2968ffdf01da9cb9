#include "core/text/secret_shapes.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "core/text/redact.hpp"

namespace rung::secret_shapes_test {

using Words = std::vector<std::string_view>;

TEST_CASE("Names tell secrets from settings", "[core][secret_shapes]") {
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

TEST_CASE("Ordinary words are not random", "[core][secret_shapes]") {
  for (const char* plain :
       {"python3.11", "h264main", "2024q3report", "us-east-1", "10.0.0.1:5432",
        "production", "x86_64", "t3.medium", "MyApplicationService", ""}) {
    CAPTURE(plain);
    CHECK(random_words(plain) == Words{});
  }
}

// Nothing is known of the release: the shape alone gives them away.
TEST_CASE("A secret is known by its shape", "[core][secret_shapes]") {
  struct Case {
    const char *text, *shown;
  };
  // Tokens are put together here, so that no scanner takes them for real ones.
  const std::string stripe =
      std::string("sk_li") + "ve_4eC39HqLyjWDarjtT1zdp7dc";
  const std::string github =
      std::string("gh") + "p_16C7e42F292c6912E7710c838347Ae178B4a";
  const Redactor redact;
  CHECK(redact("Stripe: Invalid API Key provided: " + stripe) ==
        "Stripe: Invalid API Key provided: [redacted]");
  CHECK(redact("fatal: https://" + github + "@github.com/x not found") ==
        "fatal: https://[redacted]@github.com/x not found");
  for (const auto& c : {
           Case{"could not connect to postgres://app:hunterpw2@db/x",
                "could not connect to postgres://app:[redacted]@db/x"},
           Case{"amqp://u:a/b@c@mq:5672/%2f down",
                "amqp://u:[redacted]@mq:5672/%2f down"},
           Case{"Server=db;Password=Tr0ub4dor;Encrypt=true",
                "Server=db;Password=[redacted];Encrypt=true"},
           Case{R"({"user": "a", "password": "letmein", "port": 5432})",
                R"({"user": "a", "password": "[redacted]", "port": 5432})"},
           Case{R"("{\"api_key\":\"letmein\",\"n\":1}")",
                R"("{\"api_key\":\"[redacted]\",\"n\":1}")"},
           Case{"{'DB_PASSWORD': 'hunter two', 'DB_HOST': 'db'}",
                "{'DB_PASSWORD': '[redacted]', 'DB_HOST': 'db'}"},
           Case{"export API_TOKEN=abcdefgh", "export API_TOKEN=[redacted]"},
           Case{"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEX",
                "AWS_SECRET_ACCESS_KEY=[redacted]"},
           Case{"  secret_key_base: 9f8e7d6c5b4a39281706f5e4d3c2b1a0",
                "  secret_key_base: [redacted]"},
           Case{"x-api-key: 3fA9bC27", "x-api-key: [redacted]"},
           Case{"AccountKey=Zm9vYmFyYmF6cXV4;Suffix=x",
                "AccountKey=[redacted];Suffix=x"},
           Case{"Authorization: Bearer abc123def456ghi",
                "Authorization: Bearer [redacted]"},
           Case{"authorization: Basic YXBwOnBAc3N3MHJk",
                "authorization: Basic [redacted]"},
           Case{"GET /cb?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0 "
                "500",
                "GET /cb?token=[redacted] 500"},
           Case{"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0 expired",
                "jwt [redacted] expired"},
           Case{"proxy alice:wonderland@proxy.example.com:3128 refused",
                "proxy alice:[redacted]@proxy.example.com:3128 refused"},
           Case{"bad url postgres//shop:wonderland@db/shop",
                "bad url postgres//shop:[redacted]@db/shop"},
           Case{"bad url postgres:/shop:wonderland@db",
                "bad url postgres:/shop:[redacted]@db"},
           Case{"bad url postgres://shop:w0nderland/db",
                "bad url postgres://shop:[redacted]/db"},
           Case{"cannot parse \"redis://default:Pa55word\"",
                "cannot parse \"redis://default:[redacted]\""},
           Case{"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA "
                "PRIVATE KEY-----\nnext",
                "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA "
                "PRIVATE KEY-----\nnext"},
           Case{"KEY=-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n[cut]",
                "KEY=-----BEGIN PRIVATE KEY-----[redacted][cut]"},
       }) {
    CAPTURE(c.text);
    CHECK(redact(c.text) == c.shown);
  }
}

TEST_CASE("What only speaks of secrets stays readable",
          "[core][secret_shapes]") {
  const Redactor redact;
  for (const char* text : {
           "FATAL: password authentication failed for user \"app\"",
           "KeyError: 'API_TOKEN'",
           "SyntaxError: Unexpected token = in JSON at position 17",
           "Unexpected token: '}' at line 12",
           "password: must be at least 12 characters",
           "token: invalid or expired",
           "Missing required environment variable: STRIPE_API_KEY",
           "STRIPE_API_KEY= is empty",
           "api_key: Field required [type=missing, input_value={}]",
           "SECRET_KEY=$SECRET_KEY",
           "SECRET_KEY=${SECRET_KEY:?not set}",
           "API_KEY=<your key here>",
           "password=********",
           "password=\"\"",
           "max_tokens=4096 total_tokens: 17231",
           "TOKEN_EXPIRY=86400 PASSWORD_MIN_LENGTH=12",
           "PWD=/srv/app OLDPWD=/srv",
           "TLS_PRIVATE_KEY=/etc/ssl/private/site.pem",
           "TOKEN_URL=https://auth.example.com/oauth/token",
           "cache key=user:1742 miss",
           "primary key: id, foreign key: user_id",
           "HEAD is now at 4f9c1e77a0b3d2c85e61f0aa9b7c3d24aabbccdd",
           "request_id=6c84fb90-12c4-11e1-840d-7b25c5ee775a",
           "GET http://host:8080/@scope/name 404",
           "oci://registry.example.com/app:1.2@sha256:0a1b2c3d",
           "https://github.com/a/b/compare/v1:main@{1}",
           "mongodb://one:27017,two:27017/db and redis://cache:6379/0",
           "http://localhost:$PORT/, http://app:${PORT2}/x, http://app:port/",
           "git@github.com:a/b.git: permission denied",
           "mailto:someone@example.com",
           "basic authentication is not supported",
           "bearer token is missing",
           "secret \"db-credentials\" not found",
           "PASSWORD_RESET=true AUTH_DISABLED=false",
           "Listening on 0.0.0.0:10000 (pid 4711)",
           "eyJ is how a token begins",
           "npm ERR! code E401 Unable to authenticate, your authentication "
           "token seems to be invalid.",
           "-----BEGIN CERTIFICATE-----",
           "secret: [redacted]",
           "from module.tokens import key",
           "docker run -e PASSWORD -p 80:80",
       }) {
    CHECK(redact(text) == text);
  }
}

}  // namespace rung::secret_shapes_test
