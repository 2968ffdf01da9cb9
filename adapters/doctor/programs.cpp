#include "adapters/doctor/programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "adapters/process/environment.hpp"
#include "adapters/process/process.hpp"
#include "adapters/process/small_file.hpp"
#include "core/doctor/tool_version.hpp"
#include "core/text/json_text.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

// With --version these print a line and write nothing. Not npm, which makes
// its cache folder first, nor yarn and pnpm, which Corepack may fetch.
constexpr std::array<std::string_view, 11> kSayVersion = {
    "git",  "node", "python", "python3", "ruby", "php",
    "perl", "bash", "make",   "cmake",   "gcc"};

bool is_below(const fs::path& file, const fs::path& folder) {
  if (folder.empty()) return false;
  std::error_code error;
  const fs::path path = fs::weakly_canonical(file, error);
  const fs::path top = fs::weakly_canonical(folder, error);
  const auto [at, unused] =
      std::mismatch(top.begin(), top.end(), path.begin(), path.end());
  return at == top.end();
}

/// npm says its version in the package.json that it comes with.
std::string npm_version(const fs::path& program) {
  std::error_code error;
  const fs::path script = fs::canonical(program, error);
  if (error) return "";
  const auto package = json_from(
      small_file_text(script.parent_path().parent_path() / "package.json")
          .value_or(""));
  if (!package.is_object() ||
      package.value("name", nlohmann::json()) != "npm" ||
      !package.contains("version") || !package["version"].is_string()) {
    return "";
  }
  return package["version"];
}

}  // namespace

fs::path program_in(const std::string& path, const std::string& name,
                    const fs::path& without) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    const fs::path folder = path.substr(at, end - at);
    at = end + 1;
    if (!folder.is_absolute() || is_below(folder, without)) continue;
    const fs::path file = folder / name;
    std::error_code error;
    if (fs::is_regular_file(file, error) && access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  return {};
}

std::string program_version(const fs::path& program, const fs::path& folder,
                            std::chrono::milliseconds at_most) {
  const std::string name = program.filename();
  if (name == "npm") return npm_version(program);
  if (std::find(kSayVersion.begin(), kSayVersion.end(), name) ==
      kSayVersion.end()) {
    return "";
  }
  ProcessSpec spec;
  spec.argv = {program.string(), "--version"};
  spec.cwd = folder;
  spec.env = environment_without_git();
  spec.env["PYTHONDONTWRITEBYTECODE"] = "1";
  try {
    const Ran ran = run(spec, at_most);
    return ran.succeeded() ? version_in(ran.log) : "";
  } catch (const PlatformError&) {
    return "";  // not executable after all
  }
}

}  // namespace rung
