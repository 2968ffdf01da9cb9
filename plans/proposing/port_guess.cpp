#include "plans/proposing/port_guess.hpp"

#include <re2/re2.h>

#include "core/text/byte_pattern.hpp"
#include "core/text/port_number.hpp"
#include "core/text/split.hpp"
#include "core/variables/beside_service.hpp"
#include "plans/proposing/app_sources.hpp"

namespace rung {
namespace {

/// Servers that bind PORT, or a port of their own, without being told.
std::optional<PortGuess> of_server(const std::string& start) {
  struct Server {
    const char *word, *port;
  };
  // Sources: gunicorn "bind" ("0.0.0.0:$PORT" if PORT is set), puma, next,
  // react-scripts and nuxt read PORT; uvicorn and runserver use 8000,
  // flask run 5000 unless FLASK_RUN_PORT.
  static constexpr Server kServers[] = {
      {"gunicorn", "auto"},  {"puma", "auto"},          {"next start", "auto"},
      {"uvicorn", "8000"},   {"runserver", "8000"},     {"hypercorn", "8000"},
      {"daphne", "8000"},    {"fastapi run", "8000"},   {"flask run", "5000"},
      {"streamlit", "8501"}, {"vite preview", "4173"},  {"http.server", "8000"},
      {"rails s", "auto"},   {"rackup", "9292"},
      {"react-scripts start", "auto"}};
  for (const auto& [word, port] : kServers) {
    if (start.find(word) == start.npos) continue;
    return PortGuess{port, "the default of " + std::string(word), ""};
  }
  return {};
}

/// The first number that a source listens on, or names as a place of HTTP.
std::optional<PortGuess> written_port(const Project& project) {
  static const RE2 listened(
      R"re((?:\.listen\(\s*|\.run\([^)]*\bport\s*=\s*|ListenAndServe\(\s*"[^":]*:|\.Run\(\s*"[^":]*:|\bPORT\s*=\s*|(?:^|[^\w/@.-])(?:(?:https?|tcp)://)?(?:0\.0\.0\.0|127\.0\.0\.1|localhost):)(\d{4,5})\b)re",
      byte_options());
  for (const std::string& path : project.paths()) {
    if (!is_app_source(path) || is_beside_service(path) || depth_of(path) > 5) {
      continue;
    }
    const std::string* text = project.text(path);
    if (text == nullptr) continue;
    std::size_t at = 0;
    for (const auto line : lines_of(*text)) {
      ++at;
      std::string number;
      if (line.size() < 400 &&
          RE2::PartialMatch(piece(line), listened, &number) &&
          port_number(number)) {
        return PortGuess{number, from_line(project.shown(path), at), ""};
      }
    }
  }
  return {};
}

}  // namespace

PortGuess port_guess(const Project& project, const App& app,
                     const Stated& stated, const std::string& start,
                     const SourceReads& reads) {
  static const RE2 variable(R"re(\$\{?PORT\b)re", byte_options());
  static const RE2 given(
      R"re((?:--port[= ]|-p |(?:-b|--bind)[= ]\S*:|-l |--listen[= ]|runserver \S*:|\b0\.0\.0\.0:)(\d{2,5})\b)re",
      byte_options());
  const std::string whole = app.prefix + start;
  if (RE2::PartialMatch(whole, variable)) {
    return {"auto", "PORT in the start command", ""};
  }
  std::string number;
  if (RE2::PartialMatch(start, given, &number) && port_number(number)) {
    return {number, "the start command", ""};
  }
  if (app.reads_port) return {"auto", "PORT, which " + app.what + " reads", ""};
  if (auto port = of_server(start)) return *port;
  for (const VariableUse& use : reads.uses) {
    if (use.name != "PORT" || is_beside_service(use.file)) continue;
    return {"auto",
            "PORT, which is read in " +
                from_line(project.shown(use.file),
                          static_cast<std::size_t>(use.line)),
            ""};
  }
  if (stated.port && port_number(stated.port->value)) {
    return {stated.port->value, stated.port->from, ""};
  }
  if (auto literal = written_port(project)) return *literal;
  return {"auto", "no file: it is unknown",
          "the port is unknown: if the app does not bind PORT, write the "
          "number of the one it binds"};
}

}  // namespace rung
