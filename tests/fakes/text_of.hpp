#pragma once

#include "adapters/process/file_text.hpp"

namespace rung::fakes {

/// What a file holds; "" when it cannot be read.
inline std::string text_of(const std::filesystem::path& file) {
  return file_text(file);
}

}  // namespace rung::fakes
