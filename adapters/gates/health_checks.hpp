#pragma once

#include <filesystem>
#include <memory>

#include "core/gates/health_check.hpp"

namespace rung {

/// The check of a gate. `folder`: where command gates run ("" = where rung
/// was started).
std::unique_ptr<HealthCheck> make_health_check(
    const Gate& gate, const std::filesystem::path& folder = {});

}  // namespace rung
