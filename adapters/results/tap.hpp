#pragma once

#include <istream>

#include "adapters/results/test_report.hpp"

namespace rung {

/// Reads TAP, versions 12 to 14, as perl, node and many others write it. A
/// subtest is a test of its own, in the group of those around it ("outer >
/// inner"). `group` is the group of those that are in none. SKIP and TODO: not
/// judged. Throws BadReport if the plan (1..N) is
/// absent or does not agree with the results, and for "Bail out!".
TestReport tap_report(std::istream& in, const std::string& group = "");

}  // namespace rung
