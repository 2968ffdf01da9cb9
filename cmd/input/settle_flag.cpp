#include "cmd/input/settle_flag.hpp"

#include <CLI/CLI.hpp>

#include "core/model/gate.hpp"
#include "core/text/duration.hpp"

namespace rung {

void SettleFlag::add_option(CLI::App& app) {
  app.add_option("--settle", text_,
                 "a service that passed its gates must stay up this long "
                 "(default: as in the plan, else 1s); 0s turns this off")
      ->envname("RUNG_SETTLE");
}

std::optional<std::chrono::milliseconds> SettleFlag::given() const {
  if (text_.empty()) return std::nullopt;
  return parse_duration(text_);
}

}  // namespace rung
