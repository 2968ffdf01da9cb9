#include "cmd/input/uncommitted.hpp"

#include <algorithm>

#include "adapters/git/history.hpp"

namespace rung {

std::vector<std::string> uncommitted(const Subject& subject) {
  if (!subject.has_history) return {};
  const GitHistory history(subject.repo);
  std::vector<std::string> changed = history.changed_files(subject.path);
  const auto is_read_apart = [&](const std::string& file) {
    return std::any_of(
        subject.read_apart.begin(), subject.read_apart.end(),
        [&](const std::filesystem::path& one) {
          std::error_code error;
          return std::filesystem::equivalent(history.root() / file, one, error);
        });
  };
  std::erase_if(changed, is_read_apart);
  return changed;
}

}  // namespace rung
