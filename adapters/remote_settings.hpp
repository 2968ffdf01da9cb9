#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "adapters/local_builds.hpp"
#include "adapters/seal.hpp"
#include "core/clock.hpp"

namespace rung {

/// What every adapter of a platform beyond rung's own processes is given.
struct RemoteSettings {
  std::string app;     ///< the plan's name: labels what rung makes
  std::string target;  ///< the target's name
  std::string run;     ///< this process of rung, for labels; [a-z0-9-]+
  /// The source and a folder for work, private to this worker.
  BuildSettings build;
  std::map<std::string, std::string> options;  ///< the target's, as text
  std::set<std::string> secret_names;
  /// Survives rung; shared by the workers of one target. See StateFile.
  std::filesystem::path state;
  const SealKey& key;
  Clock& clock;
};

}  // namespace rung
