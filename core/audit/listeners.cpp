#include "core/audit/listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "core/audit/server_makers.hpp"
#include "core/text/port_number.hpp"
#include "core/variables/blocks.hpp"
#include "core/variables/token_walk.hpp"
#include "core/variables/tokens.hpp"

namespace rung {
namespace {

class ListenerReader : TokenWalk {
 public:
  ListenerReader(const Tokens& tokens, std::string_view path, Language language,
                 SourceReads& none)
      : TokenWalk(tokens, path, none), language_(language) {}

  std::vector<WrittenListener> read() {
    for (std::size_t i = 0; i + 1 < size(); ++i) {
      if (!at(i).is_word() || !at(i + 1).is("(")) continue;
      switch (language_) {
        case kPython:
          python_call(i);
          break;
        case kNode:
          node_call(i);
          break;
        case kGo:
          go_call(i);
          break;
        case kRust:
          rust_call(i);
          break;
        default:
          break;
      }
    }
    if (language_ == kGo) go_servers();
    return std::move(found_);
  }

 private:
  WrittenListener& found(std::size_t i) {
    const bool member = at(i - 1).is(".") && i >= 2 && at(i - 2).is_word();
    found_.push_back(
        {.file = std::string(path_),
         .line = at(i).line,
         .what = member ? fmt::format("{}.{}()", at(i - 2).text, at(i).text)
                        : fmt::format("{}()", at(i).text),
         .host = {},
         .port = {},
         .by_default = false,
         .default_port = false,
         .is_server = true,
         .receiver = {},
         .runs = language_ == kPython ? runs_by_lines(i) : runs_by_braces(i)});
    return found_.back();
  }

  using Runs = WrittenListener::Runs;
  [[nodiscard]] Runs runs_by_lines(std::size_t i) const {
    bool if_main = false;
    for (const std::size_t head : lines_around(tokens_, i)) {
      const Token& word = at(head);
      const std::size_t end = line_end(tokens_, head);
      const bool main =
          word.is("if") &&
          std::any_of(
              tokens_.begin() + static_cast<std::ptrdiff_t>(head),
              tokens_.begin() + static_cast<std::ptrdiff_t>(end),
              [](const Token& token) { return token.text == "__main__"; });
      if (main) {
        if_main = true;
      } else if (word.is("if") || word.is("elif") || word.is("else") ||
                 word.is("except") || word.is("case") || word.is("while")) {
        return Runs::sometimes;
      }
    }
    return if_main ? Runs::if_main : Runs::always;
  }
  [[nodiscard]] Runs runs_by_braces(std::size_t i) const {
    bool if_main = false;
    const auto asks = [&](std::size_t begin, std::size_t end) {
      if (!any(begin, end, "if", "else", "switch", "match", "select", "case",
               "catch")) {
        return false;
      }
      // if (require.main === module)
      const bool main = any(begin, end, "main") && !any(begin, end, "else");
      if_main = if_main || main;
      return !main;
    };
    if (language_ == kNode) {
      if (asks(statement_begin(tokens_, i), i)) return Runs::sometimes;
      for (std::size_t k = i; k > 0 && at(k - 1).line == at(i).line; --k) {
        if (at(k - 1).is("&&") || at(k - 1).is("||") || at(k - 1).is("?")) {
          return Runs::sometimes;
        }
      }
    }
    for (const std::size_t brace : braces_around(tokens_, i)) {
      if (asks(statement_begin(tokens_, brace), brace)) return Runs::sometimes;
    }
    return if_main ? Runs::if_main : Runs::always;
  }

  /// A value that is one string or number and nothing else, or the name of
  /// such a one.
  [[nodiscard]] std::string literal(std::size_t i) const {
    if (end_of_value(i) != i + 1) return "";
    const Token* value = &at(i);
    if (value->is_word()) value = constant_of(tokens_, value->text, language_);
    if (value == nullptr || value->composed) return "";
    return value->is_string() || value->kind == Token::Kind::number
               ? std::string(value->text)
               : "";
  }
  static void take_port(WrittenListener& to, const std::string& text) {
    if (port_number(text)) to.port = text;
  }

