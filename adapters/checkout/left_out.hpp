#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/git/history.hpp"

namespace rung {

/// Something of a commit that a checkout of ours does not have as a checkout
/// by git, with everything fetched, would have it.
struct LeftOut {
  enum class Kind { submodule, lfs, encrypted, filter, encoding, name };
  Kind kind = Kind::submodule;
  std::string path;   ///< relative to the repository
  std::string entry;  ///< what of the repository it hangs on: path, or a link
  std::string id;     ///< of that
  /// What stands there says something else than the file; the bytes of one
  /// with an unknown filter or encoding are the file's own.
  [[nodiscard]] bool is_missing() const {
    return kind == Kind::submodule || kind == Kind::lfs ||
           kind == Kind::encrypted;
  }
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

/// Finds what checkouts lack, without making any. Not thread-safe. Throws
/// HistoryError.
class LeftOuts {
 public:
  /// `path`: the deployed folder.
  LeftOuts(const GitHistory& history, std::string path);
  ~LeftOuts();

  /// Sorted by path. Asked for one commit after the other it reads only what
  /// differs.
  [[nodiscard]] const std::vector<LeftOut>& of(const CommitId& commit);
  /// Those of a commit that decide what a search between these two ends finds:
  /// missing, not the same at both ends, and among the inputs (none = all; see
  /// GitHistory::inputs_id).
  [[nodiscard]] std::vector<LeftOut> needed(
      const CommitId& commit, const CommitId& good, const CommitId& bad,
      const std::vector<std::string>& inputs);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// For people: a line for each kind, with what brings the files.
std::vector<std::string> notes_of(const std::vector<LeftOut>& left_out);
/// Equal texts, equal checkouts of one commit. "" = nothing was left out.
std::string digest_of(const std::vector<LeftOut>& left_out);

}  // namespace rung
