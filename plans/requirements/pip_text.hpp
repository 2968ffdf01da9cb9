#pragma once

#include <string>
#include <string_view>

#include "plans/requirements/pip_requirement.hpp"
#include "plans/requirements/requirements.hpp"

// Inside of pip_requirement.cpp and requirements_pip.cpp.
namespace rung::pip {

inline constexpr std::string_view kBlanks = " \t\f\v";

std::string_view trimmed(std::string_view text);
/// Runs of blanks become one; pip sees no difference.
std::string squeezed(std::string_view text);
/// SCHEME://... or file:...
bool is_url(std::string_view text);
/// A password in a URL would end up in reports; pip reads ${NAME} itself.
/// Throws PlanError, which does not repeat it.
void refuse_password(std::string_view text);
/// "git+https://host/x.git#egg=x", "https://host/x-1.0-py3-none-any.whl".
Requirement from_url(std::string_view text);

}  // namespace rung::pip
