#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "adapters/process/interruption.hpp"
#include "cmd/hunting/prober.hpp"
#include "core/hunting/trials.hpp"

namespace rung {

/// A thread per prober. Trials go in and results come out on the caller's
/// thread; stages are passed on as they are reached.
class Workers final : public Trials {
 public:
  /// REQUIRES: probers.size() >= count; they outlive this.
  Workers(const std::vector<std::unique_ptr<Prober>>& probers,
          std::size_t count);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Waits for the probes under way.
  ~Workers() override;

  [[nodiscard]] std::size_t workers() const override { return slots_.size(); }
  [[nodiscard]] bool ready(const Release& release) const override;
  void give(std::size_t worker, Trial trial) override;
  void cancel(const std::vector<Point>& points) override;
  std::optional<TrialEvent> next(std::optional<Clock::Time> until) override;
  void check() const override;

 private:
  struct Slot {
    std::optional<Trial> trial;  ///< given, and not begun
    std::optional<Point> point;  ///< what it probes
    Cancellation cancellation;
  };

  void tell(TrialEvent event);
  void work(std::size_t worker, Prober& prober);

  const std::vector<std::unique_ptr<Prober>>& probers_;
  std::mutex mutex_;
  std::condition_variable wake_, happened_;
  std::deque<Slot> slots_;
  std::deque<TrialEvent> events_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rung
