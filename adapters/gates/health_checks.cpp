#include "adapters/gates/health_checks.hpp"

#include <type_traits>

#include "adapters/gates/check_kinds.hpp"

namespace rung {

std::unique_ptr<HealthCheck> make_health_check(
    const Gate& gate, const std::filesystem::path& folder) {
  return std::visit(
      [&](const auto& check) -> std::unique_ptr<HealthCheck> {
        if constexpr (std::is_same_v<std::decay_t<decltype(check)>,
                                     CommandGate>) {
          return make_check(check, folder);
        } else {
          return make_check(check);
        }
      },
      gate.check);
}

}  // namespace rung
