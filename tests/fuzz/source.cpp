#include <algorithm>

#include "adapters/docker/dockerignore.hpp"
#include "core/variables/variable_use.hpp"
#include "core/model/build_variables.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

/// In small letters, without what stands between the parts of a name.
std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '_' || c == '-' || c == '.' || c == ':') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

void check_uses(std::string_view path, std::string_view content) {
  const auto lines = std::count(content.begin(), content.end(), '\n') + 1;
  const auto uses = all_uses(path, content);
  require(uses.size() <= content.size(), "a use takes some text");
  for (const VariableUse& use : uses) {
    require(use.file == path, "a use is in its file");
    require(use.line >= 1 && use.line <= lines, "a use has its line");
    // Settings classes read APP_LOG_LEVEL for a field log_level, Spring
    // APP_LOGLEVEL for log-level; the last part is always there.
    const auto last = use.name.substr(use.name.rfind('_') + 1);
    require(letters(content).find(letters(last)) != std::string::npos,
            "a use is in the text");
    require(use.default_text.empty() ||
                content.find(use.default_text) != content.npos,
            "a default is in the text");
    const auto of_name = uses_of(use.name, path, content);
    require(std::find(of_name.begin(), of_name.end(), use) != of_name.end(),
            "each use is one of its variable's");
  }
}

void check_build(std::string_view command, std::string_view content) {
  unsigned files = 0;
  const BuildWords words(command, [&](const std::string&) {
    ++files;
    return std::optional<std::string>(content);
  });
  require(files <= 1000, "a build's files are few");
  require(words.may_read("NODE_ENV"), "what every build may read");
  const BuildEnv choice = build_env_from(command);
  require(build_env_from(command) == choice, "equal texts decide equally");
}

}  // namespace

// The path of a file in a repository, then what is in it.
void source(std::string_view input) {
  const auto path = first_line(input);
  check_uses(path, input);
  check_build(path, input);
  const DockerIgnore ignore(input);
  require(!ignore.leaves_out(path) || !input.empty(),
          "only what a rule names is left out");
}

}  // namespace rung::fuzz
