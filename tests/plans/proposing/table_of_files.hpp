#pragma once

// Small projects as tables of files, and the plan proposed for one.
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/plan.hpp"
#include "plans/proposing/find_apps.hpp"
#include "plans/proposing/project.hpp"
#include "plans/proposing/propose.hpp"
#include "plans/proposing/write_plan.hpp"
#include "plans/reading/reader.hpp"

namespace rung::propose_test {

using Files = std::map<std::string, std::string>;

class TableOfFiles : public ProjectFiles {
 public:
  explicit TableOfFiles(Files files) : files_(std::move(files)) {
    for (const auto& [path, content] : files_) paths_.push_back(path);
  }
  [[nodiscard]] const std::vector<std::string>& paths() const override {
    return paths_;
  }
  [[nodiscard]] std::optional<std::string> content(
      const std::string& path) const override {
    const auto at = files_.find(path);
    return at == files_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  Files files_;
  std::vector<std::string> paths_;
};

struct Proposed {
  std::vector<FoundApp> apps;
  std::string text;
  std::vector<PlanTodo> todos;
  std::optional<Plan> plan;  ///< read back; nullopt = not exactly one app
};

inline Proposed proposed(const Files& files, const std::string& folder = "") {
  const TableOfFiles table(files);
  const Project project = Project(table).below(folder);
  Proposed result;
  result.apps = find_apps(project);
  if (result.apps.size() != 1) return result;
  const Project app = project.below(result.apps.front().folder);
  const WrittenPlan written =
      write_plan(propose(app, result.apps.front().known,
                         {.name = "shop", .repo = "", .env_folder = ""}));
  result.text = written.text;
  result.todos = written.todos;
  // An env file of the table is not on the disk.
  std::string readable = result.text;
  if (const auto at = readable.find("env_files:\n"); at != readable.npos) {
    readable.erase(at, readable.find("targets:") - at);
  }
  CAPTURE(result.text);
  REQUIRE_NOTHROW(result.plan = read_plan_text(readable, "/nowhere/plan.yaml"));
  return result;
}

inline std::string all_todos(const Proposed& proposal) {
  std::string text;
  for (const PlanTodo& todo : proposal.todos) text += todo.what + '\n';
  return text;
}

inline const Files kFastApi = {
    {"requirements.txt", "fastapi==0.92.0\nuvicorn==0.17.6\n"},
    {"app/__init__.py", ""},
    {"app/main.py",
     "from fastapi import FastAPI\n\napp = FastAPI()\n\n"
     "@app.get(\"/health\")\ndef health():\n    return {}\n"}};

inline Files with(Files files, const Files& more) {
  for (const auto& [path, content] : more) files[path] = content;
  return files;
}

}  // namespace rung::propose_test
