#include "plans/env/write.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "plans/env/dialect_reader.hpp"
#include "plans/env/env_file.hpp"

namespace rung {
namespace {

std::string escaped(const std::string& value, std::string_view characters,
                    bool letters) {
  std::string out;
  for (const char c : value) {
    if (letters && (c == '\n' || c == '\r')) {
      out += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    if (characters.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

bool is_plain(const std::string& value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return env::is_name_char(c) ||
           std::string_view("./:,@%+-").find(c) != std::string_view::npos;
  });
}

std::map<std::string, std::string> read_or_nothing(const std::string& text,
                                                   Dialect dialect) {
  try {
    return read_env_text(text, dialect, "").values();
  } catch (const PlanError&) {
    return {};
  }
}

/// Whether `line` sets `name` to `value` and nothing else, whatever follows it:
/// a quote that is not closed where it seems to be ends at a later one.
/// The readers are the one place that knows the rules.
bool reads_back(const std::string& line, const std::string& name,
                const std::string& value, Dialect dialect) {
  static constexpr std::string_view kFollowing[] = {
      "", "='x'\n", "=\"x\"\n", "=`x`\n", "='\n'\n", "=\"\n\"\n", "=`\n`\n"};
  const std::string next = name + "_";
  for (const std::string_view following : kFollowing) {
    auto expected =
        following.empty()
            ? std::map<std::string, std::string>{}
            : read_or_nothing(next + std::string(following), dialect);
    if (!following.empty() && expected.empty()) continue;  // not its syntax
    expected[name] = value;
    if (read_or_nothing(line + (following.empty() ? "" : next) +
                            std::string(following),
                        dialect) != expected) {
      return false;
    }
  }
  return true;
}

/// Names that a shell keeps for itself: an assignment does not stay, or fails.
bool is_kept_by_shells(std::string_view name) {
  static constexpr std::string_view kKept[] = {
      "_",      "BASHOPTS", "BASH_VERSINFO", "EUID",     "LINENO",
      "OPTIND", "PPID",     "RANDOM",        "SECONDS",  "SHELLOPTS",
      "UID",    "SRANDOM",  "EPOCHSECONDS",  "FUNCNAME", "GROUPS"};
  return std::find(std::begin(kKept), std::end(kKept), name) != std::end(kKept);
}

/// The ways to write a value, the most readable first.
std::vector<std::string> spellings(const std::string& value, Dialect dialect) {
  if (dialect == Dialect::docker) return {value};
  std::vector<std::string> ways;
  if (is_plain(value)) ways.push_back(value);
  ways.push_back("\"" + value + "\"");
  ways.push_back("'" + value + "'");
  switch (dialect) {
    case Dialect::compose:
      ways.push_back("\"" + escaped(value, "\\\"$", true) + "\"");
      break;
    case Dialect::dotenv_python:
      ways.push_back("'" + escaped(value, "\\'", false) + "'");
      ways.push_back("\"" + escaped(value, "\\\"", true) + "\"");
      ways.push_back(value);
      break;
    case Dialect::dotenv_node:
      ways.push_back("`" + value + "`");
      ways.push_back("\"" + escaped(value, "", true) + "\"");
      ways.push_back(value);
      break;
    case Dialect::sh:
      ways.push_back("\"" + escaped(value, "\\\"$`", false) + "\"");
      break;
    case Dialect::docker:
      break;
  }
  return ways;
}

}  // namespace

std::string write_env_text(const std::map<std::string, std::string>& values,
                           Dialect dialect,
                           const std::map<std::string, std::string>& comments) {
  std::string text;
  std::string_view said;
  for (const auto& [name, value] : values) {
    std::optional<std::string> line;
    for (const auto& way : spellings(value, dialect)) {
      const std::string candidate = name + "=" + way + "\n";
      if (!reads_back(candidate, name, value, dialect)) continue;
      line = candidate;
      break;
    }
    if (dialect == Dialect::sh && is_kept_by_shells(name)) line.reset();
    if (!line) {
      throw PlanError(fmt::format(
          "{}: the dialect {} cannot express this name or value; choose "
          "another dialect",
          name, to_string(dialect)));
    }
    const auto comment = comments.find(name);
    if (comment != comments.end() && comment->second != said) {
      text += "# " + comment->second + "\n";
      said = comment->second;
    }
    text += *line;
  }
  if (read_env_text(text, dialect, "").values() != values) {
    throw PlanError(
        fmt::format("the dialect {} cannot express these values together; "
                    "choose another dialect",
                    to_string(dialect)));
  }
  return text;
}

}  // namespace rung
