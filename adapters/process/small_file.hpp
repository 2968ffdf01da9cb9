#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "adapters/process/file_text.hpp"

namespace rung {

inline constexpr std::uintmax_t kSmallFile = 1 << 20;

/// What a regular file of at most kSmallFile bytes holds; nullopt for anything
/// else, so that nothing that is no file makes rung wait.
inline std::optional<std::string> small_file_text(
    const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) ||
      std::filesystem::file_size(file, error) > kSmallFile || error) {
    return std::nullopt;
  }
  return file_text(file);
}

}  // namespace rung
