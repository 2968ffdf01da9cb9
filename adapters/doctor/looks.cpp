#include "adapters/doctor/looks.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "adapters/process/interruption.hpp"

namespace rung {
namespace {

using Instant = std::chrono::steady_clock::time_point;

/// One for all looks: the last thread that ends takes it away.
struct Desk {
  std::mutex mutex;
  std::condition_variable done;
  std::size_t left = 0;  ///< looks that go on
  bool closed = false;   ///< nobody reads any more
  std::vector<DateSeen> dates;
};

class SharedRows final : public LookRows {
 public:
  SharedRows(std::shared_ptr<Desk> desk, std::vector<CheckupRow> rows)
      : desk_(std::move(desk)) {
    for (CheckupRow& row : rows) {
      row.found = {};
      slots_.push_back({std::move(row), false});
    }
  }

  void tell(std::size_t row, Judged judged) override {
    const std::lock_guard lock(desk_->mutex);
    if (desk_->closed || row >= slots_.size() || slots_[row].told) return;
    fill(slots_[row], std::move(judged));
  }
  void add(CheckupRow row) override {
    const std::lock_guard lock(desk_->mutex);
    if (desk_->closed) return;
    row.took = lap();
    slots_.push_back({std::move(row), true});
  }
  void drop(std::size_t row) override {
    const std::lock_guard lock(desk_->mutex);
    if (!desk_->closed && row < slots_.size()) slots_[row].dropped = true;
  }
  void date(DateSeen seen) override {
    const std::lock_guard lock(desk_->mutex);
    if (!desk_->closed) desk_->dates.push_back(std::move(seen));
  }

  void begin() {
    const std::lock_guard lock(desk_->mutex);
    last_ = std::chrono::steady_clock::now();
  }
  /// REQUIRES: the desk's mutex.
  void fill_rest(const std::string& why, const std::string& advice) {
    for (Slot& slot : slots_) {
      if (!slot.told) fill(slot, not_known(why, advice));
    }
  }
  void collect(std::vector<CheckupRow>& rows) const {
    for (const Slot& slot : slots_) {
      if (!slot.dropped) rows.push_back(slot.row);
    }
  }

 private:
  struct Slot {
    CheckupRow row;
    bool told = false, dropped = false;
  };
  std::chrono::milliseconds lap() {
    const Instant now = std::chrono::steady_clock::now();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - last_);
    last_ = now;
    return took;
  }
  void fill(Slot& slot, Judged judged) {
    slot.told = true;
    slot.row.status = judged.status;
    slot.row.found = std::move(judged.found);
    slot.row.advice = std::move(judged.advice);
    slot.row.took = lap();
  }

  std::shared_ptr<Desk> desk_;
  std::vector<Slot> slots_;
  Instant last_ = std::chrono::steady_clock::now();
};

void look_at(const std::function<void(LookRows&)>& look, SharedRows& rows,
             Desk& desk) {
  std::string why = "the look ended without an answer";
  rows.begin();
  try {
    look(rows);
  } catch (const std::exception& error) {
    why = error.what();
  }
  const std::lock_guard lock(desk.mutex);
  if (!desk.closed) rows.fill_rest(why, "");
  --desk.left;
  desk.done.notify_all();
}

class AddedRows final : public LookRows {
 public:
  AddedRows(const Look& look, LookRows& to) : look_(look), to_(to) {}
  void tell(std::size_t row, Judged judged) override {
    CheckupRow told = look_.rows.at(row);
    told.status = judged.status;
    told.found = std::move(judged.found);
    told.advice = std::move(judged.advice);
    to_.add(std::move(told));
  }
  void add(CheckupRow row) override { to_.add(std::move(row)); }
  void drop(std::size_t) override {}
  void date(DateSeen seen) override { to_.date(std::move(seen)); }

 private:
  const Look& look_;
  LookRows& to_;
};

}  // namespace

Look single_look(CheckupRow row, std::function<Judged()> judge) {
  Look look;
  look.rows = {std::move(row)};
  look.look = [judge = std::move(judge)](LookRows& rows) {
    rows.tell(0, judge());
  };
  return look;
}

Look known_look(CheckupRow row, Judged judged) {
  return single_look(std::move(row),
                     [judged = std::move(judged)] { return judged; });
}

void look_further(const Look& look, LookRows& rows) {
  AddedRows added(look, rows);
  look.look(added);
}

LookedAt look_side_by_side(std::vector<Look> looks,
                           std::chrono::milliseconds at_most) {
  const Instant until = std::chrono::steady_clock::now() + at_most;
  const auto desk = std::make_shared<Desk>();
  desk->left = looks.size();
  std::vector<std::shared_ptr<SharedRows>> all;
  for (Look& look : looks) {
    auto rows = std::make_shared<SharedRows>(desk, std::move(look.rows));
    all.push_back(rows);
    try {
      std::thread([desk, rows, ask = std::move(look.look)] {
        look_at(ask, *rows, *desk);
      }).detach();
    } catch (const std::system_error& error) {
      const std::lock_guard lock(desk->mutex);
      rows->fill_rest(
          fmt::format("this machine gives rung no thread for it: {}",
                      error.what()),
          "ulimit -u, or pids.max of the control group");
      --desk->left;
    }
  }
  LookedAt seen;
  {
    std::unique_lock lock(desk->mutex);
    try {
      while (desk->left != 0 && std::chrono::steady_clock::now() < until) {
        Interruption::check();
        desk->done.wait_until(
            lock, std::min(until, std::chrono::steady_clock::now() +
                                      std::chrono::milliseconds(50)));
      }
    } catch (...) {
      desk->closed = true;
      throw;
    }
    desk->closed = true;
    seen.some_hang = desk->left != 0;
    for (const auto& rows : all) {
      rows->fill_rest(
          fmt::format("no answer within {:.1f} s",
                      static_cast<double>(at_most.count()) / 1000),
          "a longer --timeout, or look at it by hand");
      rows->collect(seen.rows);
    }
    seen.dates = std::move(desk->dates);
  }
  return seen;
}

}  // namespace rung
