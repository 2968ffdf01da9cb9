#pragma once

#include <cstddef>

namespace rung {

/// Bytes of a text: [begin, end).
struct TextRange {
  std::size_t begin = 0, end = 0;
};

}  // namespace rung
