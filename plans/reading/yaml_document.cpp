#include "plans/reading/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "core/base/error.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

Position mark_of(const YAML::Mark& mark) {
  return mark.is_null() ? Position{} : Position{mark.line + 1, mark.column + 1};
}

/// YAML 1.2, section 10.3.2: what a plain scalar means.
nlohmann::json plain_value(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" ||
      text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* begin = text.data() + (text[0] == '+' ? 1 : 0);
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [stop, error] = std::from_chars(begin, end, integer);
      error == std::errc() && stop == end) {
    return integer;
  }
  double number = 0;
  const bool digits =
      text.find_first_of("0123456789") != std::string::npos &&
      text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (const auto [stop, error] = std::from_chars(begin, end, number);
      digits && error == std::errc() && stop == end) {
    return number;
  }
  return text;
}

/// Builds the tree from yaml-cpp's events rather than from its nodes: only
/// events show duplicate keys, and let aliases be counted while they grow.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string file, const YamlLimits& limits)
      : file_(std::move(file)), limits_(limits) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.mark = mark_of(mark);
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    YamlNode node;
    node.mark = mark_of(mark);
    if (value.size() > limits_.scalar) {
      refuse(node.mark, fmt::format("a text of more than {} KiB; put it into a "
                                    "file and name that",
                                    limits_.scalar / 1024));
    }
    if (value.find('\0') != std::string::npos) refuse(node.mark, "a NUL byte");
    refuse_tag(tag, node.mark);
    // yaml-cpp: "!" stands for a quoted scalar, "?" for a plain one.
    node.json = tag == "!" ? nlohmann::json(value) : plain_value(value);
    node.kind =
        node.json.is_null() ? YamlNode::Kind::null : YamlNode::Kind::scalar;
    node.text = value;
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) {
      refuse(mark_of(mark), "an alias inside of what it stands for");
    }
    count(it->second.size, mark_of(mark));
    // Errors are shown at the alias; the copy's insides keep their own place.
    YamlNode copy = it->second.node;
    put(std::move(copy), it->second.size);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark_of(mark), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::mapping, mark_of(mark), tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    bool has_key = false;
    std::string key;
    Position key_mark;
    std::size_t size = 1;  ///< nodes inside, itself included
    std::vector<std::pair<Position, YamlNode>> merges;
  };
  struct Anchor {
    YamlNode node;
    std::size_t size;
  };

  [[noreturn]] void refuse(Position mark, std::string_view what) const {
    throw PlanError(
        fmt::format("{}:{}:{}: {}", file_, mark.line, mark.column, what));
  }

  void refuse_tag(const std::string& tag, Position mark) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "YAML tags (!name) have no meaning in a plan");
    }
  }

  void count(std::size_t nodes, Position mark) {
    count_ += nodes;
    if (count_ > limits_.nodes) {
      refuse(mark, fmt::format("more than {} values once aliases are written "
                               "out; split the plan",
                               limits_.nodes));
    }
  }

  void open(YamlNode::Kind kind, Position mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_tag(tag, mark);
    if (!stack_.empty() && stack_.back().node.kind == YamlNode::Kind::mapping &&
        !stack_.back().has_key) {
      refuse(mark, "a key must be text");
    }
    if (stack_.size() >= limits_.depth) refuse(mark, "nested too deeply");
    count(1, mark);
    Open entry{};
    entry.node.kind = kind;
    entry.node.mark = mark;
    entry.anchor = anchor;
    stack_.push_back(std::move(entry));
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    merge(done);
    if (done.anchor != 0) anchors_[done.anchor] = {done.node, done.size};
    put(std::move(done.node), done.size);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    count(1, node.mark);
    if (anchor != 0) anchors_[anchor] = {node, 1};
    put(std::move(node), 1);
  }

  void put(YamlNode node, std::size_t size) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& top = stack_.back();
    top.size += size;
    if (top.node.kind == YamlNode::Kind::list) {
      top.node.items.push_back(std::move(node));
    } else if (!top.has_key) {
      key(top, node);
    } else {
      top.has_key = false;
      if (top.key == "<<") {
        top.merges.emplace_back(top.key_mark, std::move(node));
      } else {
        top.node.members.push_back(
            {std::move(top.key), top.key_mark, std::move(node)});
      }
    }
  }

  void key(Open& top, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list ||
        node.kind == YamlNode::Kind::mapping) {
      refuse(node.mark, "a key must be text");
    }
    if (node.text.size() > limits_.key) {
      refuse(node.mark,
             fmt::format("a key of more than {} bytes", limits_.key));
    }
    if (top.node.members.size() >= limits_.members) {
      refuse(node.mark, fmt::format("more than {} keys", limits_.members));
    }
    for (const auto& member : top.node.members) {
      if (member.key == node.text) {
        refuse(node.mark, fmt::format("\"{}\" is here twice (first: line {})",
                                      node.text, member.mark.line));
      }
    }
    top.has_key = true;
    top.key = node.text;
    top.key_mark = node.mark;
  }

  /// `<<: *base` or `<<: [*a, *b]`: what is written out wins, then the
  /// earlier of the list.
  void merge(Open& open) const {
    std::vector<YamlNode::Member> merged;
    const auto take = [&](const YamlNode& from, Position mark) {
      if (from.kind != YamlNode::Kind::mapping) {
        refuse(mark, "<< needs a mapping or a list of mappings");
      }
      for (const auto& member : from.members) {
        const auto same = [&](const auto& other) {
          return other.key == member.key;
        };
        if (std::none_of(open.node.members.begin(), open.node.members.end(),
                         same) &&
            std::none_of(merged.begin(), merged.end(), same)) {
          merged.push_back(member);
        }
      }
    };
    for (const auto& [mark, node] : open.merges) {
      if (node.kind == YamlNode::Kind::list) {
        for (const auto& item : node.items) take(item, mark);
      } else {
        take(node, mark);
      }
    }
    for (auto& member : merged) open.node.members.push_back(std::move(member));
  }

  std::string file_;
  const YamlLimits& limits_;
  YamlNode root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  std::size_t count_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

