#include "adapters/trial_git.hpp"

#include <fmt/format.h>
#include <git2.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "adapters/git_error.hpp"
#include "adapters/git_objects.hpp"
#include "adapters/trial_index.hpp"
#include "adapters/worktree.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::trunc | std::ios::binary);
  out << text;
  out.close();
  if (!out) {
    throw PlatformError(fmt::format("cannot write {}; is the disk full?",
                                    file.string()));
  }
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// All names that lead to a commit, as git's own packed-refs file has them.
// Without "peeled" in its first line git looks itself at what a tag leads to.
std::string packed_refs(const fs::path& git_dir) {
  const git::Repository repository = git::open_for_reading(git_dir.string());
  git_strarray names{};
  git::check(git_reference_list(&names, repository.get()),
             "listing the branches and tags");
  std::vector<std::string> sorted(names.strings, names.strings + names.count);
  git_strarray_dispose(&names);
  std::sort(sorted.begin(), sorted.end());
  std::string text = "# pack-refs with: sorted \n";
  for (const std::string& name : sorted) {
    git_oid id;
    if (git_reference_name_to_id(&id, repository.get(), name.c_str()) != 0) {
      continue;  // dangling: nothing to lead to
    }
    text += git::to_hex(id) + " " + name + "\n";
  }
  return text;
}

// The source's own alternates too: git follows relative ones only one level
// deep.
std::string alternates_of(const fs::path& objects) {
  std::string lines = objects.string() + "\n";
  std::ifstream in(objects / "info" / "alternates");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    lines += (objects / line).lexically_normal().string() + "\n";
  }
  return lines;
}

// In info/exclude a name is a pattern.
std::string as_pattern(const std::string& path) {
  std::string pattern = "/";
  for (const char c : path) {
    if (std::string_view("\\*?[ !#").find(c) != std::string_view::npos) {
      pattern += '\\';
    }
    pattern += c;
  }
  return pattern + "\n";
}

}  // namespace

TrialGit::TrialGit(const GitHistory& history) : git_dir_(history.git_dir()) {
  // A linked work tree keeps objects and names in the main repository.
  if (std::ifstream common(git_dir_ / "commondir"); common) {
    std::string line;
    std::getline(common, line);
    git_dir_ = fs::weakly_canonical(git_dir_ / line);
  }
  alternates_ = alternates_of(git_dir_ / "objects");
  packed_refs_ = packed_refs(git_dir_);
}

void TrialGit::stand_at(const Worktree& worktree) {
  const fs::path git_dir = worktree.root() / ".git";
  std::error_code error;
  fs::remove_all(git_dir, error);  // a link is removed, not followed
  fs::create_directories(git_dir / "objects" / "info", error);
  fs::create_directories(git_dir / "refs", error);
  fs::create_directories(git_dir / "info", error);
  write(git_dir / "objects" / "info" / "alternates", alternates_);
  write(git_dir / "config",
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
        "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
        "[user]\n\tname = rung\n\temail = rung@localhost\n");
  write(git_dir / "packed-refs", packed_refs_);
  // Read each time: a search may fetch more history in between.
  const std::string shallow = text_of(git_dir_ / "shallow");
  if (!shallow.empty()) write(git_dir / "shallow", shallow);

  const std::string& path = worktree.path();
  const files::Snapshot& snapshot = worktree.snapshot();
  std::string exclude;
  for (const std::string& file : snapshot.overlay) {
    exclude += as_pattern(path.empty() ? file : path + '/' + file);
  }
  write(git_dir / "info" / "exclude", exclude);

  std::vector<git::FileChange> others;
  if (!path.empty() || worktree.has_submodules()) {
    const git::Repository repository =
        git::open_for_reading(git_dir_.string());
    const git::Objects objects(repository.get());
    git::CommitHeader header;
    objects.read_commit(*snapshot.commit, header);
    others = git::diff_trees(objects, std::nullopt, header.tree);
    const std::string below = path + '/';
    std::erase_if(others, [&](const git::FileChange& file) {
      return (path.empty() || file.path.starts_with(below)) &&
             !file.after->is_submodule();
    });
  }
  write(git_dir / "HEAD", worktree.commit()->hex + "\n");
  write(git_dir / "index", files::index_bytes(snapshot, path, others));
}

}  // namespace rung
