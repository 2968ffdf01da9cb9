#include "plans/reading/gate_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"
#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

/// A scalar, or a list of them with commas between.
std::string value_of(const YamlNode& node) {
  std::string text = node.text;
  for (const auto& item : node.items) {
    text += (text.empty() ? "" : ",") + item.text;
  }
  return text;
}

/// {matches: REGEX} as the value of a JSON pointer.
const YamlNode* regex_in(const YamlNode& value) {
  return value.members.size() == 1 ? value.find("matches") : nullptr;
}

/// One key of a mapping: no word, one, or one for each member.
void add_words(const std::string& key, const YamlNode& value,
               std::vector<GateWord>& words) {
  if (key == "json_body") {
    words.push_back({"body", "", "=", to_json(value).dump()});
    return;
  }
  const GateKey form = gate_key(key).value_or(GateKey{key, "="});
  const std::string word(form.key), op(form.op);
  if (op.empty()) {
    if (value.text == "true") words.push_back({word, "", "", ""});
  } else if (!form.takes_sub) {
    words.push_back({word, "", op, value_of(value)});
  } else {
    for (const auto& [sub, mark, member] : value.members) {
      if (key != "json") {
        words.push_back({word, sub, op, member.text});
      } else if (const YamlNode* regex = regex_in(member)) {
        words.push_back({word, sub, "~", regex->text});
      } else {
        words.push_back({word, sub, "=", to_json(member).dump()});
      }
    }
  }
}

/// The kind, and what it is asked of: a word or two, or a mapping of words.
void add_kind(const std::string& kind, const YamlNode& value,
              GateParts& parts) {
  parts.kind = kind;
  std::vector<GateWord> words;
  for (const auto& [key, mark, member] : value.members) {
    if (!key.starts_with("x-")) add_words(key, member, words);
  }
  if (kind == "port") {
    if (value.text == "only-routed") words.push_back({value.text, "", "", ""});
  } else if (kind != "process") {
    parts.subject = value.text;
  }
  parts.words.insert(parts.words.begin(), words.begin(), words.end());
}

/// What is sent as JSON says so, unless the plan's own header does.
bool lacks_type(const YamlNode& gate) {
  if (gate.find("json_body") == nullptr) return false;
  const YamlNode* headers = gate.find("headers");
  const auto is_type = [](const YamlNode::Member& header) {
    return equal_without_case(header.key, "content-type");
  };
  return headers == nullptr || std::none_of(headers->members.begin(),
                                            headers->members.end(), is_type);
}

GateParts parts_in(const YamlNode& node) {
  GateParts parts;
  for (const auto& [key, mark, value] : node.members) {
    if (key.starts_with("x-")) continue;
    if (is_gate_kind(key)) {
      add_kind(key, value, parts);
    } else {
      add_words(key, value, parts.words);
    }
  }
  if (lacks_type(node)) {
    parts.words.push_back({"send", "Content-Type", "=", "application/json"});
  }
  return parts;
}

}  // namespace

Gate read_gate(const YamlNode& node, const std::string& file,
               const std::string& path) {
  try {
    return node.kind == YamlNode::Kind::mapping ? gate_of(parts_in(node))
                                                : parse_gate(node.text);
  } catch (const UsageError& error) {
    throw PlanError(fmt::format("{}:{}:{}: {}: {}", file, node.mark.line,
                                node.mark.column, path, error.what()));
  }
}

}  // namespace rung
