#include "plans/env/kind.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "core/text/split.hpp"
#include "plans/env/dialect_reader.hpp"

namespace rung {
namespace {

bool matches(std::string_view line, const RE2& pattern) {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), pattern);
}

/// Without the lines that a quoted value goes on in, roughly: a certificate or
/// a script in quotes is the value of a variable.
std::vector<std::string_view> statements(std::string_view text) {
  static const RE2 opens(R"(^\s*(?:export\s+)?[\w.-]+\s*[=:]\s*(["'`])(.*)$)");
  std::vector<std::string_view> found;
  char open = '\0';
  for (const std::string_view whole : lines_of(text)) {
    const std::string_view line = env::trim_right(whole);
    if (open != '\0') {
      if (line.find(open) != std::string_view::npos) open = '\0';
      continue;
    }
    found.push_back(line);
    std::string quote, rest;
    if (RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), opens,
                          &quote, &rest) &&
        rest.find(quote) == std::string::npos) {
      open = quote[0];
    }
  }
  return found;
}

std::optional<std::string> yaml_kind(
    const std::vector<std::string_view>& lines) {
  static const RE2 kind(R"(^kind:\s*["']?(\w+))");
  static const RE2 nested(R"(^[\w.-]+:\s*(?:#.*)?$)");
  static const RE2 inner(R"(^(?:\s+[\w.\/"'-]+:(?:\s|$)|\s*- ))");
  bool api = false, services = false, nests = false, document = false;
  std::string which;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line == "---") document = true;
    if (line.starts_with("apiVersion:")) api = true;
    if (which.empty()) {
      RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), kind,
                        &which);
    }
    if (i + 1 < lines.size() && matches(line, nested) &&
        matches(lines[i + 1], inner)) {
      nests = true;
      if (line.starts_with("services:")) services = true;
    }
  }
  if (api && !which.empty()) {
    return fmt::format(
        "a Kubernetes {} (YAML); write its variables as NAME=VALUE into a "
        "file and give that",
        which);
  }
  if (services) {
    return "a Docker Compose file (docker-compose.yml); give the file that "
           "its env_file names, or write what stands below environment as "
           "NAME=VALUE into one";
  }
  if (nests || document) {
    return "YAML with keys below keys; write its variables as NAME=VALUE into "
           "a file and give that";
  }
  return std::nullopt;
}

bool is_script(const std::vector<std::string_view>& lines) {
  static const RE2 command(
      R"(^\s*(?:if\s+(?:\[|test\b|!|command\b)|(?:then|do|fi|done|esac)(?:$|\s*;|\s+[^=\s])|for\s+\w+\s+in\b|while\s+\S|case\s+.*\sin\b|function\s+\w|[\w-]+\s*\(\)\s*\{?\s*$|[\w-]+\s*\(\)\s*\{|set\s+[-+][a-z]|source\s+[^=\s]|\.\s+[^=\s]|(?:echo|cd|eval|trap|exec|printf|unset|shift|return|exit|mkdir|local|readonly)\s+[^=\s:]))");
  static const RE2 substituted(
      R"re(^\s*export\s+\w+=(?:"?\$\([^(].*\)|"?`[^`]+`)"?$)re");
  for (const std::string_view line : lines) {
    if (matches(line, command) || matches(line, substituted)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> no_env_file(std::string_view text, bool sources) {
  static constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const std::string_view body = env::trim(text);
  if (body.empty()) return std::nullopt;
  if (body[0] == '{' ||
      (body[0] == '[' && nlohmann::json::accept(body.begin(), body.end()))) {
    return "JSON; write its variables as NAME=VALUE into a file and give that";
  }
  const auto lines = statements(text);
  if (auto yaml = yaml_kind(lines)) return yaml;
  const bool marked = body.starts_with("#!");
  if ((marked && !sources) || is_script(lines)) {
    return fmt::format(
        "a shell script, which rung does not run{}; run it and keep what it "
        "sets: env -i sh -c '. ./FILE; env' > FILE.env",
        marked && !is_script(lines) ? " (--dialect sh reads one that only "
                                      "assigns)"
                                    : "");
  }
  return std::nullopt;
}

}  // namespace rung