YamlNode parse_yaml(std::string_view text, const std::string& file,
                    const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    throw PlanError(
        fmt::format("{}:1:1: larger than {} KiB", file, limits.bytes / 1024));
  }
  const auto refuse = [&](std::size_t at, std::string_view what) {
    const auto before = text.substr(0, at);
    throw PlanError(
        fmt::format("{}:{}:{}: {}; save the file as UTF-8", file,
                    std::count(before.begin(), before.end(), '\n') + 1,
                    at - std::min(before.rfind('\n') + 1, at) + 1, what));
  };
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    refuse(nul, "a NUL byte");
  }
  // yaml-cpp lets it through, and JSON cannot hold it.
  if (const auto bad = invalid_utf8_at(text); bad != std::string_view::npos) {
    refuse(bad, "not UTF-8");
  }
  Builder builder(file, limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      throw PlanError(fmt::format("{}:1:1: empty", file));
    }
    YamlNode root = builder.take();
    Builder second(file, limits);
    if (parser.HandleNextDocument(second)) {
      throw PlanError(fmt::format(
          "{}:{}:1: a second document (after ---); a file holds one", file,
          second.take().mark.line));
    }
    return root;
  } catch (const YAML::Exception& error) {
    const Position mark = mark_of(error.mark);
    throw PlanError(fmt::format("{}:{}:{}: not YAML: {}", file, mark.line,
                                mark.column, error.msg));
  }
}

nlohmann::json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::scalar:
      return node.json;
    case YamlNode::Kind::list: {
      auto json = nlohmann::json::array();
      for (const auto& item : node.items) json.push_back(to_json(item));
      return json;
    }
    case YamlNode::Kind::mapping: {
      auto json = nlohmann::json::object();
      for (const auto& member : node.members) {
        json[member.key] = to_json(member.value);
      }
      return json;
    }
  }
  return nullptr;
}

}  // namespace rung
