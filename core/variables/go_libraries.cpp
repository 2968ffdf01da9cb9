#include "core/variables/go_libraries.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class GoLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    find_prefixes();
    for (std::size_t i = 0; i < size(); ++i) {
      if (at(i).is("struct") && at(i + 1).is("{")) {
        read_fields(i + 2, behind(i + 1), prefix_of(i));
      }
      if ((at(i).is("EnvVars") || at(i).is("Sources")) && at(i + 1).is(":")) {
        read_list(i);
      }
      if (at(i).is("viper") || at(i).is("v")) read_viper(i);
    }
    // A piece of a file, as a diff has it, may lack the word struct.
    if (!has_word("struct")) read_fields(0, size(), options_prefix_);
    // Tags of structs inside of structs are read with the outer one.
    std::sort(reads_.uses.begin(), reads_.uses.end());
    reads_.uses.erase(
        std::unique(reads_.uses.begin(), reads_.uses.end()),
        reads_.uses.end());
  }

 private:
  void find_prefixes() {
    for (std::size_t i = 0; i + 4 < size(); ++i) {
      if (at(i).is("envconfig") && at(i + 1).is(".") &&
          (at(i + 2).is("Process") || at(i + 2).is("MustProcess"))) {
        for (std::size_t k = i + 3; k < i + 9; ++k) {
          if (at(k).is_string()) {
            process_ = true;
            if (!at(k).text.empty()) {
              process_prefix_ = ascii_upper(at(k).text) + '_';
            }
            break;
          }
        }
      }
      if (at(i).is("Prefix") && at(i + 1).is(":") && at(i + 2).is_string()) {
        options_prefix_ = std::string(at(i + 2).text);
      }
      if (at(i).is("SetEnvPrefix") && at(i + 2).is_string()) {
        viper_prefix_ = ascii_upper(at(i + 2).text) + '_';
      }
      if (at(i).is("AutomaticEnv")) automatic_ = i;
      if (at(i).is("SetDefault") && at(i + 2).is_string()) {
        defaults_.emplace(at(i + 2).text, i + 4);
      }
      // DB Database `envPrefix:"DB_"`
      static const RE2 nested(R"re(\b(?:envPrefix|env-prefix):"(\w+)")re",
                              byte_options());
      std::string prefix;
      if (at(i).is_string() && i >= 1 &&
          RE2::PartialMatch(piece(at(i).text), nested, &prefix)) {
        type_prefixes_[at(i - 1).text] = prefix;
      }
    }
    if (automatic_ != 0) add_dynamic(automatic_, viper_prefix_);
  }

  [[nodiscard]] std::string prefix_of(std::size_t type) const {
    std::string prefix = options_prefix_;
    if (type >= 1 && at(type - 1).is_word()) {
      const auto known = type_prefixes_.find(at(type - 1).text);
      if (known != type_prefixes_.end()) prefix += known->second;
    }
    return prefix;
  }

  void read_fields(std::size_t begin, std::size_t end,
                   const std::string& prefix) {
    static const RE2 tag(
        R"re(\benv(?:config|_var)?:"([A-Za-z_]\w*)([^"]*)")re",
        byte_options());
    static const RE2 given(
        R"re(\b(?:envDefault|env-default|default):"([^"]*)")re",
        byte_options());
    static const RE2 needed(R"re(\b(?:env-)?required:"(?:true)?")re",
                            byte_options());
    for (std::size_t k = begin; k < end; ++k) {
      if (!at(k).is_string()) {
        if (process_ && first_of_line(k) && at(k).is_word() &&
            at(k + 1).is_word() && !has_tag(k) &&
            at(k).text[0] >= 'A' && at(k).text[0] <= 'Z') {
          add(process_prefix_ + ascii_upper(at(k).text), k);
        }
        continue;
      }
      std::string name, rest, value;
      const auto text = piece(at(k).text);
      const bool has = RE2::PartialMatch(text, given, &value);
      const bool words = text.find("split_words:\"true\"") != text.npos;
      if (RE2::PartialMatch(text, tag, &name, &rest)) {
        const bool process = process_ && text.find("envconfig:") != text.npos;
        name = (process ? process_prefix_ : prefix) +
               (process ? ascii_upper(name) : name);
      } else if (process_ && (words || has ||
                              text.find("required") != text.npos)) {
        name = process_prefix_ + (words ? as_variable(field_of(k))
                                        : ascii_upper(field_of(k)));
      } else {
        continue;
      }
      VariableUse& use = add(name, k);
      use.has_default = has;
      if (has && is_harmless_default(name, value)) use.default_text = value;
      use.required = !has && (rest.find("required") != rest.npos ||
                              rest.find("notEmpty") != rest.npos ||
                              RE2::PartialMatch(text, needed));
    }
  }

  [[nodiscard]] bool first_of_line(std::size_t i) const {
    return i == 0 || at(i - 1).line != at(i).line;
  }
  [[nodiscard]] bool has_tag(std::size_t i) const {
    const int line = at(i).line;
    for (std::size_t k = i; k < size() && at(k).line == line; ++k) {
      if (at(k).is_string() || at(k).is("{")) return true;
    }
    return false;
  }
  /// The field that a tag belongs to.
  [[nodiscard]] std::string_view field_of(std::size_t i) const {
    const int line = at(i).line;
    while (i > 0 && at(i - 1).line == line) --i;
    return at(i).text;
  }

  /// EnvVars: []string{"A", "B"}, Sources: cli.EnvVars("A")
  void read_list(std::size_t i) {
    const std::size_t end = end_of_value(i + 2);
    bool first = true;
    for (std::size_t k = i + 2; k < end; ++k) {
      if (!at(k).is_string() || !is_variable_name(at(k).text)) continue;
      add(std::string(at(k).text), k).has_default = !first;
      first = false;
    }
  }

  void read_viper(std::size_t i) {
    if (!at(i + 1).is(".") || !at(i + 3).is("(") || !at(i + 4).is_string()) {
      return;
    }
    const std::string_view method = at(i + 2).text;
    const std::string_view key = at(i + 4).text;
    if (method == "BindEnv" || method == "MustBindEnv") {
      std::size_t k = i + 5;
      bool named = false;
      for (; at(k).is(",") && at(k + 1).is_string(); k += 2) {
        set_default(add(std::string(at(k + 1).text), k + 1), key);
        named = true;
      }
      if (!named) set_default(add(viper_prefix_ + as_variable(key), i), key);
    } else if (automatic_ != 0 && method.starts_with("Get")) {
      set_default(add(viper_prefix_ + as_variable(key), i), key);
    }
  }
  void set_default(VariableUse& use, std::string_view key) {
    const auto known = defaults_.find(key);
    if (known == defaults_.end()) return;
    use.has_default = take_default(use, tokens_, known->second);
  }

  bool process_ = false;
  std::string process_prefix_, options_prefix_, viper_prefix_;
  std::size_t automatic_ = 0;
  std::map<std::string_view, std::size_t> defaults_;
  std::map<std::string_view, std::string> type_prefixes_;
};

}  // namespace

void read_go_libraries(const Tokens& tokens, std::string_view path,
                       SourceReads& reads) {
  GoLibraries(tokens, path, reads).read();
}

}  // namespace rung
