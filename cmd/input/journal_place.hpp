#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace rung {

/// What a command of the journal is about: a plan file, or a folder that holds
/// `.rung`; "" = this folder.
struct JournalPlace {
  std::string text;

  /// The positional argument; this outlives the command line.
  void add_to(CLI::App& command);
  [[nodiscard]] bool is_plan() const;
  [[nodiscard]] std::filesystem::path folder() const;
};

}  // namespace rung
