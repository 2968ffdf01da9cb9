#include "cmd/hunting/workers.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace rung {

Workers::Workers(const std::vector<std::unique_ptr<Prober>>& probers,
                 std::size_t count)
    : probers_(probers) {
  for (std::size_t i = 0; i < count; ++i) slots_.emplace_back();
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, i] { work(i, *probers_[i]); });
  }
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Workers::ready(const Release& release) const {
  return probers_.front()->ready(release);
}

void Workers::check() const { Interruption::check(); }

void Workers::give(std::size_t worker, Trial trial) {
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[worker];
    slot.cancellation.clear();
    slot.point = trial.proposal.point;
    slot.trial = std::move(trial);
  }
  wake_.notify_all();
}

void Workers::cancel(const std::vector<Point>& points) {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.point && std::find(points.begin(), points.end(), *slot.point) !=
                          points.end()) {
      slot.cancellation.request();
    }
  }
}

std::optional<TrialEvent> Workers::next(std::optional<Clock::Time> until) {
  std::unique_lock lock(mutex_);
  const auto happened = [this] { return !events_.empty(); };
  if (!until) {
    happened_.wait(lock, happened);
  } else if (!happened_.wait_until(lock, *until, happened)) {
    return std::nullopt;
  }
  TrialEvent event = std::move(events_.front());
  events_.pop_front();
  if (!event.stage) slots_[event.worker].point.reset();
  // The user's wish comes before ours: then all of rung is to stop.
  event.cancelled = event.cancelled && !Interruption::requested();
  return event;
}

void Workers::tell(TrialEvent event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  happened_.notify_one();
}

void Workers::work(std::size_t worker, Prober& prober) {
  slots_[worker].cancellation.obey();
  for (;;) {
    Trial trial;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closing_ || slots_[worker].trial; });
      if (!slots_[worker].trial) return;
      trial = std::move(*slots_[worker].trial);
      slots_[worker].trial.reset();
    }
    TrialEvent event;
    event.worker = worker;
    try {
      event.evidence = prober.probe(
          trial.release,
          [&](Stage stage) {
            TrialEvent reached;
            reached.worker = worker;
            reached.stage = stage;
            tell(std::move(reached));
          },
          trial.enough);
    } catch (const Interrupted&) {
      event.cancelled = slots_[worker].cancellation.requested();
      event.error = std::current_exception();
    } catch (...) {
      event.error = std::current_exception();
    }
    event.trial = std::move(trial);
    tell(std::move(event));
  }
}

}  // namespace rung
