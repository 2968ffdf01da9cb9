#include "core/variables/rust_libraries.hpp"

#include <string>

#include "core/text/ascii_case.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class RustLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    for (std::size_t i = 0; i + 3 < size(); ++i) {
      if (at(i).is("#") && at(i + 1).is("[") &&
          (at(i + 2).is("arg") || at(i + 2).is("clap") ||
           at(i + 2).is("structopt"))) {
        read_argument(i);
      }
      if (at(i).is("envy") && at(i + 1).is("::")) read_envy(i);
      if ((at(i).is("prefixed") || at(i).is("with_prefix")) &&
          at(i + 1).is("(") && at(i + 2).is_string() &&
          !at(i - 2).is("envy")) {
        std::string prefix(at(i + 2).text);
        // The crate config puts its separator behind the prefix.
        if (at(i).is("with_prefix")) prefix = ascii_upper(prefix) + '_';
        add_dynamic(i, prefix);
      }
    }
  }

 private:
  /// #[arg(long, env)] port: u16 reads PORT.
  void read_argument(std::size_t i) {
    const std::size_t end = behind(i + 1);
    bool bare = false;
    std::size_t given = 0;
    for (std::size_t k = i + 3; k < end; ++k) {
      if (at(k).is("env") && (at(k + 1).is(",") || at(k + 1).is(")"))) {
        bare = true;
      }
      if (at(k).is("default_value") || at(k).is("default_value_t")) given = k;
    }
    if (!bare) return;
    std::size_t field = end;
    while (field < size() && field < end + 30 && !at(field + 1).is(":")) {
      field = at(field).is("#") ? behind(field + 1) : field + 1;
    }
    if (!at(field).is_word()) return;
    VariableUse& use = add(ascii_upper(at(field).text), field);
    use.has_default = given != 0 || at(field + 2).is("Option") ||
                      at(field + 2).is("bool");
    if (given != 0) take_default(use, tokens_, given + 2);
    use.required = !use.has_default;
  }

  /// envy::prefixed("APP_").from_env::<Config>()
  void read_envy(std::size_t i) {
    std::string prefix;
    std::string_view type;
    for (std::size_t k = i + 2; k < size() && k < i + 16; ++k) {
      if (at(k).is_string()) prefix = std::string(at(k).text);
      if (at(k).is("<") && at(k + 1).is_word()) {
        type = at(k + 1).text;
        break;
      }
    }
    if (type.empty()) {
      if (!at(i + 2).is("Error")) add_dynamic(i, prefix);
      return;
    }
    bool found = false;
    for (std::size_t k = 0; k + 2 < size(); ++k) {
      if (!at(k).is("struct") || !at(k + 1).is(type) || !at(k + 2).is("{")) {
        continue;
      }
      found = true;
      read_fields(k + 2, prefix);
    }
    if (!found) add_dynamic(i, prefix);
  }

  void read_fields(std::size_t open, const std::string& prefix) {
    const std::size_t end = behind(open);
    bool defaulted = false;
    for (std::size_t k = open + 1; k + 1 < end; ++k) {
      if (at(k).is("#")) {
        const std::size_t close = behind(k + 1);
        defaulted = defaulted || any(k, close, "default");
        k = close - 1;
      } else if (at(k).is_word() && at(k + 1).is(":")) {
        VariableUse& use = add(ascii_upper(prefix + std::string(at(k).text)), k);
        use.has_default = defaulted || at(k + 2).is("Option");
        use.required = !use.has_default;
        defaulted = false;
        k = end_of_value(k + 2);
      }
    }
  }
};

}  // namespace

void read_rust_libraries(const Tokens& tokens, std::string_view path,
                         SourceReads& reads) {
  RustLibraries(tokens, path, reads).read();
}

}  // namespace rung
