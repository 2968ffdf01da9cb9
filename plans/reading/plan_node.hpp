#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/error.hpp"
#include "plans/reading/yaml_document.hpp"

// Inside of reader.cpp: what its parts share.
namespace rung {

/// A node of the plan, or nothing, with the key path that leads to it.
struct At {
  const YamlNode* node = nullptr;
  std::string path;

  explicit operator bool() const { return node != nullptr; }
  [[nodiscard]] At operator[](std::string_view key) const;
  /// A scalar as written.
  [[nodiscard]] std::string text(std::string_view otherwise = "") const;
  /// A list's items; none for what is no list.
  [[nodiscard]] std::vector<At> items() const;
  struct Member;
  /// A mapping's members, without those that begin x-.
  [[nodiscard]] std::vector<Member> members() const;
};

struct At::Member {
  std::string key;
  Position mark;
  At value;
};

/// Where the plan is, for paths and messages.
struct PlanPlace {
  std::string plan_file;
  std::filesystem::path folder;

  /// Throws PlanError "FILE:LINE:COLUMN: PATH: what".
  [[noreturn]] void refuse(Position mark, const std::string& path,
                           std::string_view what) const;
  [[noreturn]] void refuse(const At& at, std::string_view what) const {
    refuse(at.node->mark, at.path, what);
  }

  /// Calls `work`; what it throws without a place gets this one.
  template <class Work>
  std::invoke_result_t<Work> here(const At& at, Work&& work) const {
    try {
      return work();
    } catch (const PlanError& error) {
      refuse(at, error.what());
    }
  }

  /// A path relative to the plan, made absolute.
  [[nodiscard]] std::filesystem::path outer_path(const At& at) const {
    return (folder / at.text()).lexically_normal();
  }
  /// A path inside the deployed folder, kept relative.
  [[nodiscard]] std::string inner_path(const At& at) const;
  [[nodiscard]] std::vector<std::string> inner_paths(const At& list) const;
};

}  // namespace rung
