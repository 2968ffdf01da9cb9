#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A place in a source or configuration file that reads an environment
/// variable.
struct VariableUse {
  std::string name;
  std::string file;  ///< the given path
  int line = 0;      ///< from 1
  /// Whether the program continues as planned without the variable.
  bool has_default = false;
  /// A short, harmless literal ("3000", "info"); empty for anything else and
  /// for anything that might be a secret.
  std::string default_text;
  /// The program stops without it: `os.environ["X"]`, `${X:?}`. Never with
  /// has_default; neither of them = it reads nothing and goes on.
  bool required = false;
  /// A manifest (compose file, render.yaml, app.json, ...) names it: it is
  /// passed on or asked for there, and read elsewhere if at all.
  bool passed_on = false;
  friend auto operator<=>(const VariableUse&, const VariableUse&) = default;
};

/// A place that reads a variable whose name is not written there:
/// `process.env[name]`, `os.environ["SHOP_" + x]`.
struct DynamicRead {
  std::string file;
  int line = 0;
  std::string prefix;  ///< what is known of the name's beginning; "" = nothing
  friend auto operator<=>(const DynamicRead&, const DynamicRead&) = default;
};

struct SourceReads {
  std::vector<VariableUse> uses;     ///< by line
  std::vector<DynamicRead> dynamic;  ///< by line
  /// Functions of this file that read the variable that a parameter names:
  /// the "must_env" of `def must_env(name): return os.environ[name]`. Their
  /// calls read variables, in other files too.
  std::set<std::string> readers;
};

/// What `content` (the text of `path`, any bytes) reads. The suffix of the
/// path decides which language it is. `readers`: functions of other files, see
/// SourceReads.
SourceReads reads_of(std::string_view path, std::string_view content,
                     const std::set<std::string>& readers = {});

/// The places that read the variable `name`, by line. Returns at once if the
/// text has neither the name nor anything that spells names otherwise.
std::vector<VariableUse> uses_of(std::string_view name, std::string_view path,
                                 std::string_view content);

/// The uses of reads_of().
std::vector<VariableUse> all_uses(std::string_view path,
                                  std::string_view content);

}  // namespace rung
