#include "core/audit/started_program.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/audit/server_commands.hpp"
#include "core/text/json_text.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

std::string main_of_package(const ProjectPaths& paths) {
  const SourceText* package = paths.file("package.json");
  if (package == nullptr) return "index.js";
  const auto json = json_from(std::string(package->text));
  return json.is_object() && json.contains("main") && json["main"].is_string()
             ? json["main"].get<std::string>()
             : "index.js";
}

/// The file of `app.main:app` or `shop.wsgi`, as servers are told it.
const SourceText* served_module(const std::vector<std::string>& words,
                                const ProjectPaths& paths) {
  for (const std::string& word : words) {
    const std::string module = word.substr(0, word.find(':'));
    if (module.find_first_of("/=$-") != module.npos ||
        (module == word && module.find('.') == module.npos)) {
      continue;
    }
    for (const char* folder : {"", "src"}) {
      if (const auto* one = paths.of_python(module, folder)) return one;
    }
  }
  return nullptr;
}

}  // namespace

Statement followed_start(const Statement& start, const ProjectPaths& paths) {
  const auto words = last_command(start.text);
  const SourceText* package = paths.file("package.json");
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

const SourceText* started_program(const std::vector<std::string>& words,
                                  const ProjectPaths& paths) {
  const auto name = words.empty() ? "" : file_name(words[0]);
  const bool node = name == "node" || name == "nodemon" || name == "tsx" ||
                    name == "ts-node" || name == "npx" || name == "bun";
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string path = words[i];
    const SourceText* one = nullptr;
    if (words[i - 1] == "-m") {
      std::replace(path.begin(), path.end(), '.', '/');
      one = paths.file(path + ".py");
      if (one == nullptr) one = paths.file(path + "/__main__.py");
    } else if (!path.starts_with('-')) {
      if (path.starts_with("./")) path.erase(0, 2);
      if (node && (path == "." || path.empty())) path = main_of_package(paths);
      one = node ? paths.of_node(path) : paths.file(path);
    }
    if (one != nullptr) return one;
  }
  return nullptr;
}

std::set<std::string_view> started_files(const Deployed& deployed,
                                         const ProjectPaths& paths) {
  std::set<std::string_view> seen;
  std::vector<const SourceText*> next;
  for (const Statement& stated : deployed.starts) {
    const auto words = last_command(followed_start(stated, paths).text);
    const SourceText* program = started_program(words, paths);
    if (program == nullptr) program = served_module(words, paths);
    if (program != nullptr && seen.insert(program->path).second) {
      next.push_back(program);
    }
  }
  while (!next.empty()) {
    const SourceText* one = next.back();
    next.pop_back();
    for (const SourceText* more : local_imports(*one, paths, true).files) {
      if (seen.insert(more->path).second) next.push_back(more);
    }
  }
  return seen;
}

}  // namespace rung
