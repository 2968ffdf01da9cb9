#include "core/diagnosis/carrier.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>

#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"

namespace rung {
namespace {

using nlohmann::json;

// Source: the documentation of Cloud Logging (LogEntry), pino, bunyan, winston,
// zap, logrus, structlog, python-json-logger, logback, Serilog, docker's
// json-file driver, journalctl -o json, AWS Lambda, Railway.
constexpr std::array kMessages = {
    "textPayload", "message", "msg", "MESSAGE", "Message", "Msg", "@m",
    "@message",    "event",   "log", "text",    "line",    "body"};
constexpr std::array kErrors = {
    "error", "err",        "exception",   "Exception", "exc_info",  "@x",
    "stack", "stacktrace", "stack_trace", "traceback", "stackTrace"};
constexpr std::array kTimes = {"timestamp", "time", "@timestamp", "ts",
                               "@t",        "t",    "Timestamp"};

const json* member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_at(const json& object, const char* name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>()
                                                : "";
}

/// An error is a text, a list of lines, or an object with a stack.
std::string error_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (value.is_array()) {
    for (const json& line : value) {
      if (line.is_string()) text += line.get<std::string>() + "\n";
    }
  }
  if (!value.is_object()) return text;
  for (const char* name : {"stack", "stacktrace", "stack_trace"}) {
    if (text = text_at(value, name); !text.empty()) return text;
  }
  const std::string message = text_at(value, "message");
  for (const char* name : {"type", "name", "class", "code"}) {
    const std::string type = text_at(value, name);
    if (!type.empty() && !message.empty()) return type + ": " + message;
  }
  return message;
}

void add_line(std::string& text, const std::string& more) {
  if (more.empty() || text.find(more) != text.npos) return;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += more;
}

std::string message_in(const json& record) {
  std::string text;
  for (const char* name : {"jsonPayload", "fields", "attributes"}) {
    const json* inside = member(record, name);
    if (inside != nullptr && inside->is_object()) {
      add_line(text, message_in(*inside));
    }
  }
  if (const json* proto = member(record, "protoPayload");
      proto != nullptr && proto->is_object()) {
    if (const json* status = member(*proto, "status");
        status != nullptr && status->is_object()) {
      add_line(text, text_at(*status, "message"));
    }
  }
  for (const char* name : kMessages) {
    const std::string found = text_at(record, name);
    if (found.empty()) continue;
    add_line(text, found);
    break;
  }
  if (const auto type = text_at(record, "errorType"),
      message = text_at(record, "errorMessage");
      !message.empty()) {
    add_line(text, type.empty() ? message : type + ": " + message);
  }
  for (const char* name : kErrors) {
    if (const json* error = member(record, name)) {
      add_line(text, error_text(*error));
    }
  }
  return text;
}

std::optional<Carried> from_record(const json& record) {
  if (!record.is_object()) return std::nullopt;
  Carried carried;
  carried.message = message_in(record);
  if (carried.message.empty()) return std::nullopt;
  for (const char* name : kTimes) {
    if (carried.time = text_at(record, name); !carried.time.empty()) break;
  }
  return carried;
}

std::optional<Carried> from_json_line(std::string_view line) {
  if (!line.starts_with('{') || !line.ends_with('}')) return std::nullopt;
  return from_record(json_from(line));
}

/// One member of a record that is printed over several lines.
std::optional<Carried> from_member(std::string_view line) {
  if (!line.ends_with('"') && !line.ends_with("\",")) return std::nullopt;
  static const RE2 member(
      R"re("?(?:textPayload|[Mm]essage|[Mm]sg|errorMessage|stackTrace)"?: ?("(?:[^"\\]|\\.)*"),?)re",
      byte_options());
  re2::StringPiece value;
  if (!RE2::FullMatch(piece(line), member, &value)) return std::nullopt;
  const json text = json_from({value.data(), value.size()});
  if (!text.is_string() || text.get_ref<const std::string&>().empty()) {
    return std::nullopt;
  }
  return Carried{text.get<std::string>(), ""};
}

/// The value after `key=`, its quotes and escapes undone.
std::string logfmt_value(const re2::StringPiece& value) {
  std::string_view raw(value.data(), value.size());
  if (raw.size() < 2 || raw.front() != '"') return std::string(raw);
  const json text = json_from(raw);
  if (text.is_string()) return text.get<std::string>();
  return std::string(raw.substr(1, raw.size() - 2));
}

std::optional<Carried> from_logfmt(std::string_view line) {
  // Most lines end here; the patterns would take longer than all the rest.
  if (line.find("level=") == line.npos && line.find("lvl=") == line.npos &&
      line.find("severity=") == line.npos) {
    return std::nullopt;
  }
  static const RE2 level(R"((?:^| )(?:level|lvl|severity)=["a-zA-Z])",
                         byte_options());
  static const RE2 pair(
      R"re( *([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|[^ "]*)(?: |$))re",
      byte_options());
  re2::StringPiece rest = piece(line);
  if (!RE2::PartialMatch(rest, level)) return std::nullopt;
  Carried carried;
  std::string error;
  re2::StringPiece key, value;
  while (RE2::Consume(&rest, pair, &key, &value)) {
    const std::string name(key.data(), key.size());
    if (name == "msg" || name == "message") {
      carried.message = logfmt_value(value);
    } else if (name == "error" || name == "err") {
      error = logfmt_value(value);
    } else if (name == "time" || name == "ts" || name == "t" ||
               name == "timestamp") {
      carried.time = logfmt_value(value);
    }
  }
  if (!rest.empty()) return std::nullopt;  // prose with a "=" in it
  if (!error.empty()) {
    carried.message += carried.message.empty() ? error : ": " + error;
  }
  if (carried.message.empty()) return std::nullopt;
  return carried;
}

void add_record(std::string& log, const Carried& carried) {
  std::string_view rest = carried.message;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (!carried.time.empty()) log += carried.time + " ";
    log.append(rest.substr(0, end)).push_back('\n');
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
}

}  // namespace

std::optional<Carried> carried(std::string_view line) {
  if (auto found = from_json_line(line)) return found;
  if (auto found = from_member(line)) return found;
  return from_logfmt(line);
}

std::optional<std::string> log_in_json(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
  const bool string = text.size() > 1 && text.front() == '"' &&
                      text.back() == '"' && text.find('\n') == text.npos;
  const bool list = text.front() == '[' && text.back() == ']';
  if (!string && !list) return std::nullopt;
  const json value = json_from(text);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array() || value.empty()) return std::nullopt;
  std::string log;
  for (const json& record : value) {
    if (record.is_string()) {
      add_record(log, {record.get<std::string>(), ""});
    } else if (const auto found = from_record(record)) {
      add_record(log, *found);
    }
  }
  if (log.empty()) return std::nullopt;
  return log;
}

}  // namespace rung
