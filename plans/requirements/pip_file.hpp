#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "plans/requirements/requirements.hpp"

namespace rung {

/// One package's lines from two files, as pip takes them: all have to hold.
std::string joined_requirement(const std::string& a, const std::string& b);

/// Gives the text of a file that `-r` or `-c` names; throws PlanError if it
/// cannot be read.
using ReadFile = std::function<std::string(const std::filesystem::path&)>;

/// requirements.txt or the output of `pip freeze`. Throws PlanError
/// "FILE:LINE: what" for a line rung cannot switch alone (an editable folder)
/// and for a password in a URL; URLs are not repeated.
Requirements parse_pip_file(std::string_view text,
                            const std::filesystem::path& file,
                            const ReadFile& read = {});

/// A requirement file that parse_pip_file() reads back as `requirements`
/// (apart from constraints, which go into `constraints_file` when there are
/// any). `origins`: package -> phase, written behind the line as a comment.
struct PipFiles {
  std::string requirements;
  std::string constraints;  ///< "" = none
};
PipFiles write_pip_files(
    const Requirements& requirements, const std::string& constraints_file,
    const std::map<std::string, std::string>& origins = {});

}  // namespace rung
