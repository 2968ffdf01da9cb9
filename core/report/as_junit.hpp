#pragma once

#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// JUnit XML as Jenkins, GitLab and the reporters of GitHub read it: one suite
/// with a case for each failing test, or for each item without tests. Flaky
/// tests are skipped cases, an answer without trouble is one case that passed:
/// readers refuse a report without cases.
std::string as_junit(const Posting& posting);

}  // namespace rung
