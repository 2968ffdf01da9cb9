#include "adapters/checkout/worktree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <set>

#include "adapters/checkout/blob_writer.hpp"
#include "adapters/checkout/later_time.hpp"
#include "adapters/checkout/locked_folder.hpp"
#include "adapters/checkout/worktree_files.hpp"
#include "adapters/checkout/worktree_state.hpp"
#include "adapters/git/attributes.hpp"
#include "adapters/git/error.hpp"
#include "adapters/git/local_clones.hpp"
#include "adapters/git/objects.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;
using files::Cursor;
using files::Kind;
using files::Tracked;
using git::FileChange;

/// Adds the folders in which a file lies. REQUIRES: so was each in `folders`.
void add_folders_above(const std::string& file,
                       std::set<std::string>& folders) {
  for (auto slash = file.rfind('/'); slash != file.npos;
       slash = slash == 0 ? file.npos : file.rfind('/', slash - 1)) {
    if (!folders.insert(file.substr(0, slash)).second) return;
  }
}

std::string subject(const fs::path& git_dir, const std::string& path,
                    int folder) {
  struct stat status {};
  if (fstat(folder, &status) != 0) files::fail(errno, "open", git_dir);
  return fmt::format("{}\n{}\n{}:{}", git_dir.string(), path, status.st_dev,
                     status.st_ino);
}

/// `path` checked and in its plain form; throws PlatformError.
std::string overlay_path(const std::string& path) {
  const fs::path plain = fs::path(path).lexically_normal();
  if (plain.empty() || plain.is_absolute() || plain == "." ||
      *plain.begin() == ".." || !plain.has_filename() ||
      path.find('\0') != path.npos) {
    throw PlatformError(fmt::format(
        "generated file \"{}\": a path inside the deployed folder is needed",
        path));
  }
  return plain.string();
}

}  // namespace

struct Worktree::State {
  State(const GitHistory& history, fs::path where, std::string_view deployed)
      : git_dir(history.git_dir().string()),
        source{history.git_dir(), history.root()},
        path(git::tree_path(deployed)),
        root_folder(fs::absolute(where).lexically_normal()),
        folder(path.empty() ? root_folder : root_folder / path),
        root(open_locked(root_folder, path, folder)),
        reader(git_dir),
        log(root_folder.string() + ".state", subject(git_dir, path, root.get())),
        now(log.load()) {
    // The user's repository may be another clone by now, or git gc has removed
    // the commit: nothing can be compared with it then.
    if (now.commit && !reader.objects.has(*now.commit)) {
      log.restart();
      now = {};
    }
    if (now.commit) commit = CommitId{git::to_hex(*now.commit)};
    unseen = commit.has_value();
  }

  std::string git_dir;
  git::Clone source;
  std::string path;  ///< what is deployed, inside the repository
  fs::path root_folder;  ///< stands for the repository's root
  fs::path folder;  ///< what is deployed, below it
  FileDescriptor root;  ///< `folder`, open
  BlobReader reader;
  files::SnapshotLog log;
  files::Snapshot now;
  std::optional<CommitId> commit;  ///< now.commit; unset while changing
  /// The log is of an earlier run: a trial may have been at work since.
  bool unseen = false;
  /// Set while what is written must look later than all that is there.
  std::optional<LaterTime> later;
  std::optional<timespec> write_time;  ///< once it is known which
  SubmoduleParts parts;          ///< submodules, by path in the repository
  std::set<std::string> hollow;  ///< those not at hand: empty folders

  /// A trial may have removed the folder, or put another in its place: then
  /// it is made anew and holds no commit.
  void stand_again() {
    struct stat held {}, there {};
    if (fstat(root.get(), &held) == 0 && lstat(folder.c_str(), &there) == 0 &&
        held.st_dev == there.st_dev && held.st_ino == there.st_ino) {
      return;
    }
    root = open_locked(root_folder, path, folder);
    log = files::SnapshotLog(root_folder.string() + ".state",
                             subject(git_dir, path, root.get()));
    log.restart();
    now = {};
    commit.reset();
    unseen = false;
  }

  [[nodiscard]] git_oid tree_of(const git_oid& id) const {
    git::CommitHeader header;
    reader.objects.read_commit(id, header);
    const auto entry = reader.objects.find_path(header.tree, path);
    if (!entry || !entry->is_tree()) {
      throw CannotDeploy(fmt::format("commit {} has no folder {}",
                                     git::to_hex(id).substr(0, 12), path));
    }
    return entry->id;
  }

