#include "adapters/cloudrun/log.hpp"

#include <algorithm>

#include "core/text/rfc3339.hpp"

namespace rung {
namespace {

constexpr std::chrono::seconds kLate{30};
constexpr std::size_t kMostText = 1U << 20;

}  // namespace

std::string earlier(const std::string& time, std::chrono::milliseconds by) {
  const auto at = unix_ms_of(time);
  return at ? rfc3339(*at - by.count()) : "";
}

void CloudRunLog::refresh(bool now) {
  if (!now && read_ && clock_.now() - *read_ < interval_) return;
  read_ = clock_.now();
  const std::string since =
      entries_.empty() ? "" : earlier(entries_.back().time, kLate);
  bool more = false;
  for (CloudLogEntry& entry : api_.entries(revision_, since)) {
    if (!known_.insert(entry.id).second) continue;
    entries_.push_back(std::move(entry));
    more = true;
  }
  if (!more) return;
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const CloudLogEntry& a, const CloudLogEntry& b) {
                     return a.time < b.time;
                   });
}

std::string CloudRunLog::text() const {
  std::string text;
  for (const CloudLogEntry& entry : entries_) {
    if (entry.log == "requests") continue;
    text += entry.text;
    text += '\n';
  }
  if (text.size() > kMostText) text.erase(0, text.size() - kMostText);
  return text;
}

}  // namespace rung
