#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/curl_handles.hpp"

namespace rung {

/// Header lines of a request, as libcurl takes them.
class HeaderList {
 public:
  /// "Name: value"; "Name:" takes away one that libcurl would send, "Name;"
  /// sends an empty one.
  void add(const std::string& line);
  /// A header that is sent, also with an empty value. False = it has a line
  /// break, which would begin another header: it is not added.
  [[nodiscard]] bool add(const std::string& name, const std::string& value);
  [[nodiscard]] curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, FreeList> list_;
};

/// What libcurl hands to CURLOPT_HEADERFUNCTION.
struct HeaderLine {
  explicit HeaderLine(std::string_view line);
  /// The first of an answer: what came before it was 100 Continue or a
  /// redirect.
  bool begins_answer = false;
  int status = 0;              ///< of a line that begins an answer
  std::string_view name = {};  ///< "" = the line is no header
  std::string_view value = {};
};

}  // namespace rung
