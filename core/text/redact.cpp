#include "core/text/redact.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/secret.hpp"
#include "core/text/base64.hpp"
#include "core/text/percent.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

constexpr std::size_t kShortest = 4;

// The base64 text that every encoding of something holding `text` at byte
// offset `shift` (mod 3) must contain: the ends that depend on neighbours cut.
std::string base64_within(std::string_view text, std::size_t shift) {
  std::string padded(shift, '\0');
  padded += text;
  const std::size_t from = (shift * 8 + 5) / 6;
  const std::size_t bits = padded.size() * 8;
  const std::size_t to = bits / 6;
  return from < to ? base64(padded).substr(from, to - from) : std::string();
}

std::string json_escaped(std::string_view text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false,
                                nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

bool names_a_secret(std::string_view name) {
  std::string upper;
  for (const char c : name) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  for (const char* word : {"SECRET", "TOKEN", "PASSW", "PASSPHRASE", "API_KEY",
                           "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL",
                           "ENCRYPTION_KEY", "SIGNING_KEY", "_SALT", "_DSN"}) {
    if (upper.find(word) != std::string::npos) return true;
  }
  const auto last = upper.substr(upper.rfind('_') + 1);
  for (const char* word : {"KEY", "PASS", "PWD", "AUTH", "COOKIE", "JWT", "PIN",
                           "OTP", "PRIVATE", "SK", "WEBHOOK", "LICENSE"}) {
    if (last == word) return true;
  }
  return false;
}

std::vector<std::string_view> random_words(std::string_view value) {
  // Of a URL the path and what follows: a host is what a failure is about.
  if (const auto scheme = value.find("://"); scheme != value.npos) {
    const auto path = value.find_first_of("/?#", scheme + 3);
    value = path == value.npos ? std::string_view() : value.substr(path);
  }
  const auto alnum = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::vector<std::string_view> found;
  for (std::size_t from = 0; from < value.size();) {
    if (!alnum(value[from])) {
      ++from;
      continue;
    }
    std::size_t to = from + 1;
    unsigned changes = 0;
    for (; to < value.size() && alnum(value[to]); ++to) {
      changes += digit(value[to]) != digit(value[to - 1]) ? 1 : 0;
    }
    // "python3", "h264main" and "2024q3" are none.
    const std::size_t size = to - from;
    if ((size >= 8 && changes >= 4) || (size >= 16 && changes >= 2)) {
      found.push_back(value.substr(from, size));
    }
    from = to;
  }
  return found;
}

void Redactor::add_value(std::string_view secret) {
  if (secret.size() < kShortest) return;
  const auto put = [this](std::string text) {
    if (text.size() >= kShortest) needles_.insert(std::move(text));
  };
  put(std::string(secret));
  put(percent_encoded(secret));
  put(json_escaped(secret));
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string within = base64_within(secret, shift);
    // Short pieces of base64 stand in innocent text too.
    if (within.size() < 6) continue;
    put(within);
    std::string url_safe = within;
    std::replace(url_safe.begin(), url_safe.end(), '+', '-');
    std::replace(url_safe.begin(), url_safe.end(), '/', '_');
    put(std::move(url_safe));
  }
}

void Redactor::add(const std::map<std::string, std::string>& env,
                   const std::set<std::string>& declared) {
  for (const auto& [name, value] : env) {
    if (declared.count(name) != 0 || names_a_secret(name)) add_value(value);
    for (const std::string_view word : random_words(value)) add_value(word);
    for (auto url = url_user(value); url; url = url_user(value, url->end)) {
      if (!url->password) continue;
      add_value(*url->password);
      add_value(percent_decoded(*url->password));
      add_value(value);
    }
  }
}

std::string Redactor::operator()(std::string text) const {
  // Longest first: what contains another secret goes before it.
  std::vector<const std::string*> ordered;
  for (const auto& needle : needles_) ordered.push_back(&needle);
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->size() > b->size(); });
  for (const std::string* needle : ordered) {
    for (std::size_t at = text.find(*needle); at != std::string::npos;
         at = text.find(*needle, at)) {
      text.replace(at, needle->size(), kRedacted);
      at += std::string_view(kRedacted).size();
    }
  }
  return text;
}

}  // namespace rung
