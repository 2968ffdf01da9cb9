#pragma once

#include <string_view>

namespace rung {

enum Language : unsigned {
  kNoLanguage = 0,
  kPython = 1U << 0,
  kNode = 1U << 1,  ///< JavaScript, TypeScript and what embeds them
  kRuby = 1U << 2,
  kGo = 1U << 3,
  kJvm = 1U << 4,
  kPhp = 1U << 5,
  kRust = 1U << 6,
  kDotnet = 1U << 7,
  kElixir = 1U << 8,
  kPrisma = 1U << 9,
  kShell = 1U << 10,        ///< scripts, which have variables of their own
  kSubstituted = 1U << 11,  ///< Procfile, compose, YAML: $X from outside
  kDocker = 1U << 12,       ///< Dockerfile
  kOther = 1U << 13,        ///< Perl, Lua, Dart, Swift, C, ...: common forms
};

/// By the path's suffix, else by the `#!` of the content.
Language language_of(std::string_view path, std::string_view content);

/// Whether programs are written in it. Settings and scripts of a shell are not.
bool is_of_programs(Language language);

/// What stands behind the last slash.
std::string_view file_name(std::string_view path);
/// What stands behind the name's last dot, in the case written.
std::string_view file_ending(std::string_view path);

}  // namespace rung
