#include "core/diagnosis/missing_names.hpp"

#include <algorithm>
#include <string>

#include "core/text/byte_pattern.hpp"

namespace rung {
namespace {

constexpr std::size_t kBefore = 12;  ///< a trace may end above its message
constexpr std::size_t kAfter = 200;  ///< of forty variables, five lines each
constexpr std::size_t kMost = 40;    ///< names; more is no complaint to read

bool matches(std::string_view text, const RE2& pattern) {
  return RE2::PartialMatch(piece(text), pattern);
}

/// "ERROR: ..." is no variable.
bool is_level(std::string_view word) {
  static constexpr std::string_view kLevels[] = {
      "ERROR", "ERR", "WARN", "WARNING", "INFO", "DEBUG", "FATAL", "TRACE",
      "CRITICAL", "NOTICE"};
  return std::find(std::begin(kLevels), std::end(kLevels), word) !=
         std::end(kLevels);
}

class Complaint {
 public:
  explicit Complaint(std::span<const std::string_view> lines) : lines_(lines) {
    for (const auto line : lines) {
      text_.append(line.substr(0, 4000)).push_back(' ');
    }
  }

  NamedVariables read() {
    pydantic();
    zod();
    headed_lists();
    sentences();
    for (const auto& name : named_.missing) named_.invalid.erase(name);
    return std::move(named_);
  }

 private:
  void add(std::set<std::string>& names, const std::string& name) {
    if (names.size() < kMost) names.insert(name);
  }

  // "2 validation errors for Settings", then a name on one line and what is
  // wrong with it on the next.
  void pydantic() {
    static const RE2 head(R"(validation errors? for \w*)", byte_options());
    static const RE2 name(R"(^([A-Za-z_]\w*)(?:(?:\.|\s+->\s+)\w+)*$)",
                          byte_options());
    static const RE2 required(
        R"((?i)^(?:field required|none is not an allowed)|input_value=None\b|\[type=missing\b|type=value_error\.missing)",
        byte_options());
    static const RE2 wrong(
        R"(^(?:Input should|Value error|value is not|String should|URL|Extra inputs|extra fields|invalid|ensure )|\[type=\w+|\(type=\w+)",
        byte_options());
    bool inside = false;
    for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
      if (matches(lines_[i], head)) inside = true;
      std::string found;
      if (!inside || !RE2::PartialMatch(piece(lines_[i]), name, &found)) {
        continue;
      }
      if (matches(lines_[i + 1], required)) {
        add(named_.missing, found);
      } else if (matches(lines_[i + 1], wrong)) {
        add(named_.invalid, found);
      }
    }
  }

  // zod's issues, as JSON or as node prints them, over one line or many; or
  // flattened to NAME: [ 'Required' ]; or as prettifyError writes them.
  void zod() {
    static const RE2 head(
        R"((?i)ZodError|environment variables?|env(?:ironment)? validation|invalid_type|→ at |parsedEnv)",
        byte_options());
    if (!matches(text_, head)) return;
    static const RE2 issue(R"(\{([^{}]*)\})", byte_options());
    static const RE2 path(
        R"re(\bpath['"]?\s*:\s*\[\s*['"]([A-Z][A-Z0-9_]*)['"])re",
        byte_options());
    static const RE2 undefined(
        R"re(received['"]?:?\s*['"]?undefined|message['"]?\s*:\s*['"](?:Required\b|[^'"]*is required))re",
        byte_options());
    re2::StringPiece rest(text_);
    std::string inside;
    while (RE2::FindAndConsume(&rest, issue, &inside)) {
      std::string found;
      if (!RE2::PartialMatch(inside, path, &found)) continue;
      add(RE2::PartialMatch(inside, undefined) ? named_.missing
                                               : named_.invalid,
          found);
    }
    static const RE2 flat(
        R"re(\b([A-Z][A-Z0-9_]*)['"]?\s*:\s*\[\s*['"]([^'"\]]*))re",
        byte_options());
    static const RE2 flat_missing(R"(^Required|received undefined|is required)",
                                  byte_options());
    rest = re2::StringPiece(text_);
    std::string found, what;
    while (RE2::FindAndConsume(&rest, flat, &found, &what)) {
      add(RE2::PartialMatch(what, flat_missing) ? named_.missing
                                                : named_.invalid,
          found);
    }
    static const RE2 at(R"((?:→|->|\xe2\x86\x92) at ([A-Z][A-Z0-9_]*))",
                        byte_options());
    for (std::size_t i = 1; i < lines_.size(); ++i) {
      if (!RE2::PartialMatch(piece(lines_[i]), at, &found)) continue;
      add(RE2::PartialMatch(piece(lines_[i - 1]), flat_missing) ||
                  matches(lines_[i - 1], undefined)
              ? named_.missing
              : named_.invalid,
          found);
    }
  }

  // envalid: "Missing environment variables:" and a line for each; or all of
  // them behind the colon.
  void headed_lists() {
    static const RE2 head(
        R"((?i)\b(missing|required|invalid|undefined|unset)\b[^:]{0,40}\b(?:env|environment|config(?:uration)?)\b[^:]{0,40}:\s*(.*)$)",
        byte_options());
    static const RE2 name(
        R"(^(?:[-*•]|\xe2\x80\xa2)?\s*([A-Z][A-Z0-9_]*)\s*(?::|$|-|\())",
        byte_options());
    static const RE2 word(R"([\s,\[\]'"`]*([A-Z][A-Z0-9_]+)\b['"`]?)",
                          byte_options());
    std::set<std::string>* names = nullptr;
    for (const auto line : lines_) {
      std::string kind, rest;
      if (RE2::PartialMatch(piece(line), head, &kind, &rest)) {
        const bool invalid = kind[0] == 'i' || kind[0] == 'I';
        names = invalid ? &named_.invalid : &named_.missing;
        // Names alone, up to the first thing that is none.
        re2::StringPiece list(rest);
        std::string found;
        while (!invalid && RE2::Consume(&list, word, &found)) {
          add(*names, found);
        }
        if (!rest.empty()) names = nullptr;
        continue;
      }
      std::string found;
      if (names != nullptr && RE2::PartialMatch(piece(line), name, &found) &&
          !is_level(found)) {
        add(*names, found);
      } else {
        names = nullptr;
      }
    }
  }

  // joi: "A" is required. "B" must be a number
  void sentences() {
    static const RE2 head(R"((?i)config validation error|ValidationError)",
                          byte_options());
    static const RE2 sentence(
        R"re(\\?"([A-Z][A-Z0-9_]*)\\?" (is required|is not allowed to be empty|must |is not |length |contains |with value ))re",
        byte_options());
    if (!matches(text_, head)) return;
    re2::StringPiece rest(text_);
    std::string found, what;
    while (RE2::FindAndConsume(&rest, sentence, &found, &what)) {
      add(what == "is required" ? named_.missing : named_.invalid, found);
    }
  }

  std::span<const std::string_view> lines_;
  std::string text_;
  NamedVariables named_;
};

}  // namespace

NamedVariables named_variables(std::span<const std::string_view> lines,
                               std::size_t at) {
  const std::size_t from = at > kBefore ? at - kBefore : 0;
  const std::size_t end = std::min(lines.size(), at + kAfter);
  if (from >= end) return {};
  return Complaint(lines.subspan(from, end - from)).read();
}

std::string listed(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace rung
