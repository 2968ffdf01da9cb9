#include "plans/requirements/npm_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/text/json_text.hpp"

namespace rung::npm {

Json parsed_json(std::string_view text, const std::string& file) {
  try {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (nests_too_deep(text)) {
      throw PlanError(fmt::format("{}: nests deeper than npm writes it", file));
    }
    Json json = Json::parse(text);
    if (!json.is_object()) {
      throw PlanError(fmt::format("{}: not a JSON object", file));
    }
    return json;
  } catch (const Json::parse_error& error) {
    const auto before = text.substr(0, std::min(error.byte, text.size()));
    throw PlanError(
        fmt::format("{}:{}: not JSON; is the file whole?", file,
                    std::count(before.begin(), before.end(), '\n') + 1));
  } catch (const Json::out_of_range&) {
    throw PlanError(
        fmt::format("{}: a number in it is too large to read", file));
  }
}

std::string text_of(const Json& entry, const char* field) {
  const auto it = entry.find(field);
  return it != entry.end() && it->is_string() ? it->get<std::string>() : "";
}

std::string version_text(const Json& value, const std::string& file,
                         std::string_view name) {
  if (!value.is_string()) {
    throw PlanError(
        fmt::format("{}: {}: expected a version as a string", file, name));
  }
  const auto text = value.get<std::string>();
  // Behind one begins what a lock file says of a package (npm_lock.hpp).
  if (text.find('\n') != std::string::npos) {
    throw PlanError(
        fmt::format("{}: {}: a version of several lines", file, name));
  }
  const auto scheme = text.find("://");
  const auto at = text.find('@', scheme == std::string::npos ? 0 : scheme);
  if (scheme != std::string::npos && at != std::string::npos &&
      text.substr(scheme + 3, at - scheme - 3).find(':') != std::string::npos) {
    throw PlanError(fmt::format(
        "{}: {}: a password or token in a URL; keep it in .npmrc as ${{NAME}}",
        file, name));
  }
  return text;
}

void check_package(std::string_view name, const std::string& file) {
  const bool fine = !name.empty() && name.size() <= 214 &&
                    std::none_of(name.begin(), name.end(), [](char c) {
                      return static_cast<unsigned char>(c) <= ' ' || c == '>' ||
                             c == ':' || c == '\\' || c == '"';
                    });
  if (!fine) {
    throw PlanError(fmt::format("{}: not the name of an npm package", file));
  }
}

Json locked(std::string_view value) {
  return Json::parse(value.substr(value.find('\n') + 1));
}

std::string last_name(std::string_view path) {
  const auto at = path.rfind(kModules);
  return std::string(at == path.npos ? path
                                     : path.substr(at + kModules.size()));
}

bool is_manifest(std::string_view path) {
  return path.find("node_modules/") == path.npos;
}

std::string package_at(const std::string& path,
                       const std::map<std::string, std::string>& links) {
  const auto link = links.find(path);
  return link == links.end() ? last_name(path) : link->second;
}

}  // namespace rung::npm
