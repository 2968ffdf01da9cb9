#include "core/serving/wanted_release.hpp"

#include <nlohmann/json.hpp>

namespace rung {

std::optional<WantedRelease> WantedRecord::read() const {
  const auto text = history_.get(fact_);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return WantedRelease{json.value("phase", ""), json.value("release", "")};
}

void WantedRecord::write(const WantedRelease& wanted) {
  const nlohmann::json record = {{"phase", wanted.phase},
                                 {"release", wanted.release}};
  history_.set(fact_, record.dump());
}

void WantedRecord::clear() { history_.set(fact_, ""); }

}  // namespace rung
