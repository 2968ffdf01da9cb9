#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// What a program said, without the record that a logging library or platform
/// put around it.
struct Carried {
  std::string message;  ///< one line or more
  std::string time;     ///< as the record writes it; "" = it has none
};

/// The message in one line of a log that is a JSON object (Cloud Logging, pino,
/// docker's json-file, journald, ...), the message of one that is printed over
/// several lines, or logfmt (`level=error msg="..."`).
/// nullopt = neither, or no message in it.
std::optional<Carried> carried(std::string_view line);

/// The log in a text that is a single JSON value: an array of records, or one
/// string. One line for each line of a message, its time before it. nullopt =
/// the text is not such a value.
std::optional<std::string> log_in_json(std::string_view text);

}  // namespace rung
