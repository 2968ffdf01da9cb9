#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/diagnosis/diagnosis.hpp"

namespace rung::harmless_test {
namespace {

std::vector<std::string> harmless_lines() {
  std::ifstream in(RUNG_SOURCE_DIR "/tests/core/diagnosis/harmless_lines.txt");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  REQUIRE(lines.size() > 100);
  return lines;
}

/// The line with other numbers, as long as before. Numbers in which a code of
/// an error hides are where precision fails.
std::string renumbered(std::string line, std::mt19937& random) {
  constexpr std::string_view kCodes[] = {"137", "143", "404", "429",
                                         "500", "502", "503", "127"};
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i;
    while (end < line.size() &&
           std::isdigit(static_cast<unsigned char>(line[end])) != 0) {
      ++end;
    }
    if (end == i) {
      ++i;
      continue;
    }
    const bool alone = (i == 0 || line[i - 1] == ' ') &&
                       (end == line.size() || line[end] == ' ');
    if (end - i == 3 && alone) {
      line.replace(i, 3, kCodes[random() % std::size(kCodes)]);
    } else if (end - i > 3) {
      for (std::size_t k = i + 1; k < end; ++k) {
        line[k] = static_cast<char>('0' + random() % 10);
      }
    }
    i = end;
  }
  return line;
}

}  // namespace

TEST_CASE("Harmless lines are no failure, alone or after a success",
          "[core][diagnosis][harmless]") {
  constexpr std::size_t kLines = 2000;
  const auto lines = harmless_lines();
  std::mt19937 random(20261130);
  std::size_t alone = 0, after_live = 0;
  std::string alarms;
  for (std::size_t i = 0; i < kLines; ++i) {
    std::string line = lines[i % lines.size()];
    if (i >= lines.size()) line = renumbered(std::move(line), random);
    if (const auto found = diagnose(line + "\n"); found.cause != "none") {
      ++alone;
      alarms += fmt::format("{} alone: {}\n", found.cause, line);
    }
    if (const auto found = diagnose("==> Your service is live\n" + line + "\n");
        found.cause != "none") {
      ++after_live;
      alarms += fmt::format("{} after live: {}\n", found.cause, line);
    }
  }
  INFO(alarms);
  CHECK(alone <= kLines / 100);
  CHECK(after_live == 0);
}

TEST_CASE("A failure between harmless lines is still found",
          "[core][diagnosis][harmless]") {
  const auto lines = harmless_lines();
  std::string log;
  for (std::size_t i = 0; i < 60; ++i) {
    // What says that all is well counts as a success.
    if (lines[i].find("live") == std::string::npos) log += lines[i] + "\n";
  }
  log += "ModuleNotFoundError: No module named 'flask'\n";
  for (std::size_t i = 60; i < 75; ++i) log += lines[i] + "\n";
  const auto found = diagnose(log);
  CHECK(found.cause == "missing-module");
  CHECK(found.evidence == "flask");
}

TEST_CASE("What a platform does in the end is no cause of its own",
          "[core][diagnosis][follows]") {
  const auto cause = [](const char* log) { return diagnose(log).cause; };
  CHECK(cause("Error R10 (Boot timeout) -> Web process failed to bind to $PORT "
              "within 60 seconds of launch\n"
              "Stopping process with SIGKILL\n"
              "Process exited with status 137\n") == "no-port-bound");
  // Without it the kill is what there is to tell.
  CHECK(cause("Process exited with status 137\n") == "oom-killed");
  CHECK(cause("rake aborted!\nArgumentError: Missing required arguments: k\n"
              "Precompiling assets failed.\n") == "app-exception");
}

}  // namespace rung::harmless_test
