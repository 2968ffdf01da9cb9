#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/gate.hpp"

namespace rung {

/// "http", "tcp", "log", ...: the first word of the gate.
std::string_view gate_kind(const Gate& gate);
/// Whether it is the name of a kind of gate.
bool is_gate_kind(std::string_view name);

/// A word behind a gate's kind: KEY, KEY=VALUE, KEY:SUB~VALUE, KEY!~VALUE.
struct GateWord {
  std::string key, sub, op, value;
};

/// A gate in parts. `subject`: what it asks or is asked of; "" = the kind has
/// none.
struct GateParts {
  std::string kind, subject;
  std::vector<GateWord> words;
};

/// The word that stands for a plan's key; its value is left to the caller.
struct GateKey {
  std::string_view key, op;
  bool takes_sub = false;
};
/// nullopt: gates have no such key.
std::optional<GateKey> gate_key(std::string_view in_plan);

/// Throws UsageError naming the word and the likely one. Gate::text is what
/// parse_gate() would read.
Gate gate_of(const GateParts& parts);

/// Reads gate words of the command line or of a plan, which are the same:
///   http /health status=200 body~"ok" json:/ok=true within=2s deadline=30s
/// `deadline` is for gates that name none. Throws as gate_of() does.
Gate parse_gate(std::string_view words,
                std::chrono::milliseconds deadline = Gate{}.deadline);

/// The help text of `rung explain gates`: every gate, its words, an example.
std::string gate_help();

}  // namespace rung
