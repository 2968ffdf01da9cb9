#include "core/gates/gate_words.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <span>

#include "core/base/error.hpp"
#include "core/gates/gate_kinds.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/printable.hpp"
#include "core/text/shell_words.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

bool in_key(char c) {
  return (c >= 'a' && c <= 'z') || c == '-';
}

WrittenWord read_word(const ShellWord& shell) {
  const std::string& text = shell.text;
  // Quotes around the whole word only keep it together, as in a shell.
  const bool around = !text.empty() && shell.quoted[0];
  const auto quoted = [&](std::size_t i) { return !around && shell.quoted[i]; };
  WrittenWord word;
  word.text = text;
  std::size_t i = 0;
  while (i < text.size() && in_key(text[i]) && !quoted(i)) ++i;
  word.key = text.substr(0, i);

  const std::size_t sub = i + 1;
  if (i < text.size() && text[i] == ':' && !quoted(i)) {
    for (++i; i < text.size(); ++i) {
      if (quoted(i)) continue;
      if (text[i] == '=') break;
      if (text[i] == '!' && i + 1 < text.size() && text[i + 1] == '~') break;
      if (text[i] != '~') continue;
      // ~0 and ~1 are how a JSON pointer writes '~' and '/' (RFC 6901).
      const bool escape = word.key == "json" && i + 1 < text.size() &&
                          !quoted(i + 1) &&
                          (text[i + 1] == '0' || text[i + 1] == '1');
      if (!escape) break;
    }
    word.sub = text.substr(sub, i - sub);
  }

  const std::string_view rest = std::string_view(text).substr(i);
  for (const std::string_view op : {"!~", "~", "="}) {
    if (rest.starts_with(op)) {
      word.op = op;
      word.value = rest.substr(op.size());
      return word;
    }
  }
  if (!rest.empty()) word.key = text;  // not an option at all: a bare word
  return word;
}

template <class Check>
const GateOption<Check>* find(const std::vector<GateOption<Check>>& options,
                              const WrittenWord& word) {
  for (const auto& option : options) {
    if (option.key == word.key && option.op == word.op &&
        option.takes_sub == !word.sub.empty()) {
      return &option;
    }
  }
  return nullptr;
}

template <class Check>
[[noreturn]] void refuse(const GateKind<Check>& kind, const WrittenWord& word) {
  std::vector<std::string_view> keys;
  std::string forms;
  const auto add = [&](const auto& options) {
    for (const auto& option : options) {
      keys.push_back(option.key);
      if (option.key == word.key) {
        if (!forms.empty()) forms += " or ";
        forms += option.form;
      }
    }
  };
  add(kind.options);
  add(kCommonWords);
  if (!forms.empty()) {
    throw UsageError(fmt::format("{} \"{}\": write {}", kind.name,
                                 without_password(word.text), forms));
  }
  throw UsageError(fmt::format("{}: unknown word \"{}\"{}", kind.name,
                               without_password(word.text),
                               did_you_mean(word.key, keys)));
}

template <class Check>
Gate read_gate(const GateKind<Check>& kind, const std::string& subject,
               std::span<const WrittenWord> words, milliseconds deadline) {
  Check check;
  Gate gate;
  gate.deadline = deadline;
  if (!kind.subject.empty()) {
    if (subject.empty()) {
      throw UsageError(fmt::format("{}: {} is missing, as in: {}", kind.name,
                                   kind.subject, kind.example));
    }
    kind.set_subject(check, subject);
  }
  for (const WrittenWord& word : words) {
    if (const auto* option = find(kind.options, word)) {
      option->set(check, word);
    } else if (const auto* common = find(kCommonWords, word)) {
      common->set(gate, word);
    } else {
      refuse(kind, word);
    }
  }

  if constexpr (std::is_same_v<Check, HttpGate>) {
    const bool method_given = check.method != HttpGate{}.method;
    if (!check.body.empty() && !method_given) check.method = "POST";
  }
  if constexpr (std::is_same_v<Check, LogGate>) {
    if (check.present.empty() == check.absent.empty()) {
      throw UsageError("log: write either present~REGEX or absent~REGEX");
    }
  }
  gate.check = std::move(check);
  return gate;
}

/// A part of a gate's text, so that shell_words() reads it as one. Variables
/// need no quotes: a gate expands them itself.
std::string gate_quoted(std::string_view part) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "/:.,_-+@%?&${}";
  if (!part.empty() && part.find_first_not_of(kPlain) == part.npos) {
    return std::string(part);
  }
  return single_quoted(part);
}

