#include "plans/env/env_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/text/utf8.hpp"
#include "plans/env/dialect_reader.hpp"

namespace rung {
namespace env {

int Reading::line_of(std::size_t offset) {
  offset = std::min(offset, text.size());
  if (offset < counted_to_) {
    counted_to_ = 0;
    line_ = 1;
  }
  const auto part = text.substr(counted_to_, offset - counted_to_);
  line_ += static_cast<int>(std::count(part.begin(), part.end(), '\n'));
  counted_to_ = offset;
  return line_;
}

void Reading::refuse(std::size_t offset, std::string_view what) {
  throw PlanError(fmt::format("{}:{}: {}", file_, line_of(offset), what));
}

void Reading::note(std::size_t offset, std::string_view what) {
  result.notes.push_back(
      fmt::format("{}:{}: {}", file_, line_of(offset), what));
}

void Reading::set(std::string name, std::string value, std::size_t begin,
                  std::size_t end) {
  // What is no name is more likely a line of some key or certificate, so the
  // message does not repeat it. Such a line has no "_"; 2CAPTCHA_KEY is a name.
  const bool digit = !name.empty() && name[0] >= '0' && name[0] <= '9';
  const bool plain = !name.empty() &&
                     (!digit || name.find('_') != std::string::npos) &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return is_name_char(c) || c == '.' || c == '-';
                     });
  if (!plain) {
    refuse(begin,
           "no variable name before \"=\" (a value of several lines needs "
           "quotes and a dialect that allows them)");
  }
  EnvVar var{std::move(name), std::move(value), line_of(begin), 0};
  var.end_line = line_of(end);
  result.statements.push_back({var.name, var.line, var.end_line});
  const auto [known, added] = index_.emplace(var.name, result.vars.size());
  if (added) {
    result.vars.push_back(std::move(var));
    return;
  }
  EnvVar& old = result.vars[known->second];
  note(begin, fmt::format("{} is set again (before: line {}); the last counts",
                          var.name, old.line));
  old = std::move(var);
}

void Reading::mention(std::string_view name, std::size_t begin,
                      std::size_t end) {
  const int line = line_of(begin);
  result.statements.push_back({std::string(name), line, line_of(end)});
}

void Reading::put(std::string& value, std::string_view meant,
                  std::size_t begin) {
  from_references_ += meant.size();
  if (from_references_ > kMaxEnvFile) {
    refuse(begin, fmt::format("its values, with their variables filled in, are "
                              "larger than {} KiB",
                              kMaxEnvFile / 1024));
  }
  value += meant;
}

void Reading::unset(const std::string& name) {
  const auto it = index_.find(name);
  if (it == index_.end()) return;
  const std::size_t place = it->second;
  result.vars.erase(result.vars.begin() + static_cast<std::ptrdiff_t>(place));
  index_.erase(it);
  for (auto& [other, slot] : index_) slot -= slot > place ? 1 : 0;
}

std::optional<std::string> Reading::outer_first(const std::string& name) const {
  if (const auto it = outer_.find(name); it != outer_.end()) return it->second;
  if (const auto it = index_.find(name); it != index_.end()) {
    return result.vars[it->second].value;
  }
  return std::nullopt;
}

std::optional<std::string> Reading::file_first(const std::string& name) const {
  if (const auto it = index_.find(name); it != index_.end()) {
    return result.vars[it->second].value;
  }
  if (const auto it = outer_.find(name); it != outer_.end()) return it->second;
  return std::nullopt;
}

std::size_t space_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return 0;
  const char c = text[at];
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  static constexpr std::string_view kOthers[] = {
      "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
      "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
      "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  for (const auto other : kOthers) {
    if (text.substr(at, other.size()) == other) return other.size();
  }
  return 0;
}

std::string_view trim_left(std::string_view text) {
  while (const auto n = space_at(text, 0)) text.remove_prefix(n);
  return text;
}

std::string_view trim_right(std::string_view text) {
  for (;;) {
    std::size_t n = 0;
    for (std::size_t bytes = 1; bytes <= 3 && bytes <= text.size(); ++bytes) {
      if (space_at(text, text.size() - bytes) == bytes) n = bytes;
    }
    if (n == 0) return text;
    text.remove_suffix(n);
  }
}

bool is_shell_name(std::string_view name) {
  return !name.empty() && is_name_start(name[0]) &&
         std::all_of(name.begin(), name.end(), is_name_char);
}

namespace {

std::string with_unix_lines(std::string_view text, bool lone_returns) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] == '\n') {
      // the '\n' follows, or the end
    } else {
      out += lone_returns ? '\n' : '\r';
    }
  }
  return out;
}

}  // namespace
}  // namespace env

namespace {

struct Name {
  Dialect dialect;
  std::string_view word;
};
constexpr Name kNames[] = {{Dialect::docker, "docker"},
                           {Dialect::compose, "compose"},
                           {Dialect::dotenv_python, "dotenv-python"},
                           {Dialect::dotenv_node, "dotenv-node"},
                           {Dialect::sh, "sh"}};

}  // namespace

std::string_view to_string(Dialect dialect) {
  for (const auto& name : kNames) {
    if (name.dialect == dialect) return name.word;
  }
  return "";
}

std::optional<Dialect> dialect_from(std::string_view word) {
  for (const auto& name : kNames) {
    if (name.word == word) return name.dialect;
  }
  return std::nullopt;
}

std::map<std::string, std::string> EnvVars::values() const {
  std::map<std::string, std::string> values;
  for (const auto& var : vars) values[var.name] = var.value;
  return values;
}

EnvVars read_env_text(std::string_view text, Dialect dialect,
                      const std::string& file,
                      const std::map<std::string, std::string>& outer) {
  env::Reading raw(text, file, outer);
  if (text.size() > kMaxEnvFile) {
    raw.refuse(0, fmt::format("larger than {} KiB: not an env file?",
                              kMaxEnvFile / 1024));
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    raw.refuse(nul,
               "a NUL byte, which no environment variable can hold (saved as "
               "UTF-16? save it as UTF-8)");
  }
  if (const auto bad = invalid_utf8_at(text); bad != std::string_view::npos) {
    raw.refuse(text.substr(0, bad).rfind('\n') + 1,
               "not UTF-8; save the file as UTF-8");
  }
  static constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.substr(0, kMark.size()) == kMark) {
    if (dialect == Dialect::dotenv_python || dialect == Dialect::sh) {
      raw.refuse(0, fmt::format("begins with a byte order mark, which {} takes "
                                "for a part of the first name; save it without",
                                to_string(dialect)));
    }
    text.remove_prefix(kMark.size());
  }
  // python-dotenv and node dotenv see a lone return as a line break too.
  const bool lone =
      dialect == Dialect::dotenv_python || dialect == Dialect::dotenv_node;
  const bool as_it_is = dialect == Dialect::sh || dialect == Dialect::compose;
  const std::string lines = as_it_is
                                ? std::string(text)
                                : env::with_unix_lines(text, lone);
  env::Reading in(lines, file, outer);
  switch (dialect) {
    case Dialect::docker:
      env::read_docker(in);
      break;
    case Dialect::compose:
      env::read_compose(in);
      break;
    case Dialect::dotenv_python:
      env::read_dotenv_python(in);
      break;
    case Dialect::dotenv_node:
      env::read_dotenv_node(in);
      break;
    case Dialect::sh:
      env::read_sh(in);
      break;
  }
  return std::move(in.result);
}

}  // namespace rung
