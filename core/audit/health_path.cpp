#include "core/audit/health_path.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/audit/written_routes.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "core/variables/tokens.hpp"

namespace rung {
namespace {

/// What serves paths that are written nowhere: any path, files, proxies and
/// libraries for health.
bool serves_more(const SourceText& file) {
  static const RE2 more(
      R"re(["'`]/?\*|/\*["'`]|/\(\.\*\)|:path\}|<path:|\[\.\.\.|(?i:static|proxy|catch.?all|rewrite|wildcard)|\.mount\(|\.Mount\(|\.fallback|NoRoute|NotFound|PathPrefix|Handle(?:Func)?\(\s*"/"|http\.Handler|createServer|sendFile|(?i:actuator|terminus|lightship|under-pressure|okcomputer|health[-_]?check|heartbeat|instrumentator|promhttp|prometheus|graphql|trpc|nestjs|include\())re",
      byte_options());
  return RE2::PartialMatch(piece(file.text), more);
}

/// Whether a program has the word, in a name or in a text; comments do not
/// count.
bool has_word(const Tokens& tokens, std::string_view word) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    return token.text.find(word) != token.text.npos;
  });
}

}  // namespace

std::vector<AuditFinding> health_findings(const Deployed& deployed,
                                          std::span<const SourceText> files) {
  static const RE2 shape(R"re((?:/[A-Za-z0-9._-]+)*/([A-Za-z0-9_-]{2,})/?)re",
                         byte_options());
  static const RE2 tells(R"re((?i)health|ready|alive|live|ping|status)re",
                         byte_options());
  std::vector<AuditFinding> found;
  for (const Statement& health : deployed.health) {
    std::string last;
    // What frameworks serve by themselves.
    if (!RE2::FullMatch(health.text, shape, &last) || last == "docs" ||
        last == "redoc" || last == "admin" || last == "up") {
      continue;
    }
    std::vector<WrittenRoute> routes;
    const bool served =
        std::any_of(files.begin(), files.end(), [&](const SourceText& file) {
          const Language language = language_of(file.path, file.text);
          if (file.path.find(last) != file.path.npos) return true;
          if (!is_of_programs(language)) {
            // Files that ask for it serve nothing; lists of packages count.
            return (file_name(file.path) == "package.json" ||
                    file.path.ends_with(".txt") ||
                    file.path.ends_with(".toml")) &&
                   serves_more(file);
          }
          const Tokens tokens = tokens_of(file.text, language, file.path);
          if (has_word(tokens, last) || serves_more(file)) return true;
          if (is_aside(file.path)) return false;
          WrittenRoutes more = routes_of(file, tokens, language);
          routes.insert(routes.end(), more.routes.begin(), more.routes.end());
          return more.open ||
                 std::any_of(more.routes.begin(), more.routes.end(),
                             [&](const WrittenRoute& route) {
                               return takes_path(route, health.text);
                             });
        });
    // Without any route nobody knows how it routes.
    if (served || routes.empty()) continue;
    const auto other = std::find_if(
        routes.begin(), routes.end(), [](const WrittenRoute& route) {
          return RE2::PartialMatch(route.path, tells);
        });
    found.push_back(
        {AuditLevel::warning, "health-path", "", health.place,
         fmt::format("{} is asked for health, and no route is written for it; "
                     "it may answer 404",
                     health.text),
         other != routes.end()
             ? fmt::format("ask for {}, the route at {}, or serve this one",
                           other->path, other->place)
             : "serve it, or ask for a route that is served"});
  }
  return found;
}

}  // namespace rung
