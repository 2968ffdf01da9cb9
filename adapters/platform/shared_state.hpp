#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "adapters/platform/state_file.hpp"

namespace rung {

/// A StateFile that the workers of a run share: one worker at a time reads,
/// changes and writes it. (The journal's lock keeps other runs away.)
class SharedState {
 public:
  /// `key` outlives this.
  SharedState(const std::filesystem::path& file, const SealKey& key)
      : file_(file, key) {}

  /// An object, empty if there is no file.
  [[nodiscard]] nlohmann::json read() const;
  /// The change is on disk when this returns. Writes nothing if `change`
  /// changed nothing.
  void change(const std::function<void(nlohmann::json&)>& change) const;

 private:
  StateFile file_;
};

}  // namespace rung
