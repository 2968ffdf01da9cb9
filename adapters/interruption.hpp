#pragma once

namespace rung {

/// The user's wish to stop (SIGINT, SIGTERM, SIGHUP). While it is requested,
/// whatever waits in adapters/ wakes up and throws Interrupted; stopping
/// processes goes on regardless. Process-wide and thread-safe.
class Interruption {
 public:
  /// Makes SIGINT, SIGTERM and SIGHUP request it; a second signal before
  /// clear() ends rung at once (its programs are still cleaned up: see
  /// Launcher). A signal that the caller had set to be ignored stays ignored.
  static void install();
  /// Async-signal-safe.
  static void request() noexcept;
  [[nodiscard]] static bool requested() noexcept;
  /// The wish is granted: later waits (restoring what served) work again.
  static void clear() noexcept;
  /// Readable while requested: for poll() beside whatever is waited for.
  [[nodiscard]] static int fd() noexcept;
  /// Throws Interrupted while requested.
  static void check();
};

}  // namespace rung
