#include "adapters/checkout/surroundings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

#include "adapters/process/environment.hpp"
#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// Whether `path` is `folder` or lies below it. "" has nothing below it.
bool lies_in(const fs::path& path, const fs::path& folder) {
  if (folder.empty()) return false;
  std::error_code error;
  const fs::path way = fs::weakly_canonical(path, error)
                           .lexically_relative(
                               fs::weakly_canonical(folder, error));
  return !way.empty() && *way.begin() != "..";
}

// A relative entry means another folder in each checkout.
std::string path_without(const fs::path& project) {
  const std::string all = own_variable("PATH");
  std::string kept;
  for (std::size_t begin = 0; begin <= all.size();) {
    const std::size_t end = std::min(all.find(':', begin), all.size());
    const std::string entry = all.substr(begin, end - begin);
    begin = end + 1;
    if (!fs::path(entry).is_absolute() || lies_in(entry, project)) continue;
    kept += (kept.empty() ? "" : ":") + entry;
  }
  return kept.empty() ? "/usr/local/bin:/usr/bin:/bin" : kept;
}

struct ToolManager {
  const char* variable;
  const char* below_home;  ///< where it is when the variable is not set
};
// Their programs are on PATH but find their tools below HOME.
constexpr ToolManager kToolManagers[] = {
    {"PYENV_ROOT", ".pyenv"},       {"RUSTUP_HOME", ".rustup"},
    {"NVM_DIR", ".nvm"},            {"ASDF_DATA_DIR", ".asdf"},
    {"VOLTA_HOME", ".volta"},       {"RBENV_ROOT", ".rbenv"},
    {"NODENV_ROOT", ".nodenv"},     {"SDKMAN_DIR", ".sdkman"},
    {"MISE_DATA_DIR", ".local/share/mise"}, {"FNM_DIR", ".local/share/fnm"},
    {"JAVA_HOME", nullptr},         {"GOROOT", nullptr},
    {"DOTNET_ROOT", nullptr}};

fs::path in_own_home(const std::string& name) {
  return fs::path(own_variable("HOME")) /
         fs::path(name.substr(2)).lexically_normal();
}

void copy_from_home(const std::string& name, const fs::path& home) {
  const fs::path relative = fs::path(name.substr(2)).lexically_normal();
  const fs::path from = in_own_home(name);
  const fs::path to = home / relative;
  std::error_code error;
  if (relative.empty() || *relative.begin() == "..") {
    throw AbortError(fmt::format("inherit {}: not below the home", name));
  }
  if (!fs::exists(from, error)) return;  // not everybody has one
  fs::create_directories(to.parent_path(), error);
  fs::copy(from, to,
           fs::copy_options::update_existing | fs::copy_options::recursive,
           error);
  if (error) {
    throw AbortError(fmt::format("inherit {}: copying it to {}: {}", name,
                                 to.string(), error.message()));
  }
}

}  // namespace

bool has_inherited(const std::string& name) {
  std::error_code error;
  return name.starts_with("~/") ? fs::exists(in_own_home(name), error)
                                : std::getenv(name.c_str()) != nullptr;
}

std::string inherited(const std::vector<std::string>& inherit) {
  std::string out;
  for (const std::string& name : inherit) {
    if (!has_inherited(name)) continue;
    std::error_code error;
    out += name + '\1';
    if (!name.starts_with("~/")) {
      out += std::getenv(name.c_str());
    } else if (fs::is_regular_file(in_own_home(name), error)) {
      std::ifstream in(in_own_home(name), std::ios::binary);
      out.append(std::istreambuf_iterator<char>(in), {});
    }
    out += '\0';
  }
  return out;
}

std::map<std::string, std::string> environment_of(
    const Surroundings& surroundings) {
  std::map<std::string, std::string> env;
  for (const ToolManager& manager : kToolManagers) {
    const std::string set = own_variable(manager.variable);
    if (!set.empty()) {
      env[manager.variable] = set;
    } else if (manager.below_home != nullptr && !own_variable("HOME").empty()) {
      const fs::path usual =
          fs::path(own_variable("HOME")) / manager.below_home;
      std::error_code error;
      if (fs::is_directory(usual, error)) {
        env[manager.variable] = usual.string();
      }
    }
  }
  const std::string lang = own_variable("LANG");
  env["PATH"] = path_without(surroundings.project);
  env["HOME"] = surroundings.home.string();
  env["LANG"] = lang.empty() ? "C.UTF-8" : lang;
  env["TMPDIR"] = surroundings.temporary.string();
  if (!surroundings.ceiling.empty()) {
    env["GIT_CEILING_DIRECTORIES"] = surroundings.ceiling.string();
  }
  std::error_code error;
  fs::create_directories(surroundings.home, error);
  if (error) {
    throw AbortError(fmt::format("making {}: {}", surroundings.home.string(),
                                 error.message()));
  }
  for (const std::string& name : surroundings.inherit) {
    if (name.starts_with("~/")) {
      copy_from_home(name, surroundings.home);
    } else if (const char* value = std::getenv(name.c_str())) {
      env[name] = value;
    }
  }
  return env;
}

std::map<std::string, std::string> build_environment_of(
    const Surroundings& surroundings, const fs::path& caches) {
  auto env = environment_of(surroundings);
  // Where packages come from is this machine's business, not the release's.
  for (const auto& [name, value] : own_environment()) {
    for (const std::string_view prefix :
         {"PIP_", "UV_", "npm_config_", "NPM_CONFIG_", "YARN_", "SSL_CERT_"}) {
      if (name.starts_with(prefix)) env.emplace(name, value);
    }
    for (const std::string_view known :
         {"GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "http_proxy",
          "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
          "NO_PROXY"}) {
      if (name == known) env.emplace(name, value);
    }
  }
  // By content: safe to share, and no build fetches everything anew.
  for (const auto& [name, folder] :
       {std::pair{"npm_config_cache", "npm"}, std::pair{"PIP_CACHE_DIR", "pip"},
        std::pair{"UV_CACHE_DIR", "uv"},
        std::pair{"YARN_CACHE_FOLDER", "yarn"}}) {
    env.emplace(name, (caches / folder).string());
  }
  return env;
}

}  // namespace rung
