#include "adapters/git/history.hpp"

#include <fmt/format.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>

#include "adapters/git/commit_walk.hpp"
#include "adapters/git/error.hpp"
#include "adapters/git/inputs.hpp"
#include "adapters/git/objects.hpp"
#include "adapters/git/open.hpp"
#include "core/text/hex.hpp"
#include "core/text/rfc3339.hpp"
#include "core/text/sha256.hpp"
#include "core/text/short_id.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;
using CommitGraphOid = CommitGraph::Oid;

/// Whether only the user's own git, with the programs of its configuration,
/// can tell if a file is changed: libgit2 would compare what a filter (Git
/// LFS) made of it with what is stored.
bool is_converted(git_repository* repository, const char* path) {
  for (const char* name : {"filter", "working-tree-encoding"}) {
    const char* value = nullptr;
    if (git_attr_get(&value, repository, 0, path, name) != 0) continue;
    const git_attr_value_t kind = git_attr_value(value);
    if (kind == GIT_ATTR_VALUE_STRING || kind == GIT_ATTR_VALUE_TRUE) {
      return true;
    }
  }
  return false;
}

/// Whether a sparse checkout leaves the file out of the work tree.
bool is_left_out(git_index* index, const char* path) {
  const git_index_entry* entry = git_index_get_bypath(index, path, 0);
  return entry != nullptr &&
         (entry->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

/// Author's date with its own zone, as ISO 8601.
std::string iso_date(const git_time& when) {
  using namespace std::chrono;
  return rfc3339(sys_seconds(seconds(when.time)), minutes(when.offset));
}

std::string inputs_id_of(const git::Objects& objects, const git_oid& folder,
                         const std::vector<std::string>& inputs) {
  const std::vector<std::string> lines =
      inputs.empty() ? std::vector{git::to_hex(folder)}
                     : git::matched_entries(objects, folder, inputs);
  Sha256 hash;
  for (const std::string& line : lines) {
    // The zero byte ends each line: no path can imitate two.
    hash.add({line.c_str(), line.size() + 1});
  }
  return hex(hash.digest());
}

git_oid from_graph(const CommitGraphOid& oid) {
  git_oid id;
  std::memcpy(id.id, oid.data(), oid.size());
  return id;
}

CommitGraphOid to_graph(const git_oid& id) {
  CommitGraphOid oid{};
  std::memcpy(oid.data(), id.id, oid.size());
  return oid;
}

/// Finds what is at a path in one root tree after the other, reading a folder
/// again only when it differs from the last one seen.
class PathFinder {
 public:
  PathFinder(const git::Objects& objects, std::string_view path)
      : objects_(objects),
        parts_(git::path_parts(path)),
        seen_(parts_.size()) {}

  /// Zeros when the path is absent.
  git_oid find(const git_oid& root) {
    git_oid at = root;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      Seen& seen = seen_[i];
      if (!seen.valid || git_oid_equal(&seen.tree, &at) == 0) {
        const auto entry = objects_.find(at, parts_[i]);
        const bool usable =
            entry && (entry->is_tree() || i + 1 == parts_.size());
        seen = {true, at, usable ? entry->id : git_oid{}};
      }
      at = seen.below;
      if (git_oid_is_zero(&at) != 0) break;
    }
    return at;
  }

 private:
  struct Seen {
    bool valid = false;
    git_oid tree{}, below{};
  };
  const git::Objects& objects_;
  std::vector<std::string> parts_;
  std::vector<Seen> seen_;
};

}  // namespace

struct GitHistory::State {
  explicit State(const fs::path& inside)
      : repository(git::open_to_search(inside)), objects(repository.get()) {
    root = without_slash(git_repository_workdir(repository.get()));
    git_dir = without_slash(git_repository_path(repository.get()));
    shallow = git::shallow_commits(git_dir.string());
  }