  [[nodiscard]] std::string in_repository(const std::string& file) const {
    return path.empty() ? file : path + '/' + file;
  }

  /// Everything that changes files or `now` runs in here: a failure, or the
  /// end of the process, leaves a mark that this folder is not to be trusted.
  template <class Change>
  void change(const git_oid& to, const Change& doing) {
    log.begin();
    commit.reset();
    doing();
    now.commit = to;
    log.end(now);
    commit = CommitId{git::to_hex(to)};
  }

  [[nodiscard]] std::string attributes_above(const git_oid& id) const {
    git::CommitHeader header;
    reader.objects.read_commit(id, header);
    return git::attributes_above(reader.objects, header.tree, path);
  }

  /// The same with the files of submodules in the place of the links to them.
  std::vector<FileChange> with_submodules(std::vector<FileChange> changes,
                                          const git_oid& to) {
    const auto is_link = [](const std::optional<git::TreeEntry>& entry) {
      return entry && entry->is_submodule();
    };
    if (std::none_of(changes.begin(), changes.end(), [&](const auto& file) {
          return is_link(file.before) || is_link(file.after);
        })) {
      return changes;
    }
    git::CommitHeader header;
    reader.objects.read_commit(to, header);
    const std::size_t above = in_repository("").size();
    std::vector<FileChange> all;
    for (FileChange& file : changes) {
      if (!is_link(file.before) && !is_link(file.after)) {
        all.push_back(std::move(file));
        continue;
      }
      git::Submodules found;
      if (is_link(file.after)) {
        git::expand_link(reader.objects, source, header.tree, "",
                         in_repository(file.path), file.after->id, found);
      }
      forget_submodule(file.path);
      for (const auto& [name, unused] : tracked_below(file.path)) {
        if (is_link(file.before) && !found.files.contains(in_repository(name))) {
          all.push_back({name, git::TreeEntry{}, std::nullopt});
        }
      }
      if (file.before && !is_link(file.before)) {
        all.push_back({file.path, file.before, std::nullopt});
      }
      for (auto& [name, entry] : found.files) {
        // Where it moves from commit to commit, what stays the same is kept.
        // Beside a folder that becomes a submodule its files are removed, and a
        // checkout wants them all.
        const auto is = now.files.find(name.substr(above));
        if (is_link(file.before) && is != now.files.end() && !now.conversions &&
            git_oid_equal(&is->second.blob, &entry.id) != 0 &&
            is->second.kind == kind_of_mode(entry.mode)) {
          continue;
        }
        all.push_back({name.substr(above), std::nullopt, std::move(entry)});
      }
      if (file.after && !is_link(file.after)) {
        all.push_back({file.path, std::nullopt, file.after});
      }
      for (auto& part : found.parts) parts.emplace(part.path, part);
      for (const auto& absent : found.absent) {
        hollow.insert(absent.path.substr(above));
      }
    }
    return all;
  }

  void forget_submodule(const std::string& file) {
    const auto within = [](const std::string& name, const std::string& top) {
      return name == top || name.starts_with(top + '/');
    };
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    std::erase_if(hollow, [&](const std::string& name) {
      if (!within(name, file)) return false;
      files::remove_if_empty(cursor, name);
      return true;
    });
    std::erase_if(parts, [&](const auto& part) {
      return within(part.first, in_repository(file));
    });
  }

  [[nodiscard]] std::shared_ptr<void> no_longer_later() {
    return {nullptr, [this](void*) {
              later.reset();
              write_time.reset();
            }};
  }

  [[nodiscard]] std::map<std::string, Tracked> tracked_below(
      const std::string& top) const {
    std::map<std::string, Tracked> below;
    for (auto at = now.files.lower_bound(top + '/');
         at != now.files.end() && at->first.starts_with(top + '/'); ++at) {
      below.insert(*at);
    }
    return below;
  }

  void make_hollow() const {
    Cursor cursor(root.get(), folder, Cursor::Missing::create);
    for (const std::string& name : hollow) cursor.folder_of(name + "/.");
  }

