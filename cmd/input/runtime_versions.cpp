#include "cmd/input/runtime_versions.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/audit/project_paths.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/text/split.hpp"
#include "plans/proposing/toml_lines.hpp"
#include "plans/requirements/npm_range.hpp"

namespace rung {
namespace {

/// What a file says of a version.
struct Said {
  std::string text, place;
};

/// Whether some Python 3.`minor` is meant by "^3.8", ">=3.10,<4". nullopt: it
/// cannot be known.
std::optional<bool> takes_python(int minor, std::string_view range) {
  static const RE2 part(
      R"re(\s*(>=|<=|>|<|==|~=|\^|~|!=)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+|\*))?(?:\.\*)?\s*)re",
      byte_options());
  for (const std::string_view one : split(range, ',')) {
    std::string sign, second, patch;
    int major = 0;
    if (!RE2::FullMatch(piece(one), part, &sign, &major, &second, &patch) ||
        second.size() > 3) {
      return std::nullopt;
    }
    if (sign == "!=") continue;
    if (major > 3 && (sign == "<" || sign == "<=")) continue;
    if (major < 3 && sign.starts_with('>')) continue;
    if (major != 3) return std::nullopt;
    if (second.empty()) continue;
    const int at = std::stoi(second);
    const bool fits =
        sign == ">=" || sign == ">" || sign == "^" ? minor >= at
        : sign == "~=" && patch.empty()            ? minor >= at
        : sign == "<="                             ? minor <= at
        : sign == "<"
            ? (patch.empty() || patch == "0" ? minor < at : minor <= at)
            : minor == at;
    if (!fits) return false;
  }
  return true;
}

/// Whether npm takes some "18" or "18.12" for a range.
std::optional<bool> takes_node(const std::string& version,
                               const std::string& range) {
  const auto dots = std::count(version.begin(), version.end(), '.');
  if (dots == 2) return npm_satisfies(version, range);
  const std::string first = dots == 0 ? ".0.0" : ".0";
  const std::string last = dots == 0 ? ".999.999" : ".999";
  const auto one = npm_satisfies(version + first, range);
  const auto other = npm_satisfies(version + last, range);
  if (!one || !other) return std::nullopt;
  // Between them a range may begin and end.
  const std::string major = version.substr(0, version.find('.'));
  return *one || *other ||
         RE2::PartialMatch(range, R"re(\b)re" + major + R"re(\b)re");
}

class VersionLook {
 public:
  explicit VersionLook(std::span<const SourceText> files) : paths_(files) {
    for (const SourceText& file : files) {
      const auto name = file.path.substr(file.path.rfind('/') + 1);
      if (name == "pyproject.toml") look_at_python(file);
      if (name == "package.json") look_at_node(file);
    }
  }
  std::vector<AuditFinding> take() { return std::move(found_); }

 private:
  /// The first of these files that has a version in this form.
  [[nodiscard]] std::optional<Said> said(
      std::string_view folder, std::initializer_list<const char*> names,
      const RE2& form) const {
    for (const char* name : names) {
      const std::string path =
          folder.empty() ? name : std::string(folder) + '/' + name;
      const SourceText* file = paths_.file(path);
      std::string text;
      if (file != nullptr &&
          RE2::PartialMatch(piece(file->text), form, &text)) {
        return Said{text, path};
      }
    }
    return std::nullopt;
  }

  void compare(std::string_view folder, const Said& range, const char* what,
               std::initializer_list<const char*> names, const RE2& in_files,
               const RE2& in_image,
               std::optional<bool> (*takes)(const std::string&,
                                            const std::string&)) {
    for (const auto& chosen : {said(folder, names, in_files),
                               said(folder, {"Dockerfile"}, in_image)}) {
      if (!chosen || takes(chosen->text, range.text).value_or(true)) continue;
      found_.push_back({AuditLevel::warning, "runtime-version", "",
                        chosen->place,
                        fmt::format("asks for {} {}, and {} requires {}", what,
                                    chosen->text, range.place, range.text),
                        "make them agree"});
    }
  }

  void look_at_python(const SourceText& file) {
    static const RE2 in_files(R"re(^\s*(?:python-)?(3\.\d+)(?:\.\d+)?\s*$)re",
                              byte_options());
    static const RE2 in_image(
        R"re((?i)(?:^|\n)FROM\s+(?:\S*/)?python:(3\.\d+))re", byte_options());
    const auto lines = toml_lines(file.text);
    const TomlLine* line = find_toml(lines, "project", "requires-python");
    if (line == nullptr) {
      line = find_toml(lines, "tool.poetry.dependencies", "python");
    }
    if (line == nullptr) return;
    compare(folder_of(file.path),
            {line->value, fmt::format("{}:{}", file.path, line->line)},
            "Python", {".python-version", "runtime.txt"}, in_files, in_image,
            [](const std::string& version, const std::string& range) {
              return takes_python(std::stoi(version.substr(2)), range);
            });
  }

  void look_at_node(const SourceText& file) {
    static const RE2 in_files(R"re(^\s*v?(\d+(?:\.\d+){0,2})\s*$)re",
                              byte_options());
    static const RE2 in_image(
        R"re((?i)(?:^|\n)FROM\s+(?:\S*/)?node:(\d+(?:\.\d+){0,2}))re",
        byte_options());
    const auto json = json_from(std::string(file.text));
    if (!json.is_object() || !json.contains("engines") ||
        !json["engines"].is_object() || !json["engines"].contains("node") ||
        !json["engines"]["node"].is_string()) {
      return;
    }
    compare(
        folder_of(file.path),
        {json["engines"]["node"].get<std::string>(), std::string(file.path)},
        "Node", {".nvmrc", ".node-version"}, in_files, in_image, takes_node);
  }

  ProjectPaths paths_;
  std::vector<AuditFinding> found_;
};

}  // namespace

std::vector<AuditFinding> version_findings(std::span<const SourceText> files) {
  return VersionLook(files).take();
}

}  // namespace rung
