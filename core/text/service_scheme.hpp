#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// What the scheme of a URL such as the one in DATABASE_URL says.
struct ServiceScheme {
  enum class Kind { postgres, redis, mysql, mongo, web, other };
  std::string_view scheme;  ///< "psql"
  std::string_view plain;   ///< how the service's own tools write it
  Kind kind = Kind::other;
  std::string_view service;  ///< for people: "PostgreSQL"
  std::uint16_t port = 0;    ///< where none is written
  /// The service's hosts are asked for at the URL's host, as in "mongodb+srv",
  /// or it has none.
  bool elsewhere = false;
};

/// By the scheme alone, without "://"; a driver behind a "+" does not count:
/// "postgresql+asyncpg". nullopt = no service that rung knows.
std::optional<ServiceScheme> service_of_scheme(std::string_view scheme);
/// That of a whole URL.
std::optional<ServiceScheme> service_of_url(std::string_view url);

/// "psql+driver://h/db" -> "postgresql://h/db". Unchanged: no URL of a service
/// that rung knows, or one whose hosts are elsewhere.
std::string plain_service_url(std::string url);

}  // namespace rung
