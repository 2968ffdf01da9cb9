#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/docker/engine.hpp"
#include "tests/fakes/git_repository.hpp"

namespace rung::bench {

/// A web service in Python, in a repository of its own, that a commit breaks:
/// it needs `seconds` until it listens, as one does that waits for its
/// database, and ends with a KeyError from commit `culprit` on.
class PythonApp {
 public:
  PythonApp(double seconds, std::size_t commits, std::size_t culprit);

  /// The plan with one target, as YAML's {...} says it; its file.
  std::filesystem::path plan(const std::string& target);
  /// Where the plan and its journal are.
  [[nodiscard]] const std::filesystem::path& folder() const {
    return folder_.path();
  }
  [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }

 private:
  fakes::TemporaryFolder folder_;
  fakes::GitRepository repository_;
  double seconds_;
  std::vector<std::string> ids_;  ///< oldest first; the first is good
};

/// Makes the image the app's Dockerfile builds on, of this machine's Python.
void make_python_image(DockerEngine& engine);

}  // namespace rung::bench
