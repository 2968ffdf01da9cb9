#include "core/variables/node_libraries.hpp"

#include <set>

#include "core/text/byte_pattern.hpp"
#include "core/variables/environment_words.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class NodeLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    const bool schema = validates() || named_for_it();
    for (std::size_t i = 0; i < size(); ++i) {
      if (at(i).is("import")) read_static_import(i);
      if (at(i).is("class")) read_class(i);
      if (at(i).is(":") && i > 0 && schema) read_member(i);
    }
  }

 private:
  /// Whether the file gives the environment to a schema.
  [[nodiscard]] bool validates() const {
    static const std::set<std::string_view> kValidators = {
        "parse",      "safeParse",   "parseAsync",  "safeParseAsync",
        "validate",   "validateSync", "cleanEnv",   "envsafe",
        "parseEnv",   "validateEnv", "assert",      "Check",
        "Decode",     "decode",      "create",      "load",
        "customCleanEnv", "createEnv", "defineEnv", "from"};
    static const std::set<std::string_view> kAlone = {
        "createEnv", "validationSchema", "convict", "cleanEnv", "envsafe",
        "defineEnv", "envField"};
    for (std::size_t i = 0; i < size(); ++i) {
      if (at(i).is_word() && kAlone.count(at(i).text) != 0) return true;
      if (at(i).is(kEnvironment) && i >= 2) {
        for (std::size_t k = i; k > 0 && i - k < 8; --k) {
          if (at(k).is("(") && kValidators.count(at(k - 1).text) != 0) {
            return true;
          }
        }
      }
    }
    return false;
  }
  /// env.ts, env.schema.ts, config/validation.ts: the schema, used elsewhere.
  [[nodiscard]] bool named_for_it() const {
    static const RE2 name(
        R"re((?i)(?:^|[./_-])(?:env|environment|config|validation|settings)(?:[./_-][^/]*)?\.[mc]?[jt]s$)re",
        byte_options());
    return RE2::PartialMatch(piece(path_), name);
  }

  /// PORT: z.coerce.number().default(3000),
  void read_member(std::size_t colon) {
    static const std::set<std::string_view> kSchemas = {
        "z",    "zod",  "Joi",  "joi",   "v",     "yup",  "Type",  "t",
        "S",    "str",  "bool", "num",   "port",  "url",  "host",  "email",
        "json", "Yup",  "testOnly", "makeValidator", "envField", "Schema",
        "s",    "string", "number", "boolean", "d", "e", "vb"};
    const Token& key = at(colon - 1);
    const Token& value = at(colon + 1);
    if (!(key.is_word() || key.is_string()) || !is_upper_name(key.text) ||
        !value.is_word() || kSchemas.count(value.text) == 0 ||
        !(at(colon + 2).is(".") || at(colon + 2).is("("))) {
      return;
    }
    const std::size_t end = end_of_value(colon + 1);
    VariableUse& use = add(std::string(key.text), colon - 1);
    for (std::size_t i = colon; i < end; ++i) {
      const Token& word = at(i);
      if (word.is("optional") || word.is("nullish") || word.is("catch") ||
          word.is("isOptional") || word.is("valibotOptional")) {
        use.has_default = true;
      } else if (word.is("default") || word.is("devDefault") ||
                 word.is("defaultValue")) {
        use.has_default = true;
        take_default(use, tokens_, i + 2);
      }
    }
    use.required = !use.has_default;
  }

  /// import { A, B as b } from "$env/static/private";
  void read_static_import(std::size_t i) {
    if (!at(i + 1).is("{")) return;
    const std::size_t end = behind(i + 1);
    if (!at(end).is("from") || !at(end + 1).is_string() ||
        !at(end + 1).text.starts_with("$env/static/")) {
      return;
    }
    for (std::size_t k = i + 2; k + 1 < end; ++k) {
      if (!at(k).is_word()) continue;
      add(std::string(at(k).text), k).required = true;
      if (at(k + 1).is("as")) k += 2;
    }
  }

  /// class EnvironmentVariables { @IsNumber() PORT: number; }
  void read_class(std::size_t i) {
    static const RE2 name(R"re((?i)env|config)re", byte_options());
    if (!at(i + 1).is_word() || !RE2::PartialMatch(piece(at(i + 1).text), name)) {
      return;
    }
    std::size_t open = i + 2;
    while (open < size() && open < i + 12 && !at(open).is("{")) ++open;
    if (!at(open).is("{")) return;
    const std::size_t end = behind(open);
    if (!any(open, end, "@")) return;  // nothing checks its fields
    bool optional = false;
    for (std::size_t k = open + 1; k + 1 < end; ++k) {
      if (at(k).is("(") || at(k).is("{")) {
        k = behind(k) - 1;
        continue;
      }
      if (at(k).is("IsOptional")) optional = true;
      if (!at(k).is_word() || !is_upper_name(at(k).text)) continue;
      std::size_t next = k + 1;
      const bool maybe = at(next).is("?");
      if (maybe || at(next).is("!")) ++next;
      if (!at(next).is(":")) continue;
      VariableUse& use = add(std::string(at(k).text), k);
      std::size_t stop = next;
      while (stop < end && !at(stop).is(";") && at(stop).line == at(k).line) {
        if (at(stop).is("=")) {
          use.has_default = take_default(use, tokens_, stop + 1);
        }
        ++stop;
      }
      use.has_default = use.has_default || maybe || optional;
      use.required = !use.has_default;
      optional = false;
      k = stop;
    }
  }
};

}  // namespace

void read_node_libraries(const Tokens& tokens, std::string_view path,
                         SourceReads& reads) {
  NodeLibraries(tokens, path, reads).read();
}

}  // namespace rung
