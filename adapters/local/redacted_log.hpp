#pragma once

#include <cstddef>
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
  static constexpr std::size_t kMost = 32 << 20;
  /// Appends to `file`, which is created with mode 0600. A file of `most` bytes
  /// is moved to FILE.1, in place of the one before; a file that somebody
  /// removes begins anew. Throws AbortError.
  RedactedLog(std::filesystem::path file, Redactor redact,
              std::size_t most = kMost);
  RedactedLog(const RedactedLog&) = delete;
  RedactedLog& operator=(const RedactedLog&) = delete;
  /// What was written until now is in the file then.
  ~RedactedLog();

  /// What the program opens for appending instead of the file.
  [[nodiscard]] std::filesystem::path entry() const;

 private:
  void copy();
  void put(bool all);
  void begin_anew_if_needed();

  std::filesystem::path path_;
  Redactor redact_;
  std::size_t most_;
  FileDescriptor file_, out_, in_, stop_;
  std::string pending_;  ///< read, and not yet in the file
  std::thread copier_;
};

}  // namespace rung
