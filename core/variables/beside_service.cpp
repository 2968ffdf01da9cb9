#include "core/variables/beside_service.hpp"

#include <algorithm>
#include <span>

#include "core/text/ascii_case.hpp"
#include "core/text/split.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

/// Whether a folder of the path has one of these names.
bool is_below_any(std::string_view path,
                  std::span<const std::string_view> folders) {
  const auto parts = split(path, '/');
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return std::find(folders.begin(), folders.end(), ascii_lower(part)) !=
           folders.end();
  });
}

}  // namespace

bool is_aside(std::string_view path) {
  static constexpr std::string_view kFolders[] = {
      "test",     "tests",   "__tests__", "testing",   "testdata",
      "spec",     "specs",   "e2e",       "fixtures",  "mocks",
      "__mocks__", "cypress", "playwright", "docs",    "doc",
      "examples", "example", "samples",   "sample",    "benchmark",
      "benchmarks", "bench", "third_party"};
  if (is_below_any(path, kFolders)) return true;
  const std::string name = ascii_lower(file_name(path));
  return name.starts_with("test_") || name.starts_with("conftest") ||
         name.find("_test.") != name.npos || name.find(".test.") != name.npos ||
         name.find("_spec.") != name.npos || name.find(".spec.") != name.npos ||
         name == "tests.py";
}

bool is_beside_service(std::string_view path) {
  static constexpr std::string_view kFolders[] = {"scripts", "tools",
                                                  ".github", ".gitlab"};
  return is_aside(path) || is_below_any(path, kFolders);
}

}  // namespace rung
