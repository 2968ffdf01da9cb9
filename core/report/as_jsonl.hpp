#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/report/posting.hpp"

namespace rung {

// Events of a run as JSON, a line each. Their
// names and keys are stable; more of both may come.

/// The first line: the version of the form, the command and its words.
std::string jsonl_begin(const std::string& command,
                        const std::vector<std::string>& command_line);
/// What is told while a command works. `seconds`: since it began. `facts` is an
/// object.
std::string jsonl_event(const std::string& event, double seconds,
                        const nlohmann::ordered_json& facts);
/// The last line: the answer.
std::string jsonl_end(const Posting& posting, double seconds);

/// An item as the last line and other JSON formats tell it.
nlohmann::ordered_json json_of(const PostedItem& item);
/// JSON in one line, whatever bytes its texts hold.
std::string json_line(const nlohmann::ordered_json& json);

}  // namespace rung
