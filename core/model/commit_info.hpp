#pragma once

#include <string>

#include "core/model/release.hpp"

namespace rung {

/// The facts about a commit that reports show.
struct CommitInfo {
  CommitId id;
  std::string author;   ///< name, without the address
  std::string date;     ///< author's, "2024-03-01T12:30:00+01:00"
  std::string subject;  ///< first paragraph in one line
  bool merge = false;   ///< it has more than one parent
  std::vector<std::string> parents = {};  ///< 40 hex digits each
};

}  // namespace rung
