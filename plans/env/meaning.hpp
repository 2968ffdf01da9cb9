#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plans/env/env_file.hpp"

namespace rung {

/// What an env file sets, and what to tell about it.
struct ToldEnv {
  EnvVars read;
  /// One line each, no values: the reader's notes, what is read otherwise
  /// than it seems to be meant, and what other dialects read differently.
  std::vector<std::string> notes;
};

/// As read_env_text(), for a file that a user gave: what is no env file is
/// refused by what it is, and a refusal names the dialect that would read the
/// file as it stands.
ToldEnv read_env_told(std::string_view text, Dialect dialect,
                      const std::string& file,
                      const std::map<std::string, std::string>& outer = {});
/// The same for a file on disk.
ToldEnv read_env_told_file(
    const std::filesystem::path& file, Dialect dialect,
    const std::map<std::string, std::string>& outer = {});

/// What the lines of a file say to somebody who knows no dialect: quotes
/// around a value and a comment behind it are no part of it, a `$` before no
/// variable's name is a dollar sign. Left out: what may be meant either way.
std::map<std::string, std::string> likely_meant(
    std::string_view text, const std::map<std::string, std::string>& outer);

/// The dialect that reads `meant` as meant, the whole of it if one does, but
/// `name` in any case ("" = none in particular); nullopt = none does.
std::optional<Dialect> dialect_as_meant(
    std::string_view text, const std::map<std::string, std::string>& meant,
    const std::string& name, const std::map<std::string, std::string>& outer);

}  // namespace rung
