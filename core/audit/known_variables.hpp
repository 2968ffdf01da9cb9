#pragma once

#include <optional>
#include <string_view>

namespace rung {

/// A variable that programs read which are in nobody's repository.
struct KnownVariable {
  std::string_view who;  ///< "the platform: ..." or "a dependency: ..."
  /// The platform or the operating system sets it, so no file has to.
  bool given = false;
  /// Only names that begin alike are known, so this one may be nobody's.
  bool by_prefix = false;
};

/// What is known of this name; nullopt = nothing.
std::optional<KnownVariable> known_variable(std::string_view name);

}  // namespace rung
