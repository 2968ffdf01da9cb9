#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// JSON with an issue for each error: `signature` (the same each night that
/// tells of the same trouble), `marker` (a comment that no reader sees; search
/// for it before you open another), `title`, and `body` (Markdown that begins
/// with the marker; a tracker takes it as it is).
std::string as_issues(const Posting& posting);

}  // namespace rung
