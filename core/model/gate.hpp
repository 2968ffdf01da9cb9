#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/model/verdict.hpp"

namespace rung {

/// GET by default; `url` is absolute or a path below the service's own URL.
/// `$NAME` and `${NAME}` in url, headers and body stand for the release's
/// environment and for what an earlier gate of the same phase saved.
struct HttpGate {
  std::string url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<int> status = {200};
  std::string body_matches;                    ///< RE2, "" = anything
  std::string body_absent;                     ///< RE2 that must not match
  std::map<std::string, std::string> json;     ///< pointer -> JSON text equal
  std::map<std::string, std::string> json_matches;    ///< pointer -> RE2
  std::map<std::string, std::string> header_matches;  ///< name -> RE2
  std::optional<std::chrono::milliseconds> within;    ///< latency at most
  std::map<std::string, std::string> save;            ///< name <- JSON pointer
  bool follow = false;  ///< follow redirects; else a 3xx is judged as it is
};
struct TcpGate { std::string address; };          ///< HOST:PORT
struct CommandGate { std::string command; };      ///< exit 0 / 125 / else
struct LogGate { std::string present, absent; };  ///< RE2; one of them set
/// Compares the bound ports and addresses with the port the platform routes to.
struct PortGate { bool only_routed = false; };
/// The process is alive and has not restarted; with soak it must stay so.
struct ProcessGate {};
struct PostgresGate { std::string url; std::string query = "SELECT 1"; };
struct RedisGate { std::string url; };
struct DnsGate { std::string name; std::string address; };
struct TlsGate { std::string address; std::chrono::hours valid_for{0}; };

/// One condition under which a release counts as healthy.
struct Gate {
  std::variant<HttpGate, TcpGate, CommandGate, LogGate, PortGate, ProcessGate,
               PostgresGate, RedisGate, DnsGate, TlsGate>
      check;
  std::chrono::milliseconds deadline{30'000};  ///< from the process's start
  std::chrono::milliseconds interval{0};       ///< 0 = short and growing
  unsigned successes = 1;                      ///< in a row
  std::chrono::milliseconds soak{0};           ///< must hold this long after
  /// A failure is final if it has not changed for this long (same answer, or a
  /// service that listens elsewhere and is silent); 0 = wait for the deadline.
  std::chrono::milliseconds settled{0};
  std::string text;  ///< as the user wrote it, with no secret expanded
};

}  // namespace rung
