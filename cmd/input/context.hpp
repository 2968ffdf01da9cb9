#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rung {

class Posts;

/// What all subcommands share. A subcommand registers itself and sets `run`
/// when it was chosen; main() calls it and returns what it returns.
struct Context {
  bool json = false;
  bool no_colour = false;
  std::vector<std::string> arguments;  ///< argv as given
  std::function<int()> run;
  /// Threads may still be at work, in what the end of a process takes away: it
  /// must end without that.
  bool end_at_once = false;
  std::shared_ptr<Posts> posts;  ///< never null; see cmd/screen/posts.hpp
};

void add_audit(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_climb(CLI::App& app, Context& context);
void add_bisect(CLI::App& app, Context& context);
void add_nightly(CLI::App& app, Context& context);
void add_probe(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_log(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_resume(CLI::App& app, Context& context);
void add_recover(CLI::App& app, Context& context);
void add_rollback(CLI::App& app, Context& context);
void add_stop(CLI::App& app, Context& context);
void add_clean(CLI::App& app, Context& context);
void add_diagnose(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_env(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_supervise(CLI::App& app, Context& context);

/// The command among the words of argv; "" = there is none.
std::string command_of(const std::vector<std::string>& arguments);

/// Runs rung as if called with these arguments (argv[0] included); never
/// throws.
int run_main(const std::vector<std::string>& arguments);

}  // namespace rung
