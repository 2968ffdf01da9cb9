#include "core/doctor/backing_url.hpp"

#include <array>

#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

struct KnownScheme {
  std::string_view scheme;
  BackingUrl::Kind kind;
  std::string_view service;
  std::uint16_t port;
};

constexpr std::array<KnownScheme, 20> kKnownSchemes = {{
    {"postgres", BackingUrl::Kind::postgres, "PostgreSQL", 5432},
    {"postgresql", BackingUrl::Kind::postgres, "PostgreSQL", 5432},
    {"redis", BackingUrl::Kind::redis, "Redis", 6379},
    {"rediss", BackingUrl::Kind::redis, "Redis", 6379},
    {"http", BackingUrl::Kind::web, "HTTP", 80},
    {"https", BackingUrl::Kind::web, "HTTP", 443},
    {"mysql", BackingUrl::Kind::other, "MySQL", 3306},
    {"mysql2", BackingUrl::Kind::other, "MySQL", 3306},
    {"mariadb", BackingUrl::Kind::other, "MariaDB", 3306},
    {"mongodb", BackingUrl::Kind::other, "MongoDB", 27017},
    {"amqp", BackingUrl::Kind::other, "AMQP", 5672},
    {"amqps", BackingUrl::Kind::other, "AMQP", 5671},
    {"nats", BackingUrl::Kind::other, "NATS", 4222},
    {"memcached", BackingUrl::Kind::other, "memcached", 11211},
    {"valkey", BackingUrl::Kind::other, "Valkey", 6379},
    {"kafka", BackingUrl::Kind::other, "Kafka", 9092},
    {"clickhouse", BackingUrl::Kind::other, "ClickHouse", 9000},
    {"mssql", BackingUrl::Kind::other, "SQL Server", 1433},
    {"smtp", BackingUrl::Kind::other, "SMTP", 25},
    {"smtps", BackingUrl::Kind::other, "SMTP", 465},
}};

}  // namespace

std::optional<BackingUrl> backing_url(std::string_view value) {
  const auto end = value.find("://");
  if (end == value.npos) return std::nullopt;
  std::string scheme = ascii_lower(value.substr(0, end));
  // "postgresql+asyncpg": SQLAlchemy's way to name its driver. Not
  // "mongodb+srv", which is another way to find the hosts.
  const auto plus = scheme.find('+');
  if (plus != scheme.npos && scheme.substr(plus) != "+srv") {
    scheme.resize(plus);
  }
  for (const KnownScheme& known : kKnownSchemes) {
    if (known.scheme == scheme) {
      return BackingUrl{known.kind, std::string(known.service), known.port};
    }
  }
  return std::nullopt;
}

}  // namespace rung
