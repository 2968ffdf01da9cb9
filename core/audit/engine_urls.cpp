#include "core/audit/engine_urls.hpp"

#include <algorithm>

#include "core/text/ascii_case.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/blocks.hpp"
#include "core/variables/environment_words.hpp"
#include "core/variables/token_walk.hpp"

namespace rung {
namespace {

using How = EngineUse::How;

class EngineLook : TokenWalk {
 public:
  EngineLook(const Tokens& tokens, std::string_view path, SourceReads& none,
             std::string_view name)
      : TokenWalk(tokens, path, none), name_(name) {}

  How look(bool async) const {
    How most = How::unknown;
    for (std::size_t i = 0; i + 2 < size(); ++i) {
      std::size_t value = 0, end = 0;
      const bool engine = at(i).is("create_async_engine") ||
                          (!async && at(i).is("create_engine"));
      if (engine && at(i + 1).is("(")) {
        value = i + 2;
        if (at(value).is("url") && at(value + 1).is("=")) value += 2;
        end = end_of_value(value);
      } else if (!async && at(i).text == "SQLALCHEMY_DATABASE_URI") {
        value = at(i + 1).is("]") ? i + 2 : i + 1;
        if (!at(value).is("=")) continue;
        end = end_of_line(++value);
      } else {
        continue;
      }
      most = std::max(most, how(value, end));
    }
    return most;
  }

 private:
  /// With the lines that an open bracket goes on to.
  [[nodiscard]] std::size_t end_of_line(std::size_t i) const {
    const int line = at(i).line;
    while (i < size() && at(i).line == line) {
      const bool opens = at(i).is("(") || at(i).is("[") || at(i).is("{");
      if (at(i).is(";")) break;
      const std::size_t next = opens ? behind(i) : i + 1;
      if (opens && at(next - 1).line != line) return next;
      i = next;
    }
    return i;
  }

  [[nodiscard]] bool is_name(const Token& token) const {
    return (token.is_word() || token.is_string()) &&
           ascii_lower(token.text) == ascii_lower(name_);
  }

  /// Whether the whole of it is a read of the variable.
  [[nodiscard]] bool is_read(std::size_t begin, std::size_t end) const {
    if (at(begin).is("str") && at(begin + 1).is("(") &&
        behind(begin + 1) == end) {
      return is_read(begin + 2, end - 1);
    }
    std::size_t open = begin + 1;
    if (at(begin).is(kEnvironment) && at(open).is("[")) {
      return at(open + 1).is_string() && at(open + 1).text == name_ &&
             behind(open) == end;
    }
    if (at(begin).is(kEnvironment) && at(open).is(".") &&
        at(open + 1).is("get")) {
      open += 2;
    } else if (!at(begin).is(kGetenv) && !at(begin).is("config") &&
               !at(begin).is("env")) {
      return false;
    }
    return at(open).is("(") && at(open + 1).is_string() &&
           at(open + 1).text == name_ && behind(open) == end;
  }

  /// How many values a name gets, how many of them are reads, and whether one
  /// has to do with the variable.
  struct Given {
    int values = 0, reads = 0;
    bool names_it = false;
  };
  [[nodiscard]] Given given(std::string_view word) const {
    Given all;
    for (std::size_t i = 0; i + 2 < size(); ++i) {
      if (!at(i).is(word) || at(i - 1).is(".")) continue;
      std::size_t equal = i + 1;
      if (at(equal).is(":") && at(equal + 1).is_word()) equal += 2;
      // f(url=x) gives it to a parameter of another function.
      if (at(i - 1).is("(") || at(i - 1).is(",")) continue;
      if (at(equal).is("+=")) ++all.values;
      if (!at(equal).is("=")) continue;
      const std::size_t end = end_of_line(equal + 1);
      ++all.values;
      if (is_read(equal + 1, end)) ++all.reads;
      for (std::size_t k = equal + 1; k < end; ++k) {
        all.names_it = all.names_it || is_name(at(k));
      }
    }
    return all;
  }

  [[nodiscard]] How how(std::size_t begin, std::size_t end) const {
    if (is_read(begin, end)) return How::as_it_is;
    if (at(begin).is("str") && at(begin + 1).is("(") &&
        behind(begin + 1) == end) {
      return how(begin + 2, end - 1);
    }
    bool chain = true, names_it = false;
    for (std::size_t i = begin; i < end; ++i) {
      chain = chain && (at(i).is_word() || at(i).is("."));
      names_it = names_it || is_name(at(i));
    }
    if (end == begin + 1 && at(begin).is_word()) {
      const Given one = given(at(begin).text);
      if (one.values == 1 && one.reads == 1) return How::as_it_is;
      if (one.names_it) return How::changed;
      return names_it && one.values == 0 ? How::may : How::unknown;
    }
    if (chain && end > begin && is_name(at(end - 1))) return How::may;
    for (std::size_t i = begin; i < end; ++i) {
      names_it = names_it || (at(i).is_word() && given(at(i).text).names_it);
    }
    return names_it ? How::changed : How::unknown;
  }

  std::string_view name_;
};

}  // namespace

EngineUse engine_use(std::string_view name, std::span<const SourceText> files,
                     bool async) {
  EngineUse most;
  for (const SourceText& file : files) {
    if (language_of(file.path, "") != kPython || is_beside_service(file.path) ||
        (file.text.find("_engine") == file.text.npos &&
         file.text.find("SQLALCHEMY_DATABASE_URI") == file.text.npos)) {
      continue;
    }
    const Tokens tokens =
        with_environment(tokens_of(file.text, kPython, file.path), kPython);
    SourceReads none;
    const How how = EngineLook(tokens, file.path, none, name).look(async);
    if (how > most.how) most = {how, std::string(file.path)};
  }
  return most;
}

}  // namespace rung
