#include "core/text/secret_shapes.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>

#include "core/text/ascii_case.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

using Ranges = std::vector<TextRange>;

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c));
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_char(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
}

/// Adds the first group of each match; a pattern without one adds all of it.
void add_matches(const RE2& pattern, std::string_view text, Ranges& found) {
  const re2::StringPiece all(text.data(), text.size());
  const int groups = pattern.NumberOfCapturingGroups() > 0 ? 2 : 1;
  re2::StringPiece part[2];
  for (std::size_t from = 0;
       pattern.Match(all, from, all.size(), RE2::UNANCHORED, part, groups);) {
    const re2::StringPiece& match = part[groups - 1];
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    if (!match.empty()) found.push_back({begin, begin + match.size()});
    from = static_cast<std::size_t>(part[0].data() - text.data()) +
           std::max<std::size_t>(part[0].size(), 1);
  }
}

RE2::Options over_bytes() {
  RE2::Options options(RE2::Latin1);
  options.set_log_errors(false);
  return options;
}

/// Source: the services' own documentation, and what GitHub's secret scanning
/// says of the forms of tokens.
void add_tokens(std::string_view text, Ranges& found) {
  static const RE2 pattern(
      R"(\b(?:)"
      R"((?:sk|rk)_(?:live|test)_[0-9A-Za-z]{8,}|whsec_[0-9A-Za-z+/=]{16,})"
      R"(|gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,})"
      R"(|gl(?:pat|ptt|dt|rt|cbt|soat|oas|ft)-[0-9A-Za-z_-]{16,})"
      R"(|xox[abeoprs]-[0-9A-Za-z-]{10,}|xapp-[0-9A-Za-z-]{10,})"
      R"(|A(?:KIA|SIA|ROA|IDA)[0-9A-Z]{16}\b|AIza[0-9A-Za-z_-]{30,})"
      R"(|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})"
      R"(|SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}|key-[0-9a-f]{32})"
      R"(|npm_[0-9A-Za-z]{30,}|pypi-[0-9A-Za-z_-]{30,}|hf_[0-9A-Za-z]{20,})"
      R"(|do[opr]_v1_[0-9a-f]{32,}|dckr_pat_[0-9A-Za-z_-]{20,})"
      R"(|sk-(?:ant-|proj-|or-v1-|svcacct-)[0-9A-Za-z_-]{16,})"
      R"(|sk-[0-9A-Za-z]{20,}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,})"
      R"(|sbp_[0-9a-f]{20,}|sb_secret_[0-9A-Za-z_-]{16,}|npg_[0-9A-Za-z]{10,})"
      R"(|rnd_[0-9A-Za-z]{20,}|hvs\.[0-9A-Za-z_-]{20,}|lin_api_[0-9A-Za-z]{20,})"
      // A JSON web token: its first part is an encoded "{".
      R"(|eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*)?))",
      over_bytes());
  add_matches(pattern, text, found);
}

void add_private_keys(std::string_view text, Ranges& found) {
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ";
  constexpr std::size_t kLongestTitle = 60;
  for (std::size_t from = text.find(kBegin); from != text.npos;
       from = text.find(kBegin, from)) {
    from += kBegin.size();
    const std::string_view title = text.substr(
        from,
        std::min(text.substr(from, kLongestTitle).find("--"), kLongestTitle));
    if (title.find("PRIVATE KEY") == title.npos) continue;
    from = std::min(from + title.size() + 5, text.size());
    std::size_t to = text.find(kEnd, from);
    // A log may be cut before the end of the key.
    if (to == text.npos) {
      to = text.find_first_not_of(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\\"
          " \t\r\n",
          from);
    }
    found.push_back({from, std::min(to, text.size())});
    from = found.back().end;
  }
}

/// In capitals, with '_' between its words.
std::string as_variable(std::string_view name) {
  std::string upper;
  for (const char c : name) {
    upper += c == '-' || c == '.' ? '_' : ascii_upper(c);
  }
  return upper;
}

