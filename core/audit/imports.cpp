#include "core/audit/imports.hpp"

#include "core/variables/blocks.hpp"
#include "core/variables/what_follows.hpp"

namespace rung {
namespace {

class ImportReader {
 public:
  explicit ImportReader(const Tokens& tokens) : tokens_(tokens) {}

  std::vector<Import> of_python() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool begins =
          begins_line(tokens_, i) || at(i - 1).is(";") || at(i - 1).is(":");
      if (!begins) continue;
      if (at(i).is("import")) read_python_import(i);
      if (at(i).is("from")) read_python_from(i);
    }
    return std::move(found_);
  }

  std::vector<Import> of_node() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (at(i - 1).is(".")) continue;
      if (at(i).is("import") || at(i).is("export")) {
        read_node_import(i);
      } else if (at(i).is("require") && at(i + 1).is("(") &&
                 at(i + 2).is_string() && at(i + 3).is(")")) {
        add_node(i, at(i + 2));
        const std::size_t begin = statement_begin(tokens_, i);
        take_names(begin, i);
        // const { a } = require("b"): the brace ends the statement.
        if (at(i - 1).is("=") && at(i - 2).is("}")) {
          std::size_t open = i - 2;
          while (open > 0 && !at(open).is("{")) --open;
          take_names(open, i);
        }
      }
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] const Token& at(std::size_t i) const {
    static const Token none;
    return i < tokens_.size() ? tokens_[i] : none;
  }

  /// "a.b", from `i` on, which is left behind it.
  std::string dotted(std::size_t& i) const {
    std::string name;
    const int line = at(i).line;
    for (; at(i).line == line; ++i) {
      const bool dots = at(i).is(".") || at(i).is("..") || at(i).is("...");
      const bool word = at(i).is_word() && !at(i).is("import") &&
                        (name.empty() || name.ends_with('.'));
      if (!dots && !word) break;
      name += at(i).text;
    }
    return name;
  }

  void read_python_import(std::size_t i) {
    Import one;
    one.line = at(i).line;
    place_in_python(i, one);
    std::size_t k = i + 1;
    do {
      if (at(k).is(",")) ++k;
      one.name = dotted(k);
      if (one.name.empty()) return;
      if (at(k).is("as") && at(k + 1).is_word()) k += 2;
      found_.push_back(one);
    } while (at(k).is(",") && at(k).line == one.line);
  }

  void read_python_from(std::size_t i) {
    Import one;
    one.line = at(i).line;
    std::size_t k = i + 1;
    one.name = dotted(k);
    if (one.name.empty() || !at(k).is("import")) return;
    place_in_python(i, one);
    const bool round = at(k + 1).is("(");
    const std::size_t end =
        round ? behind_bracket(tokens_, k + 1) : line_end(tokens_, k);
    for (++k; k < end; ++k) {
      if (!at(k).is_word()) continue;
      if (at(k).is("as")) {
        ++k;
        continue;
      }
      one.names.push_back(at(k).text);
    }
    found_.push_back(std::move(one));
  }

  [[nodiscard]] bool line_has(std::size_t head, std::string_view word) const {
    for (std::size_t i = head; i < line_end(tokens_, head); ++i) {
      if (at(i).is(word)) return true;
    }
    return false;
  }

  void place_in_python(std::size_t i, Import& one) const {
    // `try: import a`
    if (!begins_line(tokens_, i) && at(i - 1).is(":")) one.optional = true;
    for (const std::size_t head : lines_around(tokens_, i)) {
      const Token& word = at(head);
      if (word.is("if") || word.is("elif") || word.is("else")) {
        if (line_has(head, "TYPE_CHECKING")) one.types_only = true;
        one.optional = true;
      } else if (word.is("except") || word.is("try") ||
                 (word.is("with") && line_has(head, "suppress"))) {
        // Whoever handles it does not expect it always.
        one.optional = true;
      } else if (word.is("def") || word.is("async")) {
        one.inner = true;
      }
    }
  }

  Import& add_node(std::size_t i, const Token& name) {
    Import one;
    one.name = std::string(name.text);
    one.line = at(i).line;
    for (const std::size_t brace : braces_around(tokens_, i)) {
      if (at(brace - 1).is("try")) one.optional = true;
      bool condition = false;
      for (std::size_t k = statement_begin(tokens_, brace); k < brace; ++k) {
        condition = condition || at(k).is("if") || at(k).is("else") ||
                    at(k).is("catch") || at(k).is("case");
      }
      if (condition) one.optional = true;
      if (at(brace - 1).is(")") || at(brace - 1).is("=>")) one.inner = true;
    }
    for (std::size_t k = i; k > 0 && at(k - 1).line == at(i).line; --k) {
      if (at(k - 1).is("?") || at(k - 1).is("&&") || at(k - 1).is("if")) {
        one.optional = true;
      }
      if (at(k - 1).is("=>")) one.inner = true;
    }
    found_.push_back(std::move(one));
    return found_.back();
  }

  void take_names(std::size_t from, std::size_t end) {
    for (std::size_t i = from; i < end; ++i) {
      if (at(i).is_word()) found_.back().names.push_back(at(i).text);
    }
  }

  void read_node_import(std::size_t i) {
    std::size_t k = i + 1;
    if (at(k).is("(")) {  // import("x")
      if (!at(k + 1).is_string() || at(k + 1).composed) return;
      add_node(i, at(k + 1)).inner = true;
      return;
    }
    if (at(i).is("import") && at(k).is_string()) {
      add_node(i, at(k));
      return;
    }
    const bool types = at(k).is("type") && !at(k + 1).is("from") &&
                       !at(k + 1).is(",") && !at(k + 1).is("=");
    bool all_types = false, some = false;
    // Words, commas, one pair of braces: whatever else is no such clause.
    for (; k < i + 400 && !at(k).is("from"); ++k) {
      const Token& token = at(k);
      if (token.is("{")) all_types = true;
      const bool begins = at(k - 1).is("{") || at(k - 1).is(",");
      if (all_types && token.is_word() && begins) {
        some = true;
        if (!token.is("type")) all_types = false;
      }
      if (!token.is_word() && !token.is("{") && !token.is("}") &&
          !token.is(",") && !token.is("*")) {
        return;
      }
    }
    if (!at(k).is("from") || !at(k + 1).is_string()) return;
    add_node(i, at(k + 1)).types_only = types || (all_types && some);
    take_names(i + 1, k);
  }

  const Tokens& tokens_;
  std::vector<Import> found_;
};

}  // namespace

std::vector<Import> imports_of(const Tokens& tokens, Language language) {
  if (language == kPython) return ImportReader(tokens).of_python();
  if (language == kNode) return ImportReader(tokens).of_node();
  return {};
}

}  // namespace rung
