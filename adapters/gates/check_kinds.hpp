#pragma once

#include <filesystem>
#include <memory>

#include "core/gates/health_check.hpp"

/// One factory for each kind of gate; make_health_check() chooses.
namespace rung {

/// HTTP/1.1 through libcurl. Each look is a new connection: one that is kept
/// alive would say nothing about the next client's.
std::unique_ptr<HealthCheck> make_check(const HttpGate& gate);
std::unique_ptr<HealthCheck> make_check(const TcpGate& gate);
/// Runs in `folder` with the deployment's environment, PATH, RUNG_URL and
/// RUNG_PORT.
std::unique_ptr<HealthCheck> make_check(const CommandGate& gate,
                                        const std::filesystem::path& folder);
// What the deployment itself tells: its log, its sockets, its process.
std::unique_ptr<HealthCheck> make_check(const LogGate& gate);
std::unique_ptr<HealthCheck> make_check(const PortGate& gate);
std::unique_ptr<HealthCheck> make_check(const ProcessGate& gate);
/// A login and a query through libpq.
std::unique_ptr<HealthCheck> make_check(const PostgresGate& gate);
/// AUTH, SELECT and PING in hiredis' protocol.
std::unique_ptr<HealthCheck> make_check(const RedisGate& gate);
std::unique_ptr<HealthCheck> make_check(const DnsGate& gate);
std::unique_ptr<HealthCheck> make_check(const TlsGate& gate);

}  // namespace rung
