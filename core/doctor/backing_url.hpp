#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// What the URL in a variable such as DATABASE_URL leads to.
struct BackingUrl {
  enum class Kind {
    postgres,  ///< rung can log in
    redis,     ///< rung can log in
    other,     ///< rung can only connect
    web,       ///< http, https
  } kind = Kind::other;
  std::string service;     ///< for people: "PostgreSQL", "MySQL"
  std::uint16_t port = 0;  ///< where none is written; 0 = it must be written
};

/// By the scheme alone; nullopt = no URL of a service that rung knows.
std::optional<BackingUrl> backing_url(std::string_view value);

}  // namespace rung
