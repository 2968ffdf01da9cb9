#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A program that a command line for sh runs.
struct ProgramWord {
  std::string name;
  /// False: an `if`, `||` or the like decides whether it runs at all.
  bool certain = true;
  friend bool operator==(const ProgramWord&, const ProgramWord&) = default;
};

/// The programs that the shell looks for in PATH, each once, in order: "npm"
/// and "node" of `NODE_ENV=x npm ci && exec node server.js`. Leaves out what
/// the shell itself does (cd, export), files of the folder (./run,
/// .venv/bin/pip), and what only a run can tell ($TOOL). Never throws.
std::vector<ProgramWord> programs_of(std::string_view command);

}  // namespace rung
