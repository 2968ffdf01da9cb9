#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "core/diagnosis/diagnosis.hpp"

namespace rung::diagnosis_cases {

struct Case {
  const char *stage, *cause, *evidence;  ///< evidence "": not looked at
  const char* log;
};

inline void check(const Case& c) {
  CAPTURE(c.log);
  const auto diagnosis = diagnose(c.log);
  CHECK((diagnosis.stage ? std::string(to_string(*diagnosis.stage)) : "none") ==
        c.stage);
  CHECK(diagnosis.cause == c.cause);
  CHECK(diagnosis.evidence.find(c.evidence) != std::string::npos);
}

struct Not {
  const char *cause, *log;
};

inline void check(const Not& c) {
  CAPTURE(c.log);
  CHECK(diagnose(c.log).cause != c.cause);
}

}  // namespace rung::diagnosis_cases
