#include "plans/env/meaning.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "plans/env/compare.hpp"
#include "plans/env/dialect_reader.hpp"
#include "plans/env/kind.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

using Values = std::map<std::string, std::string>;

/// Asked in this order: those most files are written for first.
constexpr Dialect kLikely[] = {Dialect::compose, Dialect::dotenv_node,
                               Dialect::dotenv_python, Dialect::docker,
                               Dialect::sh};

/// What stands behind the "=" of one line, as a person reads it.
std::optional<std::string> meant_by(std::string_view text,
                                    const std::set<std::string>& names) {
  text = env::trim(text);
  bool literal = false;
  const char first = text.empty() ? '\0' : text[0];
  if (first == '\'' || first == '"' || first == '`') {
    const auto close = text.find(first, 1);
    if (close == std::string_view::npos) return std::nullopt;  // many lines
    const auto rest = env::trim(text.substr(close + 1));
    if (!rest.empty() && rest[0] != '#') return std::nullopt;
    text = text.substr(1, close - 1);
    literal = first == '\'';
    if (text.find('\\') != std::string_view::npos) return std::nullopt;
  } else {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
        text = env::trim(text.substr(0, i));
        break;
      }
    }
    if (text.starts_with('#')) return std::nullopt;
  }
  if (literal) return std::string(text);
  for (auto at = text.find('$'); at != std::string_view::npos;
       at = text.find('$', at + 1)) {
    static const RE2 reference(R"(^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})?)");
    const auto from = text.substr(at);
    if (from.starts_with("$$") || from.starts_with("$(")) return std::nullopt;
    std::string plain, braced;
    RE2::PartialMatch(re2::StringPiece(from.data(), from.size()), reference,
                      &plain, &braced);
    if (from.starts_with("${")) return std::nullopt;  // meant as a reference
    if (names.count(plain) > 0) return std::nullopt;
  }
  return std::string(text);
}

std::optional<Values> reading(std::string_view text, Dialect dialect,
                              const Values& outer) {
  try {
    return read_env_text(text, dialect, "", outer).values();
  } catch (const PlanError&) {
    return std::nullopt;
  }
}

bool reads_as_meant(const Values& read, const Values& meant,
                    const std::string& name) {
  const auto ours = read.find(name), theirs = meant.find(name);
  return theirs != meant.end() && ours != read.end() &&
         ours->second == theirs->second;
}

/// What each dialect reads, read once: a file of a thousand lines that are
/// misread asks a thousand times.
class Readings {
 public:
  Readings(std::string_view text, const Values& meant, const Values& outer)
      : meant_(meant) {
    for (const Dialect dialect : kLikely) {
      auto read = reading(text, dialect, outer);
      if (!read) continue;
      const auto right =
          std::count_if(meant.begin(), meant.end(), [&](const auto& var) {
            return reads_as_meant(*read, meant, var.first);
          });
      all_.push_back({dialect, *std::move(read), right});
    }
  }

  /// The one that reads most as meant, and `name` in any case ("" = none).
  [[nodiscard]] std::optional<Dialect> as_meant(const std::string& name) const {
    std::optional<Dialect> best;
    std::ptrdiff_t most = 0;
    for (const auto& [dialect, read, right] : all_) {
      if (right <= most) continue;
      if (!name.empty() && !reads_as_meant(read, meant_, name)) continue;
      most = right;
      best = dialect;
    }
    return best;
  }

 private:
  struct One {
    Dialect dialect;
    Values read;
    std::ptrdiff_t right;  ///< how many variables
  };
  const Values& meant_;
  std::vector<One> all_;
};

std::string bytes(const std::string& value) {
  return value.empty()       ? "empty"
         : value.size() == 1 ? "1 byte"
                             : fmt::format("{} bytes", value.size());
}

/// What makes the two differ, in words.
std::string difference(const std::string& read, const std::string& meant) {
  const auto quote = [](const std::string& text) {
    return text.size() >= 2 && text.front() == text.back() &&
           (text.front() == '"' || text.front() == '\'' ||
            text.front() == '`');
  };
  if (meant.find('$') != std::string::npos) return "a $ in it is expanded";
  if (quote(read) && !quote(meant)) return "the quotes are part of it";
  if (read.find('\r') != std::string::npos) return "a carriage return is part of it";
  if (read.size() > meant.size() && read.find('#') != std::string::npos) {
    return "the comment is part of it";
  }
  if (read.size() < meant.size() && meant.find('#') != std::string::npos) {
    return "it is cut at a #";
  }
  return "another value than stands there";
}

std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > 5) text += fmt::format(" and {} more", names.size() - 5);
  return text;
}

