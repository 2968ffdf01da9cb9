#include "plans/proposing/health_route.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <vector>

#include "core/text/byte_pattern.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "plans/proposing/app_sources.hpp"

namespace rung {
namespace {

constexpr const char* kAnswers = "[2xx, 3xx]";
constexpr const char* kAnyAnswer = "[2xx, 3xx, 4xx]";

/// A line of source that makes a route.
struct Route {
  std::string path;  ///< begins with "/"
  std::string file;
  std::size_t line = 0;
  bool whole = false;  ///< nothing can stand before the path
};

/// What makes routes, what it is made on, and the path.
std::optional<Route> route_in(std::string_view line, const std::string& file) {
  static const RE2 method(
      R"re((\w+)\.(?:get|head|all|route|api_route|add_url_rule|add_api_route|GET|Get|Handle|HandleFunc|HandlerFunc)\(\s*['"`](?:GET )?(/?[\w./-]*)['"`])re",
      byte_options());
  static const RE2 django(R"re(\b(?:path|re_path|url)\(\s*r?['"]\^?([\w./-]*)\$?['"])re",
                          byte_options());
  static const RE2 rust(R"re((?:#\[get\(|web::resource\(|\.route\()\s*"(/[\w./-]*)")re",
                        byte_options());
  static const RE2 ruby(R"re(^\s*get\s*\(?\s*['"](/?[\w./-]*)['"])re",
                        byte_options());
  static const RE2 rails_root(R"re(^\s*root\s+(?:to:|['":]))re", byte_options());
  Route route;
  route.file = file;
  std::string on;
  const Language language = language_of(file, "");
  if (language == kRuby) {
    if (RE2::PartialMatch(piece(line), rails_root)) {
      route.path = "/";
      route.whole = true;
      return route;
    }
    if (!RE2::PartialMatch(piece(line), ruby, &route.path)) return {};
    // Inside of a namespace or scope the line is indented once more.
    route.whole = line.find_first_not_of(' ') <= 2;
  } else if (language == kRust) {
    if (!RE2::PartialMatch(piece(line), rust, &route.path)) return {};
    route.whole = false;
  } else if (RE2::PartialMatch(piece(line), method, &on, &route.path)) {
    // `axios.get("/health")` asks, it answers nothing.
    static constexpr std::array<std::string_view, 9> kClients = {
        "client", "axios",   "requests", "httpx",  "session",
        "http_client", "request", "agent",  "cy"};
    for (const auto client : kClients) {
      if (on == client) return {};
    }
    if (!route.path.starts_with('/')) return {};
    static constexpr std::array<std::string_view, 8> kApps = {
        "app", "application", "server", "fastify", "http", "mux", "express",
        "e"};
    for (const auto app : kApps) route.whole = route.whole || on == app;
  } else if (language == kPython &&
             RE2::PartialMatch(piece(line), django, &route.path)) {
    if (line.find("include(") != line.npos) return {};
  } else {
    return {};
  }
  if (!route.path.starts_with('/')) route.path.insert(0, "/");
  return route;
}

/// How likely a route is the one that tells health; 0 = it does not.
int health_rank(std::string_view path) {
  static const RE2 known(
      R"re((?i)(?:^|/)_?(health|healthz|health[-_]?check|livez|liveness|readyz|alive|heartbeat|ping|up)/?$)re",
      byte_options());
  std::string word;
  if (path.size() > 60 || !RE2::PartialMatch(piece(path), known, &word)) {
    return 0;
  }
  return word == "ping" || word == "up" || word == "heartbeat" ? 1
         : path.find("ready") != path.npos                     ? 2
                                                               : 3;
}

/// The lines of a project's sources that mount a router of Python.
class MountLines {
 public:
  explicit MountLines(const Project& project) : project_(project) {}

  /// Whether a router of this file is mounted without a prefix, and only so:
  /// `app.include_router(ping.router)`.
  bool mounts_plainly(const Route& route) {
    static const RE2 own_prefix(
        R"re((?:APIRouter|Blueprint)\([^)]*\b(?:prefix|url_prefix)\s*=)re",
        byte_options());
    const std::string* own = project_.text(route.file);
    if (own == nullptr || !route.file.ends_with(".py") ||
        RE2::PartialMatch(*own, own_prefix)) {
      return false;
    }
    std::string stem(file_name(route.file));
    stem.resize(stem.size() - 3);
    // Django's own table of routes is beside its settings.
    if (stem == "urls") {
      const std::string folder(folder_name(route.file));
      return project_.has(folder + "/settings.py") ||
             project_.has(folder + "/wsgi.py");
    }
    if (!lines_) collect();
    std::size_t mounts = 0;
    for (const auto line : *lines_) {
      if (line.find(stem) == line.npos) continue;
      // Only the server's own object; a router in a router may have a prefix.
      if (line.find("prefix") != line.npos || line.find("app.") == line.npos ||
          line.find(')') == line.npos) {
        return false;
      }
      ++mounts;
    }
    return mounts == 1;
  }

