#include "cmd/running/env_edits.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/file_text.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNote = "unfinished.json";

/// Plans in other folders may have the same env file: one rung at a time
/// changes the files of a folder. Not the file's own lock: it is replaced.
std::vector<FileDescriptor> locked_folders(const std::vector<EnvEdit>& edits) {
  std::set<fs::path> folders;
  for (const EnvEdit& edit : edits) folders.insert(edit.file.parent_path());
  std::vector<FileDescriptor> locks;
  for (const fs::path& folder : folders) {
    FileDescriptor& lock = locks.emplace_back(
        ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) continue;
    throw PlanError(fmt::format(
        "cannot lock {}: {}", folder.string(),
        lock && errno == EWOULDBLOCK
            ? "another rung changes files there; try again when it has ended"
            : std::strerror(errno)));
  }
  return locks;
}

void make_file(const fs::path& file, const std::string& text) {
  if (create_file(file, text)) return;
  throw PlanError(
      fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

std::string note_of(const std::vector<EditedFile>& files) {
  Json note = {{"rung", 1}, {"files", Json::array()}};
  for (const EditedFile& one : files) {
    note["files"].push_back({{"file", one.file}, {"copy", one.copy}});
  }
  return note.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// Puts back the first `count` of them; what could not be, with the command.
std::string not_put_back(const std::vector<EnvEdit>& edits,
                         const std::vector<EditedFile>& files,
                         std::size_t count, const FileEditor& editor) {
  std::string left;
  while (count-- > 0) {
    const EnvEdit& edit = edits[count];
    const std::string why = editor(edit.file, edit.after, edit.before);
    if (why.empty()) continue;
    left += fmt::format("; {} stays changed ({}): {}", edit.file.string(), why,
                        undo_of(files[count]));
  }
  return left;
}

}  // namespace

std::string undo_of(const EditedFile& edited) {
  return fmt::format("cp {} {}", shell_quoted(edited.copy),
                     shell_quoted(edited.file));
}

void require_editable(const std::vector<EnvEdit>& edits) {
  for (const EnvEdit& edit : edits) {
    const std::string why = obstacle_to_editing(edit.file);
    if (why.empty()) continue;
    throw PlanError(fmt::format("cannot change {}: {}; delete by hand",
                                edit.file.string(), why));
  }
}

std::vector<EditedFile> apply_edits(const std::vector<EnvEdit>& edits,
                                    const fs::path& copies,
                                    const FileEditor& editor) {
  const auto locks = locked_folders(edits);
  require_editable(edits);
  for (const EnvEdit& edit : edits) {
    if (file_text(edit.file) == edit.before) continue;
    throw PlanError(fmt::format(
        "{} changed while rung tried; nothing is deleted, run this again",
        edit.file.string()));
  }
  std::error_code error;
  fs::create_directories(copies, error);
  fs::permissions(copies, fs::perms::owner_all, error);
  std::vector<EditedFile> files;
  for (const EnvEdit& edit : edits) {
    const auto copy = copies / fmt::format("{}-{}", files.size() + 1,
                                           edit.file.filename().string());
    make_file(copy, edit.before);
    files.push_back({edit.file.string(), copy.string()});
  }
  const fs::path note = copies / kNote;
  make_file(note, note_of(files));
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const std::string why =
        editor(edits[i].file, edits[i].before, edits[i].after);
    if (why.empty()) continue;
    const std::string left = not_put_back(edits, files, i, editor);
    if (left.empty()) fs::remove_all(copies, error);
    throw PlanError(fmt::format("cannot change {}: {}{}", files[i].file, why,
                                left.empty() ? "; nothing is deleted" : left));
  }
  fs::remove(note, error);
  return files;
}

fs::path env_copies_in(const fs::path& folder) {
  return folder / ".rung" / "pruned";
}

std::vector<EnvCopies> env_copies(const fs::path& folder) {
  std::map<fs::path, EnvCopies> all;
  std::error_code error;
  for (const auto& run : fs::directory_iterator(env_copies_in(folder), error)) {
    if (!run.is_directory(error) || run.is_symlink(error)) continue;
    EnvCopies& copies = all[run.path()];
    copies.folder = run.path();
    for (const auto& file : fs::directory_iterator(run.path(), error)) {
      const auto bytes = file.file_size(error);
      if (!error) copies.bytes += bytes;
    }
    const Json note =
        Json::parse(file_text(run.path() / kNote), nullptr, false);
    if (!note.is_object() || !note.contains("files")) continue;
    copies.note = run.path() / kNote;
    for (const Json& one : note["files"]) {
      if (!one.is_object()) continue;
      const EditedFile file{one.value("file", ""), one.value("copy", "")};
      if (file_text(file.file) != file_text(file.copy)) {
        copies.changed.push_back(file);
      }
      for (auto& draft : drafts_of(file.file)) copies.drafts.push_back(draft);
    }
  }
  std::vector<EnvCopies> out;
  for (auto& [unused, copies] : all) out.push_back(std::move(copies));
  return out;
}

std::vector<std::string> told_of_unfinished(const EnvCopies& copies) {
  std::vector<std::string> lines = {
      "a rung env prune --apply was ended before it was done"};
  for (const EditedFile& one : copies.changed) {
    lines.push_back(fmt::format("  {} has changed; undo: {}",
                                printable(one.file), undo_of(one)));
  }
  for (const fs::path& draft : copies.drafts) {
    lines.push_back(
        fmt::format("  a draft is left: rm {}", shell_quoted(draft.string())));
  }
  lines.push_back(
      fmt::format("  to finish, run it again; once the files are as they "
                  "should be: rm {}",
                  shell_quoted(copies.note.string())));
  return lines;
}

}  // namespace rung
