#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "adapters/process/interruption.hpp"
#include "adapters/process/launcher.hpp"
#include "cmd/input/context.hpp"
#include "cmd/input/exit_code.hpp"
#include "cmd/screen/posts.hpp"
#include "cmd/screen/version.hpp"
#include "core/base/error.hpp"
#include "core/report/foreign_text.hpp"
#include "core/report/posting.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/printable.hpp"

namespace rung {

namespace {

constexpr const char* kFooter = R"(
exit codes:
  0 healthy or nothing broke    1 broken, the last known good is serving
  2 broken and NOT restored     3 waiting for approval
  4 budget used up              125 no verdict     128 could not work
  129 wrong usage               130 interrupted: run it again to continue

First steps:  rung check plan.yaml    rung climb plan.yaml
No plan yet:  rung init              rung bisect --help)";

/// On stdout too when JSON was asked for: who reads only that must not be left
/// with nothing.
int complain(const Context& context, std::string_view text, int code) {
  context.posts->end_progress();
  const bool github = context.posts->on_github();
  fmt::print(stderr, "rung: {}\n",
             github ? without_commands(text) : std::string(text));
  const auto& words = context.arguments;
  if (context.json || std::find(words.begin(), words.end(), "--json") !=
                          words.end()) {
    const nlohmann::ordered_json out = {
        {"rung", 1},
        {"command", printable(command_of(words))},
        {"error", text},
        {"exit", code}};
    fmt::print("{}\n", out.dump(-1, ' ', false,
                                nlohmann::json::error_handler_t::replace));
  }
  const auto& left = context.posts->kept();
  Posting posting =
      code == kInterrupted && left
          ? posting_of_interrupted(*left, std::string(text), code)
          : posting_of_error(command_of(words), std::string(text), code);
  posting.command_line = words;
  context.posts->post(posting);
  return code;
}

/// The help with lines that fit a terminal, texts aligned beside the options.
std::string folded(const std::string& help) {
  constexpr std::size_t kWidth = 80;
  std::string out;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (line.size() <= kWidth) {
      out += line + '\n';
      continue;
    }
    // "  --name TYPE     what it says": the text begins after the last gap.
    const auto gap = line.rfind("  ", kWidth / 2);
    const std::size_t indent = gap == std::string::npos ? 0 : gap + 2;
    std::string head = line.substr(0, indent);
    for (const std::string& piece :
         wrapped(line.substr(indent), kWidth - indent)) {
      out += head + piece + '\n';
      head = std::string(indent, ' ');
    }
  }
  return out;
}

/// " (did you mean ...)" for the first word that is no option or command.
std::string meant(const CLI::App& app) {
  const auto used = app.get_subcommands();
  const CLI::App& level = used.empty() ? app : *used.front();
  const auto left = app.remaining(true);
  if (left.empty()) return "";
  std::vector<std::string> known;
  for (const CLI::App* at : {&level, &app}) {
    for (const CLI::Option* option : at->get_options()) {
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  if (used.empty()) {
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
      if (!command->get_group().empty()) known.push_back(command->get_name());
    }
  }
  return did_you_mean(left.front().substr(0, left.front().find('=')),
                      std::vector<std::string_view>(known.begin(), known.end()));
}

int dispatch(CLI::App& app, Context& context) {
  std::vector<std::string> reversed(context.arguments.rbegin(),
                                    context.arguments.rend());
  if (!reversed.empty()) reversed.pop_back();  // argv[0]
  const auto command = [&] {
    const auto used = app.get_subcommands();
    return used.empty() ? std::string() : used.front()->get_name() + " ";
  };
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", folded(app.help()));
    return kHealthy;
  } catch (const CLI::ExtrasError&) {
    const auto left = app.remaining(true);
    return complain(
        context,
        fmt::format("{}{}{}; try: rung {}--help",
                    command().empty() ? "there is no command "
                                      : command() + "does not take ",
                    printable(left.empty() ? "" : left.front()), meant(app),
                    command()),
        kUsage);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --version
    return complain(context,
                    fmt::format("{}; try: rung {}--help",
                                printable(error.what()), command()),
                    kUsage);
  }
  if (!context.run) {
    fmt::print("{}", folded(app.help()));
    return kUsage;
  }
  // Not for what begins another run (bisect back, resume): that one does it.
  const auto used = app.get_subcommands();
  if (used.front()->get_option_no_throw("--report") != nullptr &&
      used.front()->get_subcommands().empty()) {
    context.posts->begin(context);
  }
  Launcher::start();  // while rung is small and has one thread
  return context.run();
}

/// A result that is not there must not pass for one. Who stops reading wants
/// no more of it: that is no error.
int written(int code, int error) {
  if (error == 0 || error == EPIPE) return code;
  fmt::print(stderr, "rung: cannot write the result: {}\n",
             std::generic_category().message(error));
  return std::max<int>(code, kCouldNotWork);
}

/// Runs the command; every error becomes a line and an exit code.
int guarded(CLI::App& app, Context& context) {
  try {
    const int code = dispatch(app, context);
    errno = 0;
    return written(code, std::fflush(stdout) == 0 ? 0 : errno);
  } catch (const Interrupted& error) {
    return complain(context, error.what(), kInterrupted);
  } catch (const UsageError& error) {
    return complain(context, error.what(), kUsage);
  } catch (const Error& error) {
    return complain(context, error.what(), kCouldNotWork);
  } catch (const std::bad_alloc&) {
    return complain(context, "out of memory", kCouldNotWork);
  } catch (const std::exception& error) {
    const auto* system = dynamic_cast<const std::system_error*>(&error);
    if (system != nullptr && std::ferror(stdout) != 0) {
      return written(kCouldNotWork, system->code().value());
    }
    return complain(context, fmt::format("unexpected: {}", error.what()),
                    kCouldNotWork);
  }
}

}  // namespace

std::string command_of(const std::vector<std::string>& arguments) {
  // No option that stands before a command takes a value.
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("-")) return arguments[i];
  }
  return "";
}

int run_main(const std::vector<std::string>& arguments) {
  Interruption::install();
  // Else a pager that is left, or `head`, would end rung in the middle of a
  // climb, with nothing serving.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write says so (ulimit -f)
  Context context;
  context.arguments = arguments;
  context.posts = std::make_shared<Posts>();
  CLI::App app{
      "Brings a service up one rung at a time and, when a rung breaks, finds "
      "the first\nchange that broke it: commit, environment variable, "
      "requirement or configuration."};
  app.name("rung");
  app.footer(kFooter);
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(0, 1);
  app.add_flag("--no-color", context.no_colour, "plain text");
  app.fallthrough();

  add_init(app, context);
  add_check(app, context);
  add_climb(app, context);
  add_bisect(app, context);
  add_audit(app, context);
  add_env(app, context);
  add_probe(app, context);
  add_nightly(app, context);
  add_status(app, context);
  add_log(app, context);
  add_report(app, context);
  add_resume(app, context);
  add_recover(app, context);
  add_rollback(app, context);
  add_stop(app, context);
  add_clean(app, context);
  add_diagnose(app, context);
  add_doctor(app, context);
  add_explain(app, context);
  add_completion(app, context);
  add_serve(app, context);
  add_supervise(app, context);

  const int code = guarded(app, context);
  if (context.end_at_once) {
    std::fflush(stdout);
    std::_Exit(code);
  }
  return code;
}

}  // namespace rung

int main(int argc, char** argv) {
  return rung::run_main(std::vector<std::string>(argv, argv + argc));
}
