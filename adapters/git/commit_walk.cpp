#include "adapters/git/commit_walk.hpp"

#include <algorithm>
#include <limits>
#include <queue>

namespace rung::git {
namespace {

/// Commit id -> small number, in the order met. Open addressing: a third of
/// std::unordered_map's memory and time.
class OidTable {
 public:
  std::uint32_t intern(const git_oid& id) {
    if (ids_.size() * 2 >= slots_.size()) grow();
    std::uint32_t& slot = slot_of(id);
    if (slot == kFree) {
      slot = static_cast<std::uint32_t>(ids_.size());
      ids_.push_back(id);
    }
    return slot;
  }
  [[nodiscard]] const git_oid& operator[](std::uint32_t i) const {
    return ids_[i];
  }

 private:
  static constexpr auto kFree = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t& slot_of(const git_oid& id) {
    std::size_t hash = 0;  // an id is a hash already
    std::memcpy(&hash, id.id, sizeof hash);
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at] != kFree &&
           std::memcmp(ids_[slots_[at]].id, id.id, GIT_OID_RAWSZ) != 0) {
      at = (at + 1) & mask;
    }
    return slots_[at];
  }
  void grow() {
    slots_.assign(std::max<std::size_t>(1024, slots_.size() * 2), kFree);
    for (std::uint32_t i = 0; i < ids_.size(); ++i) slot_of(ids_[i]) = i;
  }

  std::vector<git_oid> ids_;
  std::vector<std::uint32_t> slots_;
};

/// Paints history from both ends, newest commits first, as git's own limited
/// walk does, and stops when only good's side is left.
class Painter {
 public:
  Painter(const Objects& objects, bool first_parent,
          const std::vector<git_oid>& shallow)
      : objects_(objects), first_parent_(first_parent), shallow_(shallow) {}

  Walked run(const git_oid& good_id, const git_oid& bad_id) {
    const std::uint32_t good = intern(good_id);
    const std::uint32_t bad = intern(bad_id);
    nodes_[bad].from_bad = true;
    exclude(good);
    if (!nodes_[bad].queued) push(bad);
    while (!queue_.empty() && worth_going_on()) {
      const std::uint32_t i = queue_.top().second;
      queue_.pop();
      nodes_[i].popped = true;
      if (nodes_[i].excluded) {
        for (std::uint32_t k = 0; k < nodes_[i].parent_count; ++k) {
          exclude(parents_[nodes_[i].parent_begin + k]);
        }
      } else {
        --wanted_in_queue_;
        oldest_wanted_ = std::min(oldest_wanted_, nodes_[i].time);
        const std::uint32_t count = followed(i);
        for (std::uint32_t k = 0; k < count; ++k) {
          const std::uint32_t p = parents_[nodes_[i].parent_begin + k];
          nodes_[p].from_bad = true;
          if (!nodes_[p].queued) push(p);
        }
      }
    }
    Walked walked;
    walked.graph = in_order(bad);
    walked.good_is_ancestor = nodes_[good].from_bad;
    walked.cut = cut_;
    walked.met_cut = met_cut_;
    return walked;
  }

 private:
  struct Node {
    std::int64_t time = 0;
    std::uint32_t parent_begin = 0, parent_count = 0;
    bool queued = false, popped = false, excluded = false, from_bad = false;
    bool cut = false;
  };

  /// Dates of commits may lie, so an excluded commit that looks older than
  /// every wanted one can still be a descendant of one. Git looks at 5 more
  /// before it believes the dates; a thousand cost us 4 ms.
  static constexpr int kSlack = 1000;

  std::uint32_t intern(const git_oid& id) {
    const std::uint32_t i = table_.intern(id);
    if (i == nodes_.size()) nodes_.emplace_back();
    return i;
  }

  [[nodiscard]] std::uint32_t followed(std::uint32_t i) const {
    const std::uint32_t count = nodes_[i].parent_count;
    return first_parent_ ? std::min<std::uint32_t>(count, 1) : count;
  }

