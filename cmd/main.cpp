#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "adapters/interruption.hpp"
#include "adapters/launcher.hpp"
#include "cmd/commands.hpp"
#include "cmd/exit_code.hpp"
#include "core/error.hpp"

namespace rung {
namespace {

constexpr const char* kVersion = "rung 0.1.0";

constexpr const char* kFooter = R"(
exit codes:
  0 healthy or nothing broke    1 broken, the last known good is serving
  2 broken and NOT restored     3 waiting for approval
  4 budget used up              125 no verdict     128 could not work
  129 wrong usage               130 interrupted: the same command goes on

First steps:  rung check plan.yaml    rung climb plan.yaml
No plan yet:  rung bisect --help)";

int complain(const char* text, int code) {
  fmt::print(stderr, "rung: {}\n", text);
  return code;
}

int dispatch(CLI::App& app, Context& context) {
  std::vector<std::string> reversed(context.arguments.rbegin(),
                                    context.arguments.rend());
  if (!reversed.empty()) reversed.pop_back();  // argv[0]
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, ...
    fmt::print(stderr, "rung: {}\n", error.what());
    fmt::print(stderr, "try: rung {}--help\n",
               app.get_subcommands().empty()
                   ? ""
                   : app.get_subcommands().front()->get_name() + " ");
    return kUsage;
  }
  if (!context.run) {
    fmt::print("{}", app.help());
    return kUsage;
  }
  Launcher::start();  // while rung is small and has one thread
  return context.run();
}

}  // namespace

int run_main(const std::vector<std::string>& arguments) {
  Interruption::install();
  Context context;
  context.arguments = arguments;
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

  add_check(app, context);
  add_climb(app, context);
  add_bisect(app, context);
  add_probe(app, context);
  add_status(app, context);
  add_log(app, context);
  add_resume(app, context);
  add_rollback(app, context);
  add_stop(app, context);
  add_diagnose(app, context);
  add_explain(app, context);
  add_serve(app, context);

  try {
    return dispatch(app, context);
  } catch (const Interrupted& error) {
    return complain(error.what(), kInterrupted);
  } catch (const UsageError& error) {
    return complain(error.what(), kUsage);
  } catch (const Error& error) {
    return complain(error.what(), kCouldNotWork);
  } catch (const std::bad_alloc&) {
    return complain("out of memory", kCouldNotWork);
  } catch (const std::exception& error) {
    return complain(fmt::format("unexpected: {}", error.what()).c_str(),
                    kCouldNotWork);
  }
}

}  // namespace rung

int main(int argc, char** argv) {
  return rung::run_main(std::vector<std::string>(argv, argv + argc));
}
