#pragma once

#include <istream>

#include "adapters/results/test_report.hpp"

namespace rung {

/// Reads what `cargo test` prints. The group of a test is the crate and file
/// that cargo says it runs, if its lines ("Running ...", on standard error) are
/// there. Throws BadReport if a run of tests has no "test result", or its
/// counts do not agree with the tests listed.
TestReport cargo_test_report(std::istream& in);

}  // namespace rung
