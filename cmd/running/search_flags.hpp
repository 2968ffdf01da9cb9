#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/running/find_break.hpp"

namespace rung {

/// The options of every command that searches: how long, how sure, how many
/// at a time.
class SearchFlags {
 public:
  void add_options(CLI::App& command_line);
  /// Takes over what was said. Throws UsageError.
  void apply(FindBreakOptions& options) const;
  /// What was said, as words of a command line.
  [[nodiscard]] std::vector<std::string> words() const;

 private:
  std::size_t workers_ = 1;
  unsigned max_probes_ = 0, max_minutes_ = 0;
  std::string max_time_;
  bool fresh_ = false, flaky_ = false, patient_ = false, deepen_ = false;
  std::optional<double> confidence_;
  unsigned repeat_ = 1;
};

}  // namespace rung