  [[nodiscard]] git::CommitHeader header(const CommitId& commit) const {
    git::CommitHeader read;
    objects.read_commit(git::to_oid(commit), read);
    return read;
  }
  /// The folder at `path`; throws when there is none.
  [[nodiscard]] git_oid folder(const CommitId& commit,
                               std::string_view path) const {
    const auto entry = objects.find_path(header(commit).tree, path);
    if (!entry || !entry->is_tree()) {
      throw HistoryError(fmt::format("commit {} has no folder {}",
                                     commit.hex.substr(0, 12), path));
    }
    return entry->id;
  }

  /// Of each commit of a graph: what is at a path, and how many parents.
  struct Scan {
    std::vector<CommitGraphOid> trees;
    std::vector<std::uint32_t> parent_counts;
  };
  [[nodiscard]] Scan scan(const CommitGraph& graph,
                          std::string_view path) const {
    Scan found{std::vector<CommitGraphOid>(graph.size()),
               std::vector<std::uint32_t>(graph.size())};
    const auto fill = [&](const git::Objects& from, std::size_t begin,
                          std::size_t end) {
      PathFinder finder(from, path);
      git::CommitHeader read;
      for (std::size_t i = begin; i < end; ++i) {
        from.read_commit(from_graph(graph.oids[i]), read);
        found.trees[i] = to_graph(finder.find(read.tree));
        found.parent_counts[i] =
            static_cast<std::uint32_t>(read.parents.size());
      }
    };
    // Two threads, each with handles of its own, once there is enough to do.
    const std::size_t half = graph.size() < 2000 ? 0 : graph.size() / 2;
    auto first_half =
        std::async(half > 0 ? std::launch::async : std::launch::deferred, [&] {
          if (half == 0) return;
          const auto own = git::open_for_reading(git_dir);
          fill(git::Objects(own.get()), 0, half);
        });
    fill(objects, half, graph.size());
    first_half.get();
    return found;
  }

  git::Repository repository;
  git::Objects objects;
  fs::path root, git_dir;
  std::vector<git_oid> shallow;

  /// Refuses an answer that commits nobody fetched might change.
  [[nodiscard]] git::Walked walk(const CommitId& good, const CommitId& bad,
                                 bool first_parent) const {
    git::Walked walked =
        git::walk_between(objects, git::to_oid(good), git::to_oid(bad),
                          first_parent, shallow);
    const bool unsure =
        walked.met_cut && !walked.good_is_ancestor && !first_parent;
    if (walked.cut || unsure) {
      throw NotFetched(fmt::format(
          "the history between {} and {} leaves this shallow clone{}; {}",
          short_id(good.hex), short_id(bad.hex),
          walked.cut ? " at " + short_id(git::to_hex(*walked.cut)) : "",
          kUnshallow));
    }
    return walked;
  }

  /// What the last between() learned on its way.
  struct Ancestry {
    CommitId ancestor, commit;
    bool holds;
  };
  mutable std::optional<Ancestry> last;
};

GitHistory::GitHistory(const fs::path& inside)
    : state_(std::make_unique<State>(inside)) {}
GitHistory::~GitHistory() = default;
GitHistory::GitHistory(GitHistory&&) noexcept = default;
GitHistory& GitHistory::operator=(GitHistory&&) noexcept = default;

const fs::path& GitHistory::root() const {
  return state_->root;
}
const fs::path& GitHistory::git_dir() const {
  return state_->git_dir;
}

std::string GitHistory::path_inside(const fs::path& folder) const {
  const fs::path real = fs::weakly_canonical(folder);
  const fs::path inside = real.lexically_relative(fs::canonical(state_->root));
  if (inside.empty() || *inside.begin() == "..") {
    throw HistoryError(fmt::format("{} is not inside the repository {}",
                                   folder.string(), state_->root.string()));
  }
  return git::tree_path(inside.string());
}

