#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rung {

/// What a file holds; "" if it cannot be read. Never throws for that: a file
/// below /proc ends with its process, and a folder may have a file's name.
/// (std::istreambuf_iterator throws where reading fails.)
inline std::string file_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return text.str();
}

}  // namespace rung