  void write_all(const std::vector<BlobWrite>& writes, const git_oid& at) {
    if (later && !write_time && !writes.empty()) {
      write_time = later_than_trials(root.get(), now, *later);
    }
    const BlobsOf blobs{git_dir, reader, parts, now.conversions, path, at};
    const auto written = write_blobs(blobs, root.get(), folder, writes,
                                     write_time ? &*write_time : nullptr);
    const std::int64_t time = log.now();
    for (std::size_t i = 0; i < writes.size(); ++i) {
      remember(writes[i].path, written[i], time);
    }
  }

  void remember(const std::string& file, Tracked tracked, std::int64_t time) {
    tracked.racy = tracked.stamp.changed >= time;
    log.set(file, tracked);
    now.files.insert_or_assign(file, tracked);
    now.fetched = now.fetched || tracked.fetched;
  }

  void remove_all(const std::vector<FileChange>& changes) {
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    std::set<std::string> folders;
    for (const FileChange& file : changes) {
      if (!file.before || file.after) continue;
      if (file.before->is_submodule()) continue;
      files::remove(cursor, file.path);
      now.files.erase(file.path);
      log.erase(file.path);
      add_folders_above(file.path, folders);
    }
    remove_empty(folders);
  }

  void remove_empty(const std::set<std::string>& folders) const {
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    for (auto it = folders.rbegin(); it != folders.rend(); ++it) {
      files::remove_if_empty(cursor, *it);
    }
  }

  static std::vector<BlobWrite> writes_of(
      const std::vector<FileChange>& changes) {
    std::vector<BlobWrite> writes;
    for (const FileChange& file : changes) {
      if (!file.after) continue;
      writes.push_back(
          {file.path, file.after->id, kind_of_mode(file.after->mode)});
    }
    return writes;
  }

  /// Everything anew, whatever the folder holds. Files that are right already
  /// are kept: reading them costs a third of writing them, and ext4 is slow
  /// at making files right after as many were removed. Files that nobody
  /// committed stay where it is known which those are.
  void check_out(const git_oid& to) {
    const bool known = commit.has_value();
    parts.clear();
    hollow.clear();
    const auto changes = with_submodules(
        git::diff_trees(reader.objects, std::nullopt, tree_of(to)), to);
    commit.reset();
    log.restart();
    change(to, [&] {
      const files::Snapshot before = std::exchange(now, {});
      now.conversions = git::asks_for_conversion(attributes_above(to)) ||
                        git::asks_for_conversion(reader.objects, changes);
      now.fetched = !parts.empty() || !hollow.empty();
      unseen = false;
      const std::vector<BlobWrite> all = writes_of(changes);
      std::error_code unread;
      if (fs::is_empty(folder, unread)) {
        write_all(all, to);
        return make_hollow();
      }
      for (const BlobWrite& file : all) {
        Tracked& tracked = now.files[file.path];
        tracked.blob = file.blob;
        tracked.kind = file.kind;
        tracked.converted = now.conversions;  // compared by no hash
      }
      if (known) {
        remove_stale(before);
      } else {
        remove_untracked();
      }
      restore_tracked(to);
      make_hollow();
    });
  }

  /// What was committed or generated then and is not committed now.
  void remove_stale(const files::Snapshot& before) {
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    std::set<std::string> folders;
    const auto remove = [&](const std::string& file) {
      if (now.files.contains(file)) return;
      files::remove(cursor, file);
      add_folders_above(file, folders);
    };
    for (const auto& [file, unused] : before.files) remove(file);
    for (const std::string& file : before.overlay) remove(file);
    remove_empty(folders);
  }

  /// Whether .gitattributes may treat unchanged files differently in `to`.
  [[nodiscard]] bool conversions_change(const std::vector<FileChange>& changes,
                                        const git_oid& from,
                                        const git_oid& to) const {
    const bool changed =
        std::any_of(changes.begin(), changes.end(), [](const auto& file) {
          return git::is_attributes_file(file.path);
        });
    if (changed && (now.conversions ||
                    git::asks_for_conversion(reader.objects, changes))) {
      return true;
    }
    if (path.empty()) return false;
    const std::string above = attributes_above(to);
    return above != attributes_above(from) &&
           (now.conversions || git::asks_for_conversion(above));
  }

