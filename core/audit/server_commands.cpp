#include "core/audit/server_commands.hpp"

#include <algorithm>

#include "core/audit/provider_facts.hpp"
#include "core/base/error.hpp"
#include "core/text/port_number.hpp"
#include "core/text/shell_words.hpp"
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

/// Whether `words` has the words of `name` ("flask run") side by side; then
/// `after` is behind them.
bool runs_server(const std::vector<std::string>& words, std::string_view name,
                 std::size_t& after) {
  const auto blank = name.find(' ');
  const std::string_view first = name.substr(0, blank);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (file_name(words[i]) != first) continue;
    // Of `opentelemetry-instrument uvicorn` and `python -m uvicorn`, too.
    after = i + 1;
    if (blank == name.npos) return true;
    if (after < words.size() && words[after] == name.substr(blank + 1)) {
      ++after;
      return true;
    }
  }
  return false;
}

/// The value of an option: `--host X`, `--host=X`, `-bX`. Null: not there.
const std::string* option_value(const std::vector<std::string>& words,
                                std::size_t from, std::string_view options,
                                std::string& kept) {
  while (!options.empty()) {
    const auto end = std::min(options.find(' '), options.size());
    const std::string_view option = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    for (std::size_t i = from; i < words.size(); ++i) {
      const std::string_view word = words[i];
      if (word == option) {
        kept = i + 1 < words.size() ? words[i + 1] : "";
        return &kept;
      }
      const bool is_long = option.starts_with("--");
      if (word.starts_with(option) && word.size() > option.size() &&
          (is_long ? word[option.size()] == '=' : true)) {
        kept = word.substr(option.size() + (is_long ? 1 : 0));
        return &kept;
      }
    }
  }
  return nullptr;
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

std::vector<WrittenListener> listeners_of_command(std::string_view command) {
  const std::vector<std::string> words = last_command(command);
  for (const ServerCommand& server : server_commands()) {
    std::size_t after = 0;
    if (!runs_server(words, server.name, after)) continue;
    std::string kept;
    if (option_value(words, after, server.elsewhere, kept) != nullptr) {
      return {};
    }
    WrittenListener listener{.file = {},
                             .line = 0,
                             .what = std::string(server.name),
                             .host = std::string(server.host),
                             .port = std::string(server.port),
                             .by_default = true};
    const std::string* address =
        option_value(words, after, server.address_options, kept);
    if (server.address_word) {
      // The last word, if it is no option's.
      address = nullptr;
      if (words.size() > after && !words.back().starts_with('-')) {
        kept = words.back();
        address = &kept;
      }
    }
    if (address != nullptr) {
      listener.by_default = false;
      const bool split = split_address(*address, listener.host, listener.port);
      if (!split && server.address_word && port_number(*address)) {
        listener.by_default = true;
        listener.port = *address;
      } else if (!split) {
        const auto colon = address->rfind(':');
        listener.host = address->substr(0, colon);
        listener.port.clear();
        if (!is_plain(listener.host)) listener.host.clear();
      }
    }
    if (const auto* host =
            option_value(words, after, server.host_options, kept)) {
      listener.by_default = false;
      listener.host = is_plain(*host) ? *host : "";
    }
    if (const auto* port =
            option_value(words, after, server.port_options, kept)) {
      listener.port = port_number(*port) ? *port : "";
    }
    return {listener};
  }
  return {};
}

std::string_view host_variable_of(std::string_view what) {
  for (const ServerCommand& server : server_commands()) {
    if (server.name == what) return server.host_variable;
  }
  return "";
}

}  // namespace rung
