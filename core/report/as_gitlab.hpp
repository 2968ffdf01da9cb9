#pragma once

#include <cstdint>
#include <string>

#include "core/report/posting.hpp"

namespace rung {

/// A Code Quality report of GitLab: an entry for each error and warning. One
/// without a known place stands at the first line of `.gitlab-ci.yml`: GitLab
/// refuses an entry without a file.
std::string gitlab_code_quality(const Posting& posting);

/// A dotenv report: RUNG_OUTCOME, RUNG_CULPRIT, RUNG_TITLE, RUNG_EXIT. GitLab
/// takes neither quotes nor line ends in values; none is written.
std::string gitlab_dotenv(const Posting& posting);

/// What begins a section of a job's log that can be folded, and what ends it.
/// `at`: seconds since 1970. `name`: letters, digits and "_".
std::string gitlab_section_start(const std::string& name,
                                 const std::string& title, std::int64_t at);
std::string gitlab_section_end(const std::string& name, std::int64_t at);

}  // namespace rung
