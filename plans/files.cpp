#include "plans/files.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include "core/error.hpp"

namespace rung {

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
  const kainjow::mustache::mustache parsed(text);
  if (!parsed.is_valid()) {
    throw PlanError(fmt::format("not a Mustache template: {}",
                                parsed.error_message()));
  }
}

}  // namespace rung
