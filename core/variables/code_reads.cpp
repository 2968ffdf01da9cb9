#include "core/variables/code_reads.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/variables/code_forms.hpp"
#include "core/variables/environment_words.hpp"
#include "core/variables/guarded_reads.hpp"
#include "core/variables/name_values.hpp"
#include "core/variables/names.hpp"

namespace rung {
namespace {

struct Compiled {
  const CodeForm* form;
  std::vector<std::string_view> words;
  std::size_t name = 0;  ///< which of the words is the name
  bool open = false;     ///< the name is an argument of a call
};

std::string_view spelled(std::string_view word) {
  if (word == "$E") return kEnvironment;
  if (word == "$F") return kGetenv;
  return word;
}
bool is_slot(std::string_view word) {
  return word == "S" || word == "U" || word == "W" || word == "V" ||
         word == "C" || word == "D" || word == "$S";
}

/// By the word they begin with, which is never a slot but for `S in $E`.
const std::multimap<std::string_view, Compiled>& compiled() {
  static const auto all = [] {
    std::multimap<std::string_view, Compiled> forms;
    for (const CodeForm& form : code_forms()) {
      Compiled one{&form, {}, 0, false};
      std::string_view rest = form.form;
      while (!rest.empty()) {
        const auto blank = std::min(rest.find(' '), rest.size());
        one.words.push_back(spelled(rest.substr(0, blank)));
        rest.remove_prefix(std::min(blank + 1, rest.size()));
      }
      for (std::size_t i = 0; i < one.words.size(); ++i) {
        if (is_slot(one.words[i])) one.name = i;
      }
      one.open = one.name + 1 == one.words.size() &&
                 std::find(one.words.begin(), one.words.end(), "(") !=
                     one.words.end();
      forms.emplace(one.words[0], std::move(one));
    }
    return forms;
  }();
  return all;
}

/// CGI's and the server's own, which are no environment variables.
bool is_request_fact(std::string_view name) {
  static const std::set<std::string_view> kFacts = {
      "REQUEST_METHOD", "REQUEST_URI",    "QUERY_STRING",  "PATH_INFO",
      "REMOTE_ADDR",    "REMOTE_PORT",    "REMOTE_USER",   "REMOTE_HOST",
      "SERVER_NAME",    "SERVER_PORT",    "SERVER_ADDR",   "SERVER_PROTOCOL",
      "SERVER_SOFTWARE", "SCRIPT_NAME",   "SCRIPT_FILENAME", "DOCUMENT_ROOT",
      "DOCUMENT_URI",   "CONTENT_TYPE",   "CONTENT_LENGTH", "GATEWAY_INTERFACE",
      "REQUEST_TIME",   "REQUEST_TIME_FLOAT", "PHP_SELF",  "HTTPS", "ORIG_PATH_INFO",
      "PHP_AUTH_USER",  "PHP_AUTH_PW",    "AUTH_TYPE",     "REQUEST_SCHEME",
      "PATH_TRANSLATED", "SERVER_ADMIN",  "SERVER_SIGNATURE", "REDIRECT_STATUS"};
  return name.starts_with("HTTP_") || name.starts_with("REDIRECT_") ||
         kFacts.count(name) != 0;
}

class CodeReader {
 public:
  CodeReader(const Tokens& tokens, Language language, std::string_view path,
             const std::set<std::string>& readers, SourceReads& reads)
      : tokens_(tokens),
        language_(language),
        path_(path),
        readers_(readers),
        values_(tokens),
        reads_(reads) {}

