#include "plans/requirements/pip_requirement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "core/base/error.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/url_user.hpp"
#include "plans/requirements/pip_text.hpp"

// Sources: PEP 503 (names), PEP 508 (requirements), pip's "Requirements File
// Format" and "VCS Support" (URLs).
namespace rung {

using namespace pip;

namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

/// Letters, digits, and - _ . between them.
bool is_package_name(std::string_view name) {
  return !name.empty() && is_alnum(name.front()) && is_alnum(name.back()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_alnum(c) || c == '.' || c == '-' || c == '_';
         });
}

/// The package that a wheel or source archive is named after, "" = neither.
std::string archive_package(std::string_view path) {
  const auto file = path.substr(path.find_last_of('/') + 1);
  for (const std::string_view ending :
       {".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2"}) {
    if (!file.ends_with(ending)) continue;
    // A wheel: NAME-VERSION-...; a source archive: NAME-VERSION.
    const auto stem = file.substr(0, file.size() - ending.size());
    const auto dash = ending == ".whl" ? stem.find('-') : stem.rfind('-');
    const auto name = stem.substr(0, dash);
    const bool comparison = stem.find_first_of("=<>~!") != stem.npos;
    if (dash != stem.npos && !comparison && is_package_name(name)) {
      return normalised_package(name);
    }
  }
  return "";
}

/// What pip takes behind a requirement: hashes and options of that line alone.
std::size_t options_begin(std::string_view text) {
  for (std::size_t at = text.find(" --"); at != std::string_view::npos;
       at = text.find(" --", at + 1)) {
    const auto word =
        text.substr(at + 1, text.find_first_of("= \t", at + 1) - (at + 1));
    if (word == "--hash" || word == "--config-settings" ||
        word == "--global-option" || word == "--install-option") {
      return at;
    }
  }
  return text.size();
}

std::string read_extras(std::string_view& text) {
  if (text.empty() || text[0] != '[') return "";
  const auto close = text.find(']');
  if (close == std::string_view::npos) {
    throw PlanError("\"[\" is never closed");
  }
  std::set<std::string> extras;
  auto inside = text.substr(1, close - 1);
  while (!inside.empty()) {
    const auto comma = inside.find(',');
    const auto extra = trimmed(inside.substr(0, comma));
    if (!extra.empty()) {
      if (!is_package_name(extra)) {
        throw PlanError("the text in [ ] is not the name of an extra");
      }
      extras.insert(normalised_package(extra));
    }
    inside = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
  }
  text = trimmed(text.substr(close + 1));
  return extras.empty() ? "" : fmt::format("[{}]", fmt::join(extras, ","));
}

std::string read_versions(std::string_view text) {
  if (text.size() >= 2 && text.front() == '(' && text.back() == ')') {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  std::string out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    std::string_view op;
    for (const std::string_view known :
         {"===", "==", "~=", "!=", "<=", ">=", "<", ">"}) {
      if (part.starts_with(known)) {
        op = known;
        break;
      }
    }
    const auto version = trimmed(part.substr(op.size()));
    const bool plain = !version.empty() &&
                       std::all_of(version.begin(), version.end(), [](char c) {
                         return is_alnum(c) || std::string_view("._*+!-").find(
                                                   c) != std::string_view::npos;
                       });
    if (op.empty() || !plain) {
      throw PlanError(fmt::format(
          "\"{}\" is not a version comparison; write it like ==1.2.3, >=1,<2 "
          "or ~=1.2",
          part));
    }
    if (!out.empty()) out += ',';
    out += std::string(op) + std::string(version);
  }
  return out;
}

/// What stands behind the ";", as in python_version<'3.9' or ('x' in os_name).
std::string read_marker(std::string_view text) {
  auto marker = squeezed(text);
  if (marker.empty() ||
      !(is_alnum(marker[0]) ||
        std::string_view("'\"(").find(marker[0]) != std::string_view::npos)) {
    throw PlanError("\";\" needs a marker after it");
  }
  return marker;
}

struct Pieces {
  std::string_view what;  ///< that is required: versions, or a URL
  std::optional<std::string_view> marker;
  std::string_view options;
};

/// `mark`: what stands before a marker.
Pieces pieces_of(std::string_view text, std::string_view mark) {
  const auto options_at = options_begin(text);
  Pieces pieces{trimmed(text.substr(0, options_at)), std::nullopt,
                text.substr(options_at)};
  const auto at = pieces.what.find(mark);
  if (at == std::string_view::npos) return pieces;
  pieces.marker = pieces.what.substr(at + mark.size());
  pieces.what = trimmed(pieces.what.substr(0, at));
  return pieces;
}

