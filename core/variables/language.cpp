#include "core/variables/language.hpp"

#include <map>

namespace rung {

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string_view file_ending(std::string_view path) {
  const auto base = file_name(path);
  const auto dot = base.rfind('.');
  return dot == base.npos ? "" : base.substr(dot + 1);
}

bool is_of_programs(Language language) {
  return language != kNoLanguage && language != kShell &&
         language != kSubstituted && language != kDocker;
}

Language language_of(std::string_view path, std::string_view content) {
  static const std::map<std::string_view, Language> kEndings = {
      {"py", kPython},         {"pyi", kPython},
      {"js", kNode},           {"mjs", kNode},
      {"cjs", kNode},          {"jsx", kNode},
      {"ts", kNode},           {"mts", kNode},
      {"cts", kNode},          {"tsx", kNode},
      {"vue", kNode},          {"svelte", kNode},
      {"astro", kNode},        {"rb", kRuby},
      {"ru", kRuby},           {"rake", kRuby},
      {"gemspec", kRuby},      {"erb", kRuby},
      {"cr", kRuby},           {"go", kGo},
      {"java", kJvm},          {"kt", kJvm},
      {"kts", kJvm},           {"scala", kJvm},
      {"sbt", kJvm},           {"groovy", kJvm},
      {"gradle", kJvm},        {"php", kPhp},
      {"rs", kRust},           {"cs", kDotnet},
      {"fs", kDotnet},         {"vb", kDotnet},
      {"ex", kElixir},         {"exs", kElixir},
      {"prisma", kPrisma},     {"sh", kShell},
      {"bash", kShell},        {"zsh", kShell},
      {"ksh", kShell},         {"envrc", kShell},
      {"yml", kSubstituted},   {"yaml", kSubstituted},
      {"toml", kSubstituted},
      {"tpl", kSubstituted},   {"template", kSubstituted},
      {"tmpl", kSubstituted},  {"properties", kSubstituted},
      {"conf", kSubstituted},  {"ini", kSubstituted},
      {"service", kSubstituted},
      {"dockerfile", kDocker}, {"Dockerfile", kDocker},
      {"pl", kOther},          {"pm", kOther},
      {"lua", kOther},         {"dart", kOther},
      {"swift", kOther},       {"c", kOther},
      {"cc", kOther},          {"cpp", kOther},
      {"cxx", kOther},         {"h", kOther},
      {"hpp", kOther},         {"clj", kOther},
      {"hs", kOther},          {"nim", kOther},
      {"r", kOther},           {"R", kOther},
      {"jl", kOther},          {"erl", kOther},
      {"ps1", kOther},         {"zig", kOther},
      {"ml", kOther}};
  const auto base = file_name(path);
  if (base.starts_with("Dockerfile") || base.starts_with("Containerfile")) {
    return kDocker;
  }
  if (base.starts_with("Procfile") || base.starts_with(".env") ||
      base == "Caddyfile" || base == "package.json" || base == "app.json" ||
      base == "composer.json" || base == "devcontainer.json") {
    return base == ".envrc" ? kShell : kSubstituted;
  }
  if (base == "Gemfile" || base == "Rakefile" || base == "Capfile") {
    return kRuby;
  }
  if (base == "Jenkinsfile") return kJvm;
  const auto it = kEndings.find(file_ending(path));
  if (it != kEndings.end()) return it->second;
  const auto first = content.substr(0, content.find('\n'));
  if (!first.starts_with("#!")) return kNoLanguage;
  if (first.find("python") != first.npos) return kPython;
  if (first.find("node") != first.npos || first.find("deno") != first.npos ||
      first.find("bun") != first.npos) {
    return kNode;
  }
  if (first.find("ruby") != first.npos) return kRuby;
  if (first.find("php") != first.npos) return kPhp;
  if (first.find("perl") != first.npos || first.find("lua") != first.npos) {
    return kOther;
  }
  return first.find("sh") != first.npos ? kShell : kNoLanguage;
}

}  // namespace rung