  /// Where the value of `name=` or `name:` is among the arguments or members
  /// that `open` begins; 0 = not there.
  [[nodiscard]] std::size_t value_of(std::size_t open, std::string_view name,
                                     std::string_view sign) const {
    const std::size_t end = behind(open);
    for (std::size_t i = open + 1; i + 2 < end;) {
      if ((at(i).is(name) || (at(i).is_string() && at(i).text == name)) &&
          at(i + 1).is(sign)) {
        return i + 2;
      }
      if (at(i).is(name) && (at(i + 1).is(",") || at(i + 1).is("}"))) return i;
      i = end_of_value(i) + 1;
    }
    return 0;
  }
  /// `**settings`, `...settings`: there may be more than is written.
  [[nodiscard]] bool has_spread(std::size_t open) const {
    for (std::size_t i = open + 1; i < behind(open); ++i) {
      if (at(i).is("**") || at(i).is("...") ||
          (at(i).is("*") && (at(i - 1).is(",") || at(i - 1).is("("))) ||
          (at(i).is(".") && at(i + 1).is("."))) {
        return true;
      }
    }
    return false;
  }
  /// Whether the file has `name = made(`, or `name = await x.made(`.
  [[nodiscard]] bool is_made_by(std::string_view name,
                                std::string_view made) const {
    for (std::size_t i = 0; i + 3 < size(); ++i) {
      if (at(i).is(name) && at(i + 1).is("=") && at(i + 2).is(made) &&
          at(i + 3).is("(")) {
        return true;
      }
    }
    return false;
  }

  void python_call(std::size_t i) {
    const bool run = at(i).is("run") && at(i - 1).is(".");
    const bool uvicorn = at(i - 1).is(".") && at(i - 2).is("uvicorn") &&
                         (run || at(i).is("Config"));
    const bool flask =
        run && has_word("flask") && is_made_by(at(i - 2).text, "Flask");
    const bool server = at(i).is("HTTPServer") || at(i).is("make_server") ||
                        at(i).is("ThreadingHTTPServer") ||
                        at(i).is("WSGIServer");
    const bool other = at(i).is("run_app") ||
                       (at(i).is("serve") && has_word("waitress")) ||
                       at(i).is("start_server") || at(i).is("create_server");
    const std::size_t open = i + 1;
    if (at(i - 1).is("def") || at(i - 1).is("class")) return;
    const std::size_t host = value_of(open, "host", "=");
    if (!uvicorn && !flask && !server && !other && !(run && host != 0)) return;
    WrittenListener& it = found(i);
    // What those serve may be of any kind.
    it.is_server = !at(i).is("start_server") && !at(i).is("create_server") &&
                   (uvicorn || flask || server || other);
    if (server && at(open + 1).is("(")) {
      it.host = literal(open + 2);
      take_port(it, literal(end_of_value(open + 2) + 1));
    } else if (server) {
      it.host = literal(open + 1);
      take_port(it, literal(end_of_value(open + 1) + 1));
    } else if (host != 0) {
      it.host = literal(host);
    } else if ((uvicorn || (flask && !has_word("SERVER_NAME") &&
                            (at(open + 1).is(")") || at(open + 2).is("=")))) &&
               !has_spread(open) && !value_of(open, "uds", "=") &&
               !value_of(open, "fd", "=")) {
      // Sources: uvicorn.dev, "Settings"; flask.palletsprojects.com,
      // Flask.run().
      it.host = "127.0.0.1";
      it.by_default = true;
    }
    if (const std::size_t port = value_of(open, "port", "=")) {
      take_port(it, literal(port));
    } else if (it.by_default) {
      it.port = uvicorn ? "8000" : "5000";
      it.default_port = true;
    }
  }

  void node_call(std::size_t i) {
    const std::size_t open = i + 1;
    const bool serve = at(i).is("serve") && at(i - 1).is(".") &&
                       (at(i - 2).is("Bun") || at(i - 2).is("Deno"));
    const bool listen = at(i).is("listen") && at(i - 1).is(".");
    if (!serve && !listen) return;
    WrittenListener& it = found(i);
    if (listen) name_receiver(i, it);
    // Sinks of events have such a method, too.
    if (listen && (at(open + 1).is(")") || at(open + 1).is("["))) return;
    if (at(open + 1).is("{")) {
      const std::size_t host = std::max(value_of(open + 1, "host", ":"),
                                        value_of(open + 1, "hostname", ":"));
      if (host != 0) {
        it.host = literal(host);
      } else if (listen && !has_spread(open + 1) &&
                 !value_of(open + 1, "path", ":") &&
                 (is_made_by(at(i - 2).text, "fastify") ||
                  is_made_by(at(i - 2).text, "Fastify"))) {
        // Source: fastify.dev, "Server", listen: the default is localhost.
        it.host = "localhost";
        it.by_default = true;
      }
      if (const std::size_t port = value_of(open + 1, "port", ":")) {
        take_port(it, literal(port));
      }
      return;
    }
    take_port(it, literal(open + 1));
    const std::size_t second = end_of_value(open + 1) + 1;
    if (at(second - 1).is(",")) it.host = literal(second);
  }