std::string marker_and_options(const Pieces& pieces) {
  std::string out;
  if (pieces.marker) out += " ; " + read_marker(*pieces.marker);
  const std::string options = squeezed(pieces.options);
  if (!options.empty()) out += " " + options;
  return out;
}

/// " @ URL", and the marker and options behind it.
std::string read_target(std::string_view target) {
  const std::string line = squeezed(target);
  // In a URL a ";" is a marker only behind a blank.
  const Pieces pieces = pieces_of(line, " ;");
  return " @ " + std::string(pieces.what) + marker_and_options(pieces);
}

}  // namespace

namespace pip {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : trimmed(text)) {
    const bool blank = kBlanks.find(c) != std::string_view::npos;
    if (!blank) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

void refuse_password(std::string_view text) {
  // Of a password that is written carelessly, '?' and '#' may be a part.
  const auto url = url_user(text, 0, "/");
  if (!url) return;
  const auto secret = url->password.value_or(url->user);
  // "git@host" is a user, not a secret.
  if (!url->password && secret.size() < 16) return;
  if (secret.empty() || secret.starts_with("${")) return;
  throw PlanError(
      "a password or token in a URL; write ${NAME}, which pip reads from the "
      "environment, and declare NAME under secrets");
}

bool is_url(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alnum(text[0])) {
    return false;
  }
  const auto scheme = text.substr(0, colon);
  return (text.substr(colon, 3) == "://" || scheme == "file") &&
         std::all_of(scheme.begin(), scheme.end(), [](char c) {
           return is_alnum(c) || c == '+' || c == '.' || c == '-';
         });
}

Requirement from_url(std::string_view text) {
  refuse_password(text);
  const auto url = text.substr(0, text.find_first_of(kBlanks));
  if (const auto egg = url.find("egg=");
      egg != std::string_view::npos && url.find('#') < egg) {
    auto name = url.substr(egg + 4);
    name = name.substr(0, name.find('&'));
    auto extras = name.substr(std::min(name.find('['), name.size()));
    name.remove_suffix(extras.size());
    if (!is_package_name(name)) throw PlanError("#egg= names no package");
    return {normalised_package(name), read_extras(extras) + read_target(text)};
  }
  const auto path = url.substr(0, url.find_first_of("#?"));
  const auto name = archive_package(path);
  if (name.empty()) {
    throw PlanError(
        "a URL that does not say which package it holds; write NAME @ URL");
  }
  return {name, read_target(text)};
}

}  // namespace pip

std::string normalised_package(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (out.empty() || out.back() != '-') out += '-';
    } else {
      out += ascii_lower(c);
    }
  }
  return out;
}

Requirement parse_pip_requirement(std::string_view line) {
  const std::string squeezed_line = squeezed(line);
  std::string_view text = squeezed_line;
  if (line.find_first_of("\n\r") != std::string_view::npos) {
    throw PlanError("a requirement is one line");
  }
  refuse_password(text);
  std::size_t n = 0;
  while (n < text.size() && (is_alnum(text[n]) || text[n] == '.' ||
                             text[n] == '-' || text[n] == '_')) {
    ++n;
  }
  auto behind = trimmed(text.substr(n));
  if (behind.starts_with('[')) {
    behind = trimmed(behind.substr(std::min(behind.find(']'), behind.size() - 1) + 1));
  }
  const auto direct = behind.starts_with('@');
  if (!direct && is_url(text.substr(0, text.find_first_of(kBlanks)))) {
    return from_url(text);
  }
  const auto first_word = text.substr(0, text.find_first_of(kBlanks));
  if (!direct && (text.starts_with('.') || text.starts_with('/') ||
                  first_word.find('/') != std::string_view::npos ||
                  !archive_package(first_word).empty())) {
    const auto package = archive_package(first_word);
    if (package.empty()) {
      throw PlanError(
          "a folder is part of the code, not a requirement; put \"pip "
          "install\" "
          "of it into the build command");
    }
    return {package, read_target(text)};
  }
  if (!is_package_name(text.substr(0, n))) {
    throw PlanError(
        fmt::format("\"{}\" does not begin with the name of a package",
                    text.substr(0, std::min<std::size_t>(text.size(), 40))));
  }
  Requirement result{normalised_package(text.substr(0, n)), ""};
  text = trimmed(text.substr(n));
  result.rest = read_extras(text);
  if (text.starts_with('@')) {
    const auto target = trimmed(text.substr(1));
    refuse_password(target);
    if (!is_url(target)) throw PlanError("\"@\" needs a URL after it");
    result.rest += read_target(target);
    return result;
  }
  const Pieces pieces = pieces_of(text, ";");
  result.rest += read_versions(pieces.what);
  result.rest += marker_and_options(pieces);
  return result;
}

}  // namespace rung
