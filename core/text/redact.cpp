#include "core/text/redact.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/base/secret.hpp"
#include "core/text/base64.hpp"
#include "core/text/hex.hpp"
#include "core/text/percent.hpp"
#include "core/text/plain_form.hpp"
#include "core/text/secret_shapes.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

constexpr std::size_t kShortest = 4;
/// From this size on a value is looked for in plain form: a shorter one would
/// be found in innocent text.
constexpr std::size_t kShortestPlain = 8;
/// Bytes of a random word that give it away. Commit ids and times are full of
/// hexadecimal digits, so those need more.
constexpr std::size_t kPiece = 6, kHexPiece = 8;

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

/// Strings in a value that is JSON, by the name that each has.
void add_json(const nlohmann::json& json,
              std::map<std::string, std::string>& to, const std::string& name) {
  if (json.is_string()) {
    to[name] = json.get<std::string>();
  }
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    add_json(value, to, json.is_object() ? key : name);
  }
}

/// A secret can be a part of the word that rung writes in its place.
bool is_redacted(std::string_view text, const TextRange& range) {
  constexpr std::string_view kWord = kRedacted;
  const std::size_t size = range.end - range.begin;
  for (std::size_t before = 0; before + size <= kWord.size(); ++before) {
    if (before <= range.begin &&
        text.substr(range.begin - before).starts_with(kWord)) {
      return true;
    }
  }
  return false;
}

std::string redacted_at(std::vector<TextRange> ranges, std::string_view text) {
  ranges.erase(std::remove_if(
                   ranges.begin(), ranges.end(),
                   [&](const auto& range) { return is_redacted(text, range); }),
               ranges.end());
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t from = 0;
  for (auto range = ranges.begin(); range != ranges.end();) {
    std::size_t end = range->end;
    const std::size_t begin = range->begin;
    while (++range != ranges.end() && range->begin <= end) {
      end = std::max(end, range->end);
    }
    out += text.substr(from, begin - from);
    out += kRedacted;
    from = end;
  }
  out += text.substr(from);
  return out;
}

template <typename Found>
void find_all(std::string_view text, std::string_view word, Found&& found) {
  for (auto at = text.find(word); at != text.npos;
       at = text.find(word, at + word.size())) {
    found(at, at + word.size());
  }
}

}  // namespace

void Redactor::add_value(std::string_view secret) {
  if (secret.size() < kShortest) return;
  std::string plain = plain_form(secret).text;
  // Also if it is long: what stands before it can change its plain form.
  literal_.insert(std::string(secret));
  if (plain.size() < kShortestPlain) {
    literal_.insert(percent_encoded(secret));
    literal_.insert(json_escaped(secret));
  } else {
    plain_.insert(std::move(plain));
  }
  const auto put = [this](const std::string& encoded, std::size_t least) {
    std::string text = plain_form(encoded).text;
    if (text.size() >= least) plain_.insert(std::move(text));
  };
  // Short pieces of base64 stand in innocent text too.
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string within = base64_within(secret, shift);
    put(within, 6);
    std::replace(within.begin(), within.end(), '+', '-');
    std::replace(within.begin(), within.end(), '/', '_');
    put(within, 6);
  }
  put(hex(secret), kShortestPlain);
  for (const std::string_view word : random_words(secret)) add_pieces(word);
}

void Redactor::add_pieces(std::string_view word) {
  const std::string plain = plain_form(word).text;
  const auto add = [&](std::size_t size, bool of_hex) {
    for (std::size_t at = 0; at + size <= plain.size(); ++at) {
      const std::string_view piece = std::string_view(plain).substr(at, size);
      const auto digits = static_cast<std::size_t>(
          std::count_if(piece.begin(), piece.end(),
                        [](char c) { return c >= '0' && c <= '9'; }));
      // Words and numbers stand in innocent text.
      if (digits == 0 || digits == size || is_hex(piece) != of_hex) continue;
      pieces_.insert(std::string(piece));
    }
  };
  add(kPiece, false);
  add(kHexPiece, true);
}

void Redactor::add(const std::map<std::string, std::string>& env,
                   const std::set<std::string>& declared) {
  for (const auto& [name, value] : env) {
    const bool secret = declared.count(name) != 0 || names_a_secret(name);
    if (secret) add_value(value);
    for (const std::string_view word : random_words(value)) add_value(word);
    for (const TextRange& shape : secret_shapes(value)) {
      add_value(
          std::string_view(value).substr(shape.begin, shape.end - shape.begin));
    }
    for (auto url = url_user(value); url; url = url_user(value, url->end)) {
      // The whole, too: a password with an '@' or a '/' is cut elsewhere.
      if (url->password) add_value(*url->password);
      if (url->password) add_value(value);
      // https://KEY@host
      if (!url->password && secret) add_value(url->user);
    }
    if (value.starts_with("{") || value.starts_with("[")) {
      std::map<std::string, std::string> parts;
      add_json(nlohmann::json::parse(value, nullptr, false), parts, name);
      parts.erase(name);
      add(parts);
    }
  }
}

std::string Redactor::operator()(std::string text) const {
  std::vector<TextRange> found = secret_shapes(text);
  for (const std::string& secret : literal_) {
    find_all(text, secret, [&](std::size_t begin, std::size_t end) {
      found.push_back({begin, end});
    });
  }
  if (!plain_.empty()) {
    const PlainForm plain = plain_form(text);
    const auto put = [&](std::size_t begin, std::size_t end) {
      found.push_back({plain.begin[begin], plain.end[end - 1]});
    };
    for (const std::string& secret : plain_) find_all(plain.text, secret, put);
    if (!pieces_.empty()) {
      const std::string_view all = plain.text;
      for (std::size_t at = 0; at + kPiece <= all.size(); ++at) {
        for (const std::size_t size : {kPiece, kHexPiece}) {
          const std::string_view piece = all.substr(at, size);
          if (pieces_.count(piece) > 0) put(at, at + piece.size());
        }
      }
    }
  }
  return found.empty() ? text : redacted_at(std::move(found), text);
}

std::vector<std::string> without_secrets(std::vector<std::string> words) {
  const Redactor redactor;
  for (std::string& word : words) word = redactor(std::move(word));
  return words;
}

}  // namespace rung
