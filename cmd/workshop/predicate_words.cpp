#include "cmd/workshop/predicate_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "core/text/ascii_case.hpp"
#include "core/text/last_line.hpp"

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
      } else if (quote == '"' && c == '\\' && i + 1 < text.size()) {
        word += text[++i];
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

/// "TypeError: x is not a function", "Error [ERR_ASSERTION]: ..."
bool names_an_error(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" :["));
  return word.size() < line.size() &&
         (word.ends_with("Error") || word.ends_with("Exception"));
}

}  // namespace

std::string last_words(std::string_view log) {
  constexpr std::size_t kLines = 3;
  constexpr std::size_t kLongest = 300;
  constexpr std::size_t kStack = 60;  // lines that may follow the error
  std::vector<std::string_view> lines;
  bool told = false;
  for (std::size_t read = 0; !log.empty() && read < kStack; ++read) {
    const std::string_view line = last_line(log);
    if (line.empty()) break;
    log = log.substr(0, static_cast<std::size_t>(line.data() - log.data()));
    const bool error = names_an_error(line);
    if (lines.size() < kLines) {
      lines.push_back(line);
      told = told || error;
    } else if (told) {
      break;
    } else if (error) {
      // What follows it is its stack, as node writes it.
      lines = {line};
      break;
    }
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

bool complains_of(std::string_view log, std::string_view script) {
  // As dash, bash, Python, node, Ruby, Perl, PHP, deno and bun say it.
  static constexpr std::string_view kWords[] = {
      "no such file",   "cannot open",        "can't open",
      "could not open", "cannot find module", "not found"};
  const std::string name = fs::path(script).filename().string();
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    log.remove_prefix(std::min(line.size() + 1, log.size()));
    if (line.find(name) == line.npos) continue;
    const std::string lower = ascii_lower(line);
    if (std::any_of(std::begin(kWords), std::end(kWords),
                    [&](std::string_view word) {
                      return lower.find(word) != lower.npos;
                    })) {
      return true;
    }
  }
  return false;
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
