#include "core/search/index_set.hpp"

#include <algorithm>
#include <cassert>

namespace rung {

void IndexSet::append(std::uint32_t begin, std::uint32_t end) {
  if (begin >= end) return;
  size_ += end - begin;
  if (!runs_.empty() && runs_.back().second == begin) {
    runs_.back().second = end;
  } else {
    runs_.emplace_back(begin, end);
  }
}

IndexSet IndexSet::range(std::uint32_t begin, std::uint32_t end) {
  IndexSet set;
  set.append(begin, end);
  return set;
}

IndexSet IndexSet::of(std::span<const std::uint32_t> ascending) {
  IndexSet set;
  for (const auto index : ascending) set.append(index, index + 1);
  return set;
}

bool IndexSet::contains(std::uint32_t index) const {
  const auto after = std::upper_bound(
      runs_.begin(), runs_.end(), index,
      [](std::uint32_t i, const Run& run) { return i < run.first; });
  return after != runs_.begin() && index < std::prev(after)->second;
}

std::uint32_t IndexSet::at(std::uint32_t position) const {
  for (const auto& [begin, end] : runs_) {
    if (position < end - begin) return begin + position;
    position -= end - begin;
  }
  assert(false && "position < size()");
  return 0;
}

IndexSet IndexSet::first(std::uint32_t count) const {
  IndexSet set;
  for (const auto& [begin, end] : runs_) {
    const auto taken = std::min(count, end - begin);
    set.append(begin, begin + taken);
    count -= taken;
    if (count == 0) break;
  }
  return set;
}

IndexSet IndexSet::before(std::uint32_t index) const {
  IndexSet set;
  for (const auto& [begin, end] : runs_)
    set.append(begin, std::min(end, index));
  return set;
}

IndexSet IndexSet::plus(const IndexSet& other) const {
  std::vector<Run> all;
  all.reserve(runs_.size() + other.runs_.size());
  std::merge(runs_.begin(), runs_.end(), other.runs_.begin(), other.runs_.end(),
             std::back_inserter(all));
  IndexSet set;
  std::uint32_t reached = 0;
  for (const auto& [begin, end] : all) {
    set.append(std::max(begin, reached), end);
    reached = std::max(reached, end);
  }
  return set;
}

IndexSet IndexSet::minus(const IndexSet& other) const {
  IndexSet set;
  auto hole = other.runs_.begin();
  for (auto [begin, end] : runs_) {
    while (hole != other.runs_.end() && hole->second <= begin) ++hole;
    for (auto h = hole; h != other.runs_.end() && h->first < end; ++h) {
      set.append(begin, std::min(end, h->first));
      begin = std::max(begin, h->second);
    }
    set.append(begin, end);
  }
  return set;
}

IndexSet IndexSet::plus(std::uint32_t index) const {
  return plus(range(index, index + 1));
}

IndexSet IndexSet::minus(std::uint32_t index) const {
  return minus(range(index, index + 1));
}

std::vector<std::uint32_t> IndexSet::indices() const {
  std::vector<std::uint32_t> all;
  all.reserve(size_);
  for (const auto& [begin, end] : runs_) {
    for (auto i = begin; i < end; ++i) all.push_back(i);
  }
  return all;
}

}  // namespace rung
