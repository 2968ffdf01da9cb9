#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rung {

/// A place in a file; both count from 1.
struct Position {
  int line = 1, column = 1;
};

/// A YAML node with its place. Mappings keep the order written; their keys are
/// text and differ from each other.
struct YamlNode {
  enum class Kind { null, scalar, list, mapping } kind = Kind::null;
  Position mark;
  std::string text;     ///< a scalar, as written: 1.10 stays "1.10"
  nlohmann::json json;  ///< a scalar's value by the YAML 1.2 core schema
  std::vector<YamlNode> items;
  struct Member;
  std::vector<Member> members;

  /// The member's value, nullptr when there is none or this is no mapping.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlNode::Member {
  std::string key;
  Position mark;  ///< of the key
  YamlNode value;
};

struct YamlLimits {
  std::size_t bytes = 1 << 20;
  std::size_t nodes = 50'000;  ///< after aliases are written out
  std::size_t depth = 64;
  std::size_t scalar = 64 << 10;
  std::size_t key = 256;
  std::size_t members = 4'000;  ///< keys of one mapping
};

/// Reads one YAML document. Anchors and aliases are written out, `<<` merges
/// mappings (what is written beside it wins). Throws PlanError
/// "FILE:LINE:COLUMN: what" for what is no YAML, a second document, duplicate
/// keys, tags, or more than the limits.
YamlNode parse_yaml(std::string_view text, const std::string& file,
                    const YamlLimits& limits = {});

/// The values alone, for validation.
nlohmann::json to_json(const YamlNode& node);

}  // namespace rung