  /// Whether what listens, before the `.` before `i`, is a web server.
  void name_receiver(std::size_t i, WrittenListener& it) const {
    const Token& receiver = at(i - 2);
    if (receiver.is(")")) {
      it.is_server = makes_server(tokens_, statement_begin(tokens_, i), i);
    } else {
      it.is_server = is_server_name(tokens_, receiver.text);
      if (!it.is_server) it.receiver = receiver.text;
    }
  }

  void go_call(std::size_t i) {
    static const std::set<std::string_view> kCalls = {
        "ListenAndServe", "ListenAndServeTLS", "Run",    "RunTLS",
        "Start",          "StartTLS",          "Listen", "Serve",
        "ServeTLS"};
    if (!at(i - 1).is(".") || !kCalls.contains(at(i).text)) return;
    const std::size_t open = i + 1;
    const std::size_t argument = at(i).is("Listen") && at(i - 2).is("net")
                                     ? end_of_value(open + 1) + 1
                                     : open + 1;
    // Run(), Start() and Serve() are of many things.
    std::string host, port;
    const bool address = at(argument).is_string() &&
                         split_address(literal(argument), host, port);
    const bool certain = at(i).text.starts_with("Listen");
    // `go http.ListenAndServe("localhost:6060", nil)` is beside the service.
    if ((!address && !certain) || (i >= 3 && at(i - 3).is("go"))) return;
    WrittenListener& it = found(i);
    it.host = host;
    it.port = port;
    it.is_server = !at(i - 2).is("net") &&
                   (certain || has_word("gin") || has_word("echo"));
  }
  /// `http.Server{Addr: "127.0.0.1:8080"}`: its ListenAndServe() has no host.
  void go_servers() {
    for (std::size_t i = 2; i + 2 < size(); ++i) {
      if (!at(i).is("Server") || !at(i + 1).is("{")) continue;
      const std::size_t value = value_of(i + 1, "Addr", ":");
      std::string host, port;
      if (value == 0 || !split_address(literal(value), host, port)) continue;
      const auto unknown = std::find_if(
          found_.begin(), found_.end(), [](const WrittenListener& one) {
            return one.host.empty() && one.what.ends_with("ListenAndServe()");
          });
      if (unknown == found_.end()) continue;
      unknown->line = at(value).line;
      unknown->host = host;
      unknown->port = port;
    }
  }

  void rust_call(std::size_t i) {
    if (!at(i).is("bind")) return;
    std::string host, port;
    const bool address =
        at(i + 2).is_string() && split_address(literal(i + 2), host, port);
    // Queries of databases bind their values.
    if (!address && !at(i - 1).is("::") && !has_word("HttpServer")) return;
    WrittenListener& it = found(i);
    it.is_server = has_word("HttpServer") || has_word("axum");
    if (address) {
      it.host = host;
      it.port = port;
    } else if (at(i + 2).is("(")) {
      it.host = literal(i + 3);
      take_port(it, literal(end_of_value(i + 3) + 1));
    }
  }

  Language language_;
  std::vector<WrittenListener> found_;
};

}  // namespace

std::vector<WrittenListener> listeners_of(std::string_view path,
                                          std::string_view text) {
  const Language language = language_of(path, text);
  if (language != kPython && language != kNode && language != kGo &&
      language != kRust) {
    return {};
  }
  const Tokens tokens = tokens_of(text, language, path);
  SourceReads none;
  return ListenerReader(tokens, path, language, none).read();
}

bool has_main(std::string_view path, std::string_view text) {
  const Language language = language_of(path, text);
  if (language != kGo && language != kRust) return false;
  const Tokens tokens = tokens_of(text, language, path);
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if ((tokens[i].is("func") || tokens[i].is("fn")) &&
        tokens[i + 1].is("main") && tokens[i + 2].is("(")) {
      return true;
    }
  }
  return false;
}

}  // namespace rung
