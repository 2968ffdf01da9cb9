#include "adapters/late/late_library.hpp"

#include <catch2/catch.hpp>

#include "core/base/error.hpp"

namespace rung::late_library_test {

TEST_CASE("A library that is missing and one that is too old are told apart",
          "[adapters][late]") {
  const LateLibrary missing("libno-such.so.9", "libno-such9");
  // What the loader says: a missing file, or one that it needs itself.
  CHECK_THROWS_WITH(missing.get<int()>("f"),
                    Catch::Contains("libno-such.so.9 cannot be loaded (") &&
                        Catch::Contains("No such file") &&
                        Catch::Contains("install libno-such9"));
  const LateLibrary old("libc.so.6", "libc6");
  CHECK(old.get<int()>("getpid") != nullptr);
  CHECK_THROWS_WITH(old.get<int()>("no_such_function"),
                    Catch::Contains("libc.so.6 is too old: it lacks "
                                    "no_such_function") &&
                        Catch::Contains("newer libc6"));
}

}  // namespace rung::late_library_test
