#include "plans/generate/service_address.hpp"

#include <fmt/format.h>

#include <functional>

#include "core/base/error.hpp"
#include "core/base/overloaded.hpp"

namespace rung {
namespace {

constexpr std::string_view kOpen = "${services.";

/// Calls `text` for what is between references and `reference` for each.
void walk(std::string_view rest,
          const std::function<void(std::string_view)>& text,
          const std::function<void(const ServiceReference&)>& reference) {
  for (;;) {
    const auto open = rest.find(kOpen);
    text(rest.substr(0, open));
    if (open == std::string_view::npos) return;
    rest.remove_prefix(open);
    const auto close = rest.find('}');
    const auto inside = close == std::string_view::npos
                            ? std::string_view()
                            : rest.substr(kOpen.size(), close - kOpen.size());
    const auto dot = inside.rfind('.');
    if (dot == std::string_view::npos || dot == 0) {
      throw PlanError(
          "a service is named like ${services.postgres.port}, with .host, "
          ".port or .data_dir");
    }
    reference({std::string(inside.substr(0, dot)),
               std::string(inside.substr(dot + 1)),
               std::string(rest.substr(2, close - 2))});
    rest.remove_prefix(close + 1);
  }
}

}  // namespace

bool is_service_field(std::string_view field) {
  return field == "host" || field == "port" || field == "data_dir";
}

std::vector<ServiceReference> service_references(std::string_view text) {
  std::vector<ServiceReference> found;
  walk(
      text, [](std::string_view) {},
      [&](const ServiceReference& reference) { found.push_back(reference); });
  return found;
}

std::string fill_in(std::string_view text,
                    const std::map<std::string, std::string>& values) {
  std::string out;
  walk(
      text, [&](std::string_view part) { out += part; },
      [&](const ServiceReference& reference) {
        const auto it = values.find(reference.key);
        if (it == values.end()) {
          throw PlanError(fmt::format(
              "${{{}}}: this service is not running, so it has no address",
              reference.key));
        }
        out += it->second;
      });
  return out;
}

std::map<std::string, std::string> fill_in(
    std::map<std::string, std::string> env,
    const std::map<std::string, std::string>& values) {
  for (auto& [name, value] : env) value = fill_in(value, values);
  return env;
}

Gate fill_in(Gate gate, const std::map<std::string, std::string>& values) {
  const auto fill = [&](std::string& text) { text = fill_in(text, values); };
  std::visit(Overloaded{[&](HttpGate& check) {
                          fill(check.url);
                          fill(check.body);
                          for (auto& header : check.headers) {
                            fill(header.second);
                          }
                        },
                        [&](TcpGate& check) { fill(check.address); },
                        [&](CommandGate& check) { fill(check.command); },
                        [](LogGate&) {}, [](PortGate&) {}, [](ProcessGate&) {},
                        [&](PostgresGate& check) {
                          fill(check.url);
                          fill(check.query);
                        },
                        [&](RedisGate& check) { fill(check.url); },
                        [&](DnsGate& check) {
                          fill(check.name);
                          fill(check.address);
                        },
                        [&](TlsGate& check) { fill(check.address); }},
             gate.check);
  return gate;
}

}  // namespace rung
