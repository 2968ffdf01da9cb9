#include "adapters/http/url.hpp"

#include <curl/curl.h>

#include <memory>

namespace rung {
namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, Free> owner(text);
  return text;
}

}  // namespace

std::optional<Url> parse_url(const std::string& text) {
  const std::unique_ptr<CURLU, Free> url(curl_url());
  if (!url) throw std::bad_alloc();
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                   CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return std::nullopt;
  }
  Url result;
  result.scheme = part(url.get(), CURLUPART_SCHEME, 0);
  result.user = part(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  result.password = part(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  result.host = part(url.get(), CURLUPART_HOST, 0);
  result.path = part(url.get(), CURLUPART_PATH, CURLU_URLDECODE);
  const std::string port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!port.empty()) result.port = static_cast<std::uint16_t>(std::stoi(port));
  if (result.host.starts_with('[') && result.host.ends_with(']')) {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  return result;
}

std::string without_end_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace rung
