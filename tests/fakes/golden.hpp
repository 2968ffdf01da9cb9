#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace rung::fakes {

/// Compares with tests/golden/`name`. RUNG_UPDATE_GOLDEN=1 in the environment
/// rewrites the file instead; review that diff like code.
inline void check_golden(const std::string& name, const std::string& text) {
  const std::string file = RUNG_SOURCE_DIR "/tests/golden/" + name;
  if (std::getenv("RUNG_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  std::ifstream in(file, std::ios::binary);
  INFO("golden file " << name << " (RUNG_UPDATE_GOLDEN=1 rewrites it)");
  REQUIRE(in);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  CHECK(text == expected);
}

}  // namespace rung::fakes
