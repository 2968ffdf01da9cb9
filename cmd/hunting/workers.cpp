#include "cmd/hunting/workers.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace rung {

Workers::Workers(const std::vector<std::unique_ptr<Prober>>& probers,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) slots_.emplace_back();
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, i, &probers] { work(i, *probers[i]); });
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

std::optional<std::size_t> Workers::idle() const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].busy) return i;
  }
  return std::nullopt;
}

std::size_t Workers::busy() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(),
                    [](const Slot& slot) { return slot.busy; }));
}

bool Workers::quiet() const {
  const std::lock_guard lock(mutex_);
  return events_.empty() &&
         std::none_of(slots_.begin(), slots_.end(),
                      [](const Slot& slot) { return slot.busy; });
}

void Workers::give(std::size_t worker, Job job) {
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[worker];
    slot.cancellation.clear();
    slot.point = job.proposal.point;
    slot.job = std::move(job);
    slot.busy = true;
  }
  wake_.notify_all();
}

void Workers::cancel(const std::vector<Point>& points) {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.busy && std::find(points.begin(), points.end(), slot.point) !=
                         points.end()) {
      slot.cancellation.request();
    }
  }
}

Workers::Event Workers::next() {
  std::unique_lock lock(mutex_);
  happened_.wait(lock, [this] { return !events_.empty(); });
  return taken();
}

std::optional<Workers::Event> Workers::next_until(
    std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  if (!happened_.wait_until(lock, until, [this] { return !events_.empty(); })) {
    return std::nullopt;
  }
  return taken();
}

// REQUIRES: the lock is held and there is an event.
Workers::Event Workers::taken() {
  Event event = std::move(events_.front());
  events_.pop_front();
  // Not before: a worker whose verdict is not known yet would be given a
  // probe that the verdict makes superfluous.
  if (!event.stage) slots_[event.worker].busy = false;
  return event;
}

void Workers::tell(Event event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  happened_.notify_one();
}

void Workers::work(std::size_t worker, Prober& prober) {
  slots_[worker].cancellation.obey();
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return closing_ || slots_[worker].job; });
      if (!slots_[worker].job) return;
      job = std::move(*slots_[worker].job);
      slots_[worker].job.reset();
    }
    Event event;
    event.worker = worker;
    try {
      event.evidence = prober.probe(
          job.release,
          [&](Stage stage) {
            Event reached;
            reached.worker = worker;
            reached.stage = stage;
            tell(std::move(reached));
          },
          job.enough);
    } catch (const Interrupted&) {
      // The user's wish comes before ours: then all of rung is to stop.
      event.cancelled = slots_[worker].cancellation.requested();
      event.error = std::current_exception();
    } catch (...) {
      event.error = std::current_exception();
    }
    event.job = std::move(job);
    tell(std::move(event));
  }
}

}  // namespace rung
