#include "plans/proposing/stated.hpp"

#include <array>
#include <utility>

#include "core/text/ascii_case.hpp"
#include "core/text/service_scheme.hpp"

namespace rung {

std::optional<Backing> backing_of_image(std::string_view image) {
  // "registry:5000/library/postgres:15@sha256:..." -> "postgres"
  if (const auto at = image.find('@'); at != image.npos) {
    image = image.substr(0, at);
  }
  if (const auto slash = image.rfind('/'); slash != image.npos) {
    image.remove_prefix(slash + 1);
  }
  const std::string name = ascii_lower(image.substr(0, image.find(':')));
  static constexpr std::array<std::pair<std::string_view, Backing>, 19> kNames =
      {{{"postgres", Backing::postgres},
        {"postgresql", Backing::postgres},
        {"postgis", Backing::postgres},
        {"pgvector", Backing::postgres},
        {"timescaledb", Backing::postgres},
        {"redis", Backing::redis},
        {"redis-stack", Backing::redis},
        {"valkey", Backing::redis},
        {"mysql", Backing::mysql},
        {"mysql-server", Backing::mysql},
        {"mariadb", Backing::mysql},
        {"mongo", Backing::mongo},
        {"mongodb", Backing::mongo},
        {"rabbitmq", Backing::other},
        {"memcached", Backing::other},
        {"elasticsearch", Backing::other},
        {"kafka", Backing::other},
        {"minio", Backing::other},
        {"nats", Backing::other}}};
  for (const auto& [known, kind] : kNames) {
    if (name == known) return kind;
  }
  return {};
}

std::optional<Backing> backing_of_scheme(std::string_view scheme) {
  const auto known = service_of_scheme(scheme);
  if (!known) return {};
  switch (known->kind) {
    case ServiceScheme::Kind::postgres:
      return Backing::postgres;
    case ServiceScheme::Kind::redis:
      return Backing::redis;
    case ServiceScheme::Kind::mysql:
      return Backing::mysql;
    case ServiceScheme::Kind::mongo:
      return Backing::mongo;
    case ServiceScheme::Kind::other:
      return Backing::other;
    case ServiceScheme::Kind::web:
      break;
  }
  return {};
}

std::string_view to_string(Backing kind) {
  switch (kind) {
    case Backing::postgres:
      return "postgres";
    case Backing::redis:
      return "redis";
    case Backing::mysql:
      return "mysql";
    case Backing::mongo:
      return "mongo";
    case Backing::other:
      break;
  }
  return "other";
}

std::set<Backing> backing_of_packages(const std::set<std::string>& packages) {
  struct Known {
    std::string_view package;
    Backing kind;
  };
  static constexpr Known kKnown[] = {{"psycopg2", Backing::postgres},
                                     {"psycopg2-binary", Backing::postgres},
                                     {"psycopg", Backing::postgres},
                                     {"asyncpg", Backing::postgres},
                                     {"pg8000", Backing::postgres},
                                     {"pg", Backing::postgres},
                                     {"pg-promise", Backing::postgres},
                                     {"postgres", Backing::postgres},
                                     {"tokio-postgres", Backing::postgres},
                                     {"github.com/lib/pq", Backing::postgres},
                                     {"redis", Backing::redis},
                                     {"ioredis", Backing::redis},
                                     {"aioredis", Backing::redis},
                                     {"django-redis", Backing::redis},
                                     {"mysql", Backing::mysql},
                                     {"mysql2", Backing::mysql},
                                     {"mysqlclient", Backing::mysql},
                                     {"pymysql", Backing::mysql},
                                     {"mongoose", Backing::mongo},
                                     {"mongodb", Backing::mongo},
                                     {"pymongo", Backing::mongo},
                                     {"motor", Backing::mongo}};
  std::set<Backing> kinds;
  for (const auto& [package, kind] : kKnown) {
    if (packages.count(std::string(package)) != 0) kinds.insert(kind);
  }
  for (const std::string& package : packages) {
    if (package.starts_with("github.com/jackc/pgx")) {
      kinds.insert(Backing::postgres);
    }
    if (package.find("go-redis") != package.npos) kinds.insert(Backing::redis);
  }
  return kinds;
}

}  // namespace rung
