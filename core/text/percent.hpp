#pragma once

#include <string>
#include <string_view>

namespace rung {

/// For one component of a URL's path or one value of its query.
std::string percent_encoded(std::string_view text);

/// A '%' without two hexadecimal digits behind it stays.
std::string percent_decoded(std::string_view text);

}  // namespace rung