bool is_one_of(std::string_view word,
               std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string last_word(std::string_view name) {
  const std::string variable = as_variable(name);
  return variable.substr(variable.rfind('_') + 1);
}

/// Of other names that can mean a secret ("key", "auth") most do not.
bool surely_names_a_secret(std::string_view name) {
  const std::string variable = as_variable(name);
  for (const char* part :
       {"SECRET", "TOKEN", "PASSW", "PASSPHRASE", "API_KEY", "APIKEY",
        "PRIVATE_KEY", "PRIVATEKEY", "ACCESS_KEY", "ACCESSKEY", "ACCOUNTKEY",
        "CREDENTIAL", "ENCRYPTION_KEY", "SIGNING_KEY", "_SALT", "_DSN"}) {
    if (variable.find(part) != std::string::npos) return true;
  }
  return is_one_of(last_word(name), {"PASS", "PWD"});
}

bool looks_random(std::string_view value) {
  bool digit = false, lower = false, upper = false;
  for (const char c : value) {
    digit = digit || is_digit(c);
    lower = lower || (c >= 'a' && c <= 'z');
    upper = upper || (c >= 'A' && c <= 'Z');
  }
  return (value.size() >= 6 && digit && (lower || upper)) ||
         (value.size() >= 20 && lower && upper);
}

void add_authorizations(std::string_view text, Ranges& found) {
  static const RE2 pattern(R"((?i)\b(?:bearer|basic)[ :=]+([\w.~+/=-]{8,}))",
                           over_bytes());
  Ranges all;
  add_matches(pattern, text, all);
  for (const TextRange& one : all) {
    // "Basic authentication failed"
    if (looks_random(text.substr(one.begin, one.end - one.begin))) {
      found.push_back(one);
    }
  }
}

/// A value that says nothing: a variable, a template, a mask, a common word.
bool is_placeholder(std::string_view value) {
  if (std::string_view("$<{%*[(!").find(value.front()) != value.npos) {
    return true;
  }
  if (value.find_first_not_of(value.front()) == value.npos) return true;
  for (const char* word :
       {"true", "false", "null", "none", "undefined", "required", "missing",
        "invalid", "empty", "string", "unset", "expired", "redacted"}) {
    if (equal_without_case(value, word)) return true;
  }
  // Where it is, not what it is. A URL's own password is looked for elsewhere.
  const bool place = value.front() == '/' || value.starts_with("./") ||
                     value.find("://") != value.npos;
  return place && random_words(value).empty();
}

/// user:password@host without a whole scheme: with a port, as proxies are
/// written, and behind a slip ("postgres//u:p@h", "postgres:/u:p@h").
void add_logins(std::string_view text, Ranges& found) {
  static const RE2 proxy(
      R"((?:^|[\s"'=(,])[\w.+-]+:([^\s:@/"']{4,})@[\w.-]+:\d)", over_bytes());
  static const RE2 slip(R"((?:\w//|\w:/)[\w.+-]+:([^\s:@/"']{4,})@[\w.-]+)",
                        over_bytes());
  // The host was forgotten ("postgres://u:p/db"): what stands where a port
  // belongs is none.
  static const RE2 no_host(
      R"(\w://[\w.+-]+:([^\s:@/"'?#,]{6,})(?:[/?#\s"']|$))", over_bytes());
  add_matches(proxy, text, found);
  add_matches(slip, text, found);
  Ranges ports;
  add_matches(no_host, text, ports);
  for (const TextRange& one : ports) {
    const auto port = text.substr(one.begin, one.end - one.begin);
    if (looks_random(port) && !is_placeholder(port)) found.push_back(one);
  }
}

/// "max_tokens: 4096", "TOKEN_EXPIRY=86400"
bool is_count(std::string_view name, std::string_view value) {
  return value.size() < 8 &&
         value.find_first_not_of("0123456789.") == value.npos &&
         ascii_lower(name).find("pass") == std::string::npos;
}

/// Of the value at the beginning of a text.
std::size_t unquoted_size(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    at = std::min(text.find_first_of(" \t\r\n\"'`;,&|<>()]}", at), text.size());
    if (at == text.size() || text[at] != '&') return at;
    // "token=x&next=y"; a password may hold an '&', too.
    std::size_t name = at + 1;
    while (name < text.size() && is_name_char(text[name])) ++name;
    if (name > at + 1 && name < text.size() && text[name] == '=') return at;
  }
  return text.size();
}

