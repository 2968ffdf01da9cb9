#include "core/variables/tokens.hpp"

#include <algorithm>
#include <deque>

namespace rung {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// A range of the text that is code; `depth`: of strings around it.
struct Range {
  std::size_t begin, end;
  int depth;
};

class Lexer {
 public:
  Lexer(std::string_view text, Language language, std::string_view path)
      : text_(text), language_(language), ending_(file_ending(path)) {
    for (auto end = text.find('\n'); end != text.npos;
         end = text.find('\n', end + 1)) {
      lines_.push_back(end + 1);
    }
  }

  Tokens read() {
    if (ending_ == "erb" || (language_ == kRuby && erb_)) {
      add_tags();
    } else {
      ranges_.push_back({0, text_.size(), 0});
    }
    while (!ranges_.empty()) {
      const Range range = ranges_.front();
      ranges_.pop_front();
      read_range(range);
      add(Token::Kind::gap, end_, end_);
    }
    return std::move(tokens_);
  }
  void as_template() { erb_ = true; }

 private:
  void add_tags() {
    std::size_t at = 0;
    for (;;) {
      const auto open = text_.find("<%", at);
      if (open == text_.npos) return;
      auto close = text_.find("%>", open);
      if (close == text_.npos) close = text_.size();
      at = close;
      if (text_.substr(open + 2, 1) == "#" || text_.substr(open + 2, 1) == "%") {
        continue;
      }
      ranges_.push_back({open + 2, close, 0});
    }
  }

  void read_range(const Range& range) {
    at_ = range.begin;
    end_ = range.end;
    depth_ = range.depth;
    while (at_ < end_) {
      const char c = text_[at_];
      if (is_blank(c)) {
        ++at_;
      } else if (!skip_comment() && !read_string()) {
        read_word_or_sign(c);
      }
    }
  }

  [[nodiscard]] bool here(std::string_view what) const {
    return text_.substr(at_, std::min(what.size(), end_ - at_)) == what;
  }
  [[nodiscard]] bool at_line_start() const {
    return at_ == 0 || text_[at_ - 1] == '\n';
  }
  [[nodiscard]] bool only(unsigned languages) const {
    return (language_ & languages) != 0;
  }

  /// To behind `close`, or to the end of the range.
  void skip_past(std::string_view close) {
    const auto found = text_.find(close, at_);
    at_ = found == text_.npos || found > end_ ? end_ : found + close.size();
  }
  void skip_line() {
    const auto found = text_.find('\n', at_);
    at_ = found == text_.npos || found > end_ ? end_ : found;
  }

  bool skip_comment() {
    const char c = text_[at_];
    if (c == '/' && only(kNode | kGo | kJvm | kPhp | kRust | kDotnet |
                         kPrisma | kOther)) {
      if (here("//")) {
        if (ending_ == "pl" || ending_ == "pm") return false;  // defined-or
        skip_line();
        return true;
      }
      if (here("/*")) {
        at_ += 2;
        if (only(kRust)) {
          skip_nested();
        } else {
          skip_past("*/");
        }
        return true;
      }
    }
    if (c == '#') {
      if (only(kPhp) && here("#[")) return false;  // an attribute
      const bool c_like = ending_.starts_with('c') || ending_.starts_with('h');
      if (only(kPython | kRuby | kElixir | kPhp) || (at_ == 0 && here("#!")) ||
          (only(kOther) && !c_like)) {
        return skip_line(), true;
      }
    }
    if (only(kOther) && here("--") &&
        (ending_ == "lua" || ending_ == "hs")) {
      return skip_line(), true;
    }
    if (only(kOther) && c == ';' && ending_ == "clj") return skip_line(), true;
    if (only(kOther) && c == '%' && ending_ == "erl") return skip_line(), true;
    if (only(kNode) && here("<!--")) return skip_past("-->"), true;
    if (at_line_start()) {
      if (only(kRuby) && here("=begin")) return skip_past("\n=end"), true;
      if (only(kRuby) && here("__END__")) return at_ = end_, true;
      if (only(kOther) && here("=pod")) return skip_past("\n=cut"), true;
    }
    if (only(kDotnet) && c == '\'' && ending_ == "vb") {
      return skip_line(), true;
    }
    return false;
  }

