#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace rung::fakes {

/// What a file holds; "" when it cannot be read.
inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace rung::fakes