std::string text_of(const GateParts& parts) {
  std::string text = parts.kind;
  if (!parts.subject.empty()) text += " " + gate_quoted(parts.subject);
  for (const GateWord& word : parts.words) {
    text += " " + word.key;
    if (!word.sub.empty()) text += ":" + gate_quoted(word.sub);
    text += word.op;
    if (!word.op.empty()) text += gate_quoted(word.value);
  }
  return text;
}

/// Reads the words behind the kind's name. `words` gives them to who knows
/// whether the first is a subject.
template <class Words>
Gate gate_named(const std::string& name, milliseconds deadline, Words&& words) {
  std::optional<Gate> gate;
  std::vector<std::string_view> names;
  for_each_kind([&](const auto& kind) {
    names.push_back(kind.name);
    if (kind.name != name) return;
    const auto& [subject, rest] = words(!kind.subject.empty());
    gate = read_gate(kind, subject, rest, deadline);
  });
  if (gate) return *std::move(gate);
  throw UsageError(fmt::format(
      "unknown gate \"{}\"{}; known gates: {}", without_password(name),
      did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace

std::string_view gate_kind(const Gate& gate) {
  std::string_view name;
  std::size_t index = 0;
  for_each_kind([&](const auto& kind) {
    if (index++ == gate.check.index()) name = kind.name;
  });
  return name;
}

bool is_gate_kind(std::string_view name) {
  bool found = false;
  for_each_kind([&](const auto& kind) { found = found || kind.name == name; });
  return found;
}

std::optional<GateKey> gate_key(std::string_view in_plan) {
  std::optional<GateKey> found;
  const auto look = [&](const auto& options) {
    for (const auto& option : options) {
      const auto name = option.in_plan.empty() ? option.key : option.in_plan;
      if (!found && name == in_plan) {
        found = {option.key, option.op, option.takes_sub};
      }
    }
  };
  for_each_kind([&](const auto& kind) { look(kind.options); });
  look(kCommonWords);
  return found;
}

Gate gate_of(const GateParts& parts) {
  std::vector<WrittenWord> words;
  for (const GateWord& word : parts.words) {
    const std::string sub = word.sub.empty() ? "" : ":" + word.sub;
    words.push_back({word, word.key + sub + word.op + word.value});
  }
  Gate gate = gate_named(parts.kind, Gate{}.deadline, [&](bool) {
    return std::pair(parts.subject, words);
  });
  gate.text = without_password(text_of(parts));
  return gate;
}

Gate parse_gate(std::string_view words, milliseconds deadline) {
  const std::vector<ShellWord> shell = shell_words(words);
  if (shell.empty()) {
    throw UsageError("a gate is missing, as in: http /health status=200");
  }
  Gate gate = gate_named(shell[0].text, deadline, [&](bool has_subject) {
    std::span<const ShellWord> rest = std::span(shell).subspan(1);
    std::string subject;
    if (has_subject && !rest.empty()) {
      subject = rest[0].text;
      rest = rest.subspan(1);
    }
    std::vector<WrittenWord> read;
    for (const ShellWord& word : rest) read.push_back(read_word(word));
    return std::pair(subject, read);
  });
  const std::size_t begin = words.find_first_not_of(" \t\n");
  std::size_t end = words.find_last_not_of(" \t\n") + 1;
  // A blank behind a backslash is a part of the last word.
  if (end < words.size() && words[end - 1] == '\\') ++end;
  gate.text = without_password(words.substr(begin, end - begin));
  return gate;
}

std::string gate_help() {
  std::string help =
      "A gate is a condition under which a release counts as healthy. On the\n"
      "command line and in plans the words are the same; quotes work as in a\n"
      "shell. $NAME and ${NAME} in URLs, addresses, headers and bodies stand\n"
      "for the release's environment and for what an earlier gate saved.\n";
  // The text beside what stands before it, in lines that fit a terminal.
  const auto add = [&](std::string before, std::string_view text) {
    constexpr std::size_t kWidth = 80;
    const std::size_t indent = before.size();
    for (const std::string& line : wrapped(text, kWidth - indent)) {
      help += before + line + '\n';
      before.assign(indent, ' ');
    }
  };
  const auto add_options = [&](const auto& options) {
    for (const auto& option : options) {
      add(fmt::format("      {:<21} ", option.form), option.help);
    }
  };
  for_each_kind([&](const auto& kind) {
    help += fmt::format("\n  {} {}\n", kind.name, kind.subject);
    add("    ", kind.help);
    add_options(kind.options);
    help += fmt::format("    as in: {}\n", kind.example);
  });
  help += "\n  every gate also takes\n";
  add_options(kCommonWords);
  return help;
}

}  // namespace rung
