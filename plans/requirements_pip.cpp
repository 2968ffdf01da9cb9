#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/did_you_mean.hpp"
#include "core/error.hpp"
#include "plans/requirements.hpp"

// Sources: PEP 503 (names), PEP 508 (requirements), pip's "Requirements File
// Format" (options, comments, continuation lines, -r and -c).
namespace rung {
namespace {

constexpr std::string_view kBlanks = " \t\f\v";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// Runs of blanks become one; pip sees no difference.
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

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

/// A password in a URL would end up in reports; pip reads ${NAME} itself.
void refuse_password(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return;
  const auto host = text.substr(scheme + 3, text.find('/', scheme + 3) -
                                                (scheme + 3));
  const auto at = host.rfind('@');
  if (at == std::string_view::npos) return;
  const auto user = host.substr(0, at);
  const auto colon = user.find(':');
  const auto secret = colon == std::string_view::npos ? user
                                                      : user.substr(colon + 1);
  // "git@host" is a user, not a secret.
  if (colon == std::string_view::npos && secret.size() < 16) return;
  if (secret.empty() || secret.starts_with("${")) return;
  throw PlanError(
      "a password or token in a URL; write ${NAME}, which pip reads from the "
      "environment, and declare NAME under secrets");
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

/// SCHEME://... or file:...
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
  const auto blank = text.find_first_of(kBlanks);
  const auto url = text.substr(0, blank);
  const auto rest = blank == std::string_view::npos
                        ? std::string()
                        : " " + squeezed(text.substr(blank));
  if (const auto egg = url.find("egg="); egg != std::string_view::npos &&
                                         url.find('#') < egg) {
    auto name = url.substr(egg + 4);
    name = name.substr(0, name.find_first_of("&["));
    if (!is_package_name(name)) throw PlanError("#egg= names no package");
    return {normalised_package(name), " @ " + std::string(url) + rest};
  }
  const auto path = url.substr(0, url.find_first_of("#?"));
  const auto name = archive_package(path);
  if (name.empty()) {
    throw PlanError(
        "a URL that does not say which package it holds; write NAME @ URL");
  }
  return {name, " @ " + std::string(url) + rest};
}

/// What pip takes behind a requirement: hashes and options of that line alone.
std::size_t options_begin(std::string_view text) {
  for (std::size_t at = text.find(" --"); at != std::string_view::npos;
       at = text.find(" --", at + 1)) {
    const auto word = text.substr(at + 1, text.find_first_of("= \t", at + 1) -
                                              (at + 1));
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
    if (!extra.empty()) extras.insert(normalised_package(extra));
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
    const bool plain =
        !version.empty() &&
        std::all_of(version.begin(), version.end(), [](char c) {
          return is_alnum(c) ||
                 std::string_view("._*+!-").find(c) != std::string_view::npos;
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

/// Knows its file and line already.
class Located : public PlanError {
  using PlanError::PlanError;
};

class PipReader {
 public:
  explicit PipReader(const ReadFile& read) : read_(read) {}

  void file(std::string_view text, const std::filesystem::path& file,
            bool constraints) {
    if (++files_ > 100) throw PlanError("more than 100 files through -r and -c");
    refuse_other_encodings(text, file);
    int number = 0;
    while (!text.empty()) {
      const int first = number + 1;
      const std::string line = logical_line(text, number);
      try {
        read_line(line, file, first, constraints);
      } catch (const Located&) {
        throw;  // from an included file
      } catch (const PlanError& error) {
        throw Located(
            fmt::format("{}:{}: {}", file.string(), first, error.what()));
      }
    }
    --files_;
  }

  Requirements result;

 private:
  struct Seen {
    std::string rest, place;
  };

  static void refuse_other_encodings(std::string_view text,
                                     const std::filesystem::path& file) {
    if (text.find('\0') != std::string_view::npos ||
        text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
      throw Located(fmt::format(
          "{}:1: not UTF-8 but UTF-16, as PowerShell's > writes; save it "
          "as UTF-8",
          file.string()));
    }
  }

  /// One line, continuation lines joined, without its comment.
  static std::string logical_line(std::string_view& text, int& number) {
    std::string line;
    for (bool more = true; more && !text.empty();) {
      const auto end = text.find('\n');
      auto physical = text.substr(0, end);
      text = end == std::string_view::npos ? "" : text.substr(end + 1);
      ++number;
      if (physical.ends_with('\r')) physical.remove_suffix(1);
      if (physical.starts_with("\xef\xbb\xbf")) physical.remove_prefix(3);
      const bool comment = trimmed(physical).starts_with('#');
      more = physical.ends_with('\\') && !comment;
      if (more) physical.remove_suffix(1);
      line += comment && !line.empty() ? std::string(" ") +
                                             std::string(physical)
                                       : std::string(physical);
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '#' &&
          (i == 0 || kBlanks.find(line[i - 1]) != std::string_view::npos)) {
        line.resize(i);
      }
    }
    return std::string(trimmed(line));
  }

  void read_line(const std::string& line, const std::filesystem::path& file,
                 int number, bool constraints) {
    if (line.empty()) return;
    if (line.starts_with('-')) {
      option(line, file, number);
      return;
    }
    auto [package, rest] = parse_pip_requirement(line);
    if (constraints) package = "-c " + package;
    add(package, rest, fmt::format("{}:{}", file.filename().string(), number));
  }

  void option(const std::string& line, const std::filesystem::path& file,
              int number) {
    const auto end = line.find_first_of("= \t");
    std::string name = line.substr(0, end);
    std::string value =
        end == std::string::npos ? "" : squeezed(line.substr(end + 1));
    // Short options may touch their value: -rbase.txt.
    if (line.size() > 2 && line[1] != '-' && end != 2) {
      name = line.substr(0, 2);
      value = squeezed(line.substr(2));
    }
    static const std::map<std::string_view, std::string_view> kShort = {
        {"-r", "--requirement"}, {"-c", "--constraint"}, {"-e", "--editable"},
        {"-i", "--index-url"},   {"-f", "--find-links"}};
    if (const auto it = kShort.find(name); it != kShort.end()) {
      name = it->second;
    }
    if (name == "--requirement" || name == "--constraint") {
      include(value, file, name == "--constraint");
    } else if (name == "--editable") {
      editable(value, fmt::format("{}:{}", file.filename().string(), number));
    } else {
      whole_file_option(name, value, file, number);
    }
  }

  void include(const std::string& value, const std::filesystem::path& file,
               bool constraints) {
    if (value.empty()) throw PlanError("-r and -c want a file");
    if (is_url(value)) {
      throw PlanError("-r and -c from a URL: fetch the file and name it");
    }
    if (!read_) throw PlanError("-r and -c cannot be followed here");
    const auto path = (file.parent_path() / value).lexically_normal();
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      throw PlanError("includes itself");
    }
    const std::string text = read_(path);
    open_.push_back(path);
    this->file(text, path, constraints);
    open_.pop_back();
  }

  void editable(const std::string& value, const std::string& place) {
    if (!is_url(value) || value.starts_with("file:")) {
      throw PlanError(
          "an editable folder is part of the code, not a requirement; put "
          "\"pip install -e\" into the build command");
    }
    const auto [package, rest] = from_url(value);
    add(package, rest, place);
  }

  void whole_file_option(const std::string& name, const std::string& value,
                         const std::filesystem::path& file, int number) {
    static constexpr std::string_view kFlags[] = {
        "--no-index", "--pre", "--prefer-binary", "--require-hashes"};
    static constexpr std::string_view kValued[] = {
        "--index-url", "--extra-index-url", "--find-links",  "--no-binary",
        "--only-binary", "--trusted-host",  "--use-feature", "--pypi-url"};
    const bool flag =
        std::find(std::begin(kFlags), std::end(kFlags), name) != std::end(kFlags);
    const bool valued = std::find(std::begin(kValued), std::end(kValued),
                                  name) != std::end(kValued);
    if (!flag && !valued) {
      std::vector<std::string_view> known(std::begin(kFlags), std::end(kFlags));
      known.insert(known.end(), std::begin(kValued), std::end(kValued));
      known.insert(known.end(), {"--requirement", "--constraint"});
      throw PlanError(fmt::format("unknown option {}{}", name,
                                  did_you_mean(name, known)));
    }
    if (valued == value.empty()) {
      throw PlanError(fmt::format("{} takes {} value", name,
                                  valued ? "a" : "no"));
    }
    refuse_password(value);
    std::string& entry = result[name];
    const std::string rest = value.empty() ? "" : " " + value;
    // Options such as --find-links may come several times, in an order that
    // counts.
    const bool again = places_.count(name) != 0;
    if (!again) {
      entry = rest;
    } else if (valued && entry != rest) {
      entry += "\n" + rest;
    }
    places_[name] = fmt::format("{}:{}", file.filename().string(), number);
  }

  void add(const std::string& package, const std::string& rest,
           const std::string& place) {
    const auto [it, added] = result.emplace(package, rest);
    if (added) {
      places_[package] = place;
      return;
    }
    std::set<std::string> lines;
    for (std::string_view left = it->second;;) {
      const auto end = left.find('\n');
      lines.insert(std::string(left.substr(0, end)));
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
    if (lines.count(rest) != 0) return;
    lines.insert(rest);
    // With markers each line is for another Python or system.
    for (const auto& line : lines) {
      if (line.find(';') == std::string::npos) {
        throw PlanError(fmt::format(
            "{} is required twice and differently (before: {}); keep one line",
            package, places_[package]));
      }
    }
    it->second = fmt::format("{}", fmt::join(lines, "\n"));
  }

  const ReadFile& read_;
  std::vector<std::filesystem::path> open_;
  std::map<std::string, std::string> places_;
  int files_ = 0;
};

}  // namespace

std::string normalised_package(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == '.') {
      if (out.empty() || out.back() != '-') out += '-';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

Requirement parse_pip_requirement(std::string_view line) {
  auto text = trimmed(line);
  if (text.find_first_of("\n\r") != std::string_view::npos) {
    throw PlanError("a requirement is one line");
  }
  std::size_t n = 0;
  while (n < text.size() && (is_alnum(text[n]) || text[n] == '.' ||
                             text[n] == '-' || text[n] == '_')) {
    ++n;
  }
  const auto direct = trimmed(text.substr(n)).starts_with('@');
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
          "a folder is part of the code, not a requirement; put \"pip install\" "
          "of it into the build command");
    }
    return {package, " @ " + squeezed(text)};
  }
  if (!is_package_name(text.substr(0, n))) {
    throw PlanError(fmt::format(
        "\"{}\" does not begin with the name of a package",
        text.substr(0, std::min<std::size_t>(text.size(), 40))));
  }
  Requirement result{normalised_package(text.substr(0, n)), ""};
  text = trimmed(text.substr(n));
  const auto options_at = options_begin(text);
  const auto options = squeezed(text.substr(options_at));
  text = trimmed(text.substr(0, options_at));
  result.rest = read_extras(text);

  std::string marker;
  if (text.starts_with('@')) {
    refuse_password(text);
    const auto target = trimmed(text.substr(1));
    if (!is_url(target)) throw PlanError("\"@\" wants a URL behind it");
    // In a URL a ";" is a marker only behind a blank.
    const auto semicolon = target.find(" ;");
    result.rest += " @ " + squeezed(target.substr(0, semicolon));
    if (semicolon != std::string_view::npos) {
      marker = squeezed(target.substr(semicolon + 2));
    }
  } else {
    const auto semicolon = text.find(';');
    result.rest += read_versions(trimmed(text.substr(0, semicolon)));
    if (semicolon != std::string_view::npos) {
      marker = squeezed(text.substr(semicolon + 1));
      // As in python_version<'3.9' or ('x' in os_name).
      if (marker.empty() ||
          !(is_alnum(marker[0]) ||
            std::string_view("'\"(").find(marker[0]) != marker.npos)) {
        throw PlanError("\";\" wants a marker behind it");
      }
    }
  }
  if (!marker.empty()) result.rest += " ; " + marker;
  if (!options.empty()) result.rest += " " + options;
  return result;
}

Requirements parse_pip_file(std::string_view text,
                            const std::filesystem::path& file,
                            const ReadFile& read) {
  PipReader reader(read);
  reader.file(text, file, false);
  return std::move(reader.result);
}

PipFiles write_pip_files(const Requirements& requirements,
                         const std::string& constraints_file,
                         const std::map<std::string, std::string>& origins) {
  PipFiles files;
  std::string options, packages;
  for (const auto& [key, value] : requirements) {
    const bool constraint = key.starts_with("-c ");
    const bool option = key.starts_with("--");
    std::string& out =
        constraint ? files.constraints : option ? options : packages;
    const auto origin = origins.find(key);
    const std::string comment =
        origin == origins.end() ? "" : "  # " + origin->second;
    const std::string name = constraint ? key.substr(3) : key;
    for (std::string_view left = value;;) {
      const auto end = left.find('\n');
      const auto rest = left.substr(0, end);
      // A path is no URL, so it cannot stand behind "NAME @".
      const bool path = rest.starts_with(" @ ") && !is_url(rest.substr(3));
      out += path ? std::string(rest.substr(3)) : name + std::string(rest);
      out += comment + "\n";
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }
  if (!files.constraints.empty()) options += "-c " + constraints_file + "\n";
  files.requirements = options + packages;
  return files;
}

}  // namespace rung
