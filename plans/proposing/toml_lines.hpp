#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A `key = value` of a TOML file.
struct TomlLine {
  std::string table;  ///< "deploy", "tool.poetry"; "" = above every table
  std::string key;
  std::string value;  ///< a string without its quotes; anything else as written
  std::vector<std::string> list;  ///< the strings of an array
  std::size_t line = 0;           ///< from 1
};

/// What people write into fly.toml, pyproject.toml, Cargo.toml and the like:
/// tables, strings, arrays of strings over several lines. Leaves out anything
/// else (strings of several lines) instead of guessing.
std::vector<TomlLine> toml_lines(std::string_view text);

/// The first line with this table and key; nullptr = none.
const TomlLine* find_toml(const std::vector<TomlLine>& lines,
                          std::string_view table, std::string_view key);

}  // namespace rung
