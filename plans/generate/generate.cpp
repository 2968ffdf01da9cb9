#include "plans/generate/generate.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <kainjow/mustache.hpp>

#include "core/base/error.hpp"
#include "plans/env/env_file.hpp"
#include "plans/env/write.hpp"
#include "plans/generate/file_recipe.hpp"
#include "plans/generate/platform_files.hpp"
#include "plans/generate/service_address.hpp"
#include "plans/requirements/npm.hpp"
#include "plans/requirements/npm_lock.hpp"
#include "plans/requirements/npm_write.hpp"
#include "plans/requirements/pip_file.hpp"
#include "plans/requirements/requirements.hpp"

namespace rung {
namespace {

namespace mustache = kainjow::mustache;

std::string config(const Release& release, const std::string& key) {
  const auto it = release.config.find(key);
  return it == release.config.end() ? "" : it->second;
}

/// What a template sees: {{env.NAME}}, {{config.KEY}}, {{name}}, {{commit}},
/// and the lists {{#env_list}} (name, value) and {{#requirements}} (name,
/// version, phase).
std::string rendered(std::string_view text, const Release& release,
                     const std::map<std::string, std::string>& env,
                     const GenerateOptions& options) {
  mustache::data env_map{mustache::data::type::object};
  mustache::data env_list{mustache::data::type::list};
  for (const auto& [name, value] : env) {
    env_map.set(name, value);
    mustache::data item;
    item.set("name", name);
    item.set("value", value);
    env_list.push_back(item);
  }
  mustache::data config_map{mustache::data::type::object};
  for (const auto& [key, value] : release.config) {
    if (path_in_key(key)) continue;
    config_map.set(key.starts_with("platform:") ? key.substr(9) : key, value);
  }
  mustache::data requirements{mustache::data::type::list};
  for (const auto& [name, version] : release.requirements) {
    mustache::data item;
    item.set("name", name);
    item.set("version", is_locked(version)
                            ? version.substr(0, version.find('\n'))
                            : version);
    const auto origin = options.origins.requirements.find(name);
    if (origin != options.origins.requirements.end()) {
      item.set("phase", origin->second);
    }
    requirements.push_back(item);
  }
  mustache::data data;
  data.set("name", options.name);
  data.set("commit", release.commit.hex);
  data.set("env", env_map);
  data.set("env_list", env_list);
  data.set("config", config_map);
  data.set("requirements", requirements);
  mustache::mustache compiled{std::string(text)};
  // Configuration files are not HTML.
  compiled.set_custom_escape([](const std::string& value) { return value; });
  return compiled.render(data);
}

std::string made(const FileRecipe& recipe, const Release& release,
                 const std::map<std::string, std::string>& env,
                 const GenerateOptions& options) {
  if (recipe.format == "template") {
    return rendered(recipe.content, release, env, options);
  }
  if (recipe.format == "dotenv") {
    return write_env_text(env, recipe.dialect, options.origins.env);
  }
  if (recipe.format == "procfile") return platform_files::procfile(release);
  if (recipe.format == "dockerfile") {
    return platform_files::dockerfile(release, options);
  }
  if (recipe.format == "render.yaml") {
    return platform_files::render_yaml(release, options);
  }
  if (recipe.format == "cloudrun") {
    return platform_files::cloudrun_yaml(release, options);
  }
  throw PlanError(fmt::format("unknown format \"{}\"", recipe.format));
}

bool is_npm(const Release& release) {
  return config(release, "runtime") == "node" ||
         config(release, "requirements-file").ends_with(".json");
}

void put_requirements(const Release& release, const GenerateOptions& options,
                      std::map<std::string, std::string>& files) {
  const std::string path = config(release, "requirements-file");
  if (path.empty()) return;
  if (any_locked(release.requirements)) {
    files.merge(write_locked(release, path, options.existing));
    return;
  }
  if (is_npm(release)) {
    const auto existing = options.existing.find(path);
    files[path] = write_package_json(
        release.requirements,
        existing == options.existing.end() ? "" : existing->second, path,
        options.origins.requirements,
        // Without a plan they are all that a package.json says.
        config(release, "runtime").empty());
    return;
  }
  // requirements.txt -> requirements.constraints.txt
  std::filesystem::path constraints(path);
  constraints.replace_extension(".constraints" +
                                constraints.extension().string());
  PipFiles pip =
      write_pip_files(release.requirements, constraints.filename().string(),
                      options.origins.requirements);
  files[path] = std::move(pip.requirements);
  if (!pip.constraints.empty()) {
    files[constraints.string()] = std::move(pip.constraints);
  }
}

}  // namespace

std::string format_of(std::string_view path) {
  const auto file = path.substr(path.find_last_of('/') + 1);
  if (file == "Procfile") return "procfile";
  if (file == "Dockerfile" || file.starts_with("Dockerfile.")) {
    return "dockerfile";
  }
  if (file == "render.yaml") return "render.yaml";
  if (file == "service.yaml") return "cloudrun";
  if (file == ".env" || file.starts_with(".env.")) return "dotenv";
  return "";
}

void check_template(const std::string& text) {
  const mustache::mustache parsed(text);
  if (!parsed.is_valid()) {
    throw PlanError(
        fmt::format("not a Mustache template: {}", parsed.error_message()));
  }
}

std::set<std::string> files_merged(const Release& release) {
  const std::string path = config(release, "requirements-file");
  if (path.empty() || !is_npm(release)) return {};
  if (any_locked(release.requirements)) {
    return locked_manifests(release.requirements, path);
  }
  return {path};
}

std::map<std::string, std::string> generated_files(
    const Release& release, const std::map<std::string, std::string>& env,
    const GenerateOptions& options) {
  std::map<std::string, std::string> files;
  put_requirements(release, options, files);
  for (const auto& [key, value] : release.config) {
    const auto path = path_in_key(key);
    if (!path) continue;
    try {
      files[std::string(*path)] =
          made(FileRecipe(value), release, env, options);
    } catch (const PlanError& error) {
      throw PlanError(fmt::format("{}: {}", *path, error.what()));
    }
  }
  return files;
}

std::map<std::string, std::string> generated_files(const Plan& plan,
                                                   std::size_t phase) {
  const Release release = release_of(plan, phase, {}, {});
  const GenerateOptions options{
      plan.name, origins_of(plan, phase), private_names(plan, phase), {}};
  return generated_files(release, release.env, options);
}

std::set<std::string> private_files(const Release& release) {
  std::set<std::string> paths;
  for (const auto& [key, value] : release.config) {
    const auto path = path_in_key(key);
    if (!path) continue;
    const std::string format = FileRecipe(value).format;
    if (format == "dotenv" || format == "template") paths.emplace(*path);
  }
  return paths;
}

Bundle bundle_of(const Release& release,
                 const std::map<std::string, std::string>& addresses,
                 const GenerateOptions& options) {
  Bundle bundle;
  bundle.release = release;
  bundle.env = fill_in(release.env, addresses);
  bundle.files = generated_files(release, bundle.env, options);
  return bundle;
}

}  // namespace rung
