#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "core/base/error.hpp"

// Scripts that let a shell complete rung's commands and options. They are
// written from the commands as they are, so they cannot miss one.
namespace rung {
namespace {

struct Word {
  std::string name, help;
  bool takes_value = false;
};

struct Words {
  Word command;
  std::vector<Word> options, inner;  ///< inner: `back` of `bisect back`
};

/// The first line, without what a shell's quotes would end at.
std::string help_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return c == '\'' || c == '[' || c == ']' || c == '\\'; },
      ' ');
  return line;
}

std::vector<Word> options_of(const CLI::App& app) {
  std::vector<Word> options;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    for (const std::string& name : option->get_lnames()) {
      options.push_back({"--" + name, help_line(option->get_description()),
                         option->get_items_expected_max() > 0});
    }
  }
  return options;
}

std::vector<Words> commands_of(const CLI::App& app) {
  std::vector<Words> commands;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_group().empty()) continue;
    Words words{{command->get_name(), help_line(command->get_description())},
                options_of(*command),
                {}};
    for (const CLI::App* inner : command->get_subcommands(nullptr)) {
      if (inner->get_group().empty()) continue;
      words.inner.push_back(
          {inner->get_name(), help_line(inner->get_description())});
    }
    commands.push_back(std::move(words));
  }
  return commands;
}

std::string names(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text += (text.empty() ? "" : " ") + word.name;
  return text;
}

std::string for_bash(const CLI::App& app) {
  std::string all, cases;
  for (const Words& words : commands_of(app)) {
    all += words.command.name + ' ';
    cases +=
        fmt::format("    {}) words='{}' inner='{}' ;;\n", words.command.name,
                    names(words.options), names(words.inner));
  }
  // What is neither an option nor a command is a file: bash completes those.
  return fmt::format(R"(# bash completion for rung
_rung() {{
  local words inner cur=${{COMP_WORDS[COMP_CWORD]}}
  case ${{COMP_WORDS[1]}} in
{}    *) words='{}' inner='{}' ;;
  esac
  [[ $cur == -* ]] || words=$inner
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}}
complete -o default -F _rung rung
)",
                     cases, names(options_of(app)), all);
}

std::string for_zsh(const CLI::App& app) {
  const auto described = [](const std::vector<Word>& words) {
    std::string text;
    for (const Word& word : words) {
      std::string help = word.help;
      std::replace(help.begin(), help.end(), ':', ' ');
      text += fmt::format(" '{}:{}'", word.name, help);
    }
    return text;
  };
  std::vector<Word> commands;
  std::string cases;
  for (const Words& words : commands_of(app)) {
    commands.push_back(words.command);
    cases += fmt::format("  {}) words_of=({}) commands=({}) ;;\n",
                         words.command.name, described(words.options),
                         described(words.inner));
  }
  return fmt::format(R"(#compdef rung
local -a commands words_of
case $words[2] in
{}  *) words_of=({}) commands=({}) ;;
esac
if [[ $PREFIX == -* ]]; then
  _describe option words_of
else
  (( $#commands )) && _describe command commands
  (( CURRENT > 2 )) && _files
fi
)",
                     cases, described(options_of(app)), described(commands));
}

std::string for_fish(const CLI::App& app) {
  std::string text = "# fish completion for rung\n";
  const auto options = [&](const std::string& when,
                           const std::vector<Word>& words) {
    for (const Word& word : words) {
      text += fmt::format("complete -c rung -n '{}' -l {}{} -d '{}'\n", when,
                          word.name.substr(2), word.takes_value ? " -r" : "",
                          word.help);
    }
  };
  for (const Words& words : commands_of(app)) {
    text += fmt::format(
        "complete -c rung -n __fish_use_subcommand -f -a {} -d '{}'\n",
        words.command.name, words.command.help);
    const auto here = "__fish_seen_subcommand_from " + words.command.name;
    for (const Word& inner : words.inner) {
      text += fmt::format("complete -c rung -n '{}' -a {} -d '{}'\n", here,
                          inner.name, inner.help);
    }
    options(here, words.options);
  }
  options("__fish_use_subcommand", options_of(app));
  return text;
}

int run_completion(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") {
    fmt::print("{}", for_bash(app));
  } else if (shell == "zsh") {
    fmt::print("{}", for_zsh(app));
  } else if (shell == "fish") {
    fmt::print("{}", for_fish(app));
  } else {
    throw UsageError(fmt::format(
        "completion: no script for \"{}\"; there is one for bash, zsh and fish",
        shell));
  }
  return kHealthy;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("completion",
                                     "print the completion script for a shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")->required();
  command->footer(
      "\nTry it in this shell:  source <(rung completion bash)\n"
      "A package installs them where the shells look.");
  command->callback([shell, &app, &context] {
    context.run = [shell, &app] { return run_completion(app, *shell); };
  });
}

}  // namespace rung
