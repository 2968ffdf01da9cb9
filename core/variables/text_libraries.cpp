#include "core/variables/text_libraries.hpp"

#include <string>

#include "core/text/byte_pattern.hpp"
#include "core/variables/names.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

class TextLibraries : TokenWalk {
 public:
  using TokenWalk::TokenWalk;

  void read() {
    for (std::size_t i = 0; i < size(); ++i) {
      if (at(i).is_string()) read_symfony(i);
      if (at(i).is("required") && at(i + 1).is("(")) read_required(i);
      if ((at(i).is("GetSection") || at(i).is("GetRequiredSection")) &&
          at(i + 1).is("(") && at(i + 2).is_string()) {
        add_dynamic(i, joined(at(i + 2).text) + "__");
      }
      if (at(i).is("GetConnectionString") && at(i + 2).is_string()) {
        add("ConnectionStrings__" + std::string(at(i + 2).text), i);
      }
      if (at(i).is("AddEnvironmentVariables") && at(i + 2).is_string()) {
        add_dynamic(i, std::string(at(i + 2).text));
      }
    }
  }

 private:
  static std::string joined(std::string_view key) {
    std::string out;
    for (const char c : key) out += c == ':' ? std::string("__") : std::string(1, c);
    return out;
  }

  void read_symfony(std::size_t i) {
    static const RE2 form(R"re(%env\((?:[a-z_]+:)*([A-Za-z_]\w*)\)%)re",
                          byte_options());
    auto rest = piece(at(i).text);
    std::string name;
    while (RE2::FindAndConsume(&rest, form, &name)) {
      VariableUse& use = add(name, i);
      use.has_default = at(i).text.find("default:") != std::string_view::npos;
      use.required = !use.has_default;
    }
  }

  /// $dotenv->required(['A', 'B']);
  void read_required(std::size_t i) {
    if (i < 1 || !at(i - 1).is("->")) return;
    const std::size_t end = behind(i + 1);
    for (std::size_t k = i + 2; k < end; ++k) {
      if (at(k).is_string() && is_upper_name(at(k).text)) {
        add(std::string(at(k).text), k).required = true;
      }
    }
  }
};

}  // namespace

void read_text_libraries(const Tokens& tokens, std::string_view path,
                         SourceReads& reads) {
  TextLibraries(tokens, path, reads).read();
}

}  // namespace rung
