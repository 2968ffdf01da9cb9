#include "adapters/borrowed_git.hpp"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "adapters/git_error.hpp"
#include "adapters/untracked_files.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw HistoryError(fmt::format("writing {}", file.string()));
}

// All names that lead to a commit, as git's own packed-refs file has them.
std::string packed_refs(const fs::path& git_dir) {
  const git::Repository repository = git::open_for_reading(git_dir.string());
  std::string text = "# pack-refs with: peeled fully-peeled sorted \n";
  git_strarray names{};
  git::check(git_reference_list(&names, repository.get()),
             "listing the branches and tags");
  std::vector<std::string> sorted(names.strings, names.strings + names.count);
  git_strarray_dispose(&names);
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& name : sorted) {
    git_oid id;
    if (git_reference_name_to_id(&id, repository.get(), name.c_str()) != 0) {
      continue;  // dangling: nothing to lead to
    }
    text += git::to_hex(id) + " " + name + "\n";
  }
  return text;
}

}  // namespace

BorrowedGit::BorrowedGit(const GitHistory& history, const fs::path& checkout)
    : history_(history), git_dir_(checkout / ".git"), checkout_(checkout) {}

void BorrowedGit::move_to(const CommitId& commit) {
  if (!made_) {
    fs::path source = history_.git_dir();
    // A linked work tree keeps objects and names in the main repository.
    if (std::ifstream common(source / "commondir"); common) {
      std::string line;
      std::getline(common, line);
      source = fs::weakly_canonical(source / line);
    }
    std::error_code error;
    fs::create_directories(git_dir_ / "objects" / "info", error);
    fs::create_directories(git_dir_ / "refs", error);
    write(git_dir_ / "objects" / "info" / "alternates",
          (source / "objects").string() + "\n");
    write(git_dir_ / "config",
          "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
          "[gc]\n\tauto = 0\n");
    write(git_dir_ / "packed-refs", packed_refs(source));
    untracked_ = untracked_files(history_.root());
    made_ = true;
  }
  for (const std::string& path : untracked_) {
    std::error_code error;
    fs::create_directories((checkout_ / path).parent_path(), error);
    // Where the commit has a file of that name, the commit's stays.
    fs::create_symlink(history_.root() / path, checkout_ / path, error);
  }
  write(git_dir_ / "HEAD", commit.hex + "\n");
}

}  // namespace rung
