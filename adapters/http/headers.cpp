#include "adapters/http/headers.hpp"

#include <algorithm>
#include <charconv>
#include <new>

namespace rung {

void HeaderList::add(const std::string& line) {
  curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list_.release());
  list_.reset(longer);
}

bool HeaderList::add(const std::string& name, const std::string& value) {
  constexpr std::string_view kBreaks = "\r\n";
  if (name.find_first_of(kBreaks) != name.npos ||
      value.find_first_of(kBreaks) != value.npos) {
    return false;
  }
  // libcurl takes away what is blank behind the colon.
  const bool blank = value.find_first_not_of(" \t\v\f") == value.npos;
  add(blank ? name + ";" : name + ": " + value);
  return true;
}

HeaderLine::HeaderLine(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  begins_answer = line.starts_with("HTTP/");
  if (begins_answer) {
    line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
    std::from_chars(line.data(), line.data() + line.size(), status);
  } else if (const auto colon = line.find(':'); colon != line.npos) {
    name = line.substr(0, colon);
    value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  }
}

}  // namespace rung
