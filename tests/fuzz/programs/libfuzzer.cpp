#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

// What libFuzzer calls; RUNG_FUZZ_TARGET is the function of one target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,  // NOLINT
                                      std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,  // NOLINT
                                      std::size_t size) {
  rung::fuzz::RUNG_FUZZ_TARGET(
      {reinterpret_cast<const char*>(data), size});
  return 0;
}
