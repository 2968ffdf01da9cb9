#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// A log that can be unfolded, with marks at the likely cause and at the last
/// line that the failure quotes.
std::string html_log(const PostedLog& log);

}  // namespace rung
