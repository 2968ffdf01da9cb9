#include "plans/reading/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"

namespace rung {

extern const std::string_view rung_plan_schema_json;

namespace {

using nlohmann::json;

struct Problem {
  Position mark;
  std::string path, what;
};

std::string_view type_of(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::boolean:
      return "boolean";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return "integer";
    case json::value_t::number_float:
      return "number";
    case json::value_t::string:
      return "string";
    case json::value_t::array:
      return "array";
    default:
      return "object";
  }
}

std::string_view type_for_people(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::scalar:
      break;
  }
  if (node.json.is_boolean()) return "true or false";
  return node.json.is_number() ? "a number" : "a text";
}

/// Says in a person's words what the schema objects to, at the first place in
/// the document; valijson judges afterwards whatever this does not know.
class Explainer {
 public:
  explicit Explainer(const json& schema) : root_(schema) {}

  std::optional<Problem> explain(const YamlNode& node, const json& schema,
                                 const std::string& path) const {
    std::vector<const json*> forms;
    collect_forms(schema, forms);
    const std::string wanted = title(schema);

    std::vector<const json*> fitting;
    for (const json* form : forms) {
      if (type_fits(node, *form)) fitting.push_back(form);
    }
    if (fitting.empty()) {
      return Problem{
          node.mark, path,
          fmt::format("expected {}, found {}", wanted, type_for_people(node))};
    }
    const json& form = best(node, fitting);
    switch (node.kind) {
      case YamlNode::Kind::mapping:
        return mapping(node, form, wanted, path);
      case YamlNode::Kind::list:
        return list(node, form, wanted, path);
      default:
        return scalar(node, fitting, wanted, path);
    }
  }

 private:
  const json& resolved(const json& schema) const {
    const auto ref = schema.find("$ref");
    if (ref == schema.end()) return schema;
    return root_.at(json::json_pointer(ref->get<std::string>().substr(1)));
  }

  std::string title(const json& schema) const {
    if (const auto it = schema.find("title"); it != schema.end()) return *it;
    const json& target = resolved(schema);
    return target.value("title", "something else");
  }

  void collect_forms(const json& schema, std::vector<const json*>& out) const {
    const json& target = resolved(schema);
    const auto any = target.find("anyOf");
    if (any == target.end()) {
      out.push_back(&target);
      return;
    }
    for (const json& form : *any) collect_forms(form, out);
  }

  static bool type_fits(const YamlNode& node, const json& form) {
    const auto it = form.find("type");
    if (it == form.end()) return true;
    const std::string_view is = node.kind == YamlNode::Kind::list ? "array"
                                : node.kind == YamlNode::Kind::mapping
                                    ? "object"
                                    : type_of(node.json);
    const auto fits = [&](const json& type) {
      return type == is || (type == "number" && is == "integer");
    };
    return it->is_array() ? std::any_of(it->begin(), it->end(), fits)
                          : fits(*it);
  }

  /// Of several forms of a mapping the one that was meant: with the fewest
  /// fixed words contradicted and keys missing.
  static const json& best(const YamlNode& node,
                          const std::vector<const json*>& forms) {
    const json* best = forms.front();
    std::size_t least = ~std::size_t{0};
    for (const json* form : forms) {
      const std::size_t contradictions = contradicted(node, *form);
      std::size_t missing = 0;
      for (const json& key : form->value("required", json::array())) {
        missing += node.find(key.get<std::string>()) == nullptr ? 1 : 0;
      }
      if (contradictions + 2 * missing < least) {
        least = contradictions + 2 * missing;
        best = form;
      }
    }
    return *best;
  }

  /// A word that has to be this one names the form, so it outweighs all else.
  static std::size_t contradicted(const YamlNode& node, const json& form) {
    constexpr std::size_t kNames = 1000;
    const auto properties = form.find("properties");
    if (properties == form.end()) return 0;
    std::size_t count = 0;
    for (const auto& member : node.members) {
      const auto it = properties->find(member.key);
      if (it == properties->end() || !it->contains("enum")) continue;
      const json& words = it->at("enum");
      if (std::find(words.begin(), words.end(), member.value.json) ==
          words.end()) {
        count += words.size() == 1 ? kNames : 1;
      }
    }
    return count;
  }

  std::optional<Problem> mapping(const YamlNode& node, const json& form,
                                 const std::string& wanted,
                                 const std::string& path) const {
    static const json kNone = json::object();
    const json& properties =
        form.contains("properties") ? form.at("properties") : kNone;
    for (const auto& member : node.members) {
      const std::string inside =
          path.empty() ? member.key : path + "/" + member.key;
      const json* schema = nullptr;
      if (const auto it = properties.find(member.key); it != properties.end()) {
        schema = &*it;
      } else if (form.contains("patternProperties") &&
                 member.key.starts_with("x-")) {
        continue;
      } else if (const auto more = form.find("additionalProperties");
                 more == form.end() || *more == true) {
        continue;
      } else if (*more == false) {
        std::vector<std::string_view> known;
        for (const auto& [key, value] : properties.items()) {
          known.push_back(key);
        }
        return Problem{member.mark, path,
                       fmt::format("unknown key \"{}\"{}", member.key,
                                   did_you_mean(member.key, known))};
      } else {
        schema = &*more;
      }
      if (auto problem = explain(member.value, *schema, inside)) return problem;
    }
    for (const json& key : form.value("required", json::array())) {
      if (node.find(key.get<std::string>()) == nullptr) {
        return Problem{node.mark, path,
                       fmt::format("\"{}\" is missing; expected {}",
                                   key.get<std::string>(), wanted)};
      }
    }
    if (auto problem = exactly_one(node, form, path)) return problem;
    return counted(node, node.members.size(), "keys",
                   form.value("minProperties", 0U),
                   form.value("maxProperties", ~0U), wanted, path);
  }

