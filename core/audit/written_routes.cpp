#include "core/audit/written_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "core/audit/imports.hpp"
#include "core/text/split.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

using Words = std::span<const std::string_view>;

bool has(Words words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class RouteReader : TokenWalk {
 public:
  RouteReader(const Tokens& tokens, std::string_view path, Language language,
              SourceReads& none)
      : TokenWalk(tokens, path, none), language_(language) {}

  WrittenRoutes read() {
    find_prefixes();
    for (std::size_t i = 1; i + 2 < size(); ++i) {
      if (!at(i - 1).is(".") || !at(i + 1).is("(")) continue;
      read_route(i);
      if (at(i).is("use") || at(i).is("Use")) read_use(i);
      if (at(i).is("add_middleware")) read_middleware(i + 2);
    }
    return std::move(found_);
  }

 private:
  /// `items = APIRouter(prefix="/items")`
  void find_prefixes() {
    for (std::size_t i = 0; i + 3 < size(); ++i) {
      if (!at(i).is_word() || !at(i + 1).is("=") || !at(i + 3).is("(") ||
          (!at(i + 2).is("APIRouter") && !at(i + 2).is("Blueprint"))) {
        continue;
      }
      for (std::size_t k = i + 4; k < behind(i + 3); ++k) {
        if ((at(k).is("prefix") || at(k).is("url_prefix")) &&
            at(k + 1).is("=") && at(k + 2).is_string()) {
          prefixes_[at(i).text] = at(k + 2).text;
        }
      }
    }
  }

  /// A name that a router may have, so that `axios.get` is none.
  [[nodiscard]] bool is_router(std::size_t i) const {
    static constexpr std::string_view kNames[] = {
        "app", "router", "server", "fastify", "r", "e", "mux", "routes", "web"};
    const Token& name = at(i);
    if (name.is(")")) return true;  // express.Router().get(
    if (has(kNames, name.text) || name.text.ends_with("outer") ||
        name.text.ends_with("App") || name.text.ends_with("Routes")) {
      return true;
    }
    for (std::size_t k = 0; k + 3 < i; ++k) {
      if (at(k).is(name.text) && (at(k + 1).is("=") || at(k + 1).is(":="))) {
        return any(k + 2, k + 6, "express", "Router", "Hono", "fastify",
                   "Fastify", "Koa", "Default", "NewRouter", "NewServeMux",
                   "Group");
      }
    }
    return false;
  }

  void read_route(std::size_t i) {
    static constexpr std::string_view kWords[] = {
        "get", "all", "route",  "api_route",  "add_url_rule", "add_api_route",
        "Get", "GET", "Handle", "HandleFunc", "Any",          "All"};
    const Token& path = at(i + 2);
    if (!has(kWords, at(i).text) || !path.is_string() ||
        !path.text.starts_with('/')) {
      return;
    }
    const bool decorates = language_ == kPython && at(i - 3).is("@");
    const bool registers = at(i).is("Handle") || at(i).is("HandleFunc") ||
                           at(i).is("add_url_rule");
    if (!decorates && !registers && !is_router(i - 2)) return;
    if (path.composed || at(i + 3).is("+")) {
      found_.open = true;
      return;
    }
    const auto prefix = prefixes_.find(at(i - 2).text);
    const bool prefixed = prefix != prefixes_.end();
    found_.routes.push_back(
        {(prefixed ? std::string(prefix->second) : "") + std::string(path.text),
         fmt::format("{}:{}", path_, at(i).line),
         prefixed || !at(i - 2).is("app")});
  }

  /// `app.use("/a", f, g())`
  void read_use(std::size_t i) {
    const std::size_t end = behind(i + 1) - 1;
    for (std::size_t k = i + 2; k < end; k = end_of_value(k) + 1) {
      if (at(k).is_string()) continue;
      if (language_ == kGo ? !is_usual_of_go(k) : answers(k)) {
        found_.open = true;
      }
    }
  }

  [[nodiscard]] bool is_usual_of_go(std::size_t k) const {
    static constexpr std::string_view kUsual[] = {
        "middleware", "gin", "cors", "gzip", "logger", "recover"};
    return has(kUsual, at(k).text) && !any(k, end_of_value(k), "Heartbeat");
  }

  /// Whether what is used may answer requests for any path: a function that
  /// does, or something of a package that rung does not know.
  [[nodiscard]] bool answers(std::size_t k) const {
    static constexpr std::string_view kUsual[] = {
        "express",       "cors",       "helmet",       "morgan",
        "cookieParser",  "bodyParser", "compression",  "session",
        "passport",      "logger",     "rateLimit",    "limiter",
        "csrf",          "csurf",      "flash",        "methodOverride",
        "cookieSession", "fileUpload", "responseTime", "pinoHttp",
        "pino",          "json",       "urlencoded",   "require"};
    static constexpr std::string_view kAnswers[] = {
        "send",     "json", "end",    "sendFile",   "render",
        "redirect", "body", "status", "sendStatus", "pipe"};
    const std::size_t end = end_of_value(k);
    const bool function =
        any(k, end, "=>", "function") || at(k).is("async") || at(k).is("(");
    if (function) {
      // (error, req, res, next) => ... is for errors.
      std::size_t open = k;
      while (open < end && !at(open).is("(")) ++open;
      std::size_t commas = 0;
      for (std::size_t c = open; c < behind(open); ++c) {
        if (at(c).is(",")) ++commas;
      }
      if (commas >= 3) return false;
      bool refuses = false, answers = false;
      for (std::size_t c = open; c < end; ++c) {
        if (at(c).kind == Token::Kind::number && at(c).text == "404") {
          refuses = true;
        }
        if (at(c).is_word() && has(kAnswers, at(c).text)) answers = true;
      }
      return answers && !refuses;
    }
    std::string_view name = at(k).text;
    if (at(k).is("require")) {
      return at(k + 2).is_string() && !at(k + 2).text.starts_with('.') &&
             !has(kUsual, at(k + 2).text);
    }
    return !has(kUsual, name) && is_of_package(name);
  }

  [[nodiscard]] bool is_of_package(std::string_view name) const {
    for (const Import& one : imports_of(tokens_, language_)) {
      if (!one.name.starts_with('.') &&
          std::find(one.names.begin(), one.names.end(), name) !=
              one.names.end()) {
        // const api = express.Router() comes from a package, too, but not so.
        return one.name != "express";
      }
    }
    return false;
  }

  void read_middleware(std::size_t k) {
    static constexpr std::string_view kUsual[] = {
        "CORSMiddleware",          "GZipMiddleware",
        "SessionMiddleware",       "TrustedHostMiddleware",
        "HTTPSRedirectMiddleware", "ProxyHeadersMiddleware",
        "AuthenticationMiddleware"};
    if (has(kUsual, at(k).text)) return;
    for (const Import& one : imports_of(tokens_, language_)) {
      const bool imported = std::find(one.names.begin(), one.names.end(),
                                      at(k).text) != one.names.end();
      if (imported && !one.name.starts_with('.')) found_.open = true;
    }
  }

  Language language_;
  std::map<std::string_view, std::string_view> prefixes_;
  WrittenRoutes found_;
};

bool is_wild(std::string_view part) {
  return part.starts_with(':') || part.find('*') != part.npos ||
         part.find('{') != part.npos || part.find('<') != part.npos ||
         part.find('(') != part.npos || part.find('?') != part.npos;
}

}  // namespace

WrittenRoutes routes_of(const SourceText& file, const Tokens& tokens,
                        Language language) {
  SourceReads none;
  return RouteReader(tokens, file.path, language, none).read();
}

bool takes_path(const WrittenRoute& route, std::string_view path) {
  const auto parts_of = [](std::string_view text) {
    auto parts = split(text, '/');
    std::erase(parts, "");
    return parts;
  };
  auto written = parts_of(route.path), asked = parts_of(path);
  if (written.size() > asked.size() ||
      (written.size() < asked.size() && !route.below)) {
    return false;
  }
  asked.erase(asked.begin(),
              asked.end() - static_cast<std::ptrdiff_t>(written.size()));
  if (written.empty()) return route.path == path;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != asked[i] && !is_wild(written[i])) return false;
  }
  return true;
}

}  // namespace rung
