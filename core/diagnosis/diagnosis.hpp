#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/platform.hpp"
#include "core/model/verdict.hpp"

namespace rung {

/// The reason why a deploy stopped, from its log. Rules are data
/// (core/diagnosis/rules.json, compiled in; users can add their own).
struct Diagnosis {
  std::optional<Stage> stage;     ///< nullopt: nothing failed
  std::string cause = "unknown";  ///< id of the vocabulary, or "none"
  std::string evidence;           ///< substring of the log, may be empty
  std::string line;               ///< the deciding log line
  std::string hint;               ///< what to try, one sentence
  std::string rule;               ///< id of the rule that decided, may be empty
};

/// Reads a log (a deploy's or a build's output). `floor` is the stage known
/// from elsewhere (a build that exited non-zero: build); nullopt = unknown.
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor = {});

/// The same, but ignores lines that a healthy release also logs: `usual`, from
/// telling_lines().
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::span<const std::string> usual);
/// The lines of a log to which a rule applies, without times, ids and the like;
/// sorted.
std::vector<std::string> telling_lines(std::string_view log);

/// The same with the user's rules (JSON as in core/diagnosis/rules.json:
/// {"rules": [...], "marks": [...]}); they outweigh the built-in rules unless
/// they say otherwise. Throws RulesError.
Diagnosis diagnose(std::string_view log, std::optional<Stage> floor,
                   std::string_view extra_rules);

}  // namespace rung
