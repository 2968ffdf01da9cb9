#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/platform.hpp"
#include "core/verdict.hpp"

namespace rung {

/// What a log says about why a deploy stopped. Rules are data
/// (core/diagnosis_rules.json, compiled in; users can add theirs).
struct Diagnosis {
  std::optional<Stage> stage;     ///< nullopt: nothing failed
  std::string cause = "unknown";  ///< id of the vocabulary, or "none"
  std::string evidence;           ///< substring of the log, may be empty
  std::string line;               ///< the log line that decided
  std::string hint;               ///< what to try, one sentence
};

/// Reads a log (a deploy's or a build's output). `floor` is the stage known
/// from elsewhere (a build that exited non-zero: build); nullopt = unknown.
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor = {});

/// The same without what a healthy release logs, too: `usual` as
/// telling_lines() has it.
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::span<const std::string> usual);
/// The lines of a log that a rule applies to, without times, ids and the like;
/// sorted.
std::vector<std::string> telling_lines(std::string_view log);

/// The same with rules of the user's (JSON as in core/diagnosis_rules.json:
/// {"rules": [...], "marks": [...]}); they outweigh the built-in ones unless
/// they say otherwise. Throws RulesError.
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::string_view extra_rules);

/// What `rung explain CAUSE` prints; nullopt for an unknown id.
std::optional<std::string> explain(std::string_view cause);
/// Every id of the vocabulary, in the order of its table.
std::vector<std::string_view> causes();

/// The normalised failure: "stage/cause/message" with times, ids, addresses,
/// ports that vary, paths of work trees and hex numbers taken out.
std::string signature(Stage stage, std::string_view cause,
                      std::string_view message);

/// Of a whole failure: of its likely reason if the log gave one, else of what
/// was found; its evidence is part of it wherever that stood.
std::string signature(const Failure& failure);

/// How the routed port and the sockets bound fit together, as a platform sees
/// it. `emulate`: "render", "cloudrun", "docker" or "none".
struct PortFinding {
  /// nullopt = an acceptable socket is open on the routed port.
  std::optional<Failure> failure;
  std::vector<std::string> notes;  ///< "also binds 8081, 8082: not routed"
};
PortFinding judge_ports(std::span<const BoundSocket> bound,
                        std::uint16_t routed_port, std::string_view emulate);

}  // namespace rung
