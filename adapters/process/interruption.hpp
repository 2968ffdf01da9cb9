#pragma once

namespace rung {

/// A request to stop waiting. It comes from the user (SIGINT, SIGTERM, SIGHUP)
/// and applies to all threads, or from the thread's own Cancellation. While it
/// is set, each wait in adapters/ wakes up and throws Interrupted; stopping
/// processes continues regardless. Thread-safe.
class Interruption {
 public:
  /// Makes SIGINT, SIGTERM and SIGHUP request it. A second signal before
  /// clear() ends rung at once (its programs are still cleaned up: see
  /// Launcher); while an Uninterrupted exists, a third one does. A signal that
  /// the caller had set to be ignored stays ignored.
  static void install();
  /// Requests it for all threads. Async-signal-safe.
  static void request() noexcept;
  [[nodiscard]] static bool requested() noexcept;
  /// The user's request is done: later waits (to restore the live release) work
  /// again.
  static void clear() noexcept;
  /// Readable while requested; use it in poll() beside the other descriptors.
  /// Each thread calls this for itself.
  [[nodiscard]] static int fd() noexcept;
  /// Throws Interrupted while requested.
  static void check();
};

/// A request from one thread to stop another one. At most 64 exist at a time.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept;
  void clear() noexcept;
  /// From now on, Interruption on the calling thread includes this one.
  void obey() noexcept;

 private:
  friend class Interruption;
  int slot_;
};

/// While this exists, its thread can clean up without interruption. It holds
/// back the request that triggered the clean-up, the user's first request
/// meanwhile, and a cancellation; all of them apply afterwards. The user's
/// second request takes effect at once.
class Uninterrupted {
 public:
  Uninterrupted() noexcept;
  ~Uninterrupted();
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;

 private:
  bool outermost_;
};

}  // namespace rung