  /// `oneOf` of nothing but `required`: which of the keys makes the kind.
  static std::optional<Problem> exactly_one(const YamlNode& node,
                                            const json& form,
                                            const std::string& path) {
    std::vector<std::string> kinds, found;
    for (const json& one : form.value("oneOf", json::array())) {
      kinds.push_back(one.at("required").at(0));
      if (node.find(kinds.back()) != nullptr) found.push_back(kinds.back());
    }
    if (kinds.empty() || found.size() == 1) return std::nullopt;
    return Problem{node.mark, path,
                   found.empty()
                       ? fmt::format("has no kind; expected one of {}",
                                     fmt::join(kinds, ", "))
                       : fmt::format("has several kinds at once: {}; split it",
                                     fmt::join(found, ", "))};
  }

  std::optional<Problem> list(const YamlNode& node, const json& form,
                              const std::string& wanted,
                              const std::string& path) const {
    if (const auto items = form.find("items"); items != form.end()) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        auto problem =
            explain(node.items[i], *items, fmt::format("{}/{}", path, i));
        if (problem) return problem;
      }
    }
    return counted(node, node.items.size(), "items", form.value("minItems", 0U),
                   form.value("maxItems", ~0U), wanted, path);
  }

  static std::optional<Problem> counted(const YamlNode& node, std::size_t count,
                                        std::string_view what,
                                        std::size_t least, std::size_t most,
                                        const std::string& wanted,
                                        const std::string& path) {
    if (count < least) {
      return Problem{node.mark, path,
                     fmt::format("is empty; expected {}", wanted)};
    }
    if (count <= most) return std::nullopt;
    return Problem{
        node.mark, path,
        fmt::format("{} {}; at most {} are allowed", count, what, most)};
  }

  static std::optional<Problem> scalar(const YamlNode& node,
                                       const std::vector<const json*>& forms,
                                       const std::string& wanted,
                                       const std::string& path) {
    std::vector<std::string> words;
    bool fits = false;
    for (const json* form : forms) {
      const bool fine = scalar_fits(node, *form);
      fits = fits || fine;
      for (const json& word : form->value("enum", json::array())) {
        words.push_back(word.is_string() ? word.get<std::string>()
                                         : word.dump());
      }
    }
    if (fits) return std::nullopt;
    if (words.empty() || !node.json.is_string()) {
      return Problem{node.mark, path, fmt::format("expected {}", wanted)};
    }
    const std::vector<std::string_view> views(words.begin(), words.end());
    const std::string_view shown = std::string_view(node.text).substr(0, 40);
    return Problem{
        node.mark, path,
        fmt::format("expected {}{}, found \"{}\"{}", wanted,
                    words.size() > 1 && wanted.find(words[0]) == wanted.npos
                        ? fmt::format(" ({})", fmt::join(words, ", "))
                        : "",
                    shown, did_you_mean(node.text, views))};
  }

  static bool scalar_fits(const YamlNode& node, const json& form) {
    if (const auto it = form.find("enum"); it != form.end()) {
      return std::find(it->begin(), it->end(), node.json) != it->end();
    }
    if (node.json.is_number()) {
      const double value = node.json.get<double>();
      return value >= form.value("minimum", -1e308) &&
             value <= form.value("maximum", 1e308);
    }
    if (!node.json.is_string()) return true;
    if (node.text.size() < form.value("minLength", 0U) ||
        node.text.size() > form.value("maxLength", ~0U)) {
      return false;
    }
    const auto pattern = form.find("pattern");
    return pattern == form.end() ||
           std::regex_search(node.text,
                             std::regex(pattern->get<std::string>()));
  }

  const json& root_;
};

/// The place a valijson context ("<root>", "[phases]", "[0]", ...) speaks of.
Problem located(const YamlNode& root, const std::vector<std::string>& context,
                const std::string& what) {
  const YamlNode* node = &root;
  std::string path;
  for (const auto& step : context) {
    if (step.size() < 2 || step.front() != '[') continue;
    const std::string key = step.substr(1, step.size() - 2);
    const YamlNode* next = node->find(key);
    if (node->kind == YamlNode::Kind::list) {
      const std::size_t index = std::stoul(key);
      next = index < node->items.size() ? &node->items[index] : nullptr;
    }
    if (next == nullptr) break;
    node = next;
    path += (path.empty() ? "" : "/") + key;
  }
  return {node->mark, path, what};
}

}  // namespace

void validate_plan(const YamlNode& root, const std::string& file) {
  static const json schema = json::parse(rung_plan_schema_json);
  static const auto compiled = [] {
    auto result = std::make_unique<valijson::Schema>();
    valijson::SchemaParser().populateSchema(
        valijson::adapters::NlohmannJsonAdapter(schema), *result);
    return result;
  }();

  const auto refuse = [&](const Problem& problem) {
    throw PlanError(fmt::format(
        "{}:{}:{}: {}{}{}", file, problem.mark.line, problem.mark.column,
        problem.path, problem.path.empty() ? "" : ": ", problem.what));
  };
  // First, because it also bounds the length of what valijson would match by
  // std::regex, which recurses for every character.
  if (const auto problem = Explainer(schema).explain(root, schema, "")) {
    refuse(*problem);
  }
  const json document = to_json(root);
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (validator.validate(*compiled, target, &results)) return;

  valijson::ValidationResults::Error error, deepest;
  while (results.popError(error)) {
    if (error.context.size() >= deepest.context.size()) deepest = error;
  }
  refuse(located(root, deepest.context, deepest.description));
}

}  // namespace rung