  void skip_nested() {
    for (int depth = 1; at_ < end_ && depth > 0;) {
      if (here("/*")) {
        ++depth;
        at_ += 2;
      } else if (here("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    }
  }

  /// Whether a `/` here begins a regular expression.
  [[nodiscard]] bool may_be_pattern() const {
    if (tokens_.empty()) return true;
    const Token& last = tokens_.back();
    if (last.kind == Token::Kind::gap) return true;
    if (last.kind == Token::Kind::sign) {
      return last.text != ")" && last.text != "]" && last.text != "}";
    }
    return last.is("return") || last.is("typeof") || last.is("case") ||
           last.is("of") || last.is("if") || last.is("and") || last.is("or");
  }

  bool skip_pattern() {
    std::size_t at = at_ + 1;
    bool in_class = false;
    for (; at < end_ && text_[at] != '\n'; ++at) {
      const char c = text_[at];
      if (c == '\\') {
        ++at;
      } else if (c == '[') {
        in_class = true;
      } else if (c == ']') {
        in_class = false;
      } else if (c == '/' && !in_class) {
        at_ = at + 1;
        add(Token::Kind::number, at, at);  // a value, of no interest
        return true;
      }
    }
    return false;
  }

  bool read_string() {
    const char c = text_[at_];
    if (c == '/' && only(kNode | kRuby) && may_be_pattern()) {
      return skip_pattern();
    }
    if (only(kRuby | kPhp) && c == '<' && read_heredoc()) return true;
    if (only(kRust) && c == 'r' && read_raw_rust()) return true;
    if (only(kDotnet) && (here("@\"") || here("$@\"") || here("@$\""))) {
      at_ = text_.find('"', at_);
      return read_doubled();
    }
    if (c == '"' || c == '\'') {
      const char three[] = {c, c, c};
      const std::string_view quote(three, 3);
      if (here(quote) && (only(kPython | kJvm | kElixir | kDotnet) ||
                          ending_ == "swift" || ending_ == "dart" ||
                          ending_ == "jl" || ending_ == "nim")) {
        return read_quoted(quote, true);
      }
      if (c == '\'' && only(kRust | kGo | kJvm | kDotnet)) return read_char();
      if (c == '\'' && ending_ == "clj") return false;
      return read_quoted(quote.substr(0, 1), only(kPhp | kRust));
    }
    if (c == '`' && only(kNode | kGo | kRuby)) {
      return read_quoted("`", true);
    }
    return false;
  }

  /// 'x' of Go, Rust, Java; a lifetime ('a) is none. Groovy has strings in '.
  bool read_char() {
    if (ending_ == "groovy" || ending_ == "gradle") {
      return read_quoted("'", false);
    }
    const std::size_t skip = at_ + 1 < end_ && text_[at_ + 1] == '\\' ? 3 : 2;
    for (std::size_t at = at_ + skip; at < end_ && at < at_ + 12; ++at) {
      if (text_[at] == '\n') break;
      if (text_[at] == '\'') {
        at_ = at + 1;
        return true;
      }
      if (skip == 2 && static_cast<unsigned char>(text_[at]) < 0x80) break;
    }
    ++at_;
    return true;
  }

  /// What `"${x}"` and its relatives begin with, from `at`; 0 = no code.
  [[nodiscard]] std::size_t opener(std::size_t at, std::string_view quote,
                                   bool marked) const {
    const auto two = text_.substr(at, 2);
    if (only(kNode)) return quote == "`" && two == "${" ? 2 : 0;
    if (only(kRuby | kElixir)) return quote[0] != '\'' && two == "#{" ? 2 : 0;
    if (only(kJvm) || ending_ == "dart") return two == "${" ? 2 : 0;
    if (only(kPhp)) {
      return quote[0] == '"' && (two == "{$" || two == "${") ? 1 : 0;
    }
    if (only(kPython | kDotnet)) {
      return marked && two[0] == '{' && two != "{{" ? 1 : 0;
    }
    return ending_ == "swift" && two == "\\(" ? 2 : 0;
  }

  bool read_quoted(std::string_view quote, bool many_lines) {
    // f"..." and $"..." have code in them; the letter was read as a word.
    bool marked = false, raw = only(kGo) && quote == "`";
    if (!tokens_.empty() && tokens_.back().is_word() && at_ > 0) {
      const auto& last = tokens_.back().text;
      const bool adjoins = last.data() + last.size() == text_.data() + at_;
      if (only(kPython) && adjoins && last.size() <= 2) {
        marked = last.find_first_of("fFtT") != last.npos;
        raw = last.find_first_of("rR") != last.npos;
        if (last.find_first_not_of("fFrRbBuUtT") == last.npos) {
          tokens_.pop_back();
        }
      } else if (only(kDotnet) && adjoins && last == "$") {
        marked = true;
        tokens_.pop_back();
      } else if (adjoins && last.size() == 1 && only(kRust)) {
        tokens_.pop_back();  // b"..."
      }
    }
    const std::size_t begin = at_ + quote.size();
    std::size_t at = begin;
    bool composed = false;
    while (at < end_) {
      const char c = text_[at];
      if (c == '\n' && !many_lines) break;
      if (const auto skip = opener(at, quote, marked); skip > 0) {
        composed = true;
        at = add_inner(at, skip);
      } else if (c == '\\' && !raw) {
        at += 2;
      } else if (text_.substr(at, quote.size()) == quote) {
        break;
      } else {
        ++at;
      }
    }
    at = std::min(at, end_);
    add(Token::Kind::string, begin, at);
    tokens_.back().composed = composed;
    const bool closed = text_.substr(at, quote.size()) == quote;
    at_ = std::min(end_, closed ? at + quote.size() : at);
    return true;
  }

  /// C#'s @"...": a quote in it is written twice.
  bool read_doubled() {
    const std::size_t begin = ++at_;
    while (at_ < end_) {
      if (text_[at_] != '"') {
        ++at_;
      } else if (text_.substr(at_, 2) == "\"\"") {
        at_ += 2;
      } else {
        break;
      }
    }
    add(Token::Kind::string, begin, at_);
    at_ = std::min(end_, at_ + 1);
    return true;
  }

  bool read_raw_rust() {
    if (at_ > 0 && is_name_byte(text_[at_ - 1]) && text_[at_ - 1] != 'b') {
      return false;
    }
    std::size_t at = at_ + 1;
    while (at < end_ && text_[at] == '#') ++at;
    if (at >= end_ || text_[at] != '"') return false;
    const std::string close = '"' + std::string(at - at_ - 1, '#');
    const auto found = text_.find(close, at + 1);
    const auto end = found == text_.npos || found > end_ ? end_ : found;
    add(Token::Kind::string, at + 1, end);
    at_ = std::min(end_, end + close.size());
    return true;
  }

  /// <<~NAME of Ruby, <<<NAME of PHP: to the line that is NAME.
  bool read_heredoc() {
    std::size_t at = at_ + 2;
    if (text_.substr(at_, 2) != "<<") return false;
    if (only(kPhp)) {
      if (text_.substr(at, 1) != "<") return false;
      ++at;
    } else if (at < end_ && (text_[at] == '~' || text_[at] == '-')) {
      ++at;
    }
    const bool literal = at < end_ && text_[at] == '\'';
    if (at < end_ && (text_[at] == '\'' || text_[at] == '"')) ++at;
    const std::size_t name_begin = at;
    while (at < end_ && is_name_byte(text_[at])) ++at;
    const auto name = text_.substr(name_begin, at - name_begin);
    if (name.empty() || is_digit(name[0]) || (name[0] >= 'a' && !only(kPhp))) {
      return false;
    }
    std::size_t line = text_.find('\n', at);
    if (line == text_.npos || line >= end_) return false;
    // What stands behind the opener on its line is code, and comes first.
    // One without an end is none; not looked for over and over.
    if (lost_heredocs_ > kMostLost) return false;
    const std::size_t body = line + 1, before = ranges_.size();
    std::size_t from = body;
    bool found = false;
    while (from < end_) {
      auto stop = std::min(text_.find('\n', from), end_);
      auto inside = text_.substr(from, stop - from);
      const auto start = inside.find_first_not_of(" \t");
      if (start != inside.npos && inside.substr(start).starts_with(name) &&
          (start + name.size() == inside.size() ||
           !is_name_byte(inside[start + name.size()]))) {
        found = true;
        break;
      }
      for (std::size_t i = from; !literal && i + 1 < stop; ++i) {
        if (opener(i, "\"", false) > 0) {
          i = add_inner(i, opener(i, "\"", false)) - 1;
          stop = std::max(stop, std::min(text_.find('\n', i), end_));
        }
      }
      from = stop + 1;
    }
    if (!found) {
      ranges_.resize(before);
      ++lost_heredocs_;
      return false;
    }
    if (depth_ < kDeepest) ranges_.push_back({at, line, depth_ + 1});
    add(Token::Kind::string, body, from);
    at_ = std::min(end_, std::min(text_.find('\n', from), end_));
    return true;
  }

  // Keeps the code of a string for later; returns where it ends.
  std::size_t add_inner(std::size_t at, std::size_t skip) {
    const std::size_t begin = at + skip;
    const bool round = text_[at + skip - 1] == '(';
    const char open = round ? '(' : '{', close = round ? ')' : '}';
    int depth = 1;
    std::size_t stop = begin;
    for (; stop < end_; ++stop) {
      if (text_[stop] == open) ++depth;
      if (text_[stop] == close && --depth == 0) break;
    }
    stop = std::min(stop, end_);
    if (depth_ < kDeepest) ranges_.push_back({begin, stop, depth_ + 1});
    return std::min(end_, stop + 1);
  }

  void read_word_or_sign(char c) {
    const std::size_t begin = at_;
    const bool dollar = c == '$' && only(kNode | kPhp | kOther | kDotnet);
    const bool atsign = c == '@' && only(kRuby | kJvm | kOther);
    if (is_name_byte(c) || dollar || atsign) {
      if (is_digit(c)) return read_number();
      ++at_;
      while (at_ < end_ && (is_name_byte(text_[at_]) ||
                            (text_[at_] == '$' && only(kNode)))) {
        ++at_;
      }
      if (only(kRuby | kElixir) && at_ < end_ &&
          (text_[at_] == '?' || text_[at_] == '!') &&
          text_.substr(at_ + 1, 1) != "=") {
        ++at_;
      }
      add(Token::Kind::word, begin, at_);
      return;
    }
    if (is_digit(c)) return read_number();
    static constexpr std::string_view kSigns[] = {
        "===", "!==", "...", "||=", "\?\?=", "**=", "<=>", "||", "&&", "??",
        "?:",  "=>",  "==",  "!=",  ":=",  "::",  "->",  "<-", ">=", "<=",
        "=~",  "|>",  "+=",  "<>",  ".."};
    for (const auto sign : kSigns) {
      if (!here(sign)) continue;
      if (sign == "?:" && only(kNode)) break;  // an optional member's type
      at_ += sign.size();
      add(Token::Kind::sign, begin, at_);
      return;
    }
    if (c == '?' && at_ + 1 < end_ && text_[at_ + 1] == '.' &&
        only(kNode | kJvm | kDotnet | kOther)) {
      at_ += 2;
      // process.env?.["X"] is process.env["X"].
      if (at_ < end_ && (text_[at_] == '[' || text_[at_] == '(')) return;
      if (at_ < end_ && is_digit(text_[at_])) {
        at_ -= 1;
        add(Token::Kind::sign, begin, at_);
        return;
      }
      add(Token::Kind::sign, begin + 1, at_);
      return;
    }
    if (c == '&' && only(kRuby) && text_.substr(at_ + 1, 1) == ".") {
      at_ += 2;
      add(Token::Kind::sign, begin + 1, at_);
      return;
    }
    ++at_;
    add(Token::Kind::sign, begin, at_);
  }

  void read_number() {
    const std::size_t begin = at_;
    while (at_ < end_ &&
           (is_name_byte(text_[at_]) ||
            (text_[at_] == '.' && at_ + 1 < end_ && is_digit(text_[at_ + 1])))) {
      ++at_;
    }
    add(Token::Kind::number, begin, at_);
  }


  void add(Token::Kind kind, std::size_t begin, std::size_t end) {
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), begin);
    tokens_.push_back({kind, text_.substr(begin, end - begin),
                       static_cast<int>(line - lines_.begin()),
                       static_cast<int>(begin - line[-1]), false});
  }

  /// Strings in code in strings: deeper ones are nobody's, and would make the
  /// time quadratic.
  static constexpr int kDeepest = 6;
  static constexpr int kMostLost = 32;

  std::string_view text_;
  Language language_;
  std::string_view ending_;
  bool erb_ = false;
  Tokens tokens_;
  std::deque<Range> ranges_;
  std::vector<std::size_t> lines_{0};  ///< where each begins
  std::size_t at_ = 0, end_ = 0;
  int depth_ = 0, lost_heredocs_ = 0;
};

}  // namespace

Tokens tokens_of(std::string_view content, Language language,
                 std::string_view path) {
  Lexer lexer(content, language, path);
  const auto ending = file_ending(path);
  if (language == kRuby && (ending == "yml" || ending == "yaml")) {
    lexer.as_template();
  }
  return lexer.read();
}

}  // namespace rung
