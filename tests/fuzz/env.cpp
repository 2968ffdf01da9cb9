#include "plans/env/env_file.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/text/utf8.hpp"
#include "plans/env/kind.hpp"
#include "plans/env/meaning.hpp"
#include "plans/env/write.hpp"
#include "tests/fuzz/targets.hpp"

namespace rung::fuzz {
namespace {

using Values = std::map<std::string, std::string>;

const Values kOuter{{"BASE", "/srv"}, {"EMPTY", ""}, {"HOST", "db.example"}};

void check_writing(const Values& values, Dialect dialect) {
  Values comments;
  for (const auto& [name, value] : values) comments[name] = "phase";
  std::string written;
  try {
    written = write_env_text(values, dialect, comments);
  } catch (const PlanError&) {
    return;
  }
  require(read_env_text(written, dialect, "").values() == values,
          "what is written is read back");
}

/// NAME=VALUE, NUL between them: values that no dialect has read.
void check_values(std::string_view input) {
  Values values;
  while (!input.empty()) {
    const auto one = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(one.size() + 1, input.size()));
    const auto equals = std::min(one.find('='), one.size());
    values[std::string(one.substr(0, equals))] =
        one.substr(std::min(equals + 1, one.size()));
  }
  for (const Dialect dialect : kDialects) check_writing(values, dialect);
}

void check_vars(const EnvVars& read, std::string_view text) {
  const auto lines = std::count(text.begin(), text.end(), '\n') +
                     std::count(text.begin(), text.end(), '\r') + 1;
  std::size_t size = 0;
  for (const EnvVar& var : read.vars) {
    require(!var.name.empty(), "a variable has a name");
    require(var.value.find('\0') == std::string::npos,
            "no value holds a NUL byte");
    require(valid_utf8(var.value) == var.value, "values are UTF-8");
    require(var.line >= 1 && var.line <= var.end_line &&
                var.end_line <= lines + 1,
            "a variable has its lines");
    size += var.name.size() + var.value.size();
  }
  // A reference may repeat what is long, but not for ever.
  require(size <= 2 * text.size() || size <= 2 * kMaxEnvFile,
          "what is read is no larger than a file may be");
  require(read.values().size() == read.vars.size(), "each name comes once");
}

}  // namespace

// The name of a dialect, then an env file; or "values" and values to write.
void env(std::string_view input) {
  const auto word = first_line(input);
  if (word == "values") return check_values(input);
  const Dialect dialect = dialect_from(word).value_or(Dialect::compose);

  no_env_file(input, dialect == Dialect::sh);
  likely_meant(input, kOuter);
  EnvVars read;
  try {
    read = read_env_text(input, dialect, "x.env", kOuter);
  } catch (const PlanError& error) {
    require(std::string_view(error.what()).starts_with("x.env:"),
            "a refusal names the place");
    try {
      read_env_told(input, dialect, "x.env", kOuter);
    } catch (const PlanError&) {
      return;
    }
    throw Broken("what is refused is refused with advice, too");
  }
  check_vars(read, input);
  check_writing(read.values(), dialect);
  for (const Dialect other : kDialects) {
    if (other != dialect && read.vars.size() <= 4) {
      check_writing(read.values(), other);
    }
  }
  try {
    const ToldEnv told = read_env_told(input, dialect, "x.env", kOuter);
    require(told.read.values() == read.values(),
            "advice changes nothing of what is read");
  } catch (const PlanError&) {
    // No env file at all.
  }
}

}  // namespace rung::fuzz
