#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/plan.hpp"

namespace rung {

/// "docker", "compose", "dotenv-python", "dotenv-node", "sh".
std::string_view to_string(Dialect dialect);
std::optional<Dialect> dialect_from(std::string_view word);
inline constexpr Dialect kDialects[] = {Dialect::docker, Dialect::compose,
                                        Dialect::dotenv_python,
                                        Dialect::dotenv_node, Dialect::sh};

struct EnvVar {
  std::string name, value;
  int line = 0;      ///< 1-based: where the statement that set it last begins
  int end_line = 0;  ///< where it ends: > line for a quoted value of many lines
};

/// A statement that names a variable: sets it or, in sh, only exports it.
struct EnvStatement {
  std::string name;
  int line = 0, end_line = 0;  ///< as in EnvVar
};

/// What an env file sets. Holds values that may be secret: never print it.
struct EnvVars {
  std::vector<EnvVar> vars;  ///< in the order first set; the last value counts
  /// "FILE:LINE: ..." worth telling: set twice, line ignored. No values.
  std::vector<std::string> notes;
  std::vector<EnvStatement> statements;  ///< in the order of the file

  [[nodiscard]] std::map<std::string, std::string> values() const;
};

inline constexpr std::size_t kMaxEnvFile = 1 << 20;  ///< bytes

/// Reads the text of an env file as the programs of that dialect do; the rules
/// and their sources stand beside each reader (env_*.cpp). `file` is for
/// messages only.
///
/// `$NAME` stands for `outer` (what is set below this file) or for an earlier
/// line of the file. compose and dotenv-python let `outer` win, as they let the
/// process environment win; in sh the file's own assignment wins. Unset = "".
/// The caller's own environment is never looked at.
///
/// Throws PlanError "FILE:LINE: what"; no message holds a value.
EnvVars read_env_text(std::string_view text, Dialect dialect,
                      const std::string& file,
                      const std::map<std::string, std::string>& outer = {});

}  // namespace rung
