#include "core/variables/environment_words.hpp"

#include <map>
#include <string>
#include <vector>

namespace rung {
namespace {

struct Spelling {
  unsigned languages;
  std::vector<std::string_view> words;
  std::string_view means;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> kAll = {
      {kPython, {"os", ".", "environ"}, kEnvironment},
      {kPython, {"os", ".", "environb"}, kEnvironment},
      {kPython, {"os", ".", "getenv"}, kGetenv},
      {kPython, {"os", ".", "getenvb"}, kGetenv},
      {kNode, {"process", ".", "env"}, kEnvironment},
      {kNode, {"process", "[", "env", "]"}, kEnvironment},
      {kNode, {"import", ".", "meta", ".", "env"}, kEnvironment},
      {kNode, {"Bun", ".", "env"}, kEnvironment},
      {kNode, {"Deno", ".", "env", ".", "toObject", "(", ")"}, kEnvironment},
      {kNode, {"Deno", ".", "env", ".", "get"}, kGetenv},
      {kRuby, {"ENV"}, kEnvironment},
      {kGo, {"os", ".", "Getenv"}, kGetenv},
      {kGo, {"syscall", ".", "Getenv"}, kGetenv},
      {kJvm, {"System", ".", "getenv", "(", ")"}, kEnvironment},
      {kJvm, {"System", ".", "getenv"}, kGetenv},
      {kJvm, {"sys", ".", "env"}, kEnvironment},
      {kPhp, {"$_ENV"}, kEnvironment},
      {kPhp, {"getenv"}, kGetenv},
      {kRust, {"env", "::", "var"}, kGetenv},
      {kRust, {"env", "::", "var_os"}, kGetenv},
      {kRust, {"dotenvy", "::", "var"}, kGetenv},
      {kRust, {"dotenv", "::", "var"}, kGetenv},
      {kDotnet,
       {"Environment", ".", "GetEnvironmentVariables", "(", ")"},
       kEnvironment},
      {kDotnet, {"GetEnvironmentVariable"}, kGetenv},
      {kOther, {"Platform", ".", "environment"}, kEnvironment},
      {kOther, {"ProcessInfo", ".", "processInfo", ".", "environment"},
       kEnvironment},
      {kOther, {"$ENV"}, kEnvironment},
      {kOther, {"ENV"}, kEnvironment},
      {kOther, {"getenv"}, kGetenv},
      {kOther, {"secure_getenv"}, kGetenv},
  };
  return kAll;
}

using Aliases = std::map<std::string_view, std::string_view>;

/// Works through the tokens once, so an alias counts from its line on.
class Reader {
 public:
  Reader(Tokens tokens, Language language)
      : in_(std::move(tokens)), language_(language) {
    for (const Spelling& one : spellings()) {
      if ((one.languages & language) != 0) {
        by_first_.emplace(one.words[0], &one);
      }
    }
  }

