#include "plans/env/without.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "plans/env/env_file.hpp"

namespace rung {
namespace {

/// A return that ends no line for some programs and does for others: lines
/// cannot be told apart.
bool has_lone_return(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    at = std::min(text.find('\r', at), text.size());
    if (at < text.size() && text.substr(at, 2) != "\r\n") return true;
  }
  return false;
}

}  // namespace

std::string without_variables(std::string_view text,
                              const std::set<std::string>& names,
                              Dialect dialect, const std::string& file,
                              const std::map<std::string, std::string>& outer) {
  const EnvVars read = read_env_text(text, dialect, file, outer);
  std::map<int, std::string> gone;  // line -> whose
  for (const EnvStatement& one : read.statements) {
    if (!names.contains(one.name)) continue;
    for (int line = one.line; line <= one.end_line; ++line) {
      gone[line] = one.name;
    }
  }
  if (gone.empty()) return std::string(text);
  for (const EnvStatement& other : read.statements) {
    if (names.contains(other.name)) continue;
    const auto shared = gone.lower_bound(other.line);
    if (shared == gone.end() || shared->first > other.end_line) continue;
    throw PlanError(
        fmt::format("{}:{}: {} shares its line with {}; delete it by hand",
                    file, shared->first, shared->second, other.name));
  }
  if (has_lone_return(text)) {
    throw PlanError(
        fmt::format("{}: has a carriage return in the middle of a line; save "
                    "it with usual line ends, or delete by hand",
                    file));
  }
  // A byte order mark belongs to the file, not to its first line.
  const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  std::string out(text.substr(0, mark));
  text.remove_prefix(mark);
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (!gone.contains(line)) out += text.substr(0, end);
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace rung
