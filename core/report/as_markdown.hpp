#pragma once

#include <cstddef>
#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// The posting as GitHub-flavored Markdown of at most `most` bytes: the answer,
/// each item with its tests, proof and commits, what serves, the command that
/// repeats it, the next step, and the logs, folded. What does not fit is left
/// out, from the end, and the last line says so. REQUIRES: most >= 4000.
std::string as_markdown(const Posting& posting, std::size_t most);
/// One item alone, with what the posting says of all of them.
std::string as_markdown(const Posting& posting, const PostedItem& item,
                        std::size_t most);

}  // namespace rung
