#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/journal/seal.hpp"

namespace rung {

/// A small JSON document that survives rung, sealed because it may hold
/// secrets: what an adapter is about to change, so that the next rung can put
/// it back. Written whole and on disk when write() returns. Throws
/// JournalError.
class StateFile {
 public:
  /// `key` outlives this.
  StateFile(std::filesystem::path file, const SealKey& key)
      : file_(std::move(file)), key_(key) {}
  /// nullopt: there is none. A damaged one is an error, never "none".
  [[nodiscard]] std::optional<nlohmann::json> read() const;
  void write(const nlohmann::json& document) const;
  /// None there is no error.
  void erase() const;

 private:
  std::filesystem::path file_;
  const SealKey& key_;
};

}  // namespace rung
