#pragma once

#include <string>
#include <string_view>

namespace rung {

/// PEP 503: lower case, runs of - _ . become one -.
std::string normalised_package(std::string_view name);

/// One line of a pip requirement file that names a package.
struct Requirement {
  std::string package, rest;
};
/// Throws PlanError (without a place) saying what is wrong with the line.
Requirement parse_pip_requirement(std::string_view line);

}  // namespace rung
