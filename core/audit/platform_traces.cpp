#include "core/audit/platform_traces.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "core/audit/provider_facts.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"
#include "core/variables/tokens.hpp"

namespace rung {
namespace {

/// Calls `f` with each word of a list with blanks between them.
template <class F>
void for_each_word(std::string_view list, F&& f) {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    f(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

/// Whether a text names a host of a domain: "x.fly.dev", not "butterfly.dev".
bool names_host(std::string_view text, std::string_view domain) {
  for (auto at = text.find(domain); at != text.npos;
       at = text.find(domain, at + 1)) {
    const auto end = at + domain.size();
    const char before = at >= 2 && text[at - 1] == '.' ? text[at - 2] : ' ';
    const bool ends =
        end == text.size() || std::string_view(":/?#\"' ,)").find(text[end]) !=
                                  std::string_view::npos;
    if (ends &&
        ((before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') ||
         (before >= '0' && before <= '9'))) {
      return true;
    }
  }
  return false;
}

/// The first line of a script that begins with the command; 0 = none. Also
/// behind `&&`, `run:` and in the quotes of package.json.
int line_of_command(std::string_view text, std::string_view command) {
  int line = 1;
  std::size_t counted = 0;
  for (auto at = text.find(command); at != text.npos;
       at = text.find(command, at + 1)) {
    line += static_cast<int>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                   text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    const auto begin = text.rfind('\n', at);
    std::string_view before =
        text.substr(begin == text.npos ? 0 : begin + 1,
                    at - (begin == text.npos ? 0 : begin + 1));
    const auto end = at + command.size();
    const bool ends = end == text.size() || text[end] == ' ' ||
                      text[end] == '\n' || text[end] == '"';
    if (before.find('#') != before.npos || !ends) continue;
    while (before.ends_with(' ') || before.ends_with('\t')) {
      before.remove_suffix(1);
    }
    for (const char* runner : {"npx", "bunx", "dlx", "npx -y", "npx --yes"}) {
      if (before.ends_with(runner)) {
        before.remove_suffix(std::string_view(runner).size());
        break;
      }
    }
    for (const char* runner : {"pnpm ", "yarn "}) {
      if (before.ends_with(runner)) before.remove_suffix(5);
    }
    while (before.ends_with(' ')) before.remove_suffix(1);
    if (before.empty() || before.ends_with("&&") || before.ends_with(';') ||
        before.ends_with("run:") || before.ends_with('"')) {
      return line;
    }
  }
  return 0;
}

bool has_commands(const SourceText& file) {
  const auto name = file_name(file.path);
  return name == "package.json" || name == "Makefile" || name == "justfile" ||
         language_of(file.path, file.text) == kShell ||
         (file.path.starts_with(".github/workflows/") && name.ends_with("ml"));
}

}  // namespace

std::vector<AuditFinding> platform_findings(const Deployed& deployed,
                                            std::span<const UrlVariable> urls,
                                            std::span<const SourceText> files) {
  std::vector<AuditFinding> found;
  const PlatformTraces* own = nullptr;
  for (const PlatformTraces& one : platform_traces()) {
    if (!one.id.empty() && one.id == deployed.platform) own = &one;
  }
  if (!deployed.certain || own == nullptr) return found;
  for (const PlatformTraces& other : platform_traces()) {
    if (&other == own) continue;
    std::vector<std::string> told, places;
    bool own_words = false;  // a file or a command: no link to somebody else
    const auto add = [&](std::string text, std::string place) {
      told.push_back(std::move(text));
      places.push_back(std::move(place));
    };
    for_each_word(other.files, [&](std::string_view name) {
      for (const SourceText& file : files) {
        if (file.path != name) continue;
        add(std::string(name), std::string(name));
        own_words = true;
      }
    });
    for_each_word(other.domains, [&](std::string_view domain) {
      for (const UrlVariable& url : urls) {
        if (!names_host(url.value, domain)) continue;
        add(fmt::format("a host of {} in {}", domain, url.name), url.place);
        return;
      }
      for (const SourceText& file : files) {
        const Language language = language_of(file.path, file.text);
        if (!is_of_programs(language) || is_beside_service(file.path) ||
            file.text.find(domain) == file.text.npos) {
          continue;
        }
        for (const Token& token : tokens_of(file.text, language, file.path)) {
          if (!token.is_string() || !names_host(token.text, domain)) continue;
          const auto place = fmt::format("{}:{}", file.path, token.line);
          add(fmt::format("a host of {} at {}", domain, place), place);
          return;
        }
      }
    });
    for (std::string_view list = other.commands; !list.empty();) {
      const auto end = std::min(list.find(','), list.size());
      const std::string_view command = list.substr(0, end);
      list.remove_prefix(std::min(end + 1, list.size()));
      for (const SourceText& file : files) {
        const int line =
            has_commands(file) ? line_of_command(file.text, command) : 0;
        if (line == 0) continue;
        const auto place = fmt::format("{}:{}", file.path, line);
        add(fmt::format("\"{}\" at {}", command, place), place);
        own_words = true;
        break;
      }
    }
    if (!own_words) continue;
    // One trace may be meant: another service, an old file. Several say that
    // the plan is wrong, or the project is.
    found.push_back(
        {told.size() > 1 ? AuditLevel::warning : AuditLevel::note, "platform",
         "", places.front(),
         fmt::format("the plan deploys to {}, and this belongs to "
                     "{}: {}",
                     own->name, other.name, fmt::join(told, ", ")),
         fmt::format("{} reads none of it; remove what is left "
                     "over{}",
                     own->name,
                     other.id.empty() ? ""
                                      : fmt::format(", or name {} in the plan",
                                                    other.name))});
  }
  return found;
}

}  // namespace rung
