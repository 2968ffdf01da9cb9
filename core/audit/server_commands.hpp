#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// A place that a program or a command line listens at.
struct WrittenListener {
  std::string file;  ///< "" = of a command line
  int line = 0;
  std::string what;         ///< "uvicorn.run()", "flask run"
  std::string host;         ///< as written; "" = it is not known
  std::string port;         ///< decimal; "" = it is not known
  bool by_default = false;  ///< nothing is written: the host is the server's
  bool default_port = false;  ///< likewise
  /// What listens is a web server; else it may be of any kind.
  bool is_server = true;
  /// The name of what listens where `is_server` is not known; of this file.
  std::string receiver;
  enum class Runs { always, sometimes, if_main } runs = Runs::always;
};

/// Where the web server of a command line listens, if rung knows it.
std::vector<WrittenListener> listeners_of_command(std::string_view command);

/// The simple command that a line ends with, without variables before it, and
/// without the `sh -c` around it. Empty: it cannot be known.
std::vector<std::string> last_command(std::string_view line);

/// 127.0.0.1 and the like, which nobody else reaches.
bool is_loopback_name(std::string_view host);

/// "127.0.0.1:8000", "tcp://[::1]:80", ":8000": the host and port of `text`,
/// where they are plain. False: they are not.
bool split_address(std::string_view text, std::string& host, std::string& port);

/// The variables by which a server's host and port can be set from outside;
/// "" = none.
std::string_view host_variable_of(std::string_view what);
std::string_view port_variable_of(std::string_view what);

}  // namespace rung
