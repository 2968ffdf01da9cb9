#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "plans/env_dialects.hpp"
#include "plans/env_file.hpp"

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
    // A way to write it counts only if this dialect reads it back: the readers
    // are the one place that knows the rules.
    for (const auto& way : spellings(value, dialect)) {
      const std::string candidate = name + "=" + way + "\n";
      try {
        const auto read = read_env_text(candidate, dialect, "").vars;
        if (read.size() == 1 && read[0].name == name &&
            read[0].value == value) {
          line = candidate;
          break;
        }
      } catch (const PlanError&) {
        // this way will not do; the next one may
      }
    }
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
  return text;
}

}  // namespace rung