  Tokens read() {
    out_.reserve(in_.size());
    while (at_ < in_.size()) {
      const Token& token = in_[at_];
      if (token.kind == Token::Kind::gap || !token.is_word()) {
        out_.push_back(token);
        ++at_;
        continue;
      }
      if (reads_import()) continue;
      if (const auto [means, length] = meaning(); !means.empty()) {
        put(means, length);
      } else {
        out_.push_back(token);
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Token& at(std::size_t i) const {
    static const Token none;
    return i < in_.size() ? in_[i] : none;
  }
  [[nodiscard]] bool behind_dot() const {
    if (out_.empty()) return false;
    const Token& last = out_.back();
    if (out_.size() >= 2) {
      const Token& owner = out_[out_.size() - 2];
      if (owner.is("globalThis") || owner.is("global")) return false;
    }
    return last.is(".") || last.is("->");
  }

  [[nodiscard]] std::pair<std::string_view, std::size_t> meaning() const {
    if (!behind_dot()) {
      std::size_t longest = 0;
      std::string_view means;
      auto [from, to] = by_first_.equal_range(first_word());
      for (; from != to; ++from) {
        const auto& words = from->second->words;
        std::size_t i = 1;
        while (i < words.size() && (at(at_ + i).is(words[i]) ||
                                    (at(at_ + i).is_string() &&
                                     at(at_ + i).text == words[i]))) {
          ++i;
        }
        if (i == words.size() && i > longest) {
          longest = i;
          means = from->second->means;
        }
      }
      if (longest > 0) return {means, longest};
      const auto alias = aliases_.find(in_[at_].text);
      if (alias != aliases_.end() && !is_key() && !is_declared()) {
        return {alias->second, 1};
      }
    } else if (at_ >= 2 && in_[at_].text == "env" &&
               (language_ & kNode) != 0 && out_.size() >= 2 &&
               out_[out_.size() - 2].is("process")) {
      return {kEnvironment, 1};  // global.process.env
    } else if ((language_ & kDotnet) != 0 &&
               in_[at_].text == "GetEnvironmentVariable") {
      return {kGetenv, 1};  // Environment. and System.Environment.
    } else if ((language_ & kOther) != 0 && in_[at_].text == "getenv") {
      return {kGetenv, 1};  // Lua's os.getenv, R's Sys.getenv
    }
    return {};
  }
  [[nodiscard]] std::string_view first_word() const {
    const auto module = modules_.find(in_[at_].text);
    return module == modules_.end() ? in_[at_].text : module->second;
  }
  /// The `env` of `{ env: x }`, and that of `f(env=x)`.
  [[nodiscard]] bool is_key() const {
    const bool first = !out_.empty() && (out_.back().is("{") ||
                                         out_.back().is(","));
    return (first || (!out_.empty() && out_.back().is("("))) &&
           (at(at_ + 1).is(":") ||
            (at(at_ + 1).is("=") && (language_ & kPython) != 0));
  }
  /// A parameter or another variable of that name: `def app(environ, x)`.
  [[nodiscard]] bool is_declared() const {
    return at(at_ + 1).is("=") || at(at_ + 1).is(":=") ||
           (!out_.empty() && (out_.back().is("def") || out_.back().is("for")));
  }

  void put(std::string_view means, std::size_t length) {
    Token token = in_[at_];
    token.kind = Token::Kind::sign;
    token.text = means;
    at_ += length;
    out_.push_back(token);
    note_alias(means);
  }

  /// `env = os.environ`, `const env: T = process.env;`
  void note_alias(std::string_view means) {
    const Token& next = at(at_);
    const bool copied = next.is(".") && (at(at_ + 1).is("copy") ||
                                         at(at_ + 1).is("get")) &&
                        !at(at_ + 2).is("[");
    const bool method = copied && at(at_ + 1).is("get");
    if (method && at(at_ + 2).is("(")) return;
    if (!copied && (next.is(".") || next.is("[") || next.is("(") ||
                    next.is("{"))) {
      return;
    }
    if (out_.size() < 3) return;
    std::size_t i = out_.size() - 2;
    if (!out_[i].is("=") && !out_[i].is(":=")) return;
    // Back over a type to the name: NAME [: TYPE] =
    std::size_t name = i - 1;
    for (std::size_t k = i; k > 0 && i - k < 14; --k) {
      if (out_[k - 1].line != out_[i].line) break;
      if (out_[k - 1].is(":") && k >= 2) {
        name = k - 2;
        break;
      }
    }
    if (!out_[name].is_word()) return;
    const bool first = name > 0 && (out_[name - 1].is("(") ||
                                    out_[name - 1].is(",") ||
                                    out_[name - 1].is("."));
    // f(env=os.environ) hands it on; def f(env: dict = os.environ) names it.
    if (first && name + 1 == i) return;
    aliases_[out_[name].text] = method ? kGetenv : means;
  }

  bool reads_import() {
    if ((language_ & kPython) != 0) return reads_python_import();
    if ((language_ & kNode) != 0) return reads_node_import();
    if ((language_ & kRust) != 0) return reads_rust_use();
    if ((language_ & kJvm) != 0 && in_[at_].is("import")) {
      return reads_static_import();
    }
    return false;
  }

  void copy_to(std::size_t end) {
    for (; at_ < end && at_ < in_.size(); ++at_) out_.push_back(in_[at_]);
  }

  bool reads_python_import() {
    if (in_[at_].is("import")) {
      std::size_t i = at_ + 1;
      if (at(i).is("os") && at(i + 1).is("as") && at(i + 2).is_word()) {
        modules_[at(i + 2).text] = "os";
        copy_to(i + 3);
        return true;
      }
    }
    if (!in_[at_].is("from") || !at(at_ + 1).is("os") ||
        !at(at_ + 2).is("import")) {
      return false;
    }
    std::size_t i = at_ + 3;
    const bool round = at(i).is("(");
    const int line = in_[at_].line;
    while (i < in_.size() && in_[i].kind != Token::Kind::gap &&
           !in_[i].is(")") && (round || in_[i].line == line)) {
      if (in_[i].is_word()) {
        const auto name = in_[i].text;
        auto called = name;
        if (at(i + 1).is("as") && at(i + 2).is_word()) {
          called = at(i + 2).text;
          i += 2;
        }
        if (name == "environ" || name == "environb") {
          aliases_[called] = kEnvironment;
        } else if (name == "getenv") {
          aliases_[called] = kGetenv;
        }
      }
      ++i;
    }
    copy_to(i);
    return true;
  }

  static bool is_process(const Token& token) {
    return token.is_string() &&
           (token.text == "process" || token.text == "node:process");
  }

  /// import { env as e } from "process"; const { env } = process;
  bool reads_node_import() {
    const bool import = in_[at_].is("import");
    if (!import && !in_[at_].is("const") && !in_[at_].is("let") &&
        !in_[at_].is("var")) {
      return false;
    }
    std::size_t i = at_ + 1;
    std::string_view whole;
    Aliases parts;
    if (import && at(i).is("*") && at(i + 1).is("as")) i += 2;
    if (at(i).is_word()) {
      whole = at(i).text;
      ++i;
      if (at(i).is(",")) ++i;
    }
    if (at(i).is("{")) {
      for (++i; i < in_.size() && !in_[i].is("}"); ++i) {
        if (in_[i].kind == Token::Kind::gap || in_[i].is("{")) return false;
        if (!in_[i].is_word()) continue;
        const auto name = in_[i].text;
        auto called = name;
        if ((at(i + 1).is("as") || at(i + 1).is(":")) &&
            at(i + 2).is_word()) {
          called = at(i + 2).text;
          i += 2;
        }
        parts[called] = name;
      }
      ++i;
    }
    const bool from =
        import ? at(i).is("from") && is_process(at(i + 1))
               : at(i).is("=") && ((at(i + 1).is("process") &&
                                    !at(i + 2).is(".")) ||
                                   (at(i + 1).is("require") &&
                                    is_process(at(i + 3)) &&
                                    !at(i + 5).is(".")));
    const bool svelte = import && at(i).is("from") &&
                        at(i + 1).is_string() &&
                        at(i + 1).text.starts_with("$env/dynamic/");
    if (!from && !svelte) return false;
    if (from && !whole.empty()) modules_[whole] = "process";
    for (const auto& [called, name] : parts) {
      if (name == "env") aliases_[called] = kEnvironment;
    }
    copy_to(i + 2);
    return true;
  }

  /// use std::env::{self, var}; use std::env as e;
  bool reads_rust_use() {
    if (!in_[at_].is("use")) return false;
    std::size_t end = at_;
    bool env = false;
    for (; end < in_.size() && end < at_ + 200 && !in_[end].is(";"); ++end) {
      if (in_[end].is("env")) env = true;
      if (!env || !in_[end].is_word()) continue;
      const auto name = in_[end].text;
      auto called = name;
      if (at(end + 1).is("as") && at(end + 2).is_word()) {
        called = at(end + 2).text;
      }
      if (name == "var" || name == "var_os") aliases_[called] = kGetenv;
      if (name == "env" && called != name) modules_[called] = "env";
    }
    copy_to(end);
    return true;
  }

  bool reads_static_import() {
    std::size_t end = at_;
    const int line = in_[at_].line;
    while (end < in_.size() && in_[end].line == line && !in_[end].is(";")) {
      ++end;
    }
    if (end > at_ + 2 && at(end - 1).is("getenv")) aliases_["getenv"] = kGetenv;
    copy_to(end);
    return true;
  }

  Tokens in_, out_;
  Language language_;
  std::multimap<std::string_view, const Spelling*> by_first_;
  Aliases aliases_, modules_;
  std::size_t at_ = 0;
};

}  // namespace

Tokens with_environment(Tokens tokens, Language language) {
  return Reader(std::move(tokens), language).read();
}

}  // namespace rung