CommitId GitHistory::resolve(std::string_view revision) const {
  git_object* raw = nullptr;
  const std::string text(revision);
  const int code =
      git_revparse_single(&raw, state_->repository.get(), text.c_str());
  const git::Object object(raw);
  if (code == GIT_EAMBIGUOUS) {
    throw HistoryError(fmt::format(
        "revision \"{}\" is the beginning of several ids; give more digits",
        revision));
  }
  git_object* commit = nullptr;
  if (code < 0 || git_object_peel(&commit, raw, GIT_OBJECT_COMMIT) < 0) {
    // Not git_repository_is_empty(): it asks for the default branch as well.
    if (git_repository_head_unborn(state_->repository.get()) == 1) {
      throw HistoryError(
          fmt::format("repository {} has no commits yet; commit what should be "
                      "deployed",
                      state_->root.string()));
    }
    if (!state_->shallow.empty()) {
      throw NotFetched(fmt::format("there is no commit \"{}\" in {}, a shallow "
                                   "clone; {}",
                                   revision, state_->root.string(),
                                   kUnshallow));
    }
    throw HistoryError(fmt::format(
        "there is no commit \"{}\" in {} (see: git log --all; or fetch it: git "
        "fetch --all --tags)",
        revision, state_->root.string()));
  }
  const git::Object peeled(commit);
  return {git::to_hex(*git_object_id(commit))};
}

