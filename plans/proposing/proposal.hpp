#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plans/proposing/guess.hpp"

namespace rung {

struct ProposedVariable {
  std::string name, value, from;
};

/// A backing service of a phase, with commands for this machine.
struct ProposedService {
  std::string name;     ///< "postgres"
  std::string prepare;  ///< "" = none
  std::string start;
  std::string ready;  ///< a gate as a YAML flow
  std::string from;
};

struct ProposedGate {
  std::string gate;  ///< as a YAML flow: {http: /health}
  std::string from;
};

struct ProposedPhase {
  std::string name;
  std::vector<std::string> todos;
  std::vector<ProposedVariable> env;
  std::vector<ProposedVariable> secrets;  ///< from the caller's environment
  std::vector<ProposedService> services;
  std::vector<ProposedGate> gates;
};

/// A plan that has not been written yet, and where each part comes from.
struct ProposedPlan {
  std::string name, kind;
  std::string repo;  ///< as the plan has it; "" = the one that holds the plan
  std::string path;  ///< the deployed folder in it; "" = all of it
  std::string runtime;
  std::optional<Guess> version, build, start;
  std::vector<std::string> build_inputs, build_outputs;
  std::string env_file, env_file_from, dialect;  ///< "" = none
  std::string adapter;                           ///< "local" or "docker"
  Guess port;                                    ///< a number or "auto"
  std::vector<std::string> todos;                ///< of the plan as a whole
  std::vector<std::string> notes;  ///< worth a comment, nothing to fill in
  std::vector<ProposedPhase> phases;
};

}  // namespace rung
