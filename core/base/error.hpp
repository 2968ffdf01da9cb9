#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace rung {

/// Base class of each exception that rung throws on purpose. Throw a subclass,
/// never this class. what() is one line: the action, its object, where it
/// failed, and what to try. It never holds a secret.
class Error : public std::runtime_error {
 public:
  /// Replaces control characters with blanks: messages quote text from users,
  /// which can hold anything.
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

/// rung could not use the platform: it is down, bad credentials, quota.
class PlatformError : public Error {
  using Error::Error;
};

/// Somebody else removed something that rung had made or was looking at. This
/// says nothing about a release; retry to see the current state.
class RemovedError : public PlatformError {
  using PlatformError::PlatformError;
};

/// Nothing can work until somebody acts (a port in use, a full disk, a wrong
/// token). rung does not retry, blames no release and ends the command.
class AbortError : public Error {
  using Error::Error;
};

/// rung cannot read a repository: it is shallow or bare, or lacks the commit.
class HistoryError : public Error {
  using Error::Error;
};

/// rung cannot open, read or write the journal.
class JournalError : public Error {
  using Error::Error;
};

/// rung cannot use the diagnosis rules of a user. what() says which rule, and
/// why.
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