  void step(const git_oid& from, const git_oid& to) {
    auto changes = git::diff_trees(reader.objects, tree_of(from), tree_of(to));
    if (conversions_change(changes, from, to)) return check_out(to);
    change(to, [&] {
      changes = with_submodules(std::move(changes), to);
      if (!now.conversions && git::asks_for_conversion(reader.objects, changes)) {
        now.conversions = true;  // a submodule's
      }
      now.fetched = now.fetched || !parts.empty() || !hollow.empty();
      take_overlay_off(from);
      if (std::exchange(unseen, false)) restore_tracked(from);
      remove_all(changes);
      write_all(writes_of(changes), to);
      make_hollow();
    });
  }

  /// Puts back what is committed where generated files are.
  void take_overlay_off(const git_oid& at) {
    if (now.overlay.empty()) return;
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    std::vector<BlobWrite> writes;
    std::set<std::string> folders;
    for (const std::string& file : now.overlay) {
      const auto tracked = now.files.find(file);
      if (tracked != now.files.end()) {
        writes.push_back({file, tracked->second.blob, tracked->second.kind});
        continue;
      }
      files::remove(cursor, file);
      add_folders_above(file, folders);
    }
    remove_empty(folders);
    write_all(writes, at);
    now.overlay.clear();
    log.set_overlay(now.overlay);
  }

  enum class Look { same, same_content, differs };

  [[nodiscard]] Look look_at(Cursor& cursor, const std::string& file,
                             const Tracked& tracked) const {
    const auto status = files::status(cursor, file);
    if (!status || files::kind_of(*status) != tracked.kind) {
      return Look::differs;
    }
    const bool same_stamp = files::stamp_of(*status) == tracked.stamp;
    if (same_stamp && !tracked.racy) return Look::same;
    if (tracked.converted) return Look::differs;
    const std::string content = files::read(cursor, file, tracked.kind);
    git_oid id;
    git::check(
        git_odb_hash(&id, content.data(), content.size(), GIT_OBJECT_BLOB),
        "cannot hash a file");
    if (git_oid_equal(&id, &tracked.blob) == 0) return Look::differs;
    return Look::same_content;
  }

  [[nodiscard]] bool changed() const {
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    return std::any_of(
        now.files.begin(), now.files.end(), [&](const auto& file) {
          return !now.overlay.contains(file.first) &&
                 look_at(cursor, file.first, file.second) == Look::differs;
        });
  }

  void restore_tracked(const git_oid& at) {
    Cursor cursor(root.get(), folder, Cursor::Missing::skip);
    std::vector<BlobWrite> writes;
    const std::int64_t time = log.now();
    for (auto& [file, tracked] : now.files) {
      const Look look = look_at(cursor, file, tracked);
      if (look == Look::differs) {
        if (later && !tracked.converted) later->changed = true;
        const auto is = later ? files::status(cursor, file) : std::nullopt;
        if (is) later->touched = std::max(later->touched, is->st_mtim.tv_sec);
        writes.push_back({file, tracked.blob, tracked.kind});
      } else if (look == Look::same_content) {
        const auto status = files::status(cursor, file);
        if (!status) continue;
        tracked.stamp = files::stamp_of(*status);
        tracked.racy = tracked.stamp.changed >= time;
        log.set(file, tracked);
      }
    }
    if (later) later->looked = true;
    write_all(writes, at);
  }

  static bool is_gits(std::string_view name) {
    return name == ".git" || name.starts_with(".git/");
  }

  void remove_untracked() const {
    remove_beside();
    files::remove_unless(root.get(), folder,
                         [this](const std::string& name, bool is_folder) {
                           if (path.empty() && is_gits(name)) return true;
                           if (!is_folder) return now.files.contains(name);
                           const auto below = now.files.lower_bound(name + '/');
                           return below != now.files.end() &&
                                  below->first.starts_with(name + '/');
                         });
  }

  /// What a trial left beside the deployed folder, up to the root.
  void remove_beside() const {
    std::error_code error;
    fs::path at = root_folder;
    for (const fs::path& next : fs::path(path)) {
      if (!fs::is_directory(fs::symlink_status(at, error))) return;
      for (const auto& entry : fs::directory_iterator(at, error)) {
        const fs::path name = entry.path().filename();
        if (name == next || (at == root_folder && name == ".git")) continue;
        std::error_code ignored;
        fs::remove_all(entry.path(), ignored);
      }
      at /= next;
    }
  }

