#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "adapters/checkout/builds.hpp"
#include "adapters/journal/seal.hpp"
#include "core/model/clock.hpp"

namespace rung {

/// What every adapter of a platform beyond rung's own processes is given.
struct RemoteSettings {
  std::string app;     ///< the plan's name: labels what rung makes
  std::string target;  ///< the target's name
  /// This process of rung, for labels: "KEY-PID-START", [a-z0-9-]+. KEY is the
  /// journal's.
  std::string run;
  /// The source and a folder for work, private to this worker.
  BuildSettings build;
  std::map<std::string, std::string> options;  ///< the target's, as text
  std::set<std::string> secret_names;
  /// Survives rung; shared by the workers of one target. See StateFile.
  std::filesystem::path state;
  const SealKey& key;
  Clock& clock;
  /// The plan's, where paths of options begin and commands run; "" = source.
  std::filesystem::path folder = {};
};

}  // namespace rung
