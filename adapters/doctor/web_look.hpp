#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "adapters/doctor/looks.hpp"
#include "core/doctor/web_answer.hpp"

namespace rung {

/// A URL to ask, in a way that changes nothing there.
struct WebPlace {
  std::string shown;  ///< how rows call it: "https://shop.example", "$API_URL"
  std::string url;    ///< whole; can hold secrets
  bool get = false;   ///< GET, else HEAD
  std::map<std::string, std::string> headers = {};
  WebExpectation expected = {};
  /// False: the host may be known only in the platform's network, so that a
  /// failure here is none.
  bool used_here = true;
};

/// The URL without path, query and user: all that may be asked of an address
/// in a variable, whose path may be a token. "" = no http(s) URL.
std::string origin_of(const std::string& url);

/// Rows "dns", "tls" and "http", as far as the URL has such a thing: asked
/// directly, and "http" also through the proxy of this environment.
Look web_look(const WebPlace& place, std::chrono::milliseconds at_most);

/// libcurl needs this once, before there are threads.
void start_web_looks();

}  // namespace rung
