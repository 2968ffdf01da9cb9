#pragma once

#include <string>
#include <string_view>

#include "core/model/platform.hpp"
#include "core/model/release.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// A trial that says nothing about its release, because packages that rung put
/// together do not fit together.
Observation not_together(const std::string& why);

/// Turns a failure into such an observation where npm refuses files that rung
/// wrote, or where they lack a package that nothing asks for and that both ends
/// have all the same. `as_given`: the packages are those of one of the user's
/// files, so that npm's complaint about them is theirs.
void excuse_own_files(Observation& seen, std::string_view log,
                      const Release& release, const Bundle& bundle,
                      bool as_given);

}  // namespace rung
