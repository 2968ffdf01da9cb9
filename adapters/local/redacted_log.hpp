#pragma once

#include <filesystem>
#include <string>
#include <thread>

#include "adapters/process/file_descriptor.hpp"
#include "core/text/redact.hpp"

namespace rung {

/// A log file that a program writes through a redactor. What the program writes
/// to entry() stands in the file a moment later, without secrets.
class RedactedLog {
 public:
  /// Appends to `file`, which is created with mode 0600. Throws AbortError.
  RedactedLog(const std::filesystem::path& file, Redactor redact);
  RedactedLog(const RedactedLog&) = delete;
  RedactedLog& operator=(const RedactedLog&) = delete;
  /// What was written until now is in the file then.
  ~RedactedLog();

  /// What the program opens for appending instead of the file.
  [[nodiscard]] std::filesystem::path entry() const;

 private:
  void copy();
  void put(bool all);

  Redactor redact_;
  FileDescriptor file_, out_, in_, stop_;
  std::string pending_;  ///< read, and not yet in the file
  std::thread copier_;
};

}  // namespace rung
