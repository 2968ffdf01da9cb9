#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "plans/env/env_file.hpp"

// Inside of env_file.cpp: one reader for each dialect.
namespace rung::env {

using Values = std::map<std::string, std::string>;

/// One file while it is read.
class Reading {
 public:
  Reading(std::string_view content, std::string file, const Values& outer)
      : text(content), file_(std::move(file)), outer_(outer) {}

  std::string_view text;
  std::size_t at = 0;  ///< offset of what is read next

  [[nodiscard]] bool done() const { return at >= text.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at + ahead < text.size() ? text[at + ahead] : '\0';
  }
  /// 1-based line of an offset; offsets asked for must not decrease by much:
  /// counted on from the last one asked.
  int line_of(std::size_t offset);

  void set(std::string name, std::string value, std::size_t begin,
           std::size_t end);
  /// A statement that names a variable and sets nothing.
  void mention(std::string_view name, std::size_t begin, std::size_t end);
  /// Adds what a variable in a value stands for. Refused when that grows beyond
  /// what a file may hold: of thirty lines each may double the one above.
  void put(std::string& value, std::string_view meant, std::size_t begin);
  void unset(const std::string& name);
  void note(std::size_t offset, std::string_view what);
  /// Throws PlanError "FILE:LINE: what".
  [[noreturn]] void refuse(std::size_t offset, std::string_view what);

  [[nodiscard]] std::optional<std::string> outer_first(
      const std::string& name) const;
  [[nodiscard]] std::optional<std::string> file_first(
      const std::string& name) const;

  EnvVars result;

 private:
  std::string file_;
  const Values& outer_;
  std::map<std::string, std::size_t> index_;
  std::size_t from_references_ = 0;  ///< bytes
  std::size_t counted_to_ = 0;
  int line_ = 1;
};

void read_docker(Reading& in);
void read_compose(Reading& in);
void read_dotenv_python(Reading& in);
void read_dotenv_node(Reading& in);
void read_sh(Reading& in);

/// Bytes of the white space character that begins at `at`, line breaks
/// included, also those outside ASCII (a no-break space pasted from a web
/// page); 0 = none there.
std::size_t space_at(std::string_view text, std::size_t at);
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);
inline std::string_view trim(std::string_view text) {
  return trim_left(trim_right(text));
}
inline bool is_break(char c) {
  return c == '\n' || c == '\r';
}

/// [A-Za-z_][A-Za-z0-9_]*, what a shell can name.
bool is_shell_name(std::string_view name);
inline bool is_name_start(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
inline bool is_name_char(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

}  // namespace rung::env
