#pragma once

#include <string>
#include <string_view>

#include "core/model/verdict.hpp"

namespace rung {

/// The normalised failure: "stage/cause/message" with times, ids, addresses,
/// ports that vary, paths of work trees and hex numbers taken out.
std::string signature(Stage stage, std::string_view cause,
                      std::string_view message);

/// Of a whole failure: of its likely reason if the log gave one, else of what
/// was found; its evidence is part of it wherever that stood.
std::string signature(const Failure& failure);

}  // namespace rung
