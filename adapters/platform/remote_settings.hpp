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

/// Settings for each adapter of a platform beyond rung's own processes.
struct RemoteSettings {
  std::string app;     ///< the plan's name, for labels
  std::string target;  ///< the target's name
  /// This process of rung, for labels: "KEY-PID-START", [a-z0-9-]+. KEY is the
  /// journal's.
  std::string run;
  /// The source and a work folder, private to this worker.
  BuildSettings build;
  std::map<std::string, std::string> options;  ///< the target's, as text
  std::set<std::string> secret_names;
  /// A file that survives rung; the workers of one target share it. See
  /// StateFile.
  std::filesystem::path state;
  const SealKey& key;
  Clock& clock;
  /// The plan's folder: commands run there, and paths in options are relative
  /// to it; "" = source.
  std::filesystem::path folder = {};
};

}  // namespace rung
