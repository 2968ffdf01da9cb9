#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plans/proposing/guess.hpp"

namespace rung {

/// What a service needs beside it. `other`: rung knows no command for it.
enum class Backing { postgres, redis, mysql, mongo, other };

/// A variable that a file of the project names. The value is what stands in
/// that file: it may be a secret.
struct StatedVariable {
  std::string name;
  std::optional<std::string> value;
  std::optional<Backing> backing;  ///< it holds the address of one
  std::string from;
};

struct StatedBacking {
  Backing kind = Backing::other;
  std::string name;  ///< as the file calls it: "db"
  std::string what;  ///< "image postgres:15"
  std::string from;
};

/// What files for platforms say of one app. What is read first wins.
struct Stated {
  std::optional<Guess> build, start, health;
  std::optional<Guess> image_start;  ///< an image's; may name paths of it
  std::optional<Guess> release;      ///< runs before a release, a migration say
  std::optional<Guess> port;         ///< a number
  std::optional<Guess> static_folder;
  std::vector<StatedVariable> env;
  std::vector<StatedBacking> backing;
  std::vector<std::string> unread;  ///< "fly.toml: why"
  bool has_dockerfile = false;
};

/// "postgres:15-alpine" -> postgres; nullopt = not a backing service's image.
std::optional<Backing> backing_of_image(std::string_view image);
/// "postgresql+asyncpg" -> postgres; nullopt = not a backing service's.
std::optional<Backing> backing_of_scheme(std::string_view scheme);
/// "postgres", ...
std::string_view to_string(Backing kind);

/// The backing services that the dependencies speak to.
std::set<Backing> backing_of_packages(const std::set<std::string>& packages);

}  // namespace rung
