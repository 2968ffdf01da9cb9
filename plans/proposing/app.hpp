#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plans/proposing/guess.hpp"

namespace rung {

/// The apps that a plan treats in ways of their own.
enum class AppKind { go, rust, image, static_site, other };

/// An app as its language and framework make it, before what files for
/// platforms say is taken into account.
struct App {
  AppKind kind = AppKind::other;
  std::string what;               ///< for people: "a Flask app"
  std::string runtime = "other";  ///< as in a plan
  std::optional<Guess> build, start;
  /// What the build reads and makes; empty = anything.
  std::vector<std::string> build_inputs, build_outputs;
  /// What goes before a command so that it finds the app's programs.
  std::string prefix;
  std::optional<Guess> version;  ///< "Python 3.12": what the project asks for
  bool reads_port = false;       ///< the framework binds PORT by itself
  /// What starts it is a guess from names that a library has, too.
  bool may_be_library = false;
  std::set<std::string> packages;  ///< direct dependencies, lower case
  std::vector<std::string> todos;
};

}  // namespace rung
