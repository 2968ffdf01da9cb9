#pragma once

#include <optional>
#include <string>

#include "core/variables/variable_use.hpp"
#include "plans/proposing/app.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/stated.hpp"

namespace rung {

/// The port that an app listens on.
struct PortGuess {
  std::string port;  ///< a number, or "auto": the app binds what PORT says
  std::string from;
  std::string todo;  ///< "" = nothing is left open
};

/// `start` is the command that the plan will have; "" = none. `reads`: of the
/// app's sources.
PortGuess port_guess(const Project& project, const App& app,
                     const Stated& stated, const std::string& start,
                     const SourceReads& reads);

}  // namespace rung
