#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "adapters/cloudrun/api.hpp"
#include "core/model/platform.hpp"

/// What Cloud Run's answers mean for a release. Pure.
namespace rung::cloudrun {

struct Judged {
  enum class Told {
    wait,       ///< it has not decided
    ready,      ///< it started, and passed its startup probe
    failed,     ///< the release is to blame: `failure`
    by_log,     ///< the release is to blame; blamed() says for what
    nothing,    ///< the platform failed: nothing learned
    hopeless,   ///< nobody but a person can help: permissions
  } told = Told::wait;
  Failure failure;   ///< of `failed`
  std::string said;  ///< the platform's own words
};

/// By a revision's conditions.
Judged judged(const nlohmann::json& revision);
/// By the error of an operation that left no revision behind.
Judged judged_error(const nlohmann::json& status);

/// Why a revision did not start, from what it and the platform wrote, oldest
/// first: Cloud Run says "failed to start and listen" of a process that died
/// and of one that lives and does not listen. nullopt: not told (yet).
std::optional<Failure> blamed(std::span<const CloudLogEntry> entries,
                              std::uint16_t port);
/// When nothing more is going to be told.
Failure unexplained(const std::string& said);

/// How a container that ran ended, if the platform says so.
std::optional<Exit> ended(std::span<const CloudLogEntry> entries);

}  // namespace rung::cloudrun
