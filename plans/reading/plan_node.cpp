#include "plans/reading/plan_node.hpp"

#include <fmt/format.h>

namespace rung {

At At::operator[](std::string_view key) const {
  return {node == nullptr ? nullptr : node->find(key),
          path.empty() ? std::string(key) : fmt::format("{}/{}", path, key)};
}

std::string At::text(std::string_view otherwise) const {
  return node == nullptr ? std::string(otherwise) : node->text;
}

std::vector<At> At::items() const {
  std::vector<At> result;
  if (node == nullptr) return result;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    result.push_back({&node->items[i], fmt::format("{}/{}", path, i)});
  }
  return result;
}

std::vector<At::Member> At::members() const {
  std::vector<Member> result;
  if (node == nullptr) return result;
  for (const auto& member : node->members) {
    if (member.key.starts_with("x-")) continue;
    result.push_back({member.key, member.mark, (*this)[member.key]});
  }
  return result;
}

void PlanPlace::refuse(Position mark, const std::string& path,
                       std::string_view what) const {
  throw PlanError(fmt::format("{}:{}:{}: {}: {}", plan_file, mark.line,
                              mark.column, path, what));
}

std::string PlanPlace::inner_path(const At& at) const {
  const auto path = std::filesystem::path(at.text()).lexically_normal();
  if (path.is_absolute() || path.empty() || *path.begin() == ".." ||
      *path.begin() == ".git") {
    refuse(at, "must lie inside the deployed folder, and not in .git");
  }
  const std::string text = path.string();
  return text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

std::vector<std::string> PlanPlace::inner_paths(const At& list) const {
  std::vector<std::string> paths;
  for (const At& item : list.items()) paths.push_back(inner_path(item));
  return paths;
}

}  // namespace rung
