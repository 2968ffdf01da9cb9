#pragma once

#include <istream>

#include "adapters/results/test_report.hpp"

namespace rung {

/// Reads what `go test -json` prints. The group of a test is its package. A
/// package is a test itself, by its own name: it fails if none of its tests
/// explains its failure (it does not build, TestMain fails). A test that has
/// begun and not ended has failed, if its package ended. Lines that are no JSON
/// are left out. Throws BadReport if a package has not ended.
TestReport go_test_report(std::istream& in);

}  // namespace rung
