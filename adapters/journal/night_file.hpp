#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/nightly/night_state.hpp"

namespace rung {

/// The file that keeps a NightState between nights. Written as a whole or not
/// at all: who is killed leaves the file of before.
class NightFile {
 public:
  /// `subject`: what the state belongs to; of another one nothing is read.
  NightFile(std::filesystem::path file, std::string subject)
      : file_(std::move(file)), subject_(std::move(subject)) {}

  /// An empty state if there is no file. One that is damaged is renamed, and
  /// `notes` tells where to; then the state is empty, too. Throws JournalError
  /// if it cannot read or rename it, UsageError if it is of another subject or
  /// of a newer rung.
  [[nodiscard]] NightState read(std::vector<std::string>& notes) const;
  /// Throws JournalError: the disk is full, the folder is not writable.
  void write(const NightState& state) const;
  /// A state from somewhere else. Throws JournalError, also if it is damaged.
  [[nodiscard]] NightState read_other(const std::filesystem::path& file) const;

 private:
  std::filesystem::path file_;
  std::string subject_;
};

}  // namespace rung
