#pragma once

#include <string>
#include <string_view>

namespace rung {

/// "18.19.0" of "v18.19.0", "Python 3.11.2", "git version 2.39.5"; "" = none.
std::string version_in(std::string_view text);

/// What a file such as .nvmrc or .python-version asks for, as far as it is a
/// version: "18" of "v18\n", "3.11" of "python-3.11.4"; "" = it is none ("lts/*",
/// "system", several). At most `parts` numbers: a patch release rarely matters,
/// and few machines have just that one.
std::string version_wanted(std::string_view text, unsigned parts);

/// Whether the numbers of `wanted` begin those of `found`: "3.1" does not begin
/// "3.11.2".
bool version_begins(std::string_view found, std::string_view wanted);

}  // namespace rung
