#include "plans/generate/release_of.hpp"

#include <cassert>

#include "plans/generate/file_recipe.hpp"

namespace rung {
namespace {

/// Calls `layer(name of the phase or "plan", env_files, env, secrets)` for the
/// plan and its phases up to `last`, then `unset(names)` for each phase.
template <class Layer, class Unset>
void for_each_layer(const Plan& plan, std::size_t last, Layer&& layer,
                    Unset&& unset) {
  assert(last < plan.phases.size());
  layer("plan", plan.env_files, plan.env, plan.secrets);
  for (std::size_t i = 0; i <= last; ++i) {
    const Phase& phase = plan.phases[i];
    layer(phase.name, phase.env_files, phase.env, phase.secrets);
    unset(phase.unset);
  }
}

void set_all(std::map<std::string, std::string>& into,
             const std::map<std::string, std::string>& from) {
  for (const auto& [key, value] : from) into[key] = value;
}

}  // namespace

Release release_of(const Plan& plan, std::size_t phase,
                   const std::map<std::string, std::string>& secrets,
                   const CommitId& commit) {
  Release release;
  release.commit = commit;
  for_each_layer(
      plan, phase,
      [&](const std::string&, const auto& files, const auto& env,
          const auto& sources) {
        for (const EnvFile& file : files) set_all(release.env, file.values);
        set_all(release.env, env);
        for (const auto& [name, source] : sources) {
          const auto it = secrets.find(name);
          release.env[name] = it == secrets.end() ? "" : it->second;
        }
      },
      [&](const auto& names) {
        for (const auto& name : names) release.env.erase(name);
      });

  auto& config = release.config;
  config["runtime"] = plan.runtime;
  if (!plan.build.empty()) config["build"] = plan.build;
  if (!plan.start.empty()) config["start"] = plan.start;
  if (!plan.requirements_file.empty()) {
    config["requirements-file"] = plan.requirements_file;
  }
  for (std::size_t i = 0; i <= phase; ++i) {
    const Phase& rung = plan.phases[i];
    set_all(config, rung.config);
    for (const FileSpec& file : rung.files) {
      config[file_key(file.path)] = FileRecipe(file).text();
    }
    for (const auto& package : rung.removed_requirements) {
      release.requirements.erase(package);
    }
    set_all(release.requirements, rung.requirements);
  }
  return release;
}

const std::string& revision_of(const Plan& plan, std::size_t phase) {
  assert(phase < plan.phases.size());
  for (std::size_t i = phase + 1; i-- > 0;) {
    if (!plan.phases[i].commit.empty()) return plan.phases[i].commit;
  }
  return plan.commit;
}

std::map<std::string, SecretSource> secrets_of(const Plan& plan,
                                               std::size_t phase) {
  std::map<std::string, SecretSource> secrets;
  for_each_layer(
      plan, phase,
      [&](const std::string&, const auto& files, const auto& env,
          const auto& sources) {
        // A plain value written over a secret is plain from then on.
        for (const EnvFile& file : files) {
          for (const auto& [name, value] : file.values) secrets.erase(name);
        }
        for (const auto& [name, value] : env) secrets.erase(name);
        for (const auto& [name, source] : sources) secrets[name] = source;
      },
      [&](const auto& names) {
        for (const auto& name : names) secrets.erase(name);
      });
  return secrets;
}

std::set<std::string> private_names(const Plan& plan, std::size_t phase) {
  std::set<std::string> names;
  for_each_layer(
      plan, phase,
      [&](const std::string&, const auto& files, const auto& env,
          const auto& sources) {
        for (const EnvFile& file : files) {
          for (const auto& [name, value] : file.values) names.insert(name);
        }
        for (const auto& [name, value] : env) names.erase(name);
        for (const auto& [name, source] : sources) names.insert(name);
      },
      [&](const auto& unset) {
        for (const auto& name : unset) names.erase(name);
      });
  return names;
}

std::vector<Gate> gates_of(const Plan& plan, std::size_t phase) {
  assert(phase < plan.phases.size());
  std::vector<Gate> gates;
  for (std::size_t i = 0; i <= phase; ++i) {
    const auto& more = plan.phases[i].gates;
    gates.insert(gates.end(), more.begin(), more.end());
  }
  return gates;
}

std::vector<ServiceSpec> services_of(const Plan& plan, std::size_t phase) {
  assert(phase < plan.phases.size());
  std::vector<ServiceSpec> services;
  for (std::size_t i = 0; i <= phase; ++i) {
    const auto& more = plan.phases[i].services;
    services.insert(services.end(), more.begin(), more.end());
  }
  return services;
}

Origins origins_of(const Plan& plan, std::size_t phase) {
  Origins origins;
  for_each_layer(
      plan, phase,
      [&](const std::string& who, const auto& files, const auto& env,
          const auto& sources) {
        for (const EnvFile& file : files) {
          for (const auto& [name, value] : file.values) {
            origins.env[name] = who;
          }
        }
        for (const auto& [name, value] : env) origins.env[name] = who;
        for (const auto& [name, source] : sources) origins.env[name] = who;
      },
      [&](const auto& names) {
        for (const auto& name : names) origins.env.erase(name);
      });
  if (!plan.build.empty()) origins.config["build"] = "plan";
  if (!plan.start.empty()) origins.config["start"] = "plan";
  for (std::size_t i = 0; i <= phase; ++i) {
    const Phase& rung = plan.phases[i];
    for (const auto& [package, rest] : rung.requirements) {
      origins.requirements[package] = rung.name;
    }
    for (const auto& [key, value] : rung.config) {
      origins.config[key] = rung.name;
    }
  }
  return origins;
}

}  // namespace rung
