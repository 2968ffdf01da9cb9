#include "plans/proposing/backing_setup.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/text/byte_pattern.hpp"

namespace rung {
namespace {

// initdb and postgres are in PATH or where Debian puts them. "trust": whatever
// password the app sends is taken, so the plan needs no real one.
constexpr const char* kFindPostgres =
    "export PATH=\"$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail "
    "-n 1)\"; ";
constexpr const char* kPostgresPlace =
    "127.0.0.1:${services.postgres.port}/postgres";
constexpr const char* kRedisPlace = "127.0.0.1:${services.redis.port}/0";

BackingSetup postgres_setup() {
  BackingSetup setup;
  setup.phase = "database";
  setup.service.name = "postgres";
  setup.service.prepare =
      std::string(kFindPostgres) +
      "initdb -D \"$DATA_DIR/pg\" -U postgres -A trust -E UTF8 --no-sync "
      ">/dev/null";
  setup.service.start =
      std::string(kFindPostgres) +
      "exec postgres -D \"$DATA_DIR/pg\" -p \"$PORT\" -c "
      "listen_addresses=127.0.0.1 -c unix_socket_directories=";
  setup.service.ready =
      "{postgres: \"postgresql://postgres@127.0.0.1:$PORT/postgres\"}";
  return setup;
}

BackingSetup redis_setup() {
  BackingSetup setup;
  setup.phase = "cache";
  setup.service.name = "redis";
  setup.service.start =
      "exec redis-server --bind 127.0.0.1 --port \"$PORT\" --dir "
      "\"$DATA_DIR\" --save \"\" --appendonly no";
  setup.service.ready = "{redis: \"redis://127.0.0.1:$PORT/0\"}";
  return setup;
}

/// One of the parts that some apps have instead of a URL: DB_HOST, PGUSER.
std::optional<std::string> part_value(const std::string& name, Backing kind) {
  static const RE2 sql(
      R"re(^(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL)_?(HOST|HOSTNAME|SERVER|PORT|USER|USERNAME|PASSWORD|PASS|NAME|DATABASE|DB)$)re",
      byte_options());
  static const RE2 redis(R"re(^REDIS_?(HOST|HOSTNAME|SERVER|PORT)$)re",
                         byte_options());
  std::string part;
  if (!RE2::FullMatch(name, kind == Backing::redis ? redis : sql, &part)) {
    return {};
  }
  if (part == "PORT") {
    return kind == Backing::redis ? "${services.redis.port}"
                                  : "${services.postgres.port}";
  }
  if (part == "HOST" || part == "HOSTNAME" || part == "SERVER") {
    return "127.0.0.1";
  }
  if (part == "PASSWORD" || part == "PASS") return "for-trials-only";
  return "postgres";
}

/// "postgresql+asyncpg" stays; what is no scheme of Postgres does not.
std::string url_of(const NeededVariable& variable, Backing kind) {
  if (kind == Backing::redis) return std::string("redis://") + kRedisPlace;
  const auto stated = backing_of_scheme(variable.scheme);
  const std::string scheme =
      stated == Backing::postgres ? variable.scheme : "postgresql";
  return scheme + "://postgres@" + kPostgresPlace;
}

void add_variables(BackingSetup& setup, Backing kind,
                   const std::vector<NeededVariable>& variables,
                   std::set<std::string>& names) {
  std::string url;
  for (const NeededVariable& one : variables) {
    std::string value;
    if (one.backing == kind) {
      value = url_of(one, kind);
      if (url.empty()) url = '$' + one.name;
    } else if (auto part = part_value(one.name, kind)) {
      value = std::move(*part);
    } else {
      continue;
    }
    const std::string& from = one.read_from.empty() ? one.from : one.read_from;
    setup.at_once = setup.at_once || one.required;
    setup.env.push_back({one.name, value, from});
    names.insert(one.name);
  }
  if (kind == Backing::redis) {
    setup.gate.gate = fmt::format(
        "{{redis: \"{}\"}}",
        url.empty() ? std::string("redis://") + kRedisPlace : url);
  } else {
    setup.gate.gate = fmt::format(
        "{{postgres: \"{}\"}}",
        url.empty() ? std::string("postgresql://postgres@") + kPostgresPlace
                    : url);
  }
}

}  // namespace

BackingSetups backing_setups(const App& app, const Stated& stated,
                             const std::vector<NeededVariable>& variables) {
  BackingSetups result;
  const auto packages = backing_of_packages(app.packages);
  for (const Backing kind : {Backing::postgres, Backing::redis}) {
    std::string from;
    for (const StatedBacking& one : stated.backing) {
      if (one.kind == kind && from.empty()) {
        from = one.from + (one.what.empty() ? "" : ": " + one.what);
      }
    }
    const bool addressed = std::any_of(
        variables.begin(), variables.end(),
        [&](const NeededVariable& one) { return one.backing == kind; });
    // DB_HOST alone may be of any database.
    if (from.empty() && !addressed && packages.count(kind) == 0) continue;
    BackingSetup setup =
        kind == Backing::redis ? redis_setup() : postgres_setup();
    add_variables(setup, kind, variables, result.names);
    if (setup.env.empty()) {
      result.todos.push_back(fmt::format(
          "no variable with the address of {1} was found ({0}); if the app "
          "uses it, add a phase with the service and the variable",
          from.empty() ? "dependencies" : from, to_string(kind)));
      continue;
    }
    setup.service.from = from.empty() ? "needed for " + setup.env.front().name
                                      : from;
    result.setups.push_back(std::move(setup));
  }
  for (const StatedBacking& one : stated.backing) {
    if (one.kind == Backing::postgres || one.kind == Backing::redis) continue;
    result.todos.push_back(fmt::format(
        "{}: the service {} ({}) is not in the plan; write how it starts on "
        "this machine (services), or give the address of one that runs",
        one.from, one.name, one.what));
  }
  for (const NeededVariable& one : variables) {
    if (one.backing && *one.backing != Backing::postgres &&
        *one.backing != Backing::redis) {
      result.names.insert(one.name);
      result.todos.push_back(fmt::format(
          "{}: set it to the address of a {} that trials may use ({})",
          one.name,
          *one.backing == Backing::other ? "service" : to_string(*one.backing),
          one.read_from.empty() ? one.from : one.read_from));
    }
  }
  return result;
}

}  // namespace rung