/// What other dialects read differently, one line for those that do it alike:
/// a file of forty quoted values must not bury what else there is to say.
void tell_of_others(ToldEnv& told, std::string_view text, Dialect dialect,
                    const std::string& file, const Values& outer,
                    const std::set<std::string>& said) {
  struct Group {
    std::vector<Dialect> dialects;
    int line = 0;
    std::vector<std::string> names;
    std::string here, there;
  };
  std::map<Dialect, Group> by_dialect;
  for (auto& warning :
       dialect_warnings(text, dialect, file, kDialects, outer)) {
    if (said.count(warning.name) > 0) continue;
    Group& group = by_dialect[warning.other];
    if (group.names.empty()) {
      group.line = warning.line;
      group.here = warning.declared_shape;
      group.there = warning.other_shape;
    }
    group.names.push_back(warning.name);
  }
  std::vector<Group> groups;
  for (auto& [other, group] : by_dialect) {
    const auto alike = std::find_if(
        groups.begin(), groups.end(), [&, &one = group](const Group& known) {
          return known.names == one.names && known.there == one.there;
        });
    if (alike != groups.end()) {
      alike->dialects.push_back(other);
    } else {
      group.dialects = {other};
      groups.push_back(std::move(group));
    }
  }
  for (const Group& group : groups) {
    std::string others;
    for (const Dialect other : group.dialects) {
      others += (others.empty() ? "" : ", ") + std::string(to_string(other));
    }
    const bool one = group.dialects.size() == 1;
    told.notes.push_back(
        fmt::format("{}:{}: {} {} {} differently from {}: {} here, {} there; "
                    "if that is how the service gets it: --dialect {}",
                    file, group.line, others, one ? "reads" : "read",
                    names_of(group.names), to_string(dialect), group.here,
                    group.there, to_string(group.dialects.front())));
  }
}

}  // namespace

Values likely_meant(std::string_view text, const Values& outer) {
  static const RE2 assignment(
      R"(^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=(.*)$)");
  std::vector<std::pair<std::string, std::string>> lines;
  std::set<std::string> names, twice;
  for (const auto& [name, value] : outer) names.insert(name);
  char open = '\0';
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (open != '\0') {  // inside a value of many lines
      if (line.find(open) != std::string_view::npos) open = '\0';
      continue;
    }
    std::string name, value;
    if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()),
                           assignment, &name, &value)) {
      continue;
    }
    if (!names.insert(name).second) twice.insert(name);
    const auto begin = env::trim(value);
    if (!begin.empty() && (begin[0] == '"' || begin[0] == '\'') &&
        begin.find(begin[0], 1) == std::string_view::npos) {
      open = begin[0];
    }
    lines.emplace_back(std::move(name), std::move(value));
  }
  Values meant;
  for (const auto& [name, value] : lines) {
    if (twice.count(name) > 0) continue;
    if (auto what = meant_by(value, names)) meant[name] = *std::move(what);
  }
  return meant;
}

std::optional<Dialect> dialect_as_meant(std::string_view text,
                                        const Values& meant,
                                        const std::string& name,
                                        const Values& outer) {
  return Readings(text, meant, outer).as_meant(name);
}

ToldEnv read_env_told(std::string_view text, Dialect dialect,
                      const std::string& file, const Values& outer) {
  if (const auto kind = no_env_file(text, dialect == Dialect::sh)) {
    throw PlanError(fmt::format("{}: not an env file: it is {}", file, *kind));
  }
  const Values meant = likely_meant(text, outer);
  ToldEnv told;
  try {
    told.read = read_env_text(text, dialect, file, outer);
  } catch (const PlanError& error) {
    const auto other = dialect_as_meant(text, meant, "", outer);
    if (!other || *other == dialect) throw;
    throw PlanError(fmt::format(
        "{} (read as {}); as it stands the file is read by --dialect {}",
        error.what(), to_string(dialect), to_string(*other)));
  }
  told.notes = told.read.notes;
  std::set<std::string> said;
  std::optional<Readings> readings;  // most files need none
  for (const EnvVar& var : told.read.vars) {
    const auto what = meant.find(var.name);
    if (what == meant.end() || what->second == var.value) continue;
    if (!readings) readings.emplace(text, meant, outer);
    const auto other = readings->as_meant(var.name);
    if (!other) continue;
    said.insert(var.name);
    told.notes.push_back(fmt::format(
        "{}:{}: {} is read as {} ({}: {}), but {} stand there; if that is "
        "meant: --dialect {}",
        file, var.line, var.name, bytes(var.value), to_string(dialect),
        difference(var.value, what->second),
        bytes(what->second), to_string(*other)));
  }
  if (text.find("\r\n") != std::string_view::npos) {
    told.notes.push_back(fmt::format(
        "{}: its lines end in CR LF, which {} reads without the CR; a shell "
        "that sources the file takes the CR into each value (--dialect sh)",
        file, to_string(dialect)));
  }
  std::vector<std::string> unnamed;
  int first = 0;
  for (const EnvVar& var : told.read.vars) {
    if (env::is_shell_name(var.name)) continue;
    if (unnamed.empty()) first = var.line;
    unnamed.push_back(var.name);
  }
  if (!unnamed.empty()) {
    told.notes.push_back(
        fmt::format("{}:{}: {}: not a name that a shell variable can have, and "
                    "dash as sh does not pass it on: a service or --command on "
                    "this machine may not get it",
                    file, first, names_of(unnamed)));
  }
  tell_of_others(told, text, dialect, file, outer, said);
  return told;
}

ToldEnv read_env_told_file(const std::filesystem::path& file, Dialect dialect,
                           const Values& outer) {
  return read_env_told(read_text_file(file, kMaxEnvFile), dialect,
                       file.string(), outer);
}

}  // namespace rung
