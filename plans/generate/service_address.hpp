#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/gate.hpp"

namespace rung {

/// `${services.NAME.FIELD}` in env values, gates and templates stands for a
/// backing service's address. It stays as text in a Release, so that a release
/// is the same in every run, and is filled in just before a trial.
struct ServiceReference {
  std::string service, field;
  std::string key;  ///< "services.NAME.FIELD", as fill_in() looks it up
};

/// "host", "port" (both known once the service runs), "data_dir".
bool is_service_field(std::string_view field);

/// Every reference in a text, in its order. Throws PlanError (without a place)
/// for one that is never closed or is not of that form.
std::vector<ServiceReference> service_references(std::string_view text);

/// The text with every reference replaced by `values` ("services.NAME.FIELD"
/// -> text). Throws PlanError naming a reference that has none.
std::string fill_in(std::string_view text,
                    const std::map<std::string, std::string>& values);
std::map<std::string, std::string> fill_in(
    std::map<std::string, std::string> env,
    const std::map<std::string, std::string>& values);
/// The same for every text of a gate that is sent or connected to.
Gate fill_in(Gate gate, const std::map<std::string, std::string>& values);

}  // namespace rung
