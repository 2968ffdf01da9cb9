#include "adapters/git/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/git/history.hpp"

namespace rung::git {
namespace {

[[noreturn]] void damaged(const char* what, const git_oid& id) {
  throw HistoryError(
      fmt::format("{} {} is damaged (see: git fsck)", what, to_hex(id)));
}

std::uint32_t plain_mode(std::uint32_t mode) {
  switch (mode & 0170000) {
    case 0040000:
      return GIT_FILEMODE_TREE;
    case 0120000:
      return GIT_FILEMODE_LINK;
    case 0160000:
      return GIT_FILEMODE_COMMIT;
    default:  // old histories have 100664 and the like
      return (mode & 0100) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE
                                : GIT_FILEMODE_BLOB;
  }
}

/// Steps through a tree object: "MODE NAME\0" and 20 bytes, again and again.
class TreeBytes {
 public:
  TreeBytes(std::string_view rest, const git_oid& id) : rest_(rest), id_(id) {}

  bool next() {
    if (rest_.empty()) return false;
    const auto space = rest_.find(' ');
    if (space == rest_.npos) damaged("tree", id_);
    const auto end = rest_.find('\0', space);
    if (end == rest_.npos || rest_.size() < end + 1 + GIT_OID_RAWSZ) {
      damaged("tree", id_);
    }
    const auto read =
        std::from_chars(rest_.data(), rest_.data() + space, mode_, 8);
    if (read.ptr != rest_.data() + space) damaged("tree", id_);
    name_ = rest_.substr(space + 1, end - space - 1);
    raw_ = rest_.data() + end + 1;
    rest_.remove_prefix(end + 1 + GIT_OID_RAWSZ);
    return true;
  }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] TreeEntry entry() const {
    TreeEntry entry{std::string(name_), plain_mode(mode_), {}};
    std::memcpy(entry.id.id, raw_, GIT_OID_RAWSZ);
    return entry;
  }

 private:
  std::string_view rest_, name_;
  const git_oid& id_;
  std::uint32_t mode_ = 0;
  const char* raw_ = nullptr;
};

void diff_into(const Objects& objects, const std::string& folder,
               const std::optional<git_oid>& before,
               const std::optional<git_oid>& after,
               std::vector<FileChange>& out) {
  const auto old_entries = objects.read_tree(before);
  const auto new_entries = objects.read_tree(after);
  auto a = old_entries.begin();
  auto b = new_entries.begin();
  while (a != old_entries.end() || b != new_entries.end()) {
    const TreeEntry* was = nullptr;
    const TreeEntry* is = nullptr;
    const int order = a == old_entries.end()   ? 1
                      : b == new_entries.end() ? -1
                                               : a->name.compare(b->name);
    if (order <= 0) was = &*a++;
    if (order >= 0) is = &*b++;
    if (was && is && was->same_as(*is)) continue;

    std::string path = folder + (was ? was : is)->name;
    FileChange change;
    std::optional<git_oid> old_tree, new_tree;
    if (was && was->is_tree()) old_tree = was->id;
    if (was && !was->is_tree())
      change.before = TreeEntry{{}, was->mode, was->id};
    if (is && is->is_tree()) new_tree = is->id;
    if (is && !is->is_tree()) change.after = TreeEntry{{}, is->mode, is->id};
    if (change.before || change.after) {
      change.path = path;
      out.push_back(std::move(change));
    }
    if (old_tree || new_tree) {
      diff_into(objects, path + '/', old_tree, new_tree, out);
    }
  }
}

}  // namespace

Objects::Objects(git_repository* repository) : repository_(repository) {
  git_odb* odb = nullptr;
  check(git_repository_odb(&odb, repository), "cannot open the objects");
  odb_.reset(odb);
}

Objects::Bytes Objects::read(const git_oid& id, git_object_t type) const {
  git_odb_object* raw = nullptr;
  const int code = git_odb_read(&raw, odb_.get(), &id);
  if (code == GIT_ENOTFOUND) {
    const std::string git_dir = git_repository_path(repository_);
    const std::string what =
        fmt::format("{} {}", git_object_type2string(type), to_hex(id));
    if (type == GIT_OBJECT_COMMIT && !shallow_commits(git_dir).empty()) {
      throw NotFetched(what + " is not in this shallow clone; " +
                       std::string(kUnshallow));
    }
    if (!promisor(git_dir).empty()) {
      throw NotFetched(what + " is not in this partial clone; " +
                           std::string(kRefetch),
                       {to_hex(id)});
    }
    throw HistoryError(what + " is not in the repository; see: git fsck");
  }
  if (code < 0) check(code, fmt::format("cannot read {}", to_hex(id)));
  Bytes bytes{OdbObject(raw)};
  if (git_odb_object_type(raw) != type) {
    throw HistoryError(
        fmt::format("object {} is a {}, not a {}", to_hex(id),
                    git_object_type2string(git_odb_object_type(raw)),
                    git_object_type2string(type)));
  }
  return bytes;
}

