#pragma once

namespace rung {

/// The wish to stop what this thread waits for: the user's (SIGINT, SIGTERM,
/// SIGHUP), meant for all threads, or that of the thread's own Cancellation.
/// While it is requested, whatever waits in adapters/ wakes up and throws
/// Interrupted; stopping processes goes on regardless. Thread-safe.
class Interruption {
 public:
  /// Makes SIGINT, SIGTERM and SIGHUP request it; a second signal before
  /// clear() ends rung at once (its programs are still cleaned up: see
  /// Launcher), unless somebody is Uninterrupted: then a third one does. A
  /// signal that the caller had set to be ignored stays ignored.
  static void install();
  /// For all threads. Async-signal-safe.
  static void request() noexcept;
  [[nodiscard]] static bool requested() noexcept;
  /// The user's wish is granted: later waits (restoring what served) work
  /// again.
  static void clear() noexcept;
  /// Readable while requested: for poll() beside whatever is waited for. Each
  /// thread asks for itself.
  [[nodiscard]] static int fd() noexcept;
  /// Throws Interrupted while requested.
  static void check();
};

/// The wish to stop what one thread does, expressed by another one. At most 64
/// exist at a time.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept;
  void clear() noexcept;
  /// From now on Interruption means this one too, on the calling thread.
  void obey() noexcept;

 private:
  friend class Interruption;
  int slot_;
};

/// While it lives its thread puts right what is half done, undisturbed: by the
/// wish that made it do so, by the user's first one meanwhile, by being called
/// off. All of them hold afterwards. The user's second wish is obeyed at once.
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
