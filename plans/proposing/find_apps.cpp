#include "plans/proposing/find_apps.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text/json_text.hpp"
#include "core/text/utf8.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "plans/proposing/docker_statements.hpp"
#include "plans/proposing/node_app.hpp"
#include "plans/proposing/other_apps.hpp"
#include "plans/proposing/platform_statements.hpp"
#include "plans/proposing/python_app.hpp"

namespace rung {
namespace {

constexpr std::size_t kMaxCandidates = 300;
constexpr std::size_t kMaxAppDepth = 3;  ///< "services/api/app"

bool is_marker(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kMarkers = {
      "Procfile",     "package.json", "manage.py",     "requirements.txt",
      "pyproject.toml", "Pipfile",    "config.ru",     "go.mod",
      "Cargo.toml",   "Dockerfile",   "fly.toml",      "railway.json",
      "railway.toml", "nixpacks.toml", "setup.py"};
  return std::find(kMarkers.begin(), kMarkers.end(), name) != kMarkers.end();
}

/// The top of several packages, not one itself.
bool is_workspace(const Project& project) {
  for (const char* file : {"pnpm-workspace.yaml", "lerna.json", "nx.json",
                           "turbo.json", "rush.json", "go.work"}) {
    if (project.has(file)) return true;
  }
  const std::string* text = project.text("package.json");
  if (text == nullptr) return false;
  const auto package = json_from(*text);
  return package.is_object() && package.contains("workspaces");
}

}  // namespace

std::optional<KnownApp> known_app(const Project& project) {
  KnownApp known;
  read_platform_statements(project, known.stated);
  read_dockerfile(project, known.stated);
  read_compose(project, known.stated);
  const Stated& stated = known.stated;
  const bool started = stated.start.has_value();
  if (auto app = python_app(project)) {
    // Requirements and no app: a library, unless something starts it.
    if (app->start || started || stated.image_start) {
      known.app = std::move(*app);
      return known;
    }
  }
  if (auto app = ruby_app(project)) {
    known.app = std::move(*app);
    return known;
  }
  if (auto app = go_app(project)) {
    known.app = std::move(*app);
    return known;
  }
  if (auto app = rust_app(project)) {
    known.app = std::move(*app);
    return known;
  }
  if (auto app = node_app(project, stated)) {
    if (started || !app->may_be_library ||
        (stated.has_dockerfile && stated.image_start)) {
      known.app = std::move(*app);
      return known;
    }
  }
  if (stated.has_dockerfile) {
    known.app.kind = AppKind::image;
    known.app.what = "an image";
    return known;
  }
  if (started) {
    known.app.what = "a service";
    return known;
  }
  if (auto app = static_site(project, stated)) {
    known.app = std::move(*app);
    return known;
  }
  return {};
}

std::vector<FoundApp> find_apps(const Project& project) {
  std::set<std::string> folders;
  for (const std::string& path : project.paths()) {
    if (is_marker(file_name(path)) && depth_of(path) > 0 &&
        depth_of(path) <= kMaxAppDepth && folders.size() < kMaxCandidates) {
      folders.insert(std::string(folder_name(path)));
    }
  }
  for (const std::string& folder : compose_builds(project)) {
    if (!folder.empty()) folders.insert(folder);
  }
  const auto below = [&](bool aside) {
    std::vector<FoundApp> found;
    for (const std::string& folder : folders) {
      if (is_aside(folder) != aside) continue;
      // A plan could not name it.
      if (!is_one_line(folder) || invalid_utf8_at(folder) != folder.npos) {
        continue;
      }
      const bool inside = std::any_of(
          found.begin(), found.end(), [&](const FoundApp& other) {
            return folder.starts_with(other.folder + '/');
          });
      if (inside) continue;
      if (auto known = known_app(project.below(folder))) {
        found.push_back({folder, std::move(*known)});
      }
    }
    return found;
  };
  auto own = known_app(project);
  if (own && is_workspace(project)) {
    auto found = below(false);
    if (found.size() > 1) return found;
  }
  if (own) return {{"", std::move(*own)}};
  auto found = below(false);
  return found.empty() ? below(true) : found;
}

}  // namespace rung