  [[nodiscard]] bool is_shallow(const git_oid& id) const {
    return std::binary_search(shallow_.begin(), shallow_.end(), id,
                              [](const git_oid& a, const git_oid& b) {
                                return git_oid_cmp(&a, &b) < 0;
                              });
  }

  void push(std::uint32_t i) {
    objects_.read_commit(table_[i], header_);
    if (is_shallow(table_[i]) && !header_.parents.empty()) {
      header_.parents.clear();
      nodes_[i].cut = met_cut_ = true;
    }
    const auto begin = static_cast<std::uint32_t>(parents_.size());
    for (const git_oid& parent : header_.parents) {
      const std::uint32_t p = intern(parent);
      parents_.push_back(p);
    }
    Node& node = nodes_[i];
    node.time = header_.time;
    node.parent_begin = begin;
    node.parent_count = static_cast<std::uint32_t>(header_.parents.size());
    node.queued = true;
    if (!node.excluded) ++wanted_in_queue_;
    queue_.emplace(node.time, i);
  }

  /// Marks i as good's, and with it all its ancestors that were taken for
  /// bad's before; those still in the queue pass it on when they are popped.
  void exclude(std::uint32_t first) {
    stack_.assign(1, first);
    while (!stack_.empty()) {
      const std::uint32_t i = stack_.back();
      stack_.pop_back();
      if (nodes_[i].excluded) continue;
      nodes_[i].excluded = true;
      if (!nodes_[i].queued) {
        push(i);
      } else if (!nodes_[i].popped) {
        --wanted_in_queue_;
      } else {
        for (std::uint32_t k = 0; k < nodes_[i].parent_count; ++k) {
          stack_.push_back(parents_[nodes_[i].parent_begin + k]);
        }
      }
    }
  }

  bool worth_going_on() {
    if (wanted_in_queue_ > 0 || queue_.top().first >= oldest_wanted_) {
      slack_ = kSlack;
      return true;
    }
    return slack_-- > 0;
  }

  /// Depth first, first parent first: each commit after all its parents, a
  /// merged branch as one piece right before its merge.
  CommitGraph in_order(std::uint32_t bad) {
    CommitGraph graph;
    graph.parent_begin.push_back(0);
    if (nodes_[bad].excluded) return graph;
    constexpr auto kUnset = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> place(nodes_.size(), kUnset);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> path = {{bad, 0}};
    while (!path.empty()) {
      auto& [i, k] = path.back();
      if (k < followed(i)) {
        const std::uint32_t p = parents_[nodes_[i].parent_begin + k++];
        if (!nodes_[p].excluded && place[p] == kUnset) path.emplace_back(p, 0);
        continue;
      }
      if (nodes_[i].cut) cut_ = table_[i];
      place[i] = static_cast<std::uint32_t>(graph.oids.size());
      CommitGraph::Oid& oid = graph.oids.emplace_back();
      std::memcpy(oid.data(), table_[i].id, oid.size());
      for (std::uint32_t j = 0; j < followed(i); ++j) {
        const std::uint32_t p = parents_[nodes_[i].parent_begin + j];
        if (!nodes_[p].excluded) graph.parents.push_back(place[p]);
      }
      graph.parent_begin.push_back(
          static_cast<std::uint32_t>(graph.parents.size()));
      path.pop_back();
    }
    return graph;
  }

  const Objects& objects_;
  const bool first_parent_;
  const std::vector<git_oid>& shallow_;
  std::optional<git_oid> cut_;
  bool met_cut_ = false;
  OidTable table_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> parents_, stack_;
  std::priority_queue<std::pair<std::int64_t, std::uint32_t>> queue_;
  std::size_t wanted_in_queue_ = 0;
  std::int64_t oldest_wanted_ = std::numeric_limits<std::int64_t>::max();
  int slack_ = kSlack;
  CommitHeader header_;
};

}  // namespace

Walked walk_between(const Objects& objects, const git_oid& good,
                    const git_oid& bad, bool first_parent,
                    const std::vector<git_oid>& shallow) {
  return Painter(objects, first_parent, shallow).run(good, bad);
}

}  // namespace rung::git
