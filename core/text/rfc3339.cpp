#include "core/text/rfc3339.hpp"

#include <fmt/format.h>

#include <charconv>

namespace rung {
namespace {

/// Reads a time from left to right; once something is not as expected, it says
/// so and reads no more.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    const std::string_view part = rest_.substr(0, digits);
    const char* const end = part.data() + part.size();
    good_ = good_ && part.size() == digits && is_digit(part[0]) &&
            std::from_chars(part.data(), end, value).ptr == end;
    if (good_) rest_.remove_prefix(digits);
    return value;
  }

  void one_of(std::string_view choice) {
    good_ = good_ && next_is(choice);
    if (good_) rest_.remove_prefix(1);
  }

  /// ".123456" and the like, rounded; 0 if there is none.
  std::chrono::milliseconds fraction() {
    if (!next_is(".")) return std::chrono::milliseconds(0);
    double unit = 1000, sum = 0;
    for (rest_.remove_prefix(1); !rest_.empty() && is_digit(rest_[0]);
         rest_.remove_prefix(1)) {
      unit /= 10;
      sum += unit * (rest_[0] - '0');
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(sum + 0.5));
  }

  std::chrono::minutes zone() {
    if (!next_is("+-")) return std::chrono::minutes(0);
    const int sign = rest_[0] == '-' ? -1 : 1;
    rest_.remove_prefix(1);
    const std::chrono::hours whole(number(2));
    one_of(":");
    return sign * (whole + std::chrono::minutes(number(2)));
  }

  [[nodiscard]] bool good() const { return good_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  [[nodiscard]] bool next_is(std::string_view choice) const {
    return !rest_.empty() && choice.find(rest_[0]) != choice.npos;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::optional<std::int64_t> unix_ms_of(std::string_view time) {
  using namespace std::chrono;
  TimeText text(time);
  const int year_number = text.number(4);
  text.one_of("-");
  const int month_number = text.number(2);
  text.one_of("-");
  const int day_number = text.number(2);
  text.one_of("Tt ");
  const hours hour(text.number(2));
  text.one_of(":");
  const minutes minute(text.number(2));
  text.one_of(":");
  const seconds second(text.number(2));
  const milliseconds fraction = text.fraction();
  const minutes zone = text.zone();
  const year_month_day date(year(year_number),
                            month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!text.good() || !date.ok()) return std::nullopt;
  const sys_time<milliseconds> at =
      sys_days(date) + hour + minute + second + fraction - zone;
  return at.time_since_epoch().count();
}

std::string rfc3339(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(unix_ms)};
  const auto whole = floor<seconds>(at);
  std::string text = rfc3339(whole, minutes(0));
  text.resize(text.size() - std::string_view("+00:00").size());
  return text + fmt::format(".{:03}Z", (at - whole).count());
}

std::string rfc3339(std::chrono::sys_seconds time,
                    std::chrono::minutes offset) {
  using namespace std::chrono;
  const sys_seconds local = time + offset;
  const auto today = floor<days>(local);
  const year_month_day date(today);
  const hh_mm_ss clock(local - today);
  const hh_mm_ss zone(offset < minutes(0) ? -offset : offset);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(),
                     offset < minutes(0) ? '-' : '+', zone.hours().count(),
                     zone.minutes().count());
}

}  // namespace rung
