#pragma once

#include <curl/curl.h>

namespace rung {

// For std::unique_ptr. CURL and CURLM are both void to C++, hence a type each.
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace rung
