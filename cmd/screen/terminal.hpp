#pragma once

namespace rung {

/// Whether colours and movement may be shown there: a terminal that knows them,
/// and nobody has asked for plain text (--no-color, NO_COLOR).
/// Source: no-color.org.
bool takes_colour(int descriptor, bool no_colour);

/// Whether the user's locale writes UTF-8.
bool utf8_locale();

}  // namespace rung
