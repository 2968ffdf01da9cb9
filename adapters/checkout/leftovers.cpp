#include "adapters/checkout/leftovers.hpp"

#include <fstream>
#include <iterator>

#include "adapters/process/file_text.hpp"
namespace fs = std::filesystem;

namespace rung {

Leftovers leftovers_in(
    const fs::path& folder,
    const std::function<bool(const std::string&)>& is_committed) {
  constexpr std::uintmax_t kSmall = 64 * 1024;
  constexpr std::size_t kMany = 500;
  Leftovers found;
  std::error_code error;
  fs::recursive_directory_iterator at(
      folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    std::error_code ignored;
    const fs::path& path = at->path();
    if (at.depth() == 0 && path.filename() == ".git") {
      at.disable_recursion_pending();
      continue;
    }
    if (at->is_symlink(ignored) || !at->is_regular_file(ignored)) continue;
    const std::string name = path.string().substr(folder.string().size() + 1);
    if (is_committed(name)) continue;
    const auto size = at->file_size(ignored);
    std::string& what = found[name];
    what = std::to_string(size) + ':';
    if (size > kSmall || found.size() > kMany) continue;
    what += file_text(path);
  }
  return found;
}

std::vector<std::string> differing(const Leftovers& a, const Leftovers& b) {
  std::vector<std::string> names;
  auto one = a.begin();
  auto two = b.begin();
  while (one != a.end() || two != b.end()) {
    if (two == b.end() || (one != a.end() && one->first < two->first)) {
      names.push_back((one++)->first);
    } else if (one == a.end() || two->first < one->first) {
      names.push_back((two++)->first);
    } else {
      if (one->second != two->second) names.push_back(one->first);
      ++one;
      ++two;
    }
  }
  return names;
}

}  // namespace rung
