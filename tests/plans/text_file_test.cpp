#include "plans/text_file.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "core/base/error.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::text_file_test {

using namespace std::chrono_literals;

TEST_CASE("A text file is read whole, or not at all", "[plans][text_file]") {
  const fakes::TempFolder folder;
  const auto file = folder.path() / "file";
  CHECK_THROWS_WITH(read_text_file(file, 100), Catch::Contains("no such file"));
  CHECK_THROWS_WITH(read_text_file(folder.path(), 100),
                    Catch::Contains("a folder"));
  std::ofstream(file) << std::string(100'000, 'x');
  CHECK(read_text_file(file, 100'000) == std::string(100'000, 'x'));
  CHECK_THROWS_WITH(read_text_file(file, 99'999),
                    Catch::Contains("larger than"));
  CHECK_THROWS_AS(read_text_file("/dev/zero", 100), PlanError);
  CHECK(read_text_file("/dev/null", 100).empty());
}

TEST_CASE("A pipe is read to its end, and not waited for in vain",
          "[plans][text_file]") {
  const fakes::TempFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_text_file(pipe, 100),
                    Catch::Contains("nobody writes to"));
  std::thread writer([&] {
    std::this_thread::sleep_for(50ms);
    std::ofstream out(pipe);
    std::this_thread::sleep_for(50ms);
    out << "first " << std::flush;
    std::this_thread::sleep_for(50ms);
    out << "second";
  });
  CHECK(read_text_file(pipe, 100) == "first second");
  writer.join();
}

}  // namespace rung::text_file_test
