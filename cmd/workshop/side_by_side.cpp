#include "cmd/workshop/side_by_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "adapters/process/sockets.hpp"

namespace rung {
namespace {

/// A Prober whose trials know of those beside them.
class BesideOthers final : public Prober {
 public:
  BesideOthers(std::unique_ptr<Prober> prober, SideBySide& beside)
      : prober_(std::move(prober)), beside_(beside) {}

  ProbeEvidence probe(
      const Release& release, const std::function<void(Stage)>& on_stage,
      std::optional<std::chrono::milliseconds> enough) override {
    return beside_.run(
        [&] { return prober_->probe(release, on_stage, enough); });
  }
  bool ready(const Release& release) override {
    return prober_->ready(release);
  }
  bool build_reads(const Release& release, const std::string& name) override {
    return prober_->build_reads(release, name);
  }
  bool leaves_files() override { return prober_->leaves_files(); }
  std::vector<std::string> left_differently(const Release& one,
                                            const Release& other) override {
    return prober_->left_differently(one, other);
  }

 private:
  std::unique_ptr<Prober> prober_;
  SideBySide& beside_;
};

}  // namespace

/// One trial's time in the room.
class SideBySide::Stay {
 public:
  explicit Stay(SideBySide& room) : room_(room) {
    const std::lock_guard lock(room_.mutex_);
    others_ = room_.running_++ > 0;
    number_ = ++room_.begun_;
  }
  ~Stay() {
    const std::lock_guard lock(room_.mutex_);
    --room_.running_;
  }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  /// Whether another trial ran at any time of this one.
  [[nodiscard]] bool had_company() const {
    const std::lock_guard lock(room_.mutex_);
    return others_ || room_.begun_ != number_;
  }

 private:
  SideBySide& room_;
  bool others_ = false;
  unsigned number_ = 0;
};

void SideBySide::expect_company() {
  // A look at every process: not for those who run one trial at a time.
  if (!before_) before_ = chosen_ports();
}

ProbeEvidence SideBySide::run(const std::function<ProbeEvidence()>& trial) {
  if (!one_at_a_time_) {
    const std::shared_lock lock(room_);
    const Stay stay(*this);
    ProbeEvidence evidence = trial();
    if (!stay.had_company()) return evidence;
    const auto ports = wanted(evidence);
    if (!ports) return evidence;
    const std::lock_guard guard(mutex_);
    why_not_ = fmt::format(
        "trials ran one at a time, because they bind {} of their own choice",
        ports->empty() ? "a port"
                       : fmt::format("port {}", fmt::join(*ports, ", ")));
    one_at_a_time_ = true;
  }
  const std::unique_lock lock(room_);
  return trial();
}

std::string SideBySide::why_not() const {
  const std::lock_guard lock(mutex_);
  return why_not_;
}

std::optional<std::set<std::uint16_t>> SideBySide::wanted(
    const ProbeEvidence& evidence) const {
  const Observation& seen = evidence.observation;
  if (seen.verdict != Verdict::bad && seen.verdict != Verdict::infra) {
    return std::nullopt;
  }
  std::set<std::uint16_t> ports;
  const auto now = chosen_ports();
  std::set_difference(now.begin(), now.end(), before_->begin(), before_->end(),
                      std::inserter(ports, ports.end()));
  // Not every program says why it ends.
  const bool said = seen.failure && seen.failure->cause == "port-in-use";
  if (!said && ports.empty()) return std::nullopt;
  return ports;
}

std::unique_ptr<Prober> run_side_by_side(std::unique_ptr<Prober> prober,
                                         SideBySide& beside) {
  return std::make_unique<BesideOthers>(std::move(prober), beside);
}

}  // namespace rung
