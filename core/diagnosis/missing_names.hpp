#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace rung {

/// All variables that one complaint about the environment names, because two
/// complaints with different names are two failures.
struct NamedVariables {
  std::set<std::string> missing, invalid;
};

/// Reads the complaint around line `at`, as pydantic, zod, envalid, joi and
/// hand-written checks ("Missing environment variables: A, B") write it. Both
/// sets are empty if there is no complaint.
NamedVariables named_variables(std::span<const std::string_view> lines,
                               std::size_t at);

/// "A, B, C"
std::string listed(const std::set<std::string>& names);

}  // namespace rung
