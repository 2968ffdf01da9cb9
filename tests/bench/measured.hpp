#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rung::bench {

/// One command, from its start to its end; the processor time is that of all
/// it started too, however far they went from it.
struct Measured {
  double seconds = 0;  ///< until the command itself ended
  double cpu = 0;      ///< seconds, user and system
  double peak_mb = 0;  ///< of the largest single process
  int exit = 0;        ///< 128 + n when it was killed by signal n
  std::string out;     ///< its stdout
};

/// REQUIRES: the caller has no other children. stderr goes to /dev/null.
Measured measured(const std::vector<std::string>& argv,
                  const std::filesystem::path& cwd);

double median(std::vector<double> numbers);

/// One line: cores, model, memory, kernel, load now.
std::string machine();

}  // namespace rung::bench
