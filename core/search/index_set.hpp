#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace rung {

/// A set of small integers stored as runs: "the first half of a million deltas"
/// is one pair, so hundreds of remembered points take very little memory.
class IndexSet {
 public:
  using Run = std::pair<std::uint32_t, std::uint32_t>;  ///< [first, second)

  IndexSet() = default;
  static IndexSet range(std::uint32_t begin, std::uint32_t end);
  /// REQUIRES: ascending, no duplicates.
  static IndexSet of(std::span<const std::uint32_t> ascending);

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool contains(std::uint32_t index) const;
  /// The member at `position` in ascending order. REQUIRES: position < size().
  [[nodiscard]] std::uint32_t at(std::uint32_t position) const;
  /// The `count` smallest members.
  [[nodiscard]] IndexSet first(std::uint32_t count) const;
  /// The members smaller than `index`.
  [[nodiscard]] IndexSet before(std::uint32_t index) const;
  [[nodiscard]] IndexSet plus(const IndexSet& other) const;
  [[nodiscard]] IndexSet minus(const IndexSet& other) const;
  [[nodiscard]] IndexSet plus(std::uint32_t index) const;
  [[nodiscard]] IndexSet minus(std::uint32_t index) const;
  [[nodiscard]] std::vector<std::uint32_t> indices() const;
  friend auto operator<=>(const IndexSet&, const IndexSet&) = default;

 private:
  /// Appends a run that starts at or after the end of the last one.
  void append(std::uint32_t begin, std::uint32_t end);

  std::vector<Run> runs_;  // ascending, apart from each other, none empty
  std::uint32_t size_ = 0;
};

}  // namespace rung
