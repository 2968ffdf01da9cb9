#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace rung {

/// Base of all that rung throws on purpose. Throw a subclass, never this.
/// what() is one line: what was being done, to what, where, what to try.
/// It never holds a secret.
class Error : public std::runtime_error {
 public:
  /// Control characters become blanks: messages quote what users wrote, and
  /// that may hold anything.
  explicit Error(std::string what)
      : std::runtime_error(one_line(std::move(what))) {}

 private:
  static std::string one_line(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return text;
  }
};

/// what(): "FILE:LINE:COLUMN: KEY/PATH: what is wrong (did you mean ...)".
class PlanError : public Error {
  using Error::Error;
};

/// The platform could not be asked: down, bad credentials, quota.
class PlatformError : public Error {
  using Error::Error;
};

/// Somebody else removed what rung had made or was looking at. Said of no
/// release; asking again shows how things are now.
class RemovedError : public PlatformError {
  using PlatformError::PlatformError;
};

/// Nothing can work until somebody acts (a port in use, a full disk, a wrong
/// token): not retried, blames no release, ends the command.
class AbortError : public Error {
  using Error::Error;
};

/// A repository cannot be read: shallow, bare, commit not there.
class HistoryError : public Error {
  using Error::Error;
};

/// The journal cannot be opened, read or written.
class JournalError : public Error {
  using Error::Error;
};

/// A user's diagnosis rules cannot be used: which rule, and why.
class RulesError : public Error {
  using Error::Error;
};

/// Wrong usage on the command line: exit 129.
class UsageError : public Error {
  using Error::Error;
};

/// SIGINT or SIGTERM: exit 130, resumable.
class Interrupted : public Error {
  using Error::Error;
};

}  // namespace rung
