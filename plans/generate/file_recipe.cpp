#include "plans/generate/file_recipe.hpp"

#include <algorithm>

#include "plans/env/env_file.hpp"

namespace rung {

FileRecipe::FileRecipe(const FileSpec& file)
    : format(file.format), dialect(file.dialect), content(file.content) {}

FileRecipe::FileRecipe(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto first = text.substr(0, end);
  const auto blank = std::min(first.find(' '), first.size());
  format = first.substr(0, blank);
  if (blank < first.size()) {
    dialect = dialect_from(first.substr(blank + 1)).value_or(dialect);
  }
  if (end < text.size()) content = text.substr(end + 1);
}

std::string FileRecipe::text() const {
  const std::string of =
      format == "dotenv" ? " " + std::string(to_string(dialect)) : "";
  return format + of + "\n" + content;
}

}  // namespace rung
