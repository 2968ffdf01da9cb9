#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "adapters/platform/state_file.hpp"

namespace rung {

/// A StateFile that the workers of a run share: one of them reads, changes and
/// writes at a time. (Other runs are kept away by the journal's lock.)
class SharedState {
 public:
  /// `key` outlives this.
  SharedState(const std::filesystem::path& file, const SealKey& key)
      : file_(file, key) {}

  /// An object, empty if there is no file.
  [[nodiscard]] nlohmann::json read() const;
  /// On disk when it returns. Writes nothing when `change` changed nothing.
  void change(const std::function<void(nlohmann::json&)>& change) const;

 private:
  StateFile file_;
};

}  // namespace rung
