#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/model/gate.hpp"

namespace rung {

/// "http", "tcp", "log", ...: the first word of the gate.
std::string_view gate_kind(const Gate& gate);
/// Whether it is the name of a kind of gate.
bool is_gate_kind(std::string_view name);

/// Reads gate words of the command line or of a plan, which are the same:
///   http /health status=200 body~"ok" json:/ok=true within=2s deadline=30s
/// `deadline` is for gates that name none. Throws UsageError naming the word and
/// the likely one.
Gate parse_gate(std::string_view words,
                std::chrono::milliseconds deadline = Gate{}.deadline);

/// The help text of `rung explain gates`: every gate, its words, an example.
std::string gate_help();

}  // namespace rung
