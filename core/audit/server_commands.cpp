#include "core/audit/server_commands.hpp"

#include <algorithm>

#include "core/audit/provider_facts.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"
#include "core/text/shell_words.hpp"
#include "core/text/split.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  try {
    for (const ShellWord& word : shell_words(line)) words.push_back(word.text);
  } catch (const UsageError&) {
    words.clear();
  }
  return words;
}

bool sets_a_variable(std::string_view word) {
  const auto equal = word.find('=');
  return equal != word.npos && equal > 0 &&
         word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
             equal;
}

/// Where `name` ("flask run") stands in the words; `after` is behind it.
/// Behind what runs a command it counts, too: `python -m uvicorn`.
std::size_t place_of_server(const std::vector<std::string>& words,
                            std::string_view name, std::size_t& after) {
  const auto blank = name.find(' ');
  const std::string_view first = name.substr(0, blank);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto program = file_name(words[i]);
    after = i + 1;
    if (program == first && blank == name.npos) return i;
    if (program == first && after < words.size() &&
        words[after] == name.substr(blank + 1)) {
      ++after;
      return i;
    }
    const auto ending = file_ending(program);
    if ((i == 0 && !is_runner(program)) || ending == "py" || ending == "js") {
      break;
    }
  }
  return words.size();
}

/// The values of an option: `--host X`, `--host=X`, `-bX`.
std::vector<std::string> option_values(const std::vector<std::string>& words,
                                       std::size_t from,
                                       std::string_view options) {
  std::vector<std::string> values;
  const auto all = split(options, ' ');
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::string_view word = words[i];
    for (const std::string_view option : all) {
      const bool is_long = option.starts_with("--");
      if (option.empty() || !word.starts_with(option)) continue;
      if (word == option) {
        values.push_back(i + 1 < words.size() ? words[i + 1] : "");
      } else if (!is_long || word[option.size()] == '=') {
        values.emplace_back(word.substr(option.size() + (is_long ? 1 : 0)));
      } else {
        continue;
      }
      break;
    }
  }
  return values;
}

/// The first word that is a port or an address; "" = none is.
std::string address_among(const std::vector<std::string>& words,
                          std::size_t from) {
  for (std::size_t i = from; i < words.size(); ++i) {
    std::string host, port;
    if (!words[i].starts_with('-') &&
        (port_number(words[i]) || words[i].starts_with('$') ||
         words[i].find(":$") != std::string::npos ||
         split_address(words[i], host, port))) {
      return words[i];
    }
  }
  return "";
}

bool is_plain(std::string_view text) {
  return text.find_first_of("$`{") == text.npos;
}

}  // namespace

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" ||
         host.starts_with("127.");
}

bool split_address(std::string_view text, std::string& host,
                   std::string& port) {
  if (text.starts_with("tcp://")) text.remove_prefix(6);
  if (const auto query = text.find('?'); query != text.npos) {
    text = text.substr(0, query);
  }
  const auto colon = text.rfind(':');
  if (colon == text.npos || !port_number(text.substr(colon + 1))) return false;
  const std::string_view name = text.substr(0, colon);
  if (name.find_first_of("/ ${") != name.npos) return false;
  host = name.empty() ? "0.0.0.0" : name;
  port = text.substr(colon + 1);
  return true;
}

std::vector<std::string> last_command(std::string_view line) {
  std::vector<std::string> words = words_of(line);
  for (int depth = 0; depth < 3; ++depth) {
    const auto is_join = [](const std::string& word) {
      return word == "&&" || word == ";" || word.ends_with(';');
    };
    // What runs beside it may be what is reached from outside.
    for (const std::string& word : words) {
      if (word == "&" || word == "|" || word == "||" ||
          is_front_server(file_name(word))) {
        return {};
      }
    }
    const auto join = std::find_if(words.rbegin(), words.rend(), is_join);
    words.erase(words.begin(), join.base());
    while (!words.empty() && (words[0] == "exec" || words[0] == "env" ||
                              sets_a_variable(words[0]))) {
      words.erase(words.begin());
    }
    const bool shell =
        words.size() > 2 && words[1].starts_with('-') &&
        words[1].ends_with('c') &&
        (file_name(words[0]) == "sh" || file_name(words[0]) == "bash");
    if (!shell) break;
    words = words_of(words[2]);
  }
  return words;
}

namespace {

/// Puts an address into a listener; only a port leaves the host as it is.
void take_address(WrittenListener& listener, const std::string& address) {
  listener.default_port = false;
  if (split_address(address, listener.host, listener.port)) {
    listener.by_default = false;
  } else if (port_number(address)) {
    listener.port = address;
  } else if (address == "$PORT" || address.starts_with("${PORT")) {
    listener.port.clear();
  } else {
    listener.by_default = false;
    listener.host = address.substr(0, address.rfind(':'));
    listener.port.clear();
    if (!is_plain(listener.host)) listener.host.clear();
  }
}

const ServerCommand* server_called(std::string_view name) {
  for (const ServerCommand& server : server_commands()) {
    if (server.name == name) return &server;
  }
  return nullptr;
}

}  // namespace

std::vector<WrittenListener> listeners_of_command(std::string_view command) {
  const std::vector<std::string> words = last_command(command);
  const ServerCommand* server = nullptr;
  std::size_t first = words.size(), after = 0;
  for (const ServerCommand& one : server_commands()) {
    std::size_t behind = 0;
    const std::size_t place = place_of_server(words, one.name, behind);
    if (place >= first) continue;
    first = place;
    server = &one;
    after = behind;
  }
  if (server == nullptr ||
      !option_values(words, after, server->elsewhere).empty()) {
    return {};
  }
  WrittenListener listener{.file = {},
                           .line = 0,
                           .what = std::string(server->name),
                           .host = std::string(server->host),
                           .port = std::string(server->port),
                           .by_default = true,
                           .default_port = true,
                           .is_server = true,
                           .receiver = {},
                           .runs = WrittenListener::Runs::always};
  std::vector<std::string> addresses =
      option_values(words, after, server->address_options);
  if (server->address_word) {
    const std::string address = address_among(words, after);
    if (!address.empty()) addresses.push_back(address);
  }
  // The last one counts.
  if (const auto hosts = option_values(words, after, server->host_options);
      !hosts.empty()) {
    listener.by_default = false;
    listener.host = is_plain(hosts.back()) ? hosts.back() : "";
  }
  if (const auto ports = option_values(words, after, server->port_options);
      !ports.empty()) {
    listener.default_port = false;
    listener.port = port_number(ports.back()) ? ports.back() : "";
  }
  if (addresses.empty()) return {listener};
  std::vector<WrittenListener> all;
  for (const std::string& address : addresses) {
    all.push_back(listener);
    take_address(all.back(), address);
  }
  return all;
}

std::string_view host_variable_of(std::string_view what) {
  const ServerCommand* server = server_called(what);
  return server == nullptr ? "" : server->host_variable;
}

std::string_view port_variable_of(std::string_view what) {
  const ServerCommand* server = server_called(what);
  return server == nullptr ? "" : server->port_variable;
}

}  // namespace rung
