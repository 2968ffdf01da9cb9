#include "core/audit/address_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/audit/imports.hpp"
#include "core/audit/listeners.hpp"
#include "core/audit/project_paths.hpp"
#include "core/audit/server_makers.hpp"
#include "core/audit/started_program.hpp"
#include "core/text/port_number.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

class AddressLook {
 public:
  AddressLook(const Deployed& deployed, std::span<const SourceText> files,
              const AuditInput& input)
      : deployed_(deployed), files_(files), paths_(files), input_(input) {}

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
    return paths_.file(path);
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

  /// What a command line starts listens at.
  struct Started {
    std::vector<WrittenListener> own;    ///< of the program's first file
    std::vector<WrittenListener> below;  ///< of files that it imports
    bool incomplete = false;             ///< it imports more
  };

  [[nodiscard]] Started started_by(const Statement& start) const {
    Started all{listeners_of_command(start.text), {}, false};
    const auto words = last_command(start.text);
    if (!all.own.empty() || words.empty()) return all;
    if (const SourceText* program = started_program(words, paths_)) {
      all.own = listeners_of(program->path, program->text);
      for (WrittenListener& one : all.own) {
        one.is_server = one.is_server || imports_server(*program, one.receiver);
      }
      add_imported(*program, all);
    } else if (words.size() == 1 &&
               file_name(words[0]).find('.') == words[0].npos) {
      all.own = listeners_of_binary();
    }
    return all;
  }

  /// `const app = require("./app")`, where that file makes a server.
  [[nodiscard]] bool imports_server(const SourceText& program,
                                    std::string_view name) const {
    if (name.empty()) return false;
    const Tokens tokens = tokens_of(program.text, kNode, program.path);
    for (const Import& one : imports_of(tokens, kNode)) {
      if (!one.name.starts_with('.') ||
          std::find(one.names.begin(), one.names.end(), name) ==
              one.names.end()) {
        continue;
      }
      const SourceText* made =
          paths_.of_node(std::string(folder_of(program.path)) + '/' + one.name);
      if (made == nullptr) continue;
      const Tokens there = tokens_of(made->text, kNode, made->path);
      return makes_server(there, 0, there.size());
    }
    return false;
  }

  void add_imported(const SourceText& program, Started& all) const {
    constexpr std::size_t kMost = 500;  // files
    std::set<std::string_view> seen = {program.path};
    std::vector<const SourceText*> next = {&program};
    while (!next.empty() && seen.size() < kMost) {
      const SourceText* one = next.back();
      next.pop_back();
      const LocalImports imports = local_imports(*one, paths_);
      all.incomplete = all.incomplete || imports.incomplete;
      for (const SourceText* imported : imports.files) {
        if (!seen.insert(imported->path).second) continue;
        next.push_back(imported);
        for (WrittenListener& more :
             listeners_of(imported->path, imported->text)) {
          if (more.runs != WrittenListener::Runs::if_main) {
            all.below.push_back(std::move(more));
          }
        }
      }
    }
    all.incomplete = all.incomplete || !next.empty();
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
    const Statement start = followed_start(stated, paths_);
    const Started all = started_by(start);
    const auto place = [&](const WrittenListener& one) {
      return one.file.empty() ? start.place
                              : fmt::format("{}:{}", one.file, one.line);
    };
    // Those that certainly are web servers and run; what else listens, here
    // or in an imported file, may be what is reached.
    std::vector<WrittenListener> sure;
    bool reached = all.incomplete;
    for (const WrittenListener& one : all.own) {
      if (one.is_server && one.runs != WrittenListener::Runs::sometimes) {
        sure.push_back(one);
      }
      reached = reached || !is_loopback_name(one.host) || is_set_outside(one);
    }
    for (const WrittenListener& one : all.below) {
      reached = reached || !is_loopback_name(one.host);
    }
    if (sure.empty()) return;
    const WrittenListener& first = sure.front();
    if (!reached) {
      add(level(), "loopback", place(first),
          fmt::format("{} listens on {}{}, and {} starts it: outside of its "
                      "own machine or container nobody reaches it",
                      first.what, first.host,
                      first.by_default ? ", its default" : "", stated.place),
          "let it listen on 0.0.0.0");
    }
    std::set<std::string> ports;
    for (const WrittenListener& one : sure) {
      if (!one.port.empty() && !is_loopback_name(one.host)) {
        ports.insert(one.port);
      }
    }
    if (all.own.size() == 1 && all.below.empty() && !all.incomplete &&
        !first.port.empty()) {
      wrong_port(first, place(first), stated);
    } else if (ports.size() > 1) {
      std::string told;
      for (const WrittenListener& one : sure) {
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

  [[nodiscard]] bool is_given_by(std::string_view variable) const {
    return !variable.empty() &&
           (is_set(std::string(variable)) || any_text_has(variable));
  }
  [[nodiscard]] bool is_set_outside(const WrittenListener& one) const {
    return one.by_default && is_given_by(host_variable_of(one.what));
  }

  void wrong_port(const WrittenListener& one, const std::string& place,
                  const Statement& start) {
    if (one.default_port && is_given_by(port_variable_of(one.what))) return;
    if (deployed_.port) {
      if (std::to_string(*deployed_.port) == one.port) return;
      // A program may have another port from somewhere else.
      add(one.file.empty() ? level() : AuditLevel::warning, "port", place,
          fmt::format("{} names port {}, and requests go to port {} ({}): "
                      "they get no answer",
                      one.what, one.port, *deployed_.port,
                      deployed_.port_place),
          "listen on the port that PORT names, or route to this one");
    } else if (start.place.starts_with("Procfile") && !is_set("PORT") &&
               !elsewhere()) {
      // Source: devcenter.heroku.com, "Web dynos" and error R10.
      add(AuditLevel::warning, "port", place,
          fmt::format("{} names port {}; Heroku gives each web process a port "
                      "of its own in PORT and stops one that does not bind it",
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
  ProjectPaths paths_;
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
