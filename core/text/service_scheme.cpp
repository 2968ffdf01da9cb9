#include "core/text/service_scheme.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

using Kind = ServiceScheme::Kind;

// Only what some client of the service accepts.
constexpr std::array<ServiceScheme, 27> kServiceSchemes = {{
    {"postgres", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    {"postgresql", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    // Of django-environ and dj-database-url.
    {"psql", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    {"pgsql", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    {"postgis", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    // Of Tortoise ORM.
    {"asyncpg", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    {"psycopg", "postgresql", Kind::postgres, "PostgreSQL", 5432},
    {"redis", "redis", Kind::redis, "Redis", 6379},
    {"rediss", "rediss", Kind::redis, "Redis", 6379},
    // Of valkey-py; the protocol is that of Redis.
    {"valkey", "redis", Kind::redis, "Valkey", 6379},
    {"valkeys", "rediss", Kind::redis, "Valkey", 6379},
    {"http", "http", Kind::web, "HTTP", 80},
    {"https", "https", Kind::web, "HTTP", 443},
    {"mysql", "mysql", Kind::mysql, "MySQL", 3306},
    {"mysql2", "mysql", Kind::mysql, "MySQL", 3306},
    {"mariadb", "mysql", Kind::mysql, "MariaDB", 3306},
    {"mongodb", "mongodb", Kind::mongo, "MongoDB", 27017},
    {"amqp", "amqp", Kind::other, "AMQP", 5672},
    {"amqps", "amqps", Kind::other, "AMQP", 5671},
    {"nats", "nats", Kind::other, "NATS", 4222},
    {"memcached", "memcached", Kind::other, "memcached", 11211},
    {"kafka", "kafka", Kind::other, "Kafka", 9092},
    {"clickhouse", "clickhouse", Kind::other, "ClickHouse", 9000},
    {"mssql", "sqlserver", Kind::other, "SQL Server", 1433},
    {"sqlserver", "sqlserver", Kind::other, "SQL Server", 1433},
    {"smtp", "smtp", Kind::other, "SMTP", 25},
    {"smtps", "smtps", Kind::other, "SMTP", 465},
}};

constexpr std::array<std::string_view, 4> kOtherWays = {"srv", "sentinel",
                                                        "unix", "socket"};

}  // namespace

std::optional<ServiceScheme> service_of_scheme(std::string_view scheme) {
  const std::string lower = ascii_lower(scheme);
  const std::string_view name = lower;
  const auto plus = name.find('+');
  for (ServiceScheme known : kServiceSchemes) {
    if (known.scheme != name.substr(0, plus)) continue;
    known.elsewhere = plus != name.npos &&
                      std::find(kOtherWays.begin(), kOtherWays.end(),
                                name.substr(plus + 1)) != kOtherWays.end();
    return known;
  }
  return std::nullopt;
}

std::optional<ServiceScheme> service_of_url(std::string_view url) {
  const auto end = url.find("://");
  if (end == url.npos) return std::nullopt;
  return service_of_scheme(url.substr(0, end));
}

std::string plain_service_url(std::string url) {
  const auto scheme = service_of_url(url);
  if (scheme && !scheme->elsewhere) {
    url.replace(0, url.find("://"), scheme->plain);
  }
  return url;
}

}  // namespace rung
