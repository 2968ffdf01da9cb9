#pragma once

#include <cstddef>
#include <optional>

#include "core/diagnosis/diagnosis.hpp"
#include "core/diagnosis/log_text.hpp"
#include "core/diagnosis/reading.hpp"

namespace rung::diagnosis {

/// A fixed port that is not the expected
/// one is wrong-port; loopback is bound-to-localhost when the platform
/// complains about the address or the port is right.
void refine_ports(const LogText& text, const Reading& reading,
                  std::optional<Stage> floor, Diagnosis& diagnosis);

/// A complaint about the environment may name many variables, far below the
/// line that gave it away, some missing and some wrong.
void name_variables(const LogText& text, std::size_t line,
                    Diagnosis& diagnosis);

}  // namespace rung::diagnosis
