#pragma once

#include <string>
#include <string_view>

#include "core/model/verdict.hpp"

namespace rung {

/// The normalised failure: "stage/cause/message" without times, ids, addresses,
/// ports that vary, paths of work trees and hex numbers.
std::string signature(Stage stage, std::string_view cause,
                      std::string_view message);

/// The signature of a whole failure: of its likely reason if the log gave one,
/// else of the finding. It always includes the evidence, and never the trial's
/// own port.
std::string signature(const Failure& failure);

}  // namespace rung
