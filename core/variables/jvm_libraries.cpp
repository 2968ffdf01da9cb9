#include "core/variables/jvm_libraries.hpp"

#include <string>

#include "core/text/byte_pattern.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class JvmLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    for (std::size_t i = 0; i < size(); ++i) {
      if (at(i).is("@Value") && at(i + 1).is("(")) read_placeholders(i);
      if (at(i).is("@ConfigurationProperties") ||
          at(i).is("@ConfigMapping")) {
        read_properties(i);
      }
      if (at(i).is_string()) read_env_placeholder(i);
    }
  }

 private:
  /// @Value("${app.port:8080}"): APP_PORT, unless a file of properties sets it.
  void read_placeholders(std::size_t i) {
    static const RE2 placeholder(R"re(\$\{([\w.-]+)(?::([^}]*))?\})re",
                                 byte_options());
    const std::size_t end = behind(i + 1);
    for (std::size_t k = i + 2; k < end; ++k) {
      if (!at(k).is_string()) continue;
      auto rest = piece(at(k).text);
      re2::StringPiece name, value;
      while (RE2::FindAndConsume(&rest, placeholder, &name, &value)) {
        const std::string_view text(name.data(), name.size());
        VariableUse& use = add(as_spring_variable(text), k);
        use.has_default = value.data() != nullptr;
        if (is_harmless_default(use.name, {value.data(), value.size()})) {
          use.default_text = value.as_string();
        }
        use.required = !use.has_default && is_upper_name(text);
      }
    }
  }

  /// "${env:PORT}" of picocli and log4j.
  void read_env_placeholder(std::size_t i) {
    static const RE2 placeholder(
        R"re(\$\{(?:env|ENV):([A-Za-z_]\w*)(?::-?([^}]*))?\})re",
        byte_options());
    auto rest = piece(at(i).text);
    std::string name, value;
    while (RE2::FindAndConsume(&rest, placeholder, &name, &value)) {
      VariableUse& use = add(name, i);
      use.has_default = !value.empty();
      if (is_harmless_default(name, value)) use.default_text = value;
    }
  }

  /// @ConfigurationProperties(prefix = "app.mail") class M { String host; }
  void read_properties(std::size_t i) {
    if (!at(i + 1).is("(")) return;
    std::size_t at_string = i + 2;
    const std::size_t close = behind(i + 1);
    while (at_string < close && !at(at_string).is_string()) ++at_string;
    if (at_string >= close) return;
    const std::string prefix =
        as_spring_variable(at(at_string).text) + '_';
    add_dynamic(i, prefix);
    std::size_t open = close;
    while (open < size() && open < close + 20 && !at(open).is("{") &&
           !at(open).is("(")) {
      ++open;
    }
    if (at(open).is("(") && at(open - 1).text.starts_with('@')) return;
    const std::size_t end = behind(open);
    for (std::size_t k = open + 1; k + 1 < end; ++k) {
      if (at(k).is("{") || at(k).is("(")) {
        k = behind(k) - 1;
        continue;
      }
      // Java: TYPE name [=|;]; a record's TYPE name [,)]; Kotlin: val name :
      const bool kotlin = (at(k).is("val") || at(k).is("var")) &&
                          at(k + 1).is_word() && at(k + 2).is(":");
      const bool field =
          (at(k).is_word() || at(k).is(">")) && at(k + 1).is_word() &&
          (at(k + 2).is(";") || at(k + 2).is("=") ||
           (at(open).is("(") && (at(k + 2).is(",") || at(k + 2).is(")"))));
      if (!kotlin && !field) continue;
      if (at(k).is("static") || at(k).is("return")) continue;
      // For Spring, maxOpen is MAXOPEN.
      VariableUse& use =
          add(prefix + as_spring_variable(at(k + 1).text), k + 1);
      use.has_default = at(k + 2).is("=") &&
                        take_default(use, tokens_, k + 3);
      if (kotlin) {
        const std::size_t stop = end_of_value(k + 2);
        for (std::size_t m = k + 3; m < stop; ++m) {
          if (at(m).is("=")) {
            use.has_default = take_default(use, tokens_, m + 1);
          }
          if (at(m).is("?")) use.has_default = true;
        }
        k = stop > k ? stop - 1 : k;
      } else {
        k += 1;
      }
    }
  }
};

}  // namespace

void read_jvm_libraries(const Tokens& tokens, std::string_view path,
                        SourceReads& reads) {
  JvmLibraries(tokens, path, reads).read();
}

}  // namespace rung
