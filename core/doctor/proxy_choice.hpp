#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rung {

/// The proxy that programs of this environment use for a URL.
struct ProxyChoice {
  std::string variable;  ///< "https_proxy", as it is set; "" = no proxy
  std::string url;       ///< its value: can hold a password
};

/// By the rules of curl: `http_proxy` in lower case only, the others in either;
/// then ALL_PROXY; never for what NO_PROXY names (a host, all below it, an
/// address, a network like 10.0.0.0/8, or `*`).
ProxyChoice proxy_for(std::string_view scheme, std::string_view host,
                      const std::map<std::string, std::string>& env);

}  // namespace rung
