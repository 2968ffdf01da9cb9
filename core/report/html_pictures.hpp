#pragma once

#include <string>
#include <string_view>

#include "core/report/posting.hpp"

namespace rung {

/// Foreign text as text or attribute of HTML, one line of at most `longest`
/// columns. The one way in which any gets into the page.
std::string html_part(std::string_view foreign, std::size_t longest = 1000);

/// A mark for a verdict, as SVG: each has a shape and a colour of its own.
std::string html_mark(Verdict verdict, std::string_view x, std::size_t y);

/// The user's word for a verdict.
std::string html_word(Verdict verdict, const Terms& terms);

/// The search as SVG: changes from left to right, trials from top to bottom in
/// the order made, and behind each where a single guilty change could still be.
/// "" = there is no search.
std::string search_picture(const Posting& posting);
/// The phases of a climb as SVG, the first one at the bottom. "" = there are
/// none.
std::string ladder_picture(const Posting& posting);

}  // namespace rung
