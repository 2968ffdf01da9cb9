#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// What `rung explain CAUSE` prints; nullopt for an unknown id.
std::optional<std::string> explain(std::string_view cause);
/// What to try against it, one sentence; "" for an unknown id.
std::string_view hint_of(std::string_view cause);
/// Every id of the vocabulary, in the order of its table.
std::vector<std::string_view> causes();

}  // namespace rung
