#include "core/doctor/proxy_choice.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

std::string_view value_of(const std::map<std::string, std::string>& env,
                          const std::string& name) {
  const auto found = env.find(name);
  return found == env.end() ? std::string_view() : found->second;
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  std::uint32_t address = 0;
  for (int i = 0; i < 4; ++i) {
    unsigned part = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc() || part > 255) return std::nullopt;
    address = address << 8 | part;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i < 3) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  return text.empty() ? std::optional(address) : std::nullopt;
}

bool in_network(std::string_view host, std::string_view network) {
  const auto slash = network.find('/');
  if (slash == network.npos) return false;
  const auto address = ipv4(host), base = ipv4(network.substr(0, slash));
  const std::string_view size = network.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] =
      std::from_chars(size.data(), size.data() + size.size(), bits);
  if (!address || !base || error != std::errc() ||
      end != size.data() + size.size() || bits > 32) {
    return false;
  }
  return bits == 0 || (*address ^ *base) >> (32 - bits) == 0;
}

bool is_exempt(std::string_view host, std::string_view exempt) {
  if (exempt == "*") return true;
  while (!exempt.empty()) {
    const auto end = exempt.find_first_of(", \t");
    std::string one = ascii_lower(exempt.substr(0, end));
    exempt = end == exempt.npos ? std::string_view() : exempt.substr(end + 1);
    if (in_network(host, one)) return true;
    if (one.starts_with('[') && one.ends_with(']')) {
      one = one.substr(1, one.size() - 2);
    }
    if (one.starts_with('.')) one.erase(0, 1);
    if (one.ends_with('.')) one.pop_back();
    if (one.empty() || !host.ends_with(one)) continue;
    const std::size_t before = host.size() - one.size();
    if (before == 0 || (host[before - 1] == '.' && !ipv4(host))) return true;
  }
  return false;
}

}  // namespace

ProxyChoice proxy_for(std::string_view scheme, std::string_view host,
                      const std::map<std::string, std::string>& env) {
  std::string name = ascii_lower(host);
  if (name.ends_with('.')) name.pop_back();
  for (const char* variable : {"no_proxy", "NO_PROXY"}) {
    const std::string_view exempt = value_of(env, variable);
    if (exempt.empty()) continue;
    if (is_exempt(name, exempt)) return {};
    break;
  }
  const std::string first = ascii_lower(scheme) + "_proxy";
  std::string upper = "HTTPS_PROXY";
  // CGI sets HTTP_PROXY from a request's header, so curl does not read it.
  for (const std::string& variable :
       {first, scheme == "https" ? upper : std::string(),
        std::string("all_proxy"), std::string("ALL_PROXY")}) {
    const std::string_view value = value_of(env, variable);
    if (!value.empty()) return {variable, std::string(value)};
  }
  return {};
}

}  // namespace rung
