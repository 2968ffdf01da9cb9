#pragma once

#include <filesystem>
#include <span>

#include "core/audit/package_needs.hpp"

namespace rung {

/// The packages that files of requirements name, and lock files beside them.
/// Whatever cannot be read makes them `open`.
DeclaredPackages declared_for_python(const std::filesystem::path& folder,
                                     std::span<const SourceText> files);
DeclaredPackages declared_for_node(const std::filesystem::path& folder,
                                   std::span<const SourceText> files);

}  // namespace rung
