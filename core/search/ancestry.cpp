#include "core/search/ancestry.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace rung {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint32_t kWidth = 512;
using Column = std::array<std::uint64_t, kWidth / 64>;

/// The members as a graph of their own, vertices 0..n-1.
struct Members {
  std::vector<std::uint32_t> begin, parents;
  /// lowest_later_parent[v]: the smallest parent of any vertex >= v; 0 when
  /// one of them has none.
  std::vector<std::uint32_t> lowest_later_parent;
  bool merges = false;

  Members(const Ancestry& ancestry, std::span<const std::uint32_t> members) {
    std::vector<std::uint32_t> rank(ancestry.size(), kNone);
    for (std::uint32_t i = 0; i < members.size(); ++i) rank[members[i]] = i;
    begin.reserve(members.size() + 1);
    begin.push_back(0);
    for (const auto member : members) {
      for (const auto parent : ancestry.parents(member)) {
        if (rank[parent] != kNone) parents.push_back(rank[parent]);
      }
      begin.push_back(static_cast<std::uint32_t>(parents.size()));
      merges = merges || begin.back() - begin[begin.size() - 2] > 1;
    }
    lowest_later_parent.resize(members.size() + 1, kNone);
    for (auto v = static_cast<std::uint32_t>(members.size()); v-- > 0;) {
      auto lowest = of(v).empty() ? 0 : lowest_later_parent[v + 1];
      for (const auto parent : of(v)) lowest = std::min(lowest, parent);
      lowest_later_parent[v] = lowest;
    }
  }
  [[nodiscard]] std::uint32_t size() const {
    return static_cast<std::uint32_t>(begin.size() - 1);
  }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t v) const {
    return {parents.data() + begin[v], begin[v + 1] - begin[v]};
  }
};

}  // namespace

void Ancestry::mark_ancestors(std::uint32_t top,
                              std::vector<std::uint8_t>& flags) const {
  if (flags[top]) return;
  std::vector<std::uint32_t> open{top};
  flags[top] = 1;
  while (!open.empty()) {
    const auto v = open.back();
    open.pop_back();
    for (const auto parent : parents(v)) {
      if (flags[parent]) continue;
      flags[parent] = 1;
      open.push_back(parent);
    }
  }
}

std::vector<std::uint8_t> Ancestry::ancestors(std::uint32_t top) const {
  std::vector<std::uint8_t> flags(size(), 0);
  mark_ancestors(top, flags);
  return flags;
}

std::vector<std::uint8_t> Ancestry::descendants(std::uint32_t root) const {
  std::vector<std::uint8_t> flags(size(), 0);
  flags[root] = 1;
  for (auto v = root + 1; v < size(); ++v) {
    for (const auto parent : parents(v)) flags[v] |= flags[parent];
  }
  return flags;
}

namespace {

/// Adds up what each member reaches, column by column. `weigh(column, bits)`
/// is the sum of one word of a column, `whole(first, width)` of all of it.
template <class Sum, class Weigh, class Whole>
std::vector<Sum> ancestor_sums(const Members& graph, Weigh weigh,
                               Whole weigh_whole) {
  const auto n = graph.size();
  std::vector<Sum> sums(n, Sum{});
  std::vector<Column> reached(n);
  std::vector<std::uint8_t> whole(n);
  // everyone_from[v]: what every vertex >= v reaches besides.
  std::vector<Sum> everyone_from(n + 1, Sum{});
  for (std::uint32_t first = 0; first < n; first += kWidth) {
    const auto width = std::min(kWidth, n - first);
    Column full{};
    for (std::uint32_t i = 0; i < width; ++i) {
      full[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    const Sum all_of_it = weigh_whole(first, width);
    auto first_whole = kNone;  // [first_whole, v) all reach the whole column
    auto v = first;
    for (; v < n; ++v) {
      if (first_whole <= graph.lowest_later_parent[v]) break;
      auto& mine = reached[v];
      bool all = false;
      mine.fill(0);
      for (const auto parent : graph.of(v)) {
        if (parent < first) continue;
        if (whole[parent]) {
          all = true;
          break;
        }
        for (std::size_t w = 0; w < mine.size(); ++w) {
          mine[w] |= reached[parent][w];
        }
      }
      if (!all) {
        if (v < first + width) {
          mine[(v - first) / 64] |= std::uint64_t{1} << ((v - first) % 64);
        }
        all = mine == full;
        if (!all) {
          for (std::uint32_t w = 0; w < mine.size(); ++w) {
            if (mine[w]) sums[v] += weigh(first + 64 * w, mine[w]);
          }
        }
      }
      if (all) sums[v] += all_of_it;
      whole[v] = all;
      if (!all) {
        first_whole = kNone;
      } else if (first_whole == kNone) {
        first_whole = v;
      }
    }
    everyone_from[v] += all_of_it;
  }
  Sum everyone{};
  for (std::uint32_t v = 0; v < n; ++v) {
    everyone += everyone_from[v];
    sums[v] += everyone;
  }
  return sums;
}

}  // namespace

std::vector<std::uint32_t> ancestor_counts(
    const Ancestry& ancestry, std::span<const std::uint32_t> members) {
  const Members graph(ancestry, members);
  if (!graph.merges) {
    std::vector<std::uint32_t> counts(graph.size(), 1);
    for (std::uint32_t v = 0; v < graph.size(); ++v) {
      if (!graph.of(v).empty()) counts[v] += counts[graph.of(v).front()];
    }
    return counts;
  }
  return ancestor_sums<std::uint32_t>(
      graph,
      [](std::uint32_t, std::uint64_t bits) {
        return static_cast<std::uint32_t>(std::popcount(bits));
      },
      [](std::uint32_t, std::uint32_t width) { return width; });
}

std::vector<double> ancestor_masses(const Ancestry& ancestry,
                                    std::span<const std::uint32_t> members,
                                    std::span<const double> weights) {
  const Members graph(ancestry, members);
  if (!graph.merges) {
    std::vector<double> masses(weights.begin(), weights.end());
    for (std::uint32_t v = 0; v < graph.size(); ++v) {
      if (!graph.of(v).empty()) masses[v] += masses[graph.of(v).front()];
    }
    return masses;
  }
  return ancestor_sums<double>(
      graph,
      [&](std::uint32_t first, std::uint64_t bits) {
        double sum = 0;
        for (; bits; bits &= bits - 1) {
          sum += weights[first +
                         static_cast<std::uint32_t>(std::countr_zero(bits))];
        }
        return sum;
      },
      [&](std::uint32_t first, std::uint32_t width) {
        double sum = 0;
        for (std::uint32_t i = first; i < first + width; ++i) sum += weights[i];
        return sum;
      });
}

std::vector<std::uint32_t> reached_counts(const Ancestry& ancestry,
                                          std::span<const std::uint32_t> few) {
  const auto n = static_cast<std::uint32_t>(ancestry.size());
  std::vector<std::uint32_t> counts(n, 0);
  std::vector<std::uint64_t> reached(n);
  for (std::size_t first = 0; first < few.size(); first += 64) {
    const auto some =
        few.subspan(first, std::min<std::size_t>(64, few.size() - first));
    std::fill(reached.begin(), reached.end(), 0);
    for (std::size_t i = 0; i < some.size(); ++i) {
      reached[some[i]] |= std::uint64_t{1} << i;
    }
    for (auto v = some.front(); v < n; ++v) {
      for (const auto parent : ancestry.parents(v)) {
        reached[v] |= reached[parent];
      }
      counts[v] += static_cast<std::uint32_t>(std::popcount(reached[v]));
    }
  }
  return counts;
}

}  // namespace rung
