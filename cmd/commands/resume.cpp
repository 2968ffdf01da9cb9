#include <CLI/CLI.hpp>

#include <memory>

#include "cmd/input/context.hpp"
#include "cmd/input/journal_place.hpp"
#include "cmd/running/resume.hpp"

namespace rung {

void add_resume(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("resume", "go on with the run that was interrupted");
  auto place = std::make_shared<JournalPlace>();
  place->add_to(*command);
  command->add_flag("--json", context.json, "the same facts as JSON on stdout");
  command->callback([place, &context] {
    context.run = [place, &context] {
      return resume(place->folder(), context.json);
    };
  });
}

}  // namespace rung