  [[nodiscard]] git_oid current() const {
    if (!commit) {
      throw PlatformError(fmt::format(
          "{} holds no commit yet: nothing was checked out", folder.string()));
    }
    return *now.commit;
  }

  void write_overlay(const std::map<std::string, std::string>& generated) {
    const git_oid at = current();
    // A committed link on the way would lead the write elsewhere.
    std::map<std::string, const std::string*> plain;
    for (const auto& [name, content] : generated) {
      const std::string file = overlay_path(name);
      for (auto slash = file.find('/'); slash != file.npos;
           slash = file.find('/', slash + 1)) {
        if (now.files.contains(file.substr(0, slash))) {
          throw PlatformError(fmt::format(
              "generated file {}: {} is not a folder in this commit", file,
              file.substr(0, slash)));
        }
      }
      const auto below = now.files.lower_bound(file + '/');
      if (below != now.files.end() && below->first.starts_with(file + '/')) {
        throw PlatformError(fmt::format(
            "generated file {}: it is a folder in this commit", file));
      }
      plain[file] = &content;
    }
    change(at, [&] {
      take_overlay_off(at);
      for (const auto& [file, unused] : plain) now.overlay.insert(file);
      log.set_overlay(now.overlay);
      Cursor cursor(root.get(), folder, Cursor::Missing::create);
      for (const auto& [file, content] : plain) {
        const auto tracked = now.files.find(file);
        const Kind kind = tracked != now.files.end() &&
                                  tracked->second.kind == Kind::executable
                              ? Kind::executable
                              : Kind::plain;
        files::write(cursor, file, kind, *content);
      }
    });
  }
};

Worktree::Worktree(const GitHistory& history, fs::path root, std::string path)
    : state_(std::make_unique<State>(history, std::move(root), path)) {}
Worktree::~Worktree() = default;
Worktree::Worktree(Worktree&&) noexcept = default;
Worktree& Worktree::operator=(Worktree&&) noexcept = default;

const fs::path& Worktree::folder() const {
  return state_->folder;
}
const fs::path& Worktree::root() const {
  return state_->root_folder;
}
const std::string& Worktree::path() const {
  return state_->path;
}
bool Worktree::has_submodules() const {
  return !state_->parts.empty() || !state_->hollow.empty();
}
const files::Snapshot& Worktree::snapshot() const {
  return state_->now;
}
bool Worktree::holds(const std::string& file) const {
  return state_->now.files.contains(file);
}
bool Worktree::occupies(const std::string& path) const {
  const auto& files = state_->now.files;
  for (auto at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
    if (files.contains(path.substr(0, at))) return true;
  }
  const auto below = files.lower_bound(path + '/');
  return files.contains(path) ||
         (below != files.end() && below->first.starts_with(path + '/'));
}
const std::optional<CommitId>& Worktree::commit() const {
  return state_->commit;
}

bool Worktree::changed() const {
  return state_->changed();
}

void Worktree::move_to(const CommitId& commit) {
  const git_oid to = git::to_oid(commit);
  state_->stand_again();
  if (!state_->commit) return state_->check_out(to);
  // What the user's own clones and stores hold may have changed since then.
  if (state_->unseen && state_->now.fetched) return state_->check_out(to);
  const git_oid from = *state_->now.commit;
  if (*state_->commit == commit && state_->now.overlay.empty() &&
      !state_->unseen) {
    return;
  }
  state_->step(from, to);
}

void Worktree::move_on(const CommitId& commit) {
  state_->later.emplace();
  const auto done = state_->no_longer_later();
  if (state_->commit) reset(Reset::tracked);
  move_to(commit);
}

void Worktree::move_later(const CommitId& commit) {
  state_->later.emplace();
  const auto done = state_->no_longer_later();
  move_to(commit);
}

void Worktree::reset(Reset mode) {
  const git_oid at = state_->current();
  state_->stand_again();
  if (!state_->commit) return state_->check_out(at);
  // Only a checkout looks up where the files of submodules come from.
  if (state_->unseen && state_->now.fetched) state_->check_out(at);
  state_->change(at, [&] {
    state_->take_overlay_off(at);
    state_->restore_tracked(at);
    if (mode == Reset::all) {
      state_->remove_untracked();
      state_->make_hollow();
    }
  });
}

void Worktree::overlay(const std::map<std::string, std::string>& files) {
  state_->write_overlay(files);
}

}  // namespace rung
