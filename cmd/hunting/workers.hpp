#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "adapters/process/interruption.hpp"
#include "cmd/hunting/prober.hpp"
#include "core/search/search.hpp"

namespace rung {

/// A thread per prober. Jobs go in and results come out on the caller's
/// thread; stages are passed on as they are reached.
class Workers {
 public:
  struct Job {
    Proposal proposal;
    Release release;
    std::optional<std::chrono::milliseconds> enough;  ///< see hold()
  };
  struct Event {
    std::size_t worker = 0;
    std::optional<Stage> stage;  ///< set: a stage was reached; else finished
    Job job;
    ProbeEvidence evidence;
    bool cancelled = false;    ///< it was called off: there is no evidence
    std::exception_ptr error;  ///< set: the probe ended with it
  };

  /// REQUIRES: probers.size() >= count; they outlive this.
  Workers(const std::vector<std::unique_ptr<Prober>>& probers,
          std::size_t count);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Waits for the probes under way.
  ~Workers();

  /// nullopt when every worker is busy.
  [[nodiscard]] std::optional<std::size_t> idle() const;
  /// Nothing runs and nothing is left to be told.
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] std::size_t busy() const;
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  /// REQUIRES: the worker is idle.
  void give(std::size_t worker, Job job);
  /// Calls off the probes of these points; each still ends with an event.
  void cancel(const std::vector<Point>& points);
  /// Blocks until something happened.
  Event next();
  /// The same, but not for longer; nullopt: nothing did.
  std::optional<Event> next_until(std::chrono::steady_clock::time_point until);

 private:
  struct Slot {
    std::optional<Job> job;
    Point point;  ///< what it probes, while busy
    bool busy = false;
    Cancellation cancellation;
  };

  Event taken();
  void tell(Event event);
  void work(std::size_t worker, Prober& prober);

  mutable std::mutex mutex_;
  std::condition_variable wake_, happened_;
  std::deque<Slot> slots_;
  std::deque<Event> events_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rung
