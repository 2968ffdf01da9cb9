#include "core/audit/health_path.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "core/text/byte_pattern.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "core/variables/tokens.hpp"

namespace rung {
namespace {

/// A route that is written out: `app.get("/health", ...)`.
struct WrittenRoute {
  std::string path, place;
};

void add_routes(const SourceText& file, std::vector<WrittenRoute>& routes) {
  static constexpr std::string_view kWords[] = {
      "get", "route", "api_route", "add_url_rule",
      "Get", "GET",   "Handle",    "HandleFunc"};
  const Language language = language_of(file.path, file.text);
  if ((language != kPython && language != kNode && language != kGo) ||
      is_aside(file.path)) {
    return;
  }
  const Tokens tokens = tokens_of(file.text, language, file.path);
  for (std::size_t i = 1; i + 3 < tokens.size(); ++i) {
    if (!tokens[i - 1].is(".") || !tokens[i + 1].is("(") ||
        !tokens[i + 2].is_string() || !tokens[i + 2].text.starts_with('/') ||
        std::find(std::begin(kWords), std::end(kWords), tokens[i].text) ==
            std::end(kWords)) {
      continue;
    }
    routes.push_back({std::string(tokens[i + 2].text),
                      fmt::format("{}:{}", file.path, tokens[i].line)});
  }
}

/// What serves paths that are written nowhere: any path, files, proxies and
/// libraries for health.
bool serves_more(const SourceText& file) {
  static const RE2 more(
      R"re(["'`]/?\*|/\*["'`]|/\(\.\*\)|:path\}|<path:|\[\.\.\.|(?i:static|proxy|catch.?all|rewrite|wildcard)|\.mount\(|\.Mount\(|\.fallback|NoRoute|NotFound|PathPrefix|Handle(?:Func)?\(\s*"/"|http\.Handler|createServer|(?i:actuator|terminus|lightship|under-pressure|okcomputer|health[-_]?check|heartbeat|instrumentator|promhttp|prometheus|graphql|trpc|nestjs|include\())re",
      byte_options());
  return RE2::PartialMatch(piece(file.text), more);
}

}  // namespace

std::vector<AuditFinding> health_findings(const Deployed& deployed,
                                          std::span<const SourceText> files) {
  static const RE2 shape(R"re((?:/[A-Za-z0-9._-]+)*/([A-Za-z0-9_-]{2,})/?)re",
                         byte_options());
  std::vector<AuditFinding> found;
  std::vector<WrittenRoute> routes;
  for (const Statement& health : deployed.health) {
    std::string last;
    // What frameworks serve by themselves.
    if (!RE2::FullMatch(health.text, shape, &last) || last == "docs" ||
        last == "redoc" || last == "admin" || last == "up") {
      continue;
    }
    const bool served =
        std::any_of(files.begin(), files.end(), [&](const SourceText& file) {
          const Language language = language_of(file.path, file.text);
          if (file.path.find(last) != file.path.npos) return true;
          // Files that ask for it serve nothing; lists of packages count.
          const bool asks = language == kSubstituted || language == kDocker ||
                            language == kNoLanguage || language == kShell;
          return (!asks && file.text.find(last) != file.text.npos) ||
                 ((!asks || file_name(file.path) == "package.json" ||
                   file.path.ends_with(".txt") ||
                   file.path.ends_with(".toml")) &&
                  serves_more(file));
        });
    if (served) continue;
    if (routes.empty()) {
      for (const SourceText& file : files) add_routes(file, routes);
    }
    if (routes.empty()) continue;  // then nobody knows how it routes
    static const RE2 tells(R"re((?i)health|ready|alive|live|ping|status)re",
                           byte_options());
    const auto other = std::find_if(
        routes.begin(), routes.end(), [](const WrittenRoute& route) {
          return RE2::PartialMatch(route.path, tells);
        });
    found.push_back(
        {AuditLevel::warning, "health-path", "", health.place,
         fmt::format("{} is asked for health, and no source has the word "
                     "\"{}\": the service answers 404 and is taken for broken",
                     health.text, last),
         other != routes.end()
             ? fmt::format("ask for {}, the route at {}, or serve this one",
                           other->path, other->place)
             : "serve it, or ask for a route that is served"});
  }
  return found;
}

}  // namespace rung
