#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/search/search.hpp"

namespace rung {

/// What a probe must make before it can judge.
enum class ProbeKind {
  cached,        ///< nothing: its build exists
  build,         ///< a build
  requirements,  ///< a build with requirements not installed before
};

/// How long probes of each kind take here, learned from earlier probes. Older
/// ones count less and less, so that the estimate soon follows a faster
/// network.
class ProbeTimes {
 public:
  void add(ProbeKind kind, double seconds);
  /// Expected seconds. For a kind not seen yet, a guess from the others;
  /// nullopt: no probe has been seen.
  [[nodiscard]] std::optional<double> mean(ProbeKind kind) const;

  /// For a journal: converts to a line of JSON and back; any other text reads
  /// as empty.
  [[nodiscard]] std::string text() const;
  static ProbeTimes from(std::string_view text);

 private:
  struct Seen {
    double weight = 0, seconds = 0;  ///< decayed count and sum
  };
  std::array<Seen, 3> seen_;
};

/// The expected cost of the rest of a search.
struct Forecast {
  Search::Left left;
  /// Probes that rung will deploy; it remembers the others.
  double deploys = 0;
  unsigned deploys_at_most = 0;
  /// nullopt: no probe has been timed yet.
  std::optional<double> seconds, seconds_low, seconds_high, seconds_at_most;
  friend bool operator==(const Forecast&, const Forecast&) = default;
};

/// How rung will make the probes ahead, from a sample of them.
struct Mix {
  std::array<std::uint32_t, 3> kinds{};  ///< by ProbeKind
  std::uint32_t remembered = 0;
  /// How many of the remaining probes only restart an existing build.
  unsigned again = 0;
};

/// `workers`: how many probes run at once.
Forecast forecast(const Search::Left& left, const Mix& ahead,
                  const ProbeTimes& times, std::size_t workers);

}  // namespace rung
