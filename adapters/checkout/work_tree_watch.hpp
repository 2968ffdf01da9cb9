#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/process/file_descriptor.hpp"

namespace rung {

/// Sees which files of the user's work tree somebody opens. A trial has no
/// business there: an editable install, an absolute path or PYTHONPATH leads a
/// command to them, and then each commit is judged by the same files.
class WorkTreeWatch {
 public:
  /// `files`: those to look at, relative to `root`. Where the kernel gives no
  /// watches, nothing is seen.
  WorkTreeWatch(std::filesystem::path root,
                const std::vector<std::string>& files);

  /// Those opened since the last call; for Python also those whose compiled
  /// form was.
  std::set<std::string> take_opened();

 private:
  void watch(const std::string& folder);

  std::filesystem::path root_;
  std::set<std::string> files_;
  std::set<std::string> compiled_;  ///< where Python puts what it compiled
  FileDescriptor inotify_;
  std::map<int, std::string> watched_;  ///< folder by watch
};

}  // namespace rung
