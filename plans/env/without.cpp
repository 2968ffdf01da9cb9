#include "plans/env/without.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "plans/env/env_file.hpp"

namespace rung {
namespace {

/// Where a line begins; the end of the text for one behind the last.
std::size_t begin_of_line(std::string_view text, int line) {
  std::size_t at = 0;
  for (; line > 1 && at < text.size(); --line) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return at;
}

}  // namespace

std::string without_variables(std::string text,
                              const std::set<std::string>& names,
                              Dialect dialect, const std::string& file) {
  // One at a time: a variable that is set twice has the line of the last one,
  // and lines move.
  for (;;) {
    const EnvVars read = read_env_text(text, dialect, file);
    const auto found = std::find_if(
        read.vars.begin(), read.vars.end(),
        [&](const EnvVar& var) { return names.contains(var.name); });
    if (found == read.vars.end()) return text;
    const std::size_t begin = begin_of_line(text, found->line);
    const std::size_t end = begin_of_line(text, found->end_line + 1);
    if (end <= begin) {
      throw PlanError(fmt::format("{}: cannot delete {}", file, found->name));
    }
    text.erase(begin, end - begin);
  }
}

}  // namespace rung