std::vector<std::string> GitHistory::changed_files(
    std::string_view path) const {
  git_status_options options{};
  git::check(git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION),
             "cannot compare the work tree with HEAD");
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags =
      GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
  std::string below = git::tree_path(path);
  char* spec = below.data();
  if (!below.empty()) options.pathspec = {&spec, 1};
  git_status_list* raw = nullptr;
  git::check(git_status_list_new(&raw, state_->repository.get(), &options),
             "cannot compare the work tree with HEAD");
  const git::StatusList list(raw);
  git_index* in_use = nullptr;
  git::check(git_repository_index(&in_use, state_->repository.get()),
             "cannot read the index");
  const git::Index index(in_use);
  std::vector<std::string> files;
  for (std::size_t i = 0; i < git_status_list_entrycount(raw); ++i) {
    const git_status_entry* entry = git_status_byindex(raw, i);
    const git_diff_delta* delta =
        entry->head_to_index ? entry->head_to_index : entry->index_to_workdir;
    if (!delta) continue;
    const char* file = delta->new_file.path;
    if (entry->status == GIT_STATUS_WT_DELETED &&
        is_left_out(index.get(), file)) {
      continue;
    }
    if (entry->status == GIT_STATUS_WT_MODIFIED &&
        is_converted(state_->repository.get(), file)) {
      continue;
    }
    files.emplace_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

CommitGraph GitHistory::between(const CommitId& good, const CommitId& bad,
                                BetweenOptions options) const {
  git::Walked walked = state_->walk(good, bad, options.first_parent);
  // A walk along first parents may pass good by without meeting it.
  if (!options.first_parent || walked.good_is_ancestor) {
    state_->last = {good, bad, walked.good_is_ancestor};
  }
  return std::move(walked.graph);
}

MainLine GitHistory::main_line(const CommitId& commit) const {
  MainLine line;
  git::CommitHeader read;
  git_oid at = git::to_oid(commit);
  for (;;) {
    state_->objects.read_commit(at, read);
    line.commits.push_back({git::to_hex(at)});
    line.times.push_back(read.time);
    if (read.parents.empty()) break;
    const auto& shallow = state_->shallow;
    line.cut = std::any_of(
        shallow.begin(), shallow.end(),
        [&](const git_oid& one) { return git_oid_equal(&one, &at) != 0; });
    if (line.cut) break;
    at = read.parents.front();
  }
  std::reverse(line.commits.begin(), line.commits.end());
  std::reverse(line.times.begin(), line.times.end());
  return line;
}

bool GitHistory::is_ancestor(const CommitId& ancestor,
                             const CommitId& commit) const {
  if (ancestor == commit) return true;
  const auto& last = state_->last;
  if (!last || last->ancestor != ancestor || last->commit != commit) {
    const git::Walked walked = state_->walk(ancestor, commit, false);
    state_->last = {ancestor, commit, walked.good_is_ancestor};
  }
  return last->holds;
}

std::optional<CommitId> GitHistory::merge_base(const CommitId& a,
                                               const CommitId& b) const {
  if (is_ancestor(a, b)) return a;
  const git_oid one = git::to_oid(a), two = git::to_oid(b);
  git_oid base;
  const int code = git_merge_base(&base, state_->repository.get(), &one, &two);
  if (code == GIT_ENOTFOUND) return std::nullopt;
  git::check(code, "cannot find the common ancestor");
  return CommitId{git::to_hex(base)};
}

CommitInfo GitHistory::info(const CommitId& commit) const {
  const git_oid id = git::to_oid(commit);
  git_commit* raw = nullptr;
  git::check(git_commit_lookup(&raw, state_->repository.get(), &id),
             fmt::format("cannot read commit {}", commit.hex));
  const git::Commit parsed(raw);
  const git_signature* author = git_commit_author(raw);
  const char* summary = git_commit_summary(raw);
  CommitInfo info{commit, author->name, iso_date(author->when),
                  summary ? summary : "", git_commit_parentcount(raw) > 1};
  for (unsigned i = 0; i < git_commit_parentcount(raw); ++i) {
    info.parents.push_back(git::to_hex(*git_commit_parent_id(raw, i)));
  }
  return info;
}

std::vector<std::string> GitHistory::changed_paths(
    const CommitId& commit) const {
  const git::CommitHeader header = state_->header(commit);
  std::optional<git_oid> before;
  if (!header.parents.empty()) {
    git::CommitHeader parent;
    state_->objects.read_commit(header.parents.front(), parent);
    before = parent.tree;
  }
  std::vector<std::string> paths;
  for (auto& change : diff_trees(state_->objects, before, header.tree)) {
    paths.push_back(std::move(change.path));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> GitHistory::changed_paths(
    const CommitId& from, const CommitId& to, std::string_view path) const {
  const std::string below = git::tree_path(path);
  const auto tree_at = [&](const CommitId& commit) -> std::optional<git_oid> {
    const auto entry =
        state_->objects.find_path(state_->header(commit).tree, below);
    if (!entry || !entry->is_tree()) return std::nullopt;
    return entry->id;
  };
  std::vector<std::string> paths;
  const std::string prefix = below.empty() ? "" : below + '/';
  for (const auto& change :
       diff_trees(state_->objects, tree_at(from), tree_at(to))) {
    paths.push_back(prefix + change.path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::optional<std::string> GitHistory::tree_id(const CommitId& commit,
                                               std::string_view path) const {
  const auto entry =
      state_->objects.find_path(state_->header(commit).tree, path);
  if (!entry) return std::nullopt;
  return git::to_hex(entry->id);
}

std::string GitHistory::inputs_id(
    const CommitId& commit, std::string_view path,
    const std::vector<std::string>& inputs) const {
  return inputs_id_of(state_->objects, state_->folder(commit, path), inputs);
}

bool GitHistory::matches(const CommitId& commit, std::string_view path,
                         const std::string& input) const {
  return !git::matched_entries(state_->objects, state_->folder(commit, path),
                               {input})
              .empty();
}

std::vector<CommitId> GitHistory::parents(const CommitId& commit) const {
  std::vector<CommitId> parents;
  for (const git_oid& parent : state_->header(commit).parents) {
    parents.push_back({git::to_hex(parent)});
  }
  return parents;
}

bool GitHistory::has(const CommitId& commit) const {
  return state_->objects.has(git::to_oid(commit));
}

std::vector<bool> GitHistory::unchanged(const CommitGraph& graph,
                                        std::string_view path,
                                        const std::vector<std::string>& inputs,
                                        BetweenOptions options) const {
  std::vector<bool> same(graph.size(), false);
  if (git::path_parts(path).empty() && inputs.empty()) return same;
  const State::Scan scan = state_->scan(graph, path);
  const git::Objects& objects = state_->objects;
  PathFinder finder(objects, path);
  std::map<CommitGraphOid, std::string> ids;  // a folder has many children
  const auto id = [&](const CommitGraphOid& folder) -> const std::string& {
    const auto [at, added] = ids.try_emplace(folder);
    if (added && folder != CommitGraphOid{}) {
      at->second = inputs_id_of(objects, from_graph(folder), inputs);
    }
    return at->second;
  };
  const auto alike = [&](const CommitGraphOid& a, const CommitGraphOid& b) {
    return a == b || (!inputs.empty() && id(a) == id(b));
  };
  git::CommitHeader header, parent;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const auto parents = graph.parents_of(i);
    std::size_t wanted = scan.parent_counts[i];
    if (options.first_parent) wanted = std::min<std::size_t>(wanted, 1);
    bool equal = wanted > 0;
    for (const std::uint32_t p : parents) {
      equal = equal && alike(scan.trees[p], scan.trees[i]);
    }
    // The graph leaves out parents on good's side: few commits have one.
    if (equal && parents.size() < wanted) {
      objects.read_commit(from_graph(graph.oids[i]), header);
      for (std::size_t k = 0; k < wanted; ++k) {
        objects.read_commit(header.parents[k], parent);
        equal =
            equal && alike(to_graph(finder.find(parent.tree)), scan.trees[i]);
      }
    }
    same[i] = equal;
  }
  return same;
}

std::optional<std::string> GitHistory::read_file(const CommitId& commit,
                                                 std::string_view path) const {
  const auto entry =
      state_->objects.find_path(state_->header(commit).tree, path);
  if (!entry || entry->is_tree() || entry->is_submodule()) return std::nullopt;
  return std::string(state_->objects.read(entry->id, GIT_OBJECT_BLOB).text());
}

std::vector<std::string> GitHistory::list_files(const CommitId& commit,
                                                std::string_view path) const {
  const git_oid tree = state_->folder(commit, path);
  const std::string below = git::tree_path(path);
  const std::string prefix = below.empty() ? "" : below + '/';
  std::vector<std::string> files;
  for (const auto& change : diff_trees(state_->objects, std::nullopt, tree)) {
    if (change.after->is_submodule()) continue;
    files.push_back(prefix + change.path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> GitHistory::refusal(const CommitId& commit,
                                               std::string_view path) const {
  const auto entry =
      state_->objects.find_path(state_->header(commit).tree, path);
  if (entry && entry->is_tree()) return std::nullopt;
  if (entry && entry->is_submodule()) {
    return fmt::format(
        "{} is a submodule of {}; search in its own repository (--source {})",
        path, state_->root.string(), (state_->root / path).string());
  }
  return fmt::format("commit {} has no folder {}", commit.hex.substr(0, 12),
                     path);
}

void GitHistory::set_tag(const std::string& name, const CommitId& commit) {
  const git_oid id = git::to_oid(commit);
  const std::string ref = "refs/tags/" + name;
  int valid = 0;
  if (git_reference_name_is_valid(&valid, ref.c_str()) < 0 || valid == 0) {
    throw HistoryError(
        fmt::format("\"{}\" cannot be the name of a git tag", name));
  }
  git_reference* raw = nullptr;
  git::check(git_reference_create(&raw, state_->repository.get(), ref.c_str(),
                                  &id, /*force=*/1, "rung: known good"),
             fmt::format("cannot set tag {}", name));
  const git::Reference reference(raw);
}

}  // namespace rung
