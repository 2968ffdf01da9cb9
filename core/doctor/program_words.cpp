#include "core/doctor/program_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rung {
namespace {

// Source: POSIX, "Shell Command Language" 2.4 and 2.14, and what dash and bash
// have in addition.
constexpr std::array<std::string_view, 42> kOfTheShell = {
    "cd",     "export",  "set",   "unset",  ".",      "source", "echo",
    "printf", "test",    "[",     "[[",     "true",   "false",  ":",
    "eval",   "trap",    "umask", "ulimit", "wait",   "read",   "shift",
    "return", "local",   "type",  "hash",   "kill",   "pwd",    "alias",
    "exit",   "break",   "getopts", "continue", "times", "jobs", "fg",
    "bg",     "readonly", "declare", "shopt", "pushd", "popd",  "unalias"};
constexpr std::array<std::string_view, 14> kKeywords = {
    "if",   "then", "else", "elif", "fi", "for", "while",
    "until", "do",  "done", "case", "esac", "in", "function"};
// They run the word behind them.
constexpr std::array<std::string_view, 3> kSilent = {"exec", "!", "{"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == word.npos || equals == 0) return false;
  const std::string_view name = word.substr(0, equals);
  return name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
             "+") == name.npos &&
         (name[0] < '0' || name[0] > '9');
}

bool is_plain_name(std::string_view word) {
  return !word.empty() && word[0] != '-' &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") ==
             word.npos;
}

/// Reads words and operators; it does not judge them.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  struct Token {
    std::string word;      ///< "" = an operator, or the end
    char sign = 0;         ///< ';' '&' '|' '(' ')' '<' '>' '\n'; 0 = end
    bool doubled = false;  ///< && || << >>
  };

  Token next() {
    skip_blanks();
    if (at_ >= text_.size()) return {};
    const char c = text_[at_];
    if (std::string_view(";&|()<>\n").find(c) != std::string_view::npos) {
      Token token{{}, c, false};
      ++at_;
      if (at_ < text_.size() && text_[at_] == c && c != '(' && c != ')') {
        token.doubled = true;
        ++at_;
      }
      return token;
    }
    return {read_word(), 'w', false};
  }
  /// "2>&1": the sign behind a redirection belongs to it.
  void skip_one(char sign) {
    if (at_ < text_.size() && text_[at_] == sign) ++at_;
  }

 private:
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
        ++at_;
      } else if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        --at_;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  std::string read_word() {
    std::string word;
    int open = 0;  // of $( ... ), whose inside is no word of ours
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\'') {
        const auto end = text_.find('\'', at_ + 1);
        word += text_.substr(at_ + 1, end == text_.npos ? end : end - at_ - 1);
        if (end == text_.npos) return at_ = text_.size(), word;
        at_ = end;
      } else if (c == '"') {
        while (++at_ < text_.size() && text_[at_] != '"') {
          if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
          word += text_[at_];
        }
        if (at_ >= text_.size()) return word;
      } else if (c == '\\' && at_ + 1 < text_.size()) {
        word += text_[++at_];
      } else if (c == '$' && at_ + 1 < text_.size() && text_[at_ + 1] == '(') {
        word += '$';
        ++open;
        ++at_;
      } else if (open > 0) {
        open += c == '(' ? 1 : c == ')' ? -1 : 0;
        word += '$';
      } else if (std::string_view(" \t\r\n;&|()<>").find(c) !=
                 std::string_view::npos) {
        break;
      } else {
        word += c;
      }
    }
    return word;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<ProgramWord> programs_of(std::string_view command) {
  Reader reader(command);
  std::vector<std::string> names;
  bool certain = true, begins = true, redirected = false, asks = false;
  for (;;) {
    const Reader::Token token = reader.next();
    if (token.sign == 0) break;
    if (token.sign == '<' && token.doubled) {
      certain = false;  // a here-document: what follows may be text
      break;
    }
    if (token.sign == '<' || token.sign == '>') {
      reader.skip_one('&');
      redirected = true;
      continue;
    }
    if (token.sign != 'w') {
      if (token.sign == '|' && token.doubled) certain = false;
      if (token.sign == '(' && !begins) certain = false;  // a function
      begins = true;
      asks = false;
      continue;
    }
    if (std::exchange(redirected, false)) continue;
    const std::string& word = token.word;
    if (!begins || is_assignment(word) || has(kSilent, word)) continue;
    if (has(kKeywords, word)) {
      certain = false;
      continue;
    }
    if (word == "time" || word == "}") continue;
    if (asks) {  // `command -v node` only asks; `command node` runs it
      begins = false;
      continue;
    }
    if (word == "command") {
      asks = true;
      certain = false;
      continue;
    }
    begins = false;
    if (has(kOfTheShell, word) || !is_plain_name(word)) continue;
    if (std::find(names.begin(), names.end(), word) == names.end()) {
      names.push_back(word);
    }
    // They run another program: `env A=b node x`, `nice -n 5 node x`. Where an
    // option comes first, its value cannot be told from the program.
    if (word == "env" || word == "nohup" || word == "sudo" || word == "nice" ||
        word == "setsid") {
      begins = true;
    }
  }
  std::vector<ProgramWord> found;
  for (std::string& name : names) {
    found.push_back({std::move(name), certain});
  }
  return found;
}

}  // namespace rung
