#pragma once

#include <span>
#include <string_view>

#include "core/variables/what_follows.hpp"

namespace rung {

/// How a language or library reads a variable, as tokens with blanks between
/// them. Words stand for themselves, but:
///   $E  the environment      $F  a function that reads one variable
///   S   the name, a string   U   the same, in capitals
///   W   the name, a word     V   the same, in capitals
///   C   "A:B", the name A__B     D  "a.b", the name A_B, may be set elsewhere
///   *   any word             <>  type arguments, if there are any
struct CodeForm {
  unsigned languages;
  const char* form;
  Missing missing = Missing::reads_nothing;
  /// The file has to have this word, too (a library's name); "" = none.
  const char* needs = "";
};

std::span<const CodeForm> code_forms();

}  // namespace rung
