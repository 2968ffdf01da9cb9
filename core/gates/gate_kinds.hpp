#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/gates/gate_words.hpp"
#include "core/model/gate.hpp"

namespace rung {

/// A word and how it was written.
struct WrittenWord : GateWord {
  std::string text;  ///< without quotes, for messages
};

/// What a gate word sets: its form, its help, its effect.
template <class Check>
struct GateOption {
  std::string_view key, op;
  bool takes_sub;
  std::string_view form, help;
  void (*set)(Check&, const WrittenWord&);
  std::string_view in_plan = {};  ///< its key in a plan; "" = the same key
};

/// What every kind has to say for itself.
template <class Check>
struct GateKind {
  std::string_view name;
  std::string_view subject;  ///< the word after the name; "" = none
  std::string_view help, example;
  void (*set_subject)(Check&, const std::string&);
  std::vector<GateOption<Check>> options;
};

extern const GateKind<HttpGate> kHttpKind;
extern const GateKind<TcpGate> kTcpKind;
extern const GateKind<CommandGate> kCommandKind;
extern const GateKind<LogGate> kLogKind;
extern const GateKind<PortGate> kPortKind;
extern const GateKind<ProcessGate> kProcessKind;
extern const GateKind<PostgresGate> kPostgresKind;
extern const GateKind<RedisGate> kRedisKind;
extern const GateKind<DnsGate> kDnsKind;
extern const GateKind<TlsGate> kTlsKind;

/// Words that every kind takes.
extern const std::vector<GateOption<Gate>> kCommonWords;

/// Calls `f` with each kind, in the order of the variant.
template <class F>
void for_each_kind(F&& f) {
  f(kHttpKind), f(kTcpKind), f(kCommandKind), f(kLogKind), f(kPortKind),
      f(kProcessKind), f(kPostgresKind), f(kRedisKind), f(kDnsKind),
      f(kTlsKind);
}

}  // namespace rung
