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
  [[nodiscard]] bool is_plan() const {
    return !text.empty() && !std::filesystem::is_directory(text);
  }
  [[nodiscard]] std::filesystem::path folder() const {
    if (text.empty()) return std::filesystem::current_path();
    const auto path = std::filesystem::absolute(text);
    return is_plan() ? path.parent_path() : path;
  }
  /// The positional argument; this outlives the command line.
  void add_to(CLI::App& command);
};

}  // namespace rung
