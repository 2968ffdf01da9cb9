#pragma once

#include <re2/re2.h>

#include <string_view>

namespace rung {

/// For text of any bytes, as logs are: Latin-1 makes each byte a character.
inline RE2::Options byte_options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

inline re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace rung
