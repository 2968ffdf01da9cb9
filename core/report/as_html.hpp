#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// The posting as one page of HTML that needs nothing else: no script, no
/// network, and a policy that forbids both. The answer with its proof, what
/// serves, the command that repeats it and the next step come first; then
/// pictures, tables and folded logs.
std::string as_html(const Posting& posting);

}  // namespace rung
