#pragma once

#include <optional>
#include <string_view>

namespace rung {

/// The platform whose rules for ports and addresses apply to a deployment.
/// `docker`: those of a container in a network of its own.
enum class Emulation { none, render, cloudrun, docker };

/// As in plans; gate ids depend on it.
std::string_view to_string(Emulation emulation);
std::optional<Emulation> emulation_from(std::string_view word);

}  // namespace rung
