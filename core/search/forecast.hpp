#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/search/search.hpp"

namespace rung {

/// What a probe has to make before it can judge.
enum class ProbeKind {
  cached,        ///< nothing: its build exists
  build,         ///< a build
  requirements,  ///< a build with requirements that were never installed yet
};

/// How long probes of each kind take here, learned from those made. Older
/// ones count less and less, so that a faster network is soon believed.
class ProbeTimes {
 public:
  void add(ProbeKind kind, double seconds);
  /// Expected seconds. A kind not seen yet is guessed from the others;
  /// nullopt: nothing was seen at all.
  [[nodiscard]] std::optional<double> mean(ProbeKind kind) const;

  /// For a journal: a line of JSON and back; anything else reads as nothing.
  [[nodiscard]] std::string text() const;
  static ProbeTimes from(std::string_view text);

 private:
  struct Seen {
    double weight = 0, seconds = 0;  ///< decayed count and sum
  };
  std::array<Seen, 3> seen_;
};

/// What the rest of a search will take.
struct Forecast {
  Search::Left left;
  /// Probes that will be deployed; the others are remembered.
  double deploys = 0;
  unsigned deploys_at_most = 0;
  /// nullopt: no probe has been timed yet.
  std::optional<double> seconds, seconds_low, seconds_high, seconds_at_most;
  friend bool operator==(const Forecast&, const Forecast&) = default;
};

/// How the probes ahead will be made, from a sample of them.
struct Mix {
  std::array<std::uint32_t, 3> kinds{};  ///< by ProbeKind
  std::uint32_t remembered = 0;
  /// Of the probes left, so many only start again what is built by then.
  unsigned again = 0;
};

/// `workers`: how many probes run at a time.
Forecast forecast(const Search::Left& left, const Mix& ahead,
                  const ProbeTimes& times, std::size_t workers);

}  // namespace rung
