#pragma once

#include <optional>
#include <string>

#include "adapters/process/process.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// A real PostgreSQL on a private port: role "rung", password "pa:ss/w@rd",
/// database "postgres". Started at the first use, one for the test process.
class PostgresServer {
 public:
  /// Null, and the test is skipped(), only where PostgreSQL is not installed.
  static PostgresServer* shared();
  PostgresServer();
  ~PostgresServer();

  static constexpr const char* kPassword = "pa:ss/w@rd";
  static constexpr const char* kPasswordInUrl = "pa%3Ass%2Fw%40rd";
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& password = kPasswordInUrl,
                                const std::string& database = "postgres") const;

 private:
  std::uint16_t port_ = free_port();
  TempFolder folder_;
  std::optional<Process> process_;
};

/// A real Redis on a private port with the password "pa:ss".
class RedisServer {
 public:
  static RedisServer* shared();
  RedisServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = free_port();
  TempFolder folder_;
  std::optional<Process> process_;
};

}  // namespace rung::fakes
