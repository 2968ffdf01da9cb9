#include "plans/env/compare.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "plans/env/dialect_reader.hpp"
#include "plans/env/env_file.hpp"

namespace rung {
namespace {

std::string shape(const std::string& value) {
  std::string text =
      value.size() == 1 ? "1 byte" : fmt::format("{} bytes", value.size());
  if (value.empty()) text = "empty";
  const char first = value.empty() ? '\0' : value.front();
  if (value.size() >= 2 && first == value.back() &&
      (first == '\'' || first == '"')) {
    text += ", in quotes";
  } else if (first == '\'' || first == '"') {
    text += ", begins with a quote";
  }
  if (value != env::trim(value)) text += ", blanks at an end";
  if (value.find(" #") != std::string::npos) text += ", a # comment inside";
  if (value.find('\n') != std::string::npos) text += ", several lines";
  if (value.find('$') != std::string::npos) text += ", a $ inside";
  if (value.find('\\') != std::string::npos) text += ", a backslash inside";
  return text;
}

/// The lines of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (auto end = text.find('\n'); end != std::string_view::npos;
         end = text.find('\n', end + 1)) {
      begins_.push_back(end + 1);
    }
  }
  /// From `first` to `last`, 1-based.
  [[nodiscard]] std::string_view between(int first, int last) const {
    const std::size_t begin = begin_of(first);
    return text_.substr(begin, begin_of(last + 1) - begin);
  }

 private:
  [[nodiscard]] std::size_t begin_of(int line) const {
    const auto i = static_cast<std::size_t>(line) - 1;
    return i < begins_.size() ? begins_[i] : text_.size();
  }

  std::string_view text_;
  std::vector<std::size_t> begins_{0};
};

}  // namespace

std::string DialectWarning::text() const {
  return fmt::format("{}: {} here ({}), but {} to {}", name, declared_shape,
                     to_string(declared), other_shape, to_string(other));
}

std::vector<DialectWarning> dialect_warnings(
    std::string_view text, Dialect declared, const std::string& file,
    std::span<const Dialect> others,
    const std::map<std::string, std::string>& outer) {
  const EnvVars reading = read_env_text(text, declared, file, outer);
  // Each statement is read alone, so that one line a dialect refuses does not
  // hide how it reads the rest; what other lines set comes from outside.
  auto around = outer;
  for (const auto& var : reading.vars) around.emplace(var.name, var.value);
  const Lines lines(text);
  std::vector<DialectWarning> warnings;
  for (const auto& var : reading.vars) {
    const auto statement = lines.between(var.line, var.end_line);
    // Taken out while its own line is read: a copy for each variable would make
    // a long file take hours.
    auto itself = around.extract(var.name);
    for (const Dialect other : others) {
      if (other == declared) continue;
      DialectWarning warning{var.name, var.line,         declared,
                             other,    shape(var.value), "not set"};
      try {
        const auto values =
            read_env_text(statement, other, file, around).values();
        const auto it = values.find(var.name);
        if (it != values.end()) {
          if (it->second == var.value) continue;
          warning.other_shape = shape(it->second);
          if (warning.other_shape == warning.declared_shape) {
            warning.other_shape += ", but other ones";
          }
        }
      } catch (const PlanError&) {
        warning.other_shape = "refused";
      }
      warnings.push_back(std::move(warning));
    }
    around.insert(std::move(itself));
  }
  return warnings;
}

}  // namespace rung
