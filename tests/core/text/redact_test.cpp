#include "core/text/redact.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/secret.hpp"
#include "core/text/base64.hpp"
#include "core/text/hex.hpp"
#include "core/text/percent.hpp"

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
}

namespace {

std::string each_as(const std::string& text, const char* format) {
  std::string out;
  for (const unsigned char c : text) {
    char one[16];
    std::snprintf(one, sizeof one, format, c);
    out += one;
  }
  return out;
}

std::string replaced(std::string text, const std::string& what,
                     const std::string& by) {
  for (auto at = text.find(what); at != text.npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string wrapped_at(const std::string& text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += width) {
    out += text.substr(at, width) + "\n";
  }
  return out;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x80; });
}

std::string as_json(const std::string& text, bool ascii) {
  return nlohmann::json(text).dump(-1, ' ', ascii);
}

/// The encodings that programs write values in.
std::map<std::string, std::string> encoded(const std::string& secret) {
  const std::string percent = percent_encoded(secret);
  std::string lower = percent, upper = secret;
  std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  std::string html = replaced(secret, "&", "&amp;");
  html = replaced(replaced(html, "<", "&lt;"), "\"", "&quot;");
  return {{"as it is", secret},
          {"percent", percent},
          {"percent, slash kept", replaced(percent, "%2F", "/")},
          {"percent, lower case", lower},
          {"percent of all", each_as(secret, "%%%02x")},
          {"percent twice", percent_encoded(percent)},
          {"form", replaced(percent, "%20", "+")},
          {"JSON", as_json(secret, false)},
          {"JSON, ASCII", as_json(secret, true)},
          {"JSON in JSON", as_json(as_json(secret, true), true)},
          {"\\x", each_as(secret, "\\x%02x")},
          {"octal", each_as(secret, "\\%03o")},
          {"HTML", html},
          {"HTML, all", is_ascii(secret) ? each_as(secret, "&#x%02x;") : ""},
          {"shell", "'" + replaced(secret, "'", "'\\''") + "'"},
          {"hex", hex(secret)},
          {"upper case", upper},
          {"wrapped", wrapped_at(secret, 7)},
          {"base64", base64("xy" + secret)},
          {"base64, wrapped", wrapped_at(base64("x" + secret), 9)},
          {"base64 for URLs", base64url(secret)}};
}

}  // namespace

TEST_CASE("No encoding lets a piece of a secret through", "[core][redact]") {
  const auto secret = GENERATE(
      as<std::string>(), "correct horse/battery+staple", "p@ss w0rd&\"<x>'\\y",
      "sk9Qe2Lm7Tz4Xc8Vb1Nw", "Zm9v/YmFyK2Jhe+g9PTEyMzQ1Ng==",
      "gr\xC3\xBC\xC3\x9F"
      "e-an-alle-17",
      "4f9c1e77a0b3d2c85e61f0aa9b7c3d24");
  Redactor redact;
  redact.add({{"APP_SECRET", secret}});
  for (const auto& [name, text] : encoded(secret)) {
    const std::string shown =
        redact("login with " + text + " failed at step 12");
    CAPTURE(secret, name, text, shown);
    CHECK(shown.find("login with ") == 0);
    CHECK(shown.find(" failed at step 12") != shown.npos);
    // What is left between the innocent words.
    std::string left =
        shown.substr(11, shown.size() - 11 - std::strlen(" failed at step 12"));
    left = replaced(left, kRedacted, "");
    left.erase(std::remove_if(left.begin(), left.end(),
                              [](char c) {
                                return std::strchr("\"'\\=\n", c) != nullptr;
                              }),
               left.end());
    CHECK(left.size() < 6);
  }
}

TEST_CASE("The beginning of a key is redacted, too", "[core][redact]") {
  Redactor redact;
  redact.add({{"API_KEY", "q7Rt2Xw9Lk4Zp1Vb"},
              {"HEX_KEY", "4f9c1e77a0b3d2c85e61f0aa9b7c3d24"}});
  CHECK(redact("the key begins with q7Rt2Xw9..., 16 bytes") ==
        "the key begins with [redacted]..., 16 bytes");
  CHECK(redact("ends with ...5e61f0aa9b7c3d24") == "ends with ...[redacted]");
  CHECK(redact("commit 4f9c1e0 is good") == "commit 4f9c1e0 is good");
}

TEST_CASE("Secrets within a value are found by themselves", "[core][redact]") {
  Redactor redact;
  redact.add(
      {{"ConnectionStrings__Default",
        "Server=db;User Id=app;Password=Tr0ub4dor&3;Encrypt=true"},
       {"PROXY", "alice:wonderland@proxy.example.com:3128"},
       {"SETTINGS", R"({"url": "x", "token": "onlyletters", "n": [1, null]})"},
       {"SENTRY_DSN", "https://publickeyofmine@errors.example.com/2"},
       {"NUMBERS", "[1, 2]"},
       {"BROKEN", "{not json"}});
  CHECK(redact("login failed for app/Tr0ub4dor&3 at db") ==
        "login failed for app/[redacted] at db");
  CHECK(redact("407 for alice, wonderland") == "407 for alice, [redacted]");
  CHECK(redact("got onlyletters") == "got [redacted]");
  CHECK(redact("key publickeyofmine unknown") == "key [redacted] unknown");
}

}  // namespace rung::redact_test
