#pragma once

#include <string_view>

#include "core/base/error.hpp"
#include "core/model/release.hpp"
#include "plans/requirements/requirements.hpp"

// What is left of a package-lock.json in Release::requirements, and the way
// back. A package's value is a line for people ("4.18.2"), a line end, and a
// JSON object:
//   "at"    path in the lock file -> the entry there, for each place where the
//           package lies, with what it bundles
//   "want"  manifest's folder ("" = the project's) -> section -> range, where
//           a manifest of the project asks for it
//   "v1"    true: the entries are as in a lock file of version 1
// So one package, wherever it lies, is one delta.
namespace rung {

/// Whether it is a value of that kind.
bool is_locked(std::string_view value);
bool any_locked(const Requirements& requirements);

/// Where two releases are compared: what does not decide what is installed
/// (fields that another npm writes) is made equal, and both get to know the
/// packages of the other (Release::config, "npm-packages"), from which a
/// package that only one of them brings can be completed.
void share_locked(Release& good, Release& bad);

/// Packages of two lock files that npm would not install together: says nothing
/// about the release.
class CannotCombine : public PlanError {
 public:
  using PlanError::PlanError;
};

}  // namespace rung