 private:
  /// Once for all routes: a large project has thousands of both.
  void collect() {
    static const RE2 mount(
        R"re(\b(?:include_router|register_blueprint|include)\()re",
        byte_options());
    lines_.emplace();
    for (const std::string& path : project_.paths()) {
      if (!path.ends_with(".py") || is_aside(path)) continue;
      const std::string* text = project_.text(path);
      if (text == nullptr) continue;
      for (const auto line : lines_of(*text)) {
        if (RE2::PartialMatch(piece(line), mount)) lines_->push_back(line);
      }
    }
  }

  const Project& project_;
  std::optional<std::vector<std::string_view>> lines_;  ///< in its texts
};

/// Next.js: the path follows from the file's.
std::optional<Route> next_route(const std::string& path) {
  static const RE2 handler(
      R"re(^(?:src/)?(?:app/(.*)/route|pages/(.*?)(?:/index)?)\.(?:ts|js|tsx|jsx)$)re",
      byte_options());
  std::string app, page;
  if (!RE2::FullMatch(path, handler, &app, &page)) return {};
  const std::string inner = app.empty() ? page : app;
  if (inner.empty() || inner.find_first_of("[(@") != inner.npos) return {};
  return Route{"/" + inner, path, 1, true};
}

}  // namespace

HealthRoute health_route(const Project& project, const App& app,
                         const Stated& stated) {
  static const RE2 shape(R"re(/[A-Za-z0-9._~/-]*)re", byte_options());
  if (stated.health && RE2::FullMatch(stated.health->value, shape)) {
    return {stated.health->value, "", stated.health->from, ""};
  }
  if (app.kind == AppKind::static_site) {
    return {"/", "", app.start ? app.start->from : "", ""};
  }
  const bool next = app.packages.count("next") != 0;
  MountLines mounts(project);
  std::optional<Route> health, unsure, top;
  bool page = false;
  int best = 0, best_unsure = 0;
  for (const std::string& path : project.paths()) {
    if (!is_app_source(path)) continue;
    if (next) {
      static const RE2 index(
          R"re((?:src/)?(?:app/(?:\([^/]*\)/)?page|pages/index)\.(?:tsx|jsx|ts|js|mdx))re",
          byte_options());
      page = page || RE2::FullMatch(path, index);
      auto route = next_route(path);
      if (route && health_rank(route->path) > best) {
        best = health_rank(route->path);
        health = std::move(route);
      }
      continue;
    }
    const std::string* text = project.text(path);
    if (text == nullptr) continue;
    std::size_t number = 0;
    for (const auto line : lines_of(*text)) {
      ++number;
      if (line.size() > 400) continue;
      auto route = route_in(line, path);
      if (!route) continue;
      route->line = number;
      const int rank = health_rank(route->path);
      if (rank > best || (rank > best_unsure && !health)) {
        if (!route->whole) route->whole = mounts.mounts_plainly(*route);
        if (route->whole && rank > best) {
          best = rank;
          health = route;
        } else if (!route->whole && rank > best_unsure) {
          best_unsure = rank;
          unsure = route;
        }
      } else if (rank == 0 && route->path == "/" && !top &&
                 (route->whole || mounts.mounts_plainly(*route))) {
        top = route;
      }
    }
  }
  const auto place = [&](const Route& route) {
    return from_line(project.shown(route.file), route.line);
  };
  if (health) {
    return {health->path, "",
            next ? project.shown(health->file) : place(*health), ""};
  }
  HealthRoute found{"/", kAnyAnswer, "no known route, so any answer below 500 counts",
                    ""};
  if (top || page) {
    found.status = kAnswers;
    found.from = top ? place(*top) : "the index page";
  } else {
    found.todo =
        "name a route that tells whether the app works, and its status";
  }
  if (unsure) {
    found.todo = fmt::format(
        "{} has the route {}, maybe below a prefix; if it tells health, name "
        "its whole path",
        place(*unsure), unsure->path);
  }
  return found;
}

}  // namespace rung
