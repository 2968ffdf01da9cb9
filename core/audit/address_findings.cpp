#include "core/audit/address_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/audit/listeners.hpp"
#include "core/text/json_text.hpp"
#include "core/text/port_number.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

class AddressLook {
 public:
  AddressLook(const Deployed& deployed, std::span<const SourceText> files,
              const AuditInput& input)
      : deployed_(deployed), files_(files), input_(input) {}

  std::vector<AuditFinding> take() {
    for (const Statement& start : deployed_.starts) look_at(start);
    fallback();
    return std::move(found_);
  }

 private:
  void add(AuditLevel level, std::string kind, std::string place,
           std::string text, std::string action) {
    found_.push_back({level, std::move(kind), "", std::move(place),
                      std::move(text), std::move(action)});
  }
  [[nodiscard]] AuditLevel level() const {
    return deployed_.certain ? AuditLevel::error : AuditLevel::warning;
  }

  [[nodiscard]] const SourceText* file(std::string_view path) const {
    const auto it =
        std::find_if(files_.begin(), files_.end(),
                     [&](const SourceText& one) { return one.path == path; });
    return it == files_.end() ? nullptr : &*it;
  }
  [[nodiscard]] bool any_text_has(std::string_view word) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const SourceText& one) {
                         return one.text.find(word) != one.text.npos;
                       });
  }
  [[nodiscard]] bool is_set(const std::string& name) const {
    return std::any_of(input_.columns.begin(), input_.columns.end(),
                       [&](const AuditColumn& column) {
                         return !column.example && column.cells.contains(name);
                       });
  }

  /// `npm start` is what package.json says.
  [[nodiscard]] Statement followed(const Statement& start) const {
    const auto words = last_command(start.text);
    const SourceText* package = file("package.json");
    if (package == nullptr || words.size() < 2 ||
        (words[0] != "npm" && words[0] != "yarn" && words[0] != "pnpm" &&
         words[0] != "bun")) {
      return start;
    }
    const std::string& script =
        words[1] == "run" && words.size() > 2 ? words[2] : words[1];
    const auto json = json_from(std::string(package->text));
    const auto scripts = json.is_object() ? json.find("scripts") : json.end();
    if (scripts == json.end() || !scripts->is_object()) return start;
    const auto it = scripts->find(script);
    if (it == scripts->end() || !it->is_string()) return start;
    return {it->get<std::string>(), "package.json"};
  }

  /// The listeners of the program that a command line starts.
  [[nodiscard]] std::vector<WrittenListener> listeners_of_start(
      const Statement& start) const {
    std::vector<WrittenListener> all = listeners_of_command(start.text);
    const auto words = last_command(start.text);
    if (!all.empty() || words.empty()) return all;
    const auto add_file = [&](std::string_view path) {
      const SourceText* one = file(path);
      if (one == nullptr) return;
      const auto more = listeners_of(one->path, one->text);
      all.insert(all.end(), more.begin(), more.end());
    };
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::string path = words[i];
      if (words[i - 1] == "-m") {
        std::replace(path.begin(), path.end(), '.', '/');
        add_file(path + ".py");
        add_file(path + "/__main__.py");
        continue;
      }
      if (path.starts_with("./")) path.erase(0, 2);
      add_file(path);
    }
    if (words.size() == 1 && file_name(words[0]).find('.') == words[0].npos) {
      return listeners_of_binary();
    }
    return all;
  }

  /// Those of a compiled project that has only one program.
  [[nodiscard]] std::vector<WrittenListener> listeners_of_binary() const {
    std::vector<WrittenListener> all;
    const SourceText* program = nullptr;
    for (const SourceText& one : files_) {
      if (is_beside_service(one.path) || !has_main(one.path, one.text)) {
        continue;
      }
      if (program != nullptr) return {};
      program = &one;
    }
    if (program == nullptr) return {};
    const Language language = language_of(program->path, "");
    if (!any_text_has(language == kGo ? "go build" : "cargo build")) return {};
    for (const SourceText& one : files_) {
      if (language_of(one.path, "") != language || is_aside(one.path)) continue;
      const auto more = listeners_of(one.path, one.text);
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  void look_at(const Statement& stated) {
    const Statement start = followed(stated);
    const std::vector<WrittenListener> all = listeners_of_start(start);
    if (all.empty()) return;
    const auto place = [&](const WrittenListener& one) {
      return one.file.empty() ? start.place
                              : fmt::format("{}:{}", one.file, one.line);
    };
    const WrittenListener& first = all.front();
    if (std::all_of(all.begin(), all.end(), [&](const WrittenListener& one) {
          return is_loopback_name(one.host) && !is_set_outside(one);
        })) {
      add(level(), "loopback", place(first),
          fmt::format("{} listens on {}{}, and {} starts it: outside of its "
                      "own machine or container nobody reaches it",
                      first.what, first.host,
                      first.by_default ? ", its default" : "", stated.place),
          "let it listen on 0.0.0.0");
    }
    std::set<std::string> ports;
    for (const WrittenListener& one : all) {
      if (!one.port.empty() && !is_loopback_name(one.host)) {
        ports.insert(one.port);
      }
    }
    if (all.size() == 1 && !first.port.empty()) {
      wrong_port(first, place(first), stated);
    } else if (ports.size() > 1) {
      std::string told;
      for (const WrittenListener& one : all) {
        if (ports.erase(one.port) == 0) continue;
        told += fmt::format("{}{} ({})", told.empty() ? "" : ", ", one.port,
                            place(one));
      }
      add(AuditLevel::note, "listeners", place(first),
          "the program names several ports to listen on: " + told,
          "a platform routes requests to one of them; see that it is the "
          "right one");
    }
  }

  [[nodiscard]] bool is_set_outside(const WrittenListener& one) const {
    const std::string variable(host_variable_of(one.what));
    return one.by_default && !variable.empty() &&
           (is_set(variable) || any_text_has(variable));
  }

  void wrong_port(const WrittenListener& one, const std::string& place,
                  const Statement& start) {
    if (deployed_.port) {
      if (std::to_string(*deployed_.port) == one.port) return;
      add(level(), "port", place,
          fmt::format("{} listens on port {} whatever PORT says, and requests "
                      "go to port {} ({}): they get no answer",
                      one.what, one.port, *deployed_.port,
                      deployed_.port_place),
          "listen on the port that PORT names, or route to this one");
    } else if (start.place.starts_with("Procfile") && !is_set("PORT") &&
               !elsewhere()) {
      // Source: devcenter.heroku.com, "Web dynos" and error R10.
      add(AuditLevel::warning, "port", place,
          fmt::format("{} listens on port {} whatever PORT says; Heroku gives "
                      "each web process a port of its own in PORT and stops "
                      "one that does not bind it",
                      one.what, one.port),
          "listen on the port that PORT names");
    }
  }

  /// Whether files belong to another platform that reads a Procfile, and that
  /// can be told a port.
  [[nodiscard]] bool elsewhere() const {
    for (const char* name :
         {"railway.json", "railway.toml", "nixpacks.toml", "render.yaml",
          "fly.toml", "app.yaml", "dokku.json", "Dockerfile", ".do/app.yaml",
          "scalingo.json"}) {
      if (file(name) != nullptr) return true;
    }
    return false;
  }

  /// `process.env.PORT || 3000` where nobody sets PORT and 8080 is routed to,
  /// a number that no program has.
  void fallback() {
    if (!deployed_.port || deployed_.sets_port || is_set("PORT")) return;
    const std::string port = std::to_string(*deployed_.port);
    const VariableUse* first = nullptr;
    for (const VariableUse& use : input_.reads.uses) {
      // Those of vite.config.ts and the like are for the desk.
      if (use.name != "PORT" || use.passed_on || is_beside_service(use.file) ||
          file_name(use.file).find(".config.") != std::string_view::npos ||
          !is_of_programs(language_of(use.file, ""))) {
        continue;
      }
      if (!port_number(use.default_text)) return;
      if (first == nullptr) first = &use;
    }
    const bool written =
        std::any_of(files_.begin(), files_.end(), [&](const SourceText& one) {
          return is_of_programs(language_of(one.path, one.text)) &&
                 one.text.find(port) != one.text.npos;
        });
    if (first == nullptr || written) return;
    add(AuditLevel::warning, "port",
        fmt::format("{}:{}", first->file, first->line),
        fmt::format("without PORT the program listens on {}, no file sets "
                    "PORT, and requests go to port {} ({})",
                    first->default_text, port, deployed_.port_place),
        fmt::format("set PORT to {}", port));
  }

  const Deployed& deployed_;
  std::span<const SourceText> files_;
  const AuditInput& input_;
  std::vector<AuditFinding> found_;
};

}  // namespace

std::vector<AuditFinding> address_findings(const Deployed& deployed,
                                           std::span<const SourceText> files,
                                           const AuditInput& input) {
  return AddressLook(deployed, files, input).take();
}

}  // namespace rung
