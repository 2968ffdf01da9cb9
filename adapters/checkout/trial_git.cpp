#include "adapters/checkout/trial_git.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "adapters/checkout/trial_index.hpp"
#include "adapters/checkout/worktree.hpp"
#include "adapters/checkout/worktree_files.hpp"
#include "adapters/git/error.hpp"
#include "adapters/git/objects.hpp"
#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/file_text.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

const std::set<std::string> kFolders = {"info", "objects", "objects/info",
                                        "refs"};

// Not truncated first: ext4 then writes a file to disk when it is closed.
void write(const fs::path& file, const std::string& text) {
  const FileDescriptor out(open(file.c_str(),
                                O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                                0666));
  std::string_view rest = text;
  while (out && !rest.empty()) {
    const ssize_t n = ::write(out.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  if (!out || !rest.empty() ||
      ftruncate(out.get(), static_cast<off_t>(text.size())) != 0) {
    throw PlatformError(fmt::format("cannot write {}: {}; is the disk full?",
                                    file.string(), std::strerror(errno)));
  }
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

/// Whether `git_dir` is as it was written: these files, a HEAD, an index, and
/// nothing else. No link counts as a file, so that writing HEAD and the index
/// stays inside.
bool holds_only(const fs::path& git_dir,
                const std::map<std::string, std::string>& lasting) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(git_dir, error))) return false;
  std::size_t same = 0;
  fs::recursive_directory_iterator at(git_dir, error), end;
  for (; !error && at != end; at.increment(error)) {
    const auto kind = at->symlink_status(error).type();
    if (error) break;
    const std::string name = at->path().lexically_relative(git_dir).string();
    if (kind == fs::file_type::directory) {
      if (!kFolders.contains(name)) return false;
      ++same;
      continue;
    }
    // A second name would let a write here change what lies elsewhere; what a
    // trial made read-only could not be written.
    if (kind != fs::file_type::regular ||
        fs::hard_link_count(*at, error) != 1 ||
        (at->status(error).permissions() & fs::perms::owner_write) ==
            fs::perms::none) {
      return false;
    }
    if (name == "HEAD" || name == "index") continue;
    const auto is = lasting.find(name);
    if (is == lasting.end() || file_text(at->path()) != is->second)
      return false;
    ++same;
  }
  return !error && same == kFolders.size() + lasting.size();
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

std::map<std::string, std::string> TrialGit::lasting_files(
    const Worktree& worktree) const {
  std::map<std::string, std::string> files = {
      {"config",
       "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
       "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
       "[user]\n\tname = rung\n\temail = rung@localhost\n"},
      {"objects/info/alternates", alternates_},
      {"packed-refs", packed_refs_}};
  // Read each time: a search may fetch more history in between.
  const std::string shallow = file_text(git_dir_ / "shallow");
  if (!shallow.empty()) files["shallow"] = shallow;
  const std::string& path = worktree.path();
  std::string& exclude = files["info/exclude"];
  for (const std::string& file : worktree.snapshot().overlay) {
    exclude += as_pattern(path.empty() ? file : path + '/' + file);
  }
  return files;
}

void TrialGit::stand_at(const Worktree& worktree) {
  const fs::path git_dir = worktree.root() / ".git";
  const auto lasting = lasting_files(worktree);
  if (!holds_only(git_dir, lasting)) {
    // Also what a trial took its own rights to; a link is not followed.
    const FileDescriptor root(open(worktree.root().c_str(),
                                   O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) files::fail(errno, "open", worktree.root());
    files::Cursor cursor(root.get(), worktree.root(),
                         files::Cursor::Missing::skip);
    files::remove(cursor, ".git");
    std::error_code error;
    for (const std::string& folder : kFolders) {
      fs::create_directories(git_dir / folder, error);
    }
    for (const auto& [name, text] : lasting) write(git_dir / name, text);
  }

  const std::string& path = worktree.path();
  const files::Snapshot& snapshot = worktree.snapshot();
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
    std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) {
      return a.path < b.path;
    });
  }
  write(git_dir / "HEAD", worktree.commit()->hex + "\n");
  write(git_dir / "index", files::index_bytes(snapshot, path, others));
}

}  // namespace rung