/// The value behind the '=' or ':' at `at`, if the name before it suggests a
/// secret. Returns where to go on.
std::size_t add_named_value(std::string_view text, std::size_t at,
                            Ranges& found) {
  // What is longer is looked at in part, so that hostile text costs no more.
  constexpr std::size_t kLongestName = 64, kLongestValue = 4096;
  std::size_t end = at;
  bool quoted_name = false;
  while (end > 0 && at - end < 4 &&
         (text[end - 1] == '"' || text[end - 1] == '\'' ||
          text[end - 1] == '\\' || text[end - 1] == ' ')) {
    quoted_name = quoted_name || text[end - 1] != ' ';
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && end - begin < kLongestName &&
         is_name_char(text[begin - 1])) {
    --begin;
  }
  const std::string_view name = text.substr(begin, end - begin);
  if (name.empty() || !names_a_secret(name)) return at + 1;
  const bool assigned = text[at] == '=';
  // "Unexpected token = in JSON"
  if (assigned && end != at && !quoted_name) return at + 1;

  std::size_t from = at + 1;
  if (from < text.size() && (text[from] == '>' || text[from] == '=')) ++from;
  while (from < text.size() && (text[from] == ' ' || text[from] == '\t'))
    ++from;
  std::size_t opened = from;
  while (opened < text.size() && text[opened] == '\\') ++opened;
  const bool quoted =
      opened < text.size() && (text[opened] == '"' || text[opened] == '\'');
  std::size_t to;
  if (quoted) {
    const char quote = text[opened];
    const bool escaped = opened > from;
    from = to = opened + 1;
    const std::size_t last = std::min(text.size(), from + kLongestValue);
    while (to < last && text[to] != quote && text[to] != '\n') {
      if (text[to] == '\\' && (escaped || to + 1 >= text.size())) break;
      to += text[to] == '\\' ? 2 : 1;
    }
    to = std::min(to, text.size());
  } else {
    to = from + unquoted_size(text.substr(from, kLongestValue));
  }
  const std::string_view value = text.substr(from, to - from);
  constexpr std::size_t kShortestValue = 4;
  if (value.size() < kShortestValue || is_placeholder(value) ||
      is_count(name, value)) {
    return at + 1;
  }
  const bool surely = surely_names_a_secret(name);
  const bool given = assigned || (quoted && quoted_name);
  const bool is_secret = !surely ? !random_words(value).empty()
                         : given ? true
                                 : looks_random(value);
  if (!is_secret) return at + 1;
  found.push_back({from, to});
  return to;
}

void add_named_values(std::string_view text, Ranges& found) {
  for (std::size_t at = text.find_first_of("=:"); at != text.npos;
       at = text.find_first_of("=:", at)) {
    at = add_named_value(text, at, found);
  }
}

}  // namespace

std::vector<TextRange> secret_shapes(std::string_view text) {
  Ranges found = url_passwords(text);
  add_tokens(text, found);
  add_private_keys(text, found);
  add_authorizations(text, found);
  add_logins(text, found);
  add_named_values(text, found);
  return found;
}

bool names_a_secret(std::string_view name) {
  return surely_names_a_secret(name) ||
         is_one_of(last_word(name),
                   {"KEY", "AUTH", "COOKIE", "JWT", "PIN", "OTP", "PRIVATE",
                    "SK", "WEBHOOK", "LICENSE"});
}

std::vector<std::string_view> random_words(std::string_view value) {
  // Of a URL the path and what follows: a host is what a failure is about.
  if (const auto scheme = value.find("://"); scheme != value.npos) {
    const auto path = value.find_first_of("/?#", scheme + 3);
    value = path == value.npos ? std::string_view() : value.substr(path);
  }
  std::vector<std::string_view> found;
  for (std::size_t from = 0; from < value.size();) {
    if (!is_letter_or_digit(value[from])) {
      ++from;
      continue;
    }
    std::size_t to = from + 1;
    unsigned changes = 0;
    for (; to < value.size() && is_letter_or_digit(value[to]); ++to) {
      changes += is_digit(value[to]) != is_digit(value[to - 1]) ? 1 : 0;
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

}  // namespace rung
