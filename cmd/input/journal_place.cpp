#include "cmd/input/journal_place.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/error.hpp"

namespace fs = std::filesystem;

namespace rung {

void JournalPlace::add_to(CLI::App& command) {
  command.add_option("place", text,
                     "plan file, or the folder that holds .rung (default: "
                     "this one)");
}

bool JournalPlace::is_plan() const {
  std::error_code error;  // a link that leads to itself
  return !text.empty() && !fs::is_directory(text, error);
}

fs::path JournalPlace::folder() const {
  if (text.empty()) return fs::current_path();
  const fs::path path = fs::absolute(text);
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw UsageError(fmt::format("there is no plan or folder {}", text));
  }
  return is_plan() ? path.parent_path() : path;
}

}  // namespace rung
