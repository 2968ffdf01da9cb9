#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/input/subject.hpp"
#include "core/model/release.hpp"

namespace rung {

/// A file or folder of the user's work tree that no release has.
struct LeftAtHome {
  std::string path;      ///< relative to the deployed folder
  bool ignored = false;  ///< by git; else nobody added it
};

/// Those of them that `log` says it cannot find ("No such file", "Cannot find
/// module"): a trial fails for want of what works at home. Empty without a
/// history. Never throws.
std::vector<LeftAtHome> missing_files(const Subject& subject,
                                      const CommitId& commit,
                                      std::string_view log);

/// One sentence: which they are and what to do.
std::string told(const std::vector<LeftAtHome>& files);

}  // namespace rung