bool Objects::has(const git_oid& id) const {
  return git_odb_exists_ext(odb_.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

void Objects::borrow(const std::filesystem::path& folder) {
  if (!borrowed_.insert(folder).second) return;
  check(git_odb_add_disk_alternate(odb_.get(), folder.c_str()),
        fmt::format("cannot open {}", folder.string()));
}

std::size_t Objects::size_of(const git_oid& id) const {
  std::size_t size = 0;
  git_object_t type{};
  const int code = git_odb_read_header(&size, &type, odb_.get(), &id);
  if (code < 0) check(code, fmt::format("cannot read {}", to_hex(id)));
  return size;
}

void Objects::read_commit(const git_oid& id, CommitHeader& header) const {
  const Bytes bytes = read(id, GIT_OBJECT_COMMIT);
  std::string_view text = bytes.text();
  const auto take_id = [&](std::string_view word, git_oid& out) {
    if (!text.starts_with(word)) return false;
    if (text.size() < word.size() + GIT_OID_HEXSZ + 1 ||
        git_oid_fromstr(&out, text.data() + word.size()) != 0) {
      damaged("commit", id);
    }
    text.remove_prefix(word.size() + GIT_OID_HEXSZ + 1);
    return true;
  };
  header.parents.clear();
  if (!take_id("tree ", header.tree)) damaged("commit", id);
  for (git_oid parent; take_id("parent ", parent);) {
    header.parents.push_back(parent);
  }
  // "committer NAME <MAIL> SECONDS ZONE". The dates only order the walk, so
  // one that cannot be read counts as 0, as in git.
  header.time = 0;
  const auto line = text.find("\ncommitter ");
  if (line == text.npos) return;
  const auto end = text.find('\n', line + 1);
  const auto mail = text.rfind('>', end);
  if (mail == text.npos || mail < line || mail + 2 >= text.size()) return;
  std::from_chars(text.data() + mail + 2, text.data() + text.size(),
                  header.time);
}

std::vector<TreeEntry> Objects::read_tree(
    const std::optional<git_oid>& id) const {
  std::vector<TreeEntry> entries;
  if (!id) return entries;
  const Bytes bytes = read(*id, GIT_OBJECT_TREE);
  for (TreeBytes tree(bytes.text(), *id); tree.next();) {
    if (is_odd_name(tree.name())) continue;
    entries.push_back(tree.entry());
  }
  // Git orders "a" (a folder) as "a/": plain byte order is what lets two
  // trees be merged by name when a file became a folder.
  const auto by_name = [](const TreeEntry& a, const TreeEntry& b) {
    return a.name < b.name;
  };
  if (!std::is_sorted(entries.begin(), entries.end(), by_name)) {
    std::sort(entries.begin(), entries.end(), by_name);
  }
  const auto twice = std::adjacent_find(
      entries.begin(), entries.end(),
      [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != entries.end()) damaged("tree", *id);
  return entries;
}

std::optional<TreeEntry> Objects::find(const git_oid& tree,
                                       std::string_view name) const {
  const Bytes bytes = read(tree, GIT_OBJECT_TREE);
  for (TreeBytes entries(bytes.text(), tree); entries.next();) {
    if (entries.name() == name) return entries.entry();
  }
  return std::nullopt;
}

std::optional<TreeEntry> Objects::find_path(const git_oid& tree,
                                            std::string_view path) const {
  TreeEntry at{{}, GIT_FILEMODE_TREE, tree};
  for (const std::string& part : path_parts(path)) {
    if (!at.is_tree()) return std::nullopt;
    auto below = find(at.id, part);
    if (!below) return std::nullopt;
    at = std::move(*below);
  }
  return at;
}

bool is_odd_name(std::string_view name) {
  return name.empty() || name == "." || name == ".." || name == ".git" ||
         name.find('/') != name.npos;
}

namespace {

void collect_odd(const Objects& objects, const git_oid& id,
                 const std::string& folder, std::vector<std::string>& out) {
  const auto bytes = objects.read(id, GIT_OBJECT_TREE);
  for (TreeBytes tree(bytes.text(), id); tree.next();) {
    const std::string path = folder + std::string(tree.name());
    if (is_odd_name(tree.name())) {
      out.push_back(path);
    } else if (const TreeEntry entry = tree.entry(); entry.is_tree()) {
      collect_odd(objects, entry.id, path + '/', out);
    }
  }
}

}  // namespace

std::vector<std::string> odd_names(const Objects& objects,
                                   const git_oid& tree) {
  std::vector<std::string> names;
  collect_odd(objects, tree, "", names);
  return names;
}

std::vector<FileChange> diff_trees(const Objects& objects,
                                   const std::optional<git_oid>& before,
                                   const std::optional<git_oid>& after) {
  std::vector<FileChange> changes;
  if (before && after && git_oid_equal(&*before, &*after) != 0) return changes;
  diff_into(objects, "", before, after, changes);
  return changes;
}

std::vector<std::string> path_parts(std::string_view path) {
  if (path.starts_with('/')) {
    throw HistoryError(fmt::format(
        "path {} is absolute; give it relative to the repository", path));
  }
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      throw HistoryError("a path inside the repository cannot contain \"..\"");
    }
    parts.emplace_back(part);
  }
  return parts;
}

std::string tree_path(std::string_view path) {
  std::string joined;
  for (const std::string& part : path_parts(path)) {
    if (!joined.empty()) joined += '/';
    joined += part;
  }
  return joined;
}

}  // namespace rung::git
