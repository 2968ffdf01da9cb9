#include "core/hunting/memory.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rung {

bool judged(const Observation& seen) {
  return seen.verdict == Verdict::good || seen.verdict == Verdict::bad;
}

void HuntCounts::add(ProbePurpose purpose) {
  if (purpose == ProbePurpose::control) {
    ++controls;
  } else if (purpose == ProbePurpose::proof) {
    ++proof;
  } else {
    ++search;
  }
}

HuntCounts& HuntCounts::operator+=(const HuntCounts& more) {
  controls += more.controls;
  search += more.search;
  proof += more.proof;
  cached += more.cached;
  return *this;
}

bool may_be_repaired(const Observation& seen) {
  return !judged(seen) ||
         (seen.failure && seen.failure->ending == Ending::cannot_run);
}

Memory::Memory(const Question& question, const HuntSettings& settings,
               ProbeHistory& history, const std::string& run, bool side_by_side)
    : question_(question),
      settings_(settings),
      history_(history),
      run_(run),
      side_by_side_(side_by_side) {
  auto all = history_.probes_under(question_.gate_id);
  // Of use to this run alone: another does not know how long is long enough.
  for (ProbeRecord& probe : history_.probes_under(hurried_gate())) {
    if (probe.run == run_) all.push_back(std::move(probe));
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  take_over(all);
}

void Memory::take_over(const std::vector<ProbeRecord>& all) {
  auto sound = settings_.sound;
  sound.insert(key(question_.find_fix ? question_.bad : question_.good));
  std::vector<ProbeRecord> earlier;
  for (const ProbeRecord& probe : all) {
    if (probe.observation.verdict == Verdict::infra) continue;
    if (probe.run == run_) {
      taken_over_.add(probe.purpose);
      known_[probe.release_id].unused.push_back(probe);
    } else if (!settings_.fresh && !may_be_repaired(probe.observation)) {
      earlier.push_back(probe);
    }
  }
  gate_ = gate_record(earlier, sound);
  for (ProbeRecord& probe : earlier) {
    auto& unused = earlier_[probe.release_id];
    unused.push_back(std::move(probe));
  }
}

std::string Memory::key(const Release& release) const {
  return history_.id_of(question_.content ? question_.content(release)
                                          : release);
}

std::optional<ProbeRecord> Memory::recall(const std::string& id,
                                          Purpose purpose, bool again,
                                          bool noisy) {
  Known& known = known_[id];
  if (!known.unused.empty()) {
    ProbeRecord probe = std::move(known.unused.front());
    known.unused.pop_front();
    count(probe, side_by_side_);
    return probe;
  }
  if (again) return std::nullopt;
  // Two points may be one release (equal trees): asked once.
  if (!noisy && known.last) return known.last;
  const bool control = counted_as(purpose) == ProbePurpose::control;
  if (control ? !settings_.just_probed.contains(id) : settings_.fresh) {
    return std::nullopt;
  }
  if (!noisy || control) return remembered(id);
  const auto it = earlier_.find(id);
  if (it == earlier_.end() || it->second.empty()) return std::nullopt;
  ProbeRecord probe = std::move(it->second.front());
  it->second.pop_front();
  return probe;
}

bool Memory::on_record(const Release& release) const {
  return !settings_.fresh && remembered(key(release)).has_value();
}

std::optional<ProbeRecord> Memory::remembered(const std::string& id) const {
  auto probe = history_.remembered(id, question_.gate_id);
  if (probe && probe->run != run_ && may_be_repaired(probe->observation)) {
    probe.reset();
  }
  return probe;
}

void Memory::keep(ProbeRecord& record, bool hurried, bool beside) {
  record.run = run_;
  record.gate_id = hurried ? hurried_gate() : question_.gate_id;
  record.id = history_.add_probe(record);
  count(record, beside);
}

void Memory::count(const ProbeRecord& probe, bool beside) {
  Known& known = known_[probe.release_id];
  const Observation& seen = probe.observation;
  if (!judged(seen)) {
    ++known.in_vain;
    return;
  }
  ++(seen.verdict == Verdict::good ? known.seen.passes : known.seen.fails);
  if (beside) known.beside.push_back(probe.id);
  known.failed_alone =
      known.failed_alone || (!beside && seen.verdict == Verdict::bad);
  known.seen.proved = known.seen.proved || probe.purpose == ProbePurpose::proof;
}

void Memory::told(const ProbeRecord& probe) {
  Known& known = known_[probe.release_id];
  known.last = probe;
  if (probe.observation.verdict == Verdict::bad) {
    known.hurried = probe.gate_id == hurried_gate() &&
                    (known.fails == 0 || known.hurried);
    ++known.fails;
  }
  if (probe.observation.verdict == Verdict::good) ++known.passes;
}

const Memory::Known& Memory::of(const std::string& id) const {
  static const Known kNothing;
  const auto it = known_.find(id);
  return it == known_.end() ? kNothing : it->second;
}

bool Memory::was_judged(const std::string& id) const {
  return of(id).passes + of(id).fails > 0;
}

bool Memory::contradicted(const std::string& id) const {
  return of(id).passes > 0 && of(id).fails > 0;
}

bool Memory::failed_for_sure(const std::string& id) const {
  return of(id).fails > 0 && !of(id).hurried;
}

bool Memory::hurried(const std::string& id) const { return of(id).hurried; }

bool Memory::any_hurried() const {
  return std::any_of(known_.begin(), known_.end(),
                     [](const auto& known) { return known.second.hurried; });
}

void Memory::forget_hurried() {
  for (auto& [id, known] : known_) {
    if (!std::exchange(known.hurried, false)) continue;
    known.fails = 0;
    known.seen.fails = 0;
    if (known.passes == 0) known.last.reset();
  }
}

bool Memory::beside(const std::string& id) const {
  return !of(id).beside.empty();
}

bool Memory::any_beside() const {
  return std::any_of(known_.begin(), known_.end(), [](const auto& known) {
    return !known.second.beside.empty();
  });
}

void Memory::forget_beside() {
  Observation taken_back;
  taken_back.verdict = Verdict::infra;
  taken_back.failure.emplace();
  taken_back.failure->message =
      "taken back: trials that run at the same time disturb each other";
  for (auto& [id, known] : known_) {
    if (known.beside.empty()) continue;
    for (const std::int64_t probe : known.beside) {
      history_.correct(probe, taken_back);
    }
    Known rest;
    rest.unused = std::move(known.unused);
    known = std::move(rest);
  }
}

bool Memory::failed_alone(const std::string& id) const {
  return of(id).failed_alone;
}

Retrials::Seen Memory::seen_now(const std::string& id) const {
  return of(id).seen;
}

Retrials::Seen Memory::seen(const std::string& id) const {
  Retrials::Seen all = of(id).seen;
  all.passes += of(id).in_vain;
  const auto it = earlier_.find(id);
  if (it == earlier_.end()) return all;
  for (const ProbeRecord& probe : it->second) {
    ++(probe.observation.verdict == Verdict::good ? all.passes : all.fails);
    all.proved = all.proved || probe.purpose == ProbePurpose::proof;
  }
  return all;
}

}  // namespace rung
