#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rung {

/// An env file (no link), what it holds and what it is to hold.
struct EnvEdit {
  std::filesystem::path file;
  std::string before, after;
};

/// An env file that was changed, and the copy of what it held.
struct EditedFile {
  std::string file, copy;
};
/// "cp COPY FILE": puts the old text back, into the same file.
std::string undo_of(const EditedFile& edited);

/// Throws PlanError for a file that cannot be edited, before anything is.
void require_editable(const std::vector<EnvEdit>& edits);

/// See edit_file().
using FileEditor =
    std::function<std::string(const std::filesystem::path& file,
                              std::string_view before, std::string_view after)>;

/// Edits all files or none. The old ones are copied to `copies`, a folder that
/// it makes; while it works, a note there says so to who comes after a kill.
/// Throws PlanError: nothing is changed, or it names each file that is and
/// could not be put back, with the command for that.
std::vector<EditedFile> apply_edits(const std::vector<EnvEdit>& edits,
                                    const std::filesystem::path& copies,
                                    const FileEditor& editor);

/// Where a plan's folder keeps the copies, a folder for each run.
std::filesystem::path env_copies_in(const std::filesystem::path& folder);

/// The copies of one run.
struct EnvCopies {
  std::filesystem::path folder;
  std::uint64_t bytes = 0;
  /// Only if the run was ended before it was done: the note that says so, the
  /// files that differ from their copies, and drafts beside them.
  std::filesystem::path note;
  std::vector<EditedFile> changed;
  std::vector<std::filesystem::path> drafts;
  [[nodiscard]] bool unfinished() const {
    return !changed.empty() || !drafts.empty();
  }
};
/// All that a plan's folder has, by run.
std::vector<EnvCopies> env_copies(const std::filesystem::path& folder);

/// What a person has to know of an unfinished run; lines.
std::vector<std::string> told_of_unfinished(const EnvCopies& copies);

}  // namespace rung
