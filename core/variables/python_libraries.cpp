#include "core/variables/python_libraries.hpp"

#include <map>
#include <optional>
#include <string>

#include "core/text/ascii_case.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class PythonLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    // Classes before the classes that are made of them.
    std::map<std::string_view, Naming> settings = {{"BaseSettings", {}}};
    const bool pydantic = has_word("pydantic") || has_word("pydantic_settings");
    for (std::size_t i = 0; i + 3 < size(); ++i) {
      if (at(i).is("envvar") && at(i + 1).is("=") && at(i + 2).is("[")) {
        read_list(i + 2);
      }
      if (at(i).is("prefixed") && at(i + 1).is("(") && at(i + 2).is_string()) {
        read_prefixed(i);
      }
      if (at(i).is("envvar_prefix") && at(i + 2).is_string()) {  // dynaconf
        add_dynamic(i, std::string(at(i + 2).text) + '_');
      }
      if (!at(i).is("class") || !at(i + 2).is("(")) continue;
      const std::size_t end = behind(i + 2);
      std::optional<Naming> naming;
      for (std::size_t k = i + 3; k < end && !naming; ++k) {
        const auto base = settings.find(at(k).text);
        // A class of another file that is called so is one as well.
        if (at(k).is_word() && base != settings.end()) {
          naming = base->second;
        } else if (at(k).is_word() && pydantic &&
                   at(k).text.ends_with("Settings")) {
          naming.emplace();
        }
      }
      if (!naming) continue;
      read_naming(i + 3, end, *naming);  // class Shop(BaseSettings, env_prefix=
      read_class(i, end, *naming);
      settings[at(i + 1).text] = *naming;
    }
  }

 private:
  /// How a class of settings makes the names of its variables, and those that
  /// are made of it.
  struct Naming {
    std::string prefix;
    bool nested = false;
  };

  /// As a word, or as the key of a dictionary.
  void read_naming(std::size_t begin, std::size_t end, Naming& naming) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (at(i).text == "env_prefix" && at(i + 2).is_string()) {
        naming.prefix = std::string(at(i + 2).text);
      }
      if (at(i).text == "env_nested_delimiter") naming.nested = true;
    }
  }

  void read_list(std::size_t open) {
    const std::size_t end = behind(open);
    for (std::size_t i = open + 1; i < end; ++i) {
      if (at(i).is_string()) add(std::string(at(i).text), i).has_default = true;
    }
  }

  /// with env.prefixed("APP_"): port = env.int("PORT")
  void read_prefixed(std::size_t i) {
    const std::string prefix(at(i + 2).text);
    std::size_t head = i;
    while (!first_of_line(head)) --head;
    std::size_t end = i;
    while (end < size() && !(end > i && first_of_line(end) &&
                             column(end) <= column(head))) {
      ++end;
    }
    const int last = end < size() ? at(end).line : at(size() - 1).line + 1;
    for (VariableUse& use : reads_.uses) {
      if (use.line > at(i).line && use.line < last) {
        use.name = prefix + use.name;
      }
    }
  }

  /// `port: int = 8000` reads PORT.
  void read_class(std::size_t head, std::size_t open, Naming& naming) {
    if (!at(open).is(":")) return;
    // The class ends before the next line at its own margin.
    const int margin = column(head);
    std::size_t end = open + 1;
    while (end < size() && at(end).kind != Token::Kind::gap &&
           !(first_of_line(end) && column(end) <= margin)) {
      ++end;
    }
    int indent = 0;
    for (std::size_t i = open + 1; i < end && indent == 0; ++i) {
      if (first_of_line(i)) indent = column(i);
    }
    read_naming(open + 1, end, naming);
    for (std::size_t i = open + 1; i < end; ++i) {
      if (first_of_line(i) && column(i) == indent && at(i).is_word() &&
          at(i + 1).is(":") && !at(i).is("model_config")) {
        read_field(i, end, naming.prefix, naming.nested);
      }
    }
  }

  [[nodiscard]] int column(std::size_t i) const { return at(i).column; }
  [[nodiscard]] bool first_of_line(std::size_t i) const {
    return i == 0 || at(i - 1).line != at(i).line;
  }

  void read_field(std::size_t i, std::size_t end, const std::string& prefix,
                  bool nested) {
    std::size_t stop = i + 1;
    std::size_t value = 0;
    bool aliased = false, optional = false;
    std::string name = prefix + std::string(at(i).text);
    while (stop < end && !(stop > i && first_of_line(stop))) {
      if (at(stop).is("(") || at(stop).is("[")) {
        const std::size_t close = behind(stop);
        for (std::size_t k = stop; k < close; ++k) {
          const bool alias = at(k).is("alias") || at(k).is("env");
          if (at(k).is("validation_alias")) aliased = true;
          if (alias && at(k + 1).is("=") && at(k + 2).is_string()) {
            name = std::string(at(k + 2).text);
            if (at(k).is("env")) aliased = true;  // told by its own form
          }
        }
        stop = close;
        continue;
      }
      if (at(stop).is("=") && value == 0) value = stop + 1;
      if (at(stop).is("None") && value == 0) optional = true;
      ++stop;
    }
    if (at(i + 2).is("ClassVar")) return;
    if (aliased) {
      // The form `validation_alias="X"` found it; whether it has a default
      // only the field says.
      settle(i, stop, value);
      return;
    }
    const Token& type = at(i + 2);
    if (nested && type.is_word() && type.text[0] >= 'A' &&
        type.text[0] <= 'Z') {
      add_dynamic(i, ascii_upper(name) + "__");
    }
    VariableUse& use = add(ascii_upper(name), i);
    set_default(use, value);
    if (value == 0 && optional) use.required = true;
  }

  void settle(std::size_t i, std::size_t stop, std::size_t value) {
    for (VariableUse& use : reads_.uses) {
      if (use.line < at(i).line || use.line > at(stop - 1).line) continue;
      use.has_default = use.required = false;
      use.default_text.clear();
      set_default(use, value);
    }
  }

  void set_default(VariableUse& use, std::size_t value) {
    if (value == 0 || at(value).is("...")) {
      use.required = true;
      return;
    }
    const bool field = at(value).is_word() && at(value + 1).is("(") &&
                       at(value).text.ends_with("Field");
    if (!field) {
      use.has_default = true;  // None, too, lets the program start
      take_default(use, tokens_, value);
      return;
    }
    const std::size_t end = behind(value + 1);
    const bool positional = !(at(value + 3).is("=") || at(value + 2).is(")"));
    if (positional && !at(value + 2).is("...")) {
      use.has_default = true;
      take_default(use, tokens_, value + 2);
    }
    for (std::size_t i = value + 2; i < end; ++i) {
      if ((at(i).is("default") || at(i).is("default_factory")) &&
          at(i + 1).is("=") && !at(i + 2).is("...")) {
        use.has_default = true;
        take_default(use, tokens_, i + 2);
      }
    }
    use.required = !use.has_default;
  }
};

}  // namespace

void read_python_libraries(const Tokens& tokens, std::string_view path,
                           SourceReads& reads) {
  PythonLibraries(tokens, path, reads).read();
}

}  // namespace rung
