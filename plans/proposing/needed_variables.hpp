#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/variables/variable_use.hpp"
#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// A variable that an app reads, or that a file of the project names.
struct NeededVariable {
  std::string name;
  std::string from;       ///< where it is named first
  std::string read_from;  ///< where the source reads it; "" = nowhere
  /// The source ends without it: os.environ["X"], ENV.fetch("X").
  bool strict = false;
  /// The source has no default for it.
  bool required = false;
  /// A value that files for platforms state, if it is no secret.
  std::optional<std::string> value;
  std::string value_from;
  std::optional<Backing> backing;
  std::string scheme;  ///< "postgresql+asyncpg", if some file says so
};

/// Every variable that matters, by name. Never has the value of a secret, nor
/// any value of an example of an env file. `reads`: of the app's sources.
std::vector<NeededVariable> needed_variables(const Project& project,
                                             const App& app,
                                             const Stated& stated,
                                             const SourceReads& reads);

}  // namespace rung
