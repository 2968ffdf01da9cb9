#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/git/history.hpp"

namespace rung {

/// A part of a commit that is missing or different in rung's checkout, compared
/// with a git checkout that has everything fetched.
struct LeftOut {
  enum class Kind { submodule, lfs, encrypted, filter, encoding, name };
  Kind kind = Kind::submodule;
  std::string path;   ///< relative to the repository
  std::string entry;  ///< what of the repository it hangs on: path, or a link
  std::string id;     ///< of that
  /// Whether the checkout has something else in place of the file's content. A
  /// file with an unknown filter or encoding is not missing: its bytes are its
  /// own.
  [[nodiscard]] bool is_missing() const {
    return kind == Kind::submodule || kind == Kind::lfs ||
           kind == Kind::encrypted;
  }
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

/// Finds what checkouts lack without making them. Not thread-safe. Throws
/// HistoryError.
class LeftOuts {
 public:
  /// `path`: the deployed folder.
  LeftOuts(const GitHistory& history, std::string path);
  ~LeftOuts();

  /// Sorted by path. For one commit after another it reads only the
  /// differences.
  [[nodiscard]] const std::vector<LeftOut>& of(const CommitId& commit);
  /// Those of a commit that can decide a search between these two ends:
  /// missing, not the same at both ends, and among the inputs (none = all; see
  /// GitHistory::inputs_id).
  [[nodiscard]] std::vector<LeftOut> needed(
      const CommitId& commit, const CommitId& good, const CommitId& bad,
      const std::vector<std::string>& inputs);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// For people: a line for each kind, with the command that gets the files.
std::vector<std::string> notes_of(const std::vector<LeftOut>& left_out);
/// Equal texts mean equal checkouts of one commit. "" = nothing was left out.
std::string digest_of(const std::vector<LeftOut>& left_out);

}  // namespace rung