  void read() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.is(kEnvironment)) read_whole(i);
      if (token.is_string()) read_from(i, "S");
      if (token.is_word() || token.kind == Token::Kind::sign) {
        read_from(i, token.text);
      }
    }
    // Now that the functions of this file are known.
    for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) read_helper(i);
  }

 private:
  [[nodiscard]] const Token& at(std::size_t i) const {
    static const Token none;
    return i < tokens_.size() ? tokens_[i] : none;
  }

  void read_from(std::size_t i, std::string_view first) {
    auto [from, to] = compiled().equal_range(first);
    for (; from != to; ++from) {
      const Compiled& one = from->second;
      if ((one.form->languages & language_) != 0) try_form(i, one);
    }
  }

  void try_form(std::size_t begin, const Compiled& one) {
    std::size_t i = begin, name = begin;
    for (std::size_t w = 0; w < one.words.size(); ++w) {
      const std::string_view word = one.words[w];
      const Token& token = at(i);
      if (word == "<>") {
        if (token.is("<")) {
          const std::size_t last = std::min(tokens_.size(), i + 12);
          while (i < last && !tokens_[i].is(">")) ++i;
          ++i;
        }
        continue;
      }
      if (w == one.name) {
        name = i;
        if (word == "W" || word == "V") {
          if (!token.is_word()) return;
        } else if (!token.is_string()) {
          // process.env[name]: only where nothing but a name can stand.
          if (word == "S" && token.is_word() && w > 0) dynamic(i, one);
          return;
        } else if (token.composed || continues(i)) {
          if (word == "S" && w > 0) dynamic(i, one);
          return;
        }
      } else if (word == "*" ? !token.is_word() : !token.is(word)) {
        return;
      }
      ++i;
    }
    if (*one.form->needs != '\0' && !values_.has_word(one.form->needs)) return;
    found(begin, i, name, one);
  }

  /// "SHOP_" + x: the string is the name's beginning.
  [[nodiscard]] bool continues(std::size_t string) const {
    const Token& next = at(string + 1);
    return next.is("+") || (next.is(".") && language_ == kPhp) ||
           next.is("<>") || next.is("%") ||
           (next.is("..") && language_ == kOther);
  }

  void found(std::size_t begin, std::size_t end, std::size_t name_at,
             const Compiled& one) {
    std::string name(tokens_[name_at].text);
    const std::string_view slot = one.words[one.name];
    if (slot == "$S") {
      if (!name.starts_with('$')) return;
      const auto stop = name.find_first_not_of(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789{}", 1);
      name = name.substr(1, stop == name.npos ? stop : stop - 1);
      std::erase(name, '{');
      std::erase(name, '}');
    } else if (slot == "C") {
      std::string joined;
      for (const char c : name) {
        if (c == ':') {
          joined += "__";
        } else {
          joined += c;
        }
      }
      name = joined;
    } else if (slot == "D") {
      if (name.find_first_not_of(
              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
              "0123456789._-") != name.npos) {
        return;
      }
      name = as_spring_variable(name);
    }
    if (!is_variable_name(name)) return;
    if (at(begin + 2).is("prefixed")) return;  // environs: no name yet
    if ((slot == "U" || slot == "V") && !is_upper_name(name)) return;
    if (one.words[0] == "$_SERVER" && is_request_fact(name)) return;
    // process.env.hasOwnProperty(...), Object.keys: methods, no variables.
    if (slot == "W" && language_ == kNode &&
        (at(name_at + 1).is("(") || is_written(name_at + 1))) {
      return;
    }
    if (is_written(end)) return;
    if (one.words[0] == "," || one.words[0] == "(") ++begin;
    VariableUse use = use_at(std::move(name), name_at);
    Missing missing = one.form->missing;
    if (slot == "C" || (slot == "D" && missing == Missing::stops &&
                        one.words[0] != "@ConfigProperty")) {
      missing = Missing::reads_nothing;  // a file may set it
    }
    read_what_follows(use, tokens_, begin, end, one.open, missing, language_);
    if (use.required && language_ == kPython && is_guarded(tokens_, name_at)) {
      use.required = false;
      use.has_default = true;
    }
    // A default of a keyword of its own: @Option(env="X", default=...).
    if (one.words[0] == "env" && language_ == kRust) read_clap(use, end);
    if (one.words[0] == "env" && at(begin + 1).is(":")) use.has_default = true;
    reads_.uses.push_back(std::move(use));
    if (one.words[0] == "AliasChoices" || one.words[0] == "EnvVars") {
      more_names(name_at + 1);
    }
  }

  void more_names(std::size_t i) {
    while (at(i).is(",") && at(i + 1).is_string()) {
      if (is_variable_name(at(i + 1).text)) {
        VariableUse use = use_at(std::string(at(i + 1).text), i + 1);
        use.has_default = true;
        reads_.uses.push_back(std::move(use));
      }
      i += 2;
    }
  }

  /// #[arg(long, env = "X", default_value = "1")] pub x: Option<T>
  void read_clap(VariableUse& use, std::size_t end) const {
    use.required = false;
    int depth = 0;
    std::size_t i = end;
    for (; i < tokens_.size() && i < end + 60 && depth >= 0; ++i) {
      if (at(i).is("(")) ++depth;
      if (at(i).is(")")) --depth;
      if (at(i).is("default_value") || at(i).is("default_value_t")) {
        use.has_default = take_default(use, tokens_, i + 2);
      }
    }
    for (std::size_t k = i; k < i + 6; ++k) {
      if (at(k).is("Option") || at(k).is("bool")) use.has_default = true;
    }
    use.required = !use.has_default;
  }

  [[nodiscard]] bool is_written(std::size_t i) const {
    return (at(i).is("=") && !at(i + 1).is("=")) || at(i).is("+=");
  }

  [[nodiscard]] VariableUse use_at(std::string name, std::size_t i) const {
    return {.name = std::move(name),
            .file = std::string(path_),
            .line = tokens_[i].line,
            .has_default = false,
            .default_text = {},
            .required = false,
            .passed_on = false};
  }

  /// A name that is not written here. Where the file has what it stands for,
  /// those are read.
  void dynamic(std::size_t i, const Compiled& one) {
    const Token& token = tokens_[i];
    if (token.is_string()) {
      const auto end = token.text.find_first_of("${#");
      add_dynamic(i, std::string(token.text.substr(0, end)));
      return;
    }
    if (is_written(behind_name(i))) return;
    if (token.is("self") || token.is("this")) return add_dynamic(i, "");
    const std::size_t last = last_word(i);
    const auto add = [&](std::string_view name) {
      VariableUse use = use_at(std::string(name), i);
      read_what_follows(use, tokens_, i, last + 1, one.open,
                        one.form->missing, language_);
      reads_.uses.push_back(std::move(use));
    };
    if (const auto value = values_.text_of(tokens_[last].text)) {
      if (is_variable_name(*value)) add(*value);
      return;
    }
    if (last == i) {
      if (const auto names = values_.names_near(i); !names.empty()) {
        for (const auto& each : names) add(each);
        return;
      }
      if (const auto reader = values_.function_of_parameter(i)) {
        reads_.readers.insert(std::string(*reader));
        return;
      }
    }
    add_dynamic(i, at(last + 1).is("+") ? "" : values_.prefix_of(i));
  }

  [[nodiscard]] std::size_t last_word(std::size_t i) const {
    while ((at(i + 1).is(".") || at(i + 1).is("::")) && at(i + 2).is_word()) {
      i += 2;
    }
    return i;
  }
  [[nodiscard]] std::size_t behind_name(std::size_t i) const {
    i = last_word(i) + 1;
    return at(i).is("]") ? i + 1 : i;
  }

  void add_dynamic(std::size_t i, std::string prefix) {
    if (!prefix.empty() && !is_variable_name(prefix)) prefix.clear();
    reads_.dynamic.push_back(
        {std::string(path_), tokens_[i].line, std::move(prefix)});
  }

  /// Object.keys(process.env), os.environ.items(): any name.
  void read_whole(std::size_t i) {
    static const std::set<std::string_view> kEach = {
        "items", "keys",   "each",    "each_pair", "select", "filter", "to_h",
        "to_hash", "map",  "entrySet", "forEach", "reject", "keySet"};
    // `name in $E`, `name not in $E`
    const std::size_t subject =
        i < 2 ? i : i >= 3 && at(i - 2).is("not") ? i - 3 : i - 2;
    const bool goes_through =
        (at(i + 1).is(".") && kEach.count(at(i + 2).text) != 0) ||
        (i > 0 && at(i + 1).is(")") && at(i - 1).is("(") && i > 1 &&
         (at(i - 2).is("keys") || at(i - 2).is("entries") ||
          at(i - 2).is("values"))) ||
        (i > 1 && (at(i - 1).is("in") || at(i - 1).is("of")) &&
         at(subject).is_word() && at(i + 1).text != ".");
    if (goes_through) {
      // `name in os.environ` asks for one; `for name in` for all.
      std::size_t back = i;
      bool loop = !(at(i - 1).is("in") || at(i - 1).is("of"));
      while (!loop && back > 0 && i - back < 8) loop = at(--back).is("for");
      if (loop) {
        add_dynamic(i, values_.prefix_after(i));
      } else if (const auto names = values_.names_near(subject);
                 !names.empty()) {
        for (const auto& name : names) {
          VariableUse use = use_at(std::string(name), i);
          use.has_default = true;
          reads_.uses.push_back(std::move(use));
        }
      } else if (const auto reader = values_.function_of_parameter(subject)) {
        reads_.readers.insert(std::string(*reader));
      } else {
        add_dynamic(i, "");
      }
      return;
    }
    read_many(i);
  }

  /// ENV.values_at("A", "B"), { A, B = 1 } = process.env.
  void read_many(std::size_t i) {
    static const std::set<std::string_view> kSeveral = {
        "values_at", "fetch_values", "slice", "require_keys"};
    if (at(i + 1).is(".") && kSeveral.count(at(i + 2).text) != 0 &&
        at(i + 3).is("(")) {
      for (std::size_t k = i + 4; at(k).is_string(); k += 2) {
        VariableUse use = use_at(std::string(at(k).text), k);
        use.required = at(i + 2).is("fetch_values");
        reads_.uses.push_back(std::move(use));
        if (!at(k + 1).is(",")) break;
      }
      return;
    }
    if (language_ != kNode || i < 2 || !at(i - 1).is("=") ||
        !at(i - 2).is("}") || at(i + 1).is(".")) {
      return;
    }
    std::size_t open = i - 2;
    for (int depth = 0; open > 0; --open) {
      if (at(open).is("}")) ++depth;
      if (at(open).is("{") && --depth == 0) break;
    }
    for (std::size_t k = open + 1; k < i - 2; ++k) {
      if (at(k).is("...")) {
        ++k;
        continue;
      }
      if (!at(k).is_word() && !at(k).is_string()) continue;
      VariableUse use = use_at(std::string(at(k).text), k);
      ++k;
      if (at(k).is(":") && at(k + 1).is_word()) k += 2;
      if (at(k).is("=")) use.has_default = take_default(use, tokens_, k + 1);
      while (k < i - 2 && !at(k).is(",")) {
        const bool opens = at(k).is("(") || at(k).is("[") || at(k).is("{");
        k = opens ? behind_bracket(tokens_, k) : k + 1;
      }
      if (is_variable_name(use.name)) reads_.uses.push_back(std::move(use));
    }
  }

  /// getEnv("PORT", "8080"), and functions that were found to be such.
  void read_helper(std::size_t i) {
    static const RE2 helper(
        R"re((?i)_?(?:get|must|require|required|lookup|read|fetch|load|assert|check|need)_?env(?:ironment)?(?:_?(?:var|variable))?(?:_?[a-z]+)*[!?]?|env_?(?:or|int|bool|str|string|get|var|required|default)(?:_?[a-z]+)*|envOr[A-Z]\w*)re",
        byte_options());
    static const std::set<std::string_view> kGeneral = {
        "get", "has", "fetch", "read", "value", "find", "load", "param", "set",
        "t", "e", "env", "config", "require", "check", "str", "int", "bool"};
    if (!tokens_[i].is_word()) return;
    std::size_t open = i + 1;
    if (at(open).is("<")) {
      const std::size_t last = std::min(tokens_.size(), open + 8);
      while (open < last && !at(open).is(">")) ++open;
      ++open;
    }
    if (!at(open).is("(")) return;
    const Token& before = at(i == 0 ? tokens_.size() : i - 1);
    static const std::set<std::string_view> kDeclares = {
        "def", "defp", "function", "func", "fn", "fun", "sub", "new"};
    if (before.is_word() && kDeclares.count(before.text) != 0) return;
    const std::string name(tokens_[i].text);
    const bool known =
        readers_.count(name) != 0 || reads_.readers.count(name) != 0;
    const Token& argument = at(open + 1);
    if (!known && !(argument.is_string() && RE2::FullMatch(name, helper))) {
      return;
    }
    if (argument.is_string()) {
      if (argument.composed || continues(open + 1)) {
        if (known) {
          add_dynamic(open + 1, std::string(argument.text.substr(
                                    0, argument.text.find_first_of("${#"))));
        }
        return;
      }
      if (!is_upper_name(argument.text) ||
          (kGeneral.count(name) != 0 &&
           argument.text.find('_') == std::string_view::npos)) {
        return;
      }
      VariableUse use = use_at(std::string(argument.text), open + 1);
      const std::string low = ascii_upper(name);
      const bool must = low.find("MUST") != low.npos ||
                        low.find("REQUIRE") != low.npos ||
                        low.find("ASSERT") != low.npos ||
                        low.find("ORTHROW") != low.npos;
      read_what_follows(use, tokens_, i, open + 2, true,
                        must ? Missing::stops : Missing::reads_nothing,
                        language_);
      reads_.uses.push_back(std::move(use));
    } else if (known && argument.is_word() && kGeneral.count(name) == 0) {
      if (const auto value = values_.text_of(argument.text)) {
        if (is_variable_name(*value)) {
          reads_.uses.push_back(use_at(std::string(*value), open + 1));
        }
      } else if (const auto names = values_.names_near(open + 1);
                 !names.empty()) {
        for (const auto& each : names) {
          reads_.uses.push_back(use_at(std::string(each), open + 1));
        }
      } else if (values_.is_call(i)) {
        if (const auto reader = values_.function_of_parameter(open + 1)) {
          reads_.readers.insert(std::string(*reader));
        } else {
          add_dynamic(open + 1, "");
        }
      }
    }
  }

  const Tokens& tokens_;
  Language language_;
  std::string_view path_;
  const std::set<std::string>& readers_;
  NameValues values_;
  SourceReads& reads_;
};

}  // namespace

void read_code(const Tokens& tokens, Language language, std::string_view path,
               const std::set<std::string>& readers, SourceReads& reads) {
  CodeReader(tokens, language, path, readers, reads).read();
}

}  // namespace rung
