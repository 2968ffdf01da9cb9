#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rung {

/// A web server that a command line starts, and where it listens.
struct ServerCommand {
  std::string_view name;        ///< one word, or two: "flask run"
  std::string_view host, port;  ///< that nothing else is written; "" = unsure
  /// Options, with blanks between them.
  std::string_view host_options, port_options, address_options;
  /// A word that is no option's is a port, or an address.
  bool address_word = false;
  /// Options behind which the address may be anything: a file, a socket.
  std::string_view elsewhere;
  /// Variables that set them, too, or all of the options; "" = none.
  std::string_view host_variable, port_variable;
};

std::span<const ServerCommand> server_commands();

/// A program that takes requests for others: what is behind it may listen on
/// the loopback address. Also by the names of buildpacks: "start-nginx".
bool is_front_server(std::string_view program);

/// A program that runs the command that its arguments are.
bool is_runner(std::string_view program);

/// What a provider documents of the hosts of its databases.
struct DatabaseHost {
  std::string_view prefix, suffix;     ///< of the host's name
  std::string_view name;               ///< for people
  std::uint16_t transaction_port = 0;  ///< pools by transaction; 0 = no port
  bool user_has_project = false;       ///< ROLE.PROJECT
  bool only_ipv6 = false;              ///< unless an add-on is bought
  bool needs_tls = false;              ///< refuses connections without
};

std::span<const DatabaseHost> database_hosts();

/// What shows that a project is made for a platform.
struct PlatformTraces {
  std::string_view id;    ///< as plans call it; "" = no plan can name it
  std::string_view name;  ///< for people
  std::string_view files, domains;  ///< with blanks between them
  std::string_view commands;        ///< with commas between them
};

std::span<const PlatformTraces> platform_traces();

}  // namespace rung
