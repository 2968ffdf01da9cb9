#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plans/proposing/guess.hpp"

namespace rung {

/// An app as its language and framework make it, before what files for
/// platforms say is taken into account.
struct App {
  std::string kind;             ///< "a Flask app"
  std::string runtime = "other";  ///< as in a plan
  std::optional<Guess> build, start;
  /// What the build reads and makes; empty = anything.
  std::vector<std::string> build_inputs, build_outputs;
  /// What goes before a command so that it finds the app's programs.
  std::string prefix;
  std::optional<Guess> version;  ///< "Python 3.12": what the project asks for
  std::optional<Guess> port;     ///< the framework's own choice
  bool reads_port = false;       ///< the framework binds PORT by itself
  /// What starts it is a guess from names that a library has, too.
  bool may_be_library = false;
  std::set<std::string> packages;  ///< direct dependencies, lower case
  std::vector<std::string> todos;
};

}  // namespace rung
