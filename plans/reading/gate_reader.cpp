#include "plans/reading/gate_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/gates/gate_words.hpp"

namespace rung {
namespace {

std::string shell_quoted(std::string_view text) {
  const bool plain =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') ||
               std::string_view("/:.,_-+@%?&${}").find(c) !=
                   std::string_view::npos;
      });
  if (plain) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// How one key of a mapping is said in words; "" = it is left out.
std::string words_of(const std::string& key, const YamlNode& value) {
  const auto each = [&](std::string_view word, std::string_view op) {
    std::string out;
    for (const auto& member : value.members) {
      out += fmt::format(" {}:{}{}{}", word, shell_quoted(member.key), op,
                         shell_quoted(member.value.text));
    }
    return out;
  };
  if (key == "status") {
    std::string codes = value.text;
    for (const auto& item : value.items) {
      codes += (codes.empty() ? "" : ",") + item.text;
    }
    return " status=" + codes;
  }
  if (key == "headers") return each("send", "=");
  if (key == "header_matches") return each("header", "~");
  if (key == "save") return each("save", "=");
  if (key == "json") {
    std::string out;
    for (const auto& member : value.members) {
      const YamlNode* regex = member.value.find("matches");
      const bool matches = regex != nullptr && member.value.members.size() == 1;
      out += matches ? fmt::format(" json:{}~{}", shell_quoted(member.key),
                                   shell_quoted(regex->text))
                     : fmt::format(" json:{}={}", shell_quoted(member.key),
                                   shell_quoted(to_json(member.value).dump()));
    }
    return out;
  }
  if (key == "json_body") return " body=" + shell_quoted(to_json(value).dump());
  if (key == "body_matches") return " body~" + shell_quoted(value.text);
  if (key == "body_absent") return " body!~" + shell_quoted(value.text);
  if (key == "follow") return value.text == "true" ? " follow" : "";
  return fmt::format(" {}={}", key, shell_quoted(value.text));
}

/// The first words: the kind, and what it is asked of.
std::string kind_words(const std::string& kind, const YamlNode& value) {
  if (kind == "log") {
    std::string out = kind;
    for (const auto& member : value.members) {
      if (member.key.starts_with("x-")) continue;
      out += fmt::format(" {}~{}", member.key, shell_quoted(member.value.text));
    }
    return out;
  }
  if (kind == "port") {
    return value.text == "only-routed" ? "port only-routed" : "port";
  }
  if (kind == "process") return kind;
  return kind + " " + shell_quoted(value.text);
}

}  // namespace

std::string gate_words(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::mapping) return node.text;
  std::string kind, words;
  for (const auto& [key, mark, value] : node.members) {
    if (key.starts_with("x-")) continue;
    if (is_gate_kind(key)) {
      kind = kind_words(key, value);
    } else {
      words += words_of(key, value);
    }
  }
  // What is sent as JSON says so, unless the plan's own header does.
  const YamlNode* headers = node.find("headers");
  const auto is_type = [](const YamlNode::Member& header) {
    constexpr std::string_view kName = "content-type";
    return std::equal(header.key.begin(), header.key.end(), kName.begin(),
                      kName.end(), [](char a, char b) {
                        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
                      });
  };
  const bool typed =
      headers != nullptr &&
      std::any_of(headers->members.begin(), headers->members.end(), is_type);
  if (node.find("json_body") != nullptr && !typed) {
    words += " send:Content-Type=application/json";
  }
  return kind + words;
}

Gate read_gate(const YamlNode& node, const std::string& file,
               const std::string& path) {
  try {
    return parse_gate(gate_words(node));
  } catch (const UsageError& error) {
    throw PlanError(fmt::format("{}:{}:{}: {}: {}", file, node.mark.line,
                                node.mark.column, path, error.what()));
  }
}

}  // namespace rung
