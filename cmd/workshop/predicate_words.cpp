#include "cmd/workshop/predicate_words.hpp"
#include "core/text/last_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>

namespace fs = std::filesystem;

namespace rung {
namespace {

/// The words of each simple command, split roughly as sh does; a word with
/// what sh would expand is kept as "$", which names no file.
std::vector<std::vector<std::string>> simple_commands(std::string_view text) {
  std::vector<std::vector<std::string>> commands(1);
  std::string word;
  bool in_word = false, expands = false;
  char quote = '\0';
  const auto end_word = [&] {
    if (in_word) commands.back().push_back(expands ? "$" : word);
    word.clear();
    in_word = expands = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        expands = expands || (quote == '"' && (c == '$' || c == '`'));
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else if (std::string_view(";&|()\n").find(c) != std::string_view::npos) {
      end_word();
      commands.emplace_back();
    } else if (c == '<' || c == '>') {
      end_word();
      commands.back().push_back(">");  // the next word is no argument
    } else {
      expands = expands || std::string_view("$`*?[{").find(c) !=
                               std::string_view::npos;
      word += c;
      in_word = true;
    }
  }
  end_word();
  return commands;
}

bool is_interpreter(std::string_view word) {
  word = word.substr(word.rfind('/') + 1);
  while (!word.empty() && (std::isdigit(static_cast<unsigned char>(
                               word.back())) != 0 ||
                           word.back() == '.')) {
    word.remove_suffix(1);  // python3.11
  }
  static constexpr std::string_view kNames[] = {
      "sh",   "bash", "dash", "zsh", "ksh",  "ash", "python", "node",
      "ruby", "perl", "php",  "bun", "deno", ".",   "source", "pypy"};
  return std::find(std::begin(kNames), std::end(kNames), word) !=
             std::end(kNames) ||
         word.empty();  // "." lost its dot above
}

/// Words that stand before the command that is run.
bool is_before(std::string_view word) {
  static constexpr std::string_view kWords[] = {
      "!", "exec", "env", "time", "nice", "if", "then", "else", "elif",
      "while", "until", "do", "command", "timeout"};
  return std::find(std::begin(kWords), std::end(kWords), word) !=
             std::end(kWords) ||
         (word.find('=') != std::string_view::npos && word[0] != '/');
}

}  // namespace

std::string last_words(std::string_view log) {
  constexpr std::size_t kLines = 3;
  constexpr std::size_t kLongest = 300;
  std::vector<std::string_view> lines;
  while (!log.empty() && lines.size() < kLines) {
    const std::string_view line = last_line(log);
    if (line.empty()) break;
    lines.push_back(line);
    log = log.substr(0, static_cast<std::size_t>(line.data() - log.data()));
  }
  std::string words;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!words.empty()) words += " | ";
    words += *line;
  }
  // The end says most.
  if (words.size() > kLongest) words.erase(0, words.size() - kLongest);
  return words;
}

std::vector<std::string> scripts_of(std::string_view command) {
  std::vector<std::string> scripts;
  for (const auto& words : simple_commands(command)) {
    std::size_t at = 0;
    while (at < words.size() && is_before(words[at])) {
      if (words[at] == "timeout") ++at;  // its duration
      ++at;
    }
    if (at >= words.size()) continue;
    // "cd sub && ./check": where that is we do not know.
    if (words[at] == "cd" || words[at] == "pushd") return scripts;
    std::string script;
    if (is_interpreter(words[at])) {
      if (at + 1 >= words.size()) continue;
      script = words[at + 1];
      // An option may be -c or -m, or take the next word: no file we know.
      if (script.starts_with("-") && script != "-e" && script != "-x" &&
          script != "-u") {
        continue;
      }
      if (script.starts_with("-")) {
        const bool shell = words[at].ends_with("sh");
        if (!(shell || script == "-u") || at + 2 >= words.size()) continue;
        script = words[at + 2];
        if (script.starts_with("-")) continue;
      }
    } else if (words[at].find('/') != std::string::npos) {
      script = words[at];
    }
    if (script.empty() || script == "$" || script == ">" || script == "-" ||
        script[0] == '/' || script[0] == '~') {
      continue;
    }
    scripts.push_back(std::move(script));
  }
  return scripts;
}

std::string missing_script(std::string_view command, const fs::path& checkout) {
  for (std::string& script : scripts_of(command)) {
    std::error_code error;
    if (fs::exists(checkout / script, error)) continue;
    // node finds check.js as "check"; a folder may have an index.
    if (fs::exists(checkout / (script + ".js"), error)) continue;
    return std::move(script);
  }
  return "";
}

std::string link_out_of(const std::string& script, const fs::path& checkout) {
  std::error_code error;
  const fs::path root = fs::weakly_canonical(checkout, error);
  if (error) return "";
  fs::path inside;
  for (const fs::path& step : fs::path(script).lexically_normal()) {
    inside /= step;
    if (!fs::is_symlink(checkout / inside, error)) continue;
    const fs::path target = fs::read_symlink(checkout / inside, error);
    // Not of the link itself: what it leads to is not there.
    const fs::path led =
        fs::weakly_canonical((checkout / inside).parent_path() / target, error);
    if (error) continue;
    const fs::path from_root = led.lexically_relative(root);
    if (from_root.empty() || *from_root.begin() == "..") {
      return fmt::format("{} -> {}", inside.string(), target.string());
    }
  }
  return "";
}

std::string interpreter_problem(std::string_view command,
                                const fs::path& checkout) {
  for (const std::string& script : scripts_of(command)) {
    std::ifstream in(checkout / script, std::ios::binary);
    std::string line;
    if (!std::getline(in, line) || !line.starts_with("#!")) continue;
    if (line.ends_with('\r')) {
      return fmt::format(
          "{} has Windows line ends, so its interpreter is not "
          "found (dos2unix {})",
          script, script);
    }
    const auto begin = line.find_first_not_of(" \t", 2);
    if (begin == line.npos) continue;
    const std::string program =
        line.substr(begin, line.find_first_of(" \t", begin) - begin);
    std::error_code error;
    if (!fs::exists(program, error)) {
      return fmt::format("{} wants {}, which is not on this machine", script,
                         program);
    }
  }
  return "";
}

}  // namespace rung
