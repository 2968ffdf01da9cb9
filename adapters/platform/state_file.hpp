#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/journal/seal.hpp"

namespace rung {

/// A small JSON document that survives rung, encrypted because it can hold
/// secrets. It holds the changes that an adapter is about to make, so that the
/// next rung can undo them. The whole document is on disk when write() returns.
/// Throws JournalError.
class StateFile {
 public:
  /// `key` outlives this.
  StateFile(std::filesystem::path file, const SealKey& key)
      : file_(std::move(file)), key_(key) {}
  /// nullopt: there is no file. A damaged file is an error, never "none".
  [[nodiscard]] std::optional<nlohmann::json> read() const;
  void write(const nlohmann::json& document) const;
  /// It is not an error if there is none.
  void erase() const;

 private:
  std::filesystem::path file_;
  const SealKey& key_;
};

}  // namespace rung
