#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace rung::bench {

/// What a history made for measuring looks like. Every commit of the main line
/// writes its place in it (1, 2, ...) to the file `counter`; what branches off
/// keeps the number it started from. So "counter >= n" is true of commit n of
/// the main line and of all that has it as an ancestor, and of nothing else.
struct Shape {
  std::string name;           ///< of the folder, and in the table
  std::uint32_t commits = 1;  ///< in all, those of side branches included
  std::uint32_t files = 10;   ///< in the tree; each commit changes one of them
  std::uint32_t merges = 0;   ///< of side branches of one to five commits
};

struct History {
  std::filesystem::path repo;
  std::uint32_t main_line = 0;  ///< commits on the main line
  std::string first, last;      ///< its ends, full ids
};

/// The repository, with its work tree checked out, below `cache`: made with
/// git fast-import when it is not there yet. Throws std::runtime_error.
History history(const std::filesystem::path& cache, const Shape& shape);

}  // namespace rung::bench
