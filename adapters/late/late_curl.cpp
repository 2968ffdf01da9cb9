// Stands in for libcurl, under the names of its header. A function that is
// missing here does not link.
#include <curl/curl.h>

#include <cstdarg>

#include "adapters/late/late_library.hpp"

// The header makes these macros, to see that they get three arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace {

const rung::LateLibrary& libcurl() {
  static const rung::LateLibrary loaded("libcurl.so.4", "libcurl4");
  return loaded;
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
RUNG_LATE(libcurl, CURLcode, curl_global_init, (long flags), (flags))
RUNG_LATE(libcurl, void, curl_free, (void* p), (p))
RUNG_LATE(libcurl, time_t, curl_getdate, (const char* p, const time_t* unused),
          (p, unused))

RUNG_LATE(libcurl, CURL*, curl_easy_init, (), ())
RUNG_LATE(libcurl, CURLcode, curl_easy_perform, (CURL * curl), (curl))
RUNG_LATE(libcurl, void, curl_easy_reset, (CURL * curl), (curl))
RUNG_LATE(libcurl, void, curl_easy_cleanup, (CURL * curl), (curl))
RUNG_LATE(libcurl, const char*, curl_easy_strerror, (CURLcode code), (code))

RUNG_LATE(libcurl, CURLM*, curl_multi_init, (), ())
RUNG_LATE(libcurl, CURLMcode, curl_multi_add_handle,
          (CURLM * multi, CURL* curl), (multi, curl))
RUNG_LATE(libcurl, CURLMcode, curl_multi_remove_handle,
          (CURLM * multi, CURL* curl), (multi, curl))
RUNG_LATE(libcurl, CURLMcode, curl_multi_perform, (CURLM * multi, int* running),
          (multi, running))
RUNG_LATE(libcurl, CURLMcode, curl_multi_poll,
          (CURLM * multi, curl_waitfd fds[], unsigned count, int ms,
           int* ready),
          (multi, fds, count, ms, ready))
RUNG_LATE(libcurl, CURLMsg*, curl_multi_info_read, (CURLM * multi, int* left),
          (multi, left))
RUNG_LATE(libcurl, CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
RUNG_LATE(libcurl, const char*, curl_multi_strerror, (CURLMcode code), (code))

RUNG_LATE(libcurl, curl_slist*, curl_slist_append,
          (curl_slist * list, const char* text), (list, text))
RUNG_LATE(libcurl, void, curl_slist_free_all, (curl_slist * list), (list))

RUNG_LATE(libcurl, CURLU*, curl_url, (), ())
RUNG_LATE(libcurl, void, curl_url_cleanup, (CURLU * url), (url))
RUNG_LATE(libcurl, CURLUcode, curl_url_get,
          (CURLU * url, CURLUPart part, char** text, unsigned flags),
          (url, part, text, flags))
RUNG_LATE(libcurl, CURLUcode, curl_url_set,
          (CURLU * url, CURLUPart part, const char* text, unsigned flags),
          (url, part, text, flags))

#ifdef __clang__
// It warns of an enumeration before the "...": that is how curl declares it.
#pragma clang diagnostic ignored "-Wvarargs"
#endif
CURLcode curl_easy_setopt(CURL* curl, CURLoption option, ...) {
  static auto* const real =
      libcurl().get<decltype(::curl_easy_setopt)>("curl_easy_setopt");
  va_list rest;
  va_start(rest, option);
  CURLcode code = CURLE_OK;
  // The number of an option says the type of its argument.
  switch (option / 10'000 * 10'000) {
    case CURLOPTTYPE_LONG:
      code = real(curl, option, va_arg(rest, long));
      break;
    case CURLOPTTYPE_OFF_T:
      code = real(curl, option, va_arg(rest, curl_off_t));
      break;
    case CURLOPTTYPE_FUNCTIONPOINT:
      code = real(curl, option, va_arg(rest, void (*)()));
      break;
    default:
      code = real(curl, option, va_arg(rest, void*));
  }
  va_end(rest);
  return code;
}

CURLcode curl_easy_getinfo(CURL* curl, CURLINFO info, ...) {
  static auto* const real =
      libcurl().get<decltype(::curl_easy_getinfo)>("curl_easy_getinfo");
  va_list rest;
  va_start(rest, info);
  const CURLcode code = real(curl, info, va_arg(rest, void*));
  va_end(rest);
  return code;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
