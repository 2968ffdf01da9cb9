#include "core/variables/config_reads.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/variables/manifest_reads.hpp"
#include "core/variables/names.hpp"

namespace rung {
namespace {

/// A shell's own, which are there whatever the environment is.
bool is_shells_own(std::string_view name) {
  static const std::set<std::string_view> kOwn = {
      "PATH",     "HOME",     "PWD",      "OLDPWD",   "IFS",
      "RANDOM",   "LINENO",   "SHELL",    "USER",     "UID",
      "EUID",     "SECONDS",  "REPLY",    "OPTARG",   "OPTIND",
      "NF",       "NR",       "FS",       "BASH",     "PIPESTATUS",
      "FUNCNAME", "PPID",     "HOSTNAME", "OSTYPE",   "MACHTYPE",
      "TERM",     "COLUMNS",  "LINES",    "SHLVL",    "BASH_VERSION",
      "HOSTTYPE", "OFS",      "RS",       "FNR",      "BASH_SOURCE",
      "DIRSTACK", "GROUPS",   "OPTERR",   "BASHPID",  "BASH_SUBSHELL",
      "LANG",     "TMPDIR",   "LOGNAME",  "EPOCHSECONDS"};
  return kOwn.count(name) != 0;
}

class ConfigReader {
 public:
  ConfigReader(std::string_view path, Language language, SourceReads& reads)
      : path_(path),
        language_(language),
        script_(language == kShell || language == kDocker),
        reads_(reads) {}

  void read(std::string_view content) {
    int number = 0;
    for (std::size_t begin = 0; begin < content.size();) {
      auto end = content.find('\n', begin);
      if (end == content.npos) end = content.size();
      // A bundle's single line of a megabyte is nobody's source.
      auto text =
          content.substr(begin, std::min<std::size_t>(end - begin, 4096));
      while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) {
        text.remove_suffix(1);
      }
      line_ = ++number;
      read_line(text);
      begin = end + 1;
    }
  }

 private:
  void read_line(std::string_view whole) {
    const auto start = whole.find_first_not_of(" \t");
    if (start == whole.npos || whole[start] == '#') return;
    if (whole[start] == '!' && path_.ends_with(".properties")) return;
    std::string without = without_comment(whole);
    if (script_) note_script_line(without);
    if (language_ == kShell) without = without_literals(without);
    read_expansions(without);
    if (script_) note_assigned(without);
  }

  /// Up to a `#` behind a blank that no quote surrounds.
  static std::string without_comment(std::string_view line) {
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        // It's: an apostrophe in a word opens nothing.
        const bool in_word = c == '\'' && i > 0 && line[i - 1] != ' ' &&
                             line[i - 1] != '=' && line[i - 1] != '(';
        if (!in_word) quote = c;
      } else if (c == '#' && i > 0 &&
                 (line[i - 1] == ' ' || line[i - 1] == '\t')) {
        return std::string(line.substr(0, i));
      }
    }
    return std::string(line);
  }

  /// What stands in ' is no variable for a shell, but for envsubst.
  std::string without_literals(const std::string& line) {
    if (line.find("envsubst") != line.npos) return line;
    std::string out;
    for (const char c : line) {
      if (c == '\'' && !double_quoted_) {
        literal_ = !literal_;
      } else if (c == '"' && !literal_) {
        double_quoted_ = !double_quoted_;
      }
      out += literal_ ? ' ' : c;
    }
    // Quotes over several lines are rare, apostrophes in texts are not.
    literal_ = double_quoted_ = false;
    return out;
  }

  void note_script_line(const std::string& line) {
    static const RE2 declared(
        R"re(^\s*(?i:ENV|ARG)\s+([A-Za-z_]\w*)(?:[ =]\s*["']?([^"'\s]*))?)re",
        byte_options());
    static const RE2 more(R"re(\s([A-Za-z_]\w*)=["']?([^"'\s]*))re",
                          byte_options());
    static const RE2 strict(R"re(^\s*set\s+(?:-\w+\s+)*-\w*u|-o\s+nounset)re",
                            byte_options());
    static const RE2 counts(R"re(\bfor\s+(\w+)\s+in\b)re", byte_options());
    static const RE2 asked(
        R"re((?:\bprintenv\s+|\[\[?\s+(?:!\s+)?-v\s+|\btest\s+-v\s+)([A-Za-z_]\w*))re",
        byte_options());
    static const RE2 loop(R"re(\bfor\s+(\w+)\s+in\s+([A-Z_][A-Z0-9_ ]*)\s*(?:;|$))re",
                          byte_options());
    std::string name, value;
    if (language_ == kDocker &&
        RE2::PartialMatch(line, declared, &name, &value)) {
      image_[name] = value;
      auto rest = piece(line);
      while (RE2::FindAndConsume(&rest, more, &name, &value)) {
        image_[name] = value;
      }
    }
    if (language_ != kShell) return;
    if (RE2::PartialMatch(line, strict)) strict_ = true;
    auto rest = piece(line);
    while (RE2::FindAndConsume(&rest, counts, &name)) own_.insert(name);
    rest = piece(line);
    while (RE2::FindAndConsume(&rest, asked, &name)) {
      if (own_.count(name) == 0 && !is_shells_own(name)) {
        VariableUse use = use_of(name);
        use.has_default = line.find("printenv") == line.npos;
        reads_.uses.push_back(std::move(use));
      }
    }
    if (RE2::PartialMatch(line, loop, &name, &value)) lists_[name] = value;
  }

  void note_assigned(const std::string& line) {
    static const RE2 assigned(
        R"re((?:^|[;&|({]|\bthen|\bdo|\belse)\s*(?:(?:export|local|readonly|declare|typeset)\s+(?:-\w+\s+)*)?([A-Za-z_]\w*)\+?=|\bfor\s+(\w+)\s+in\b|\bread\s+(?:-\w+\s+)*(\w+)|\bmapfile\s+(?:-\w+\s+)*(\w+))re",
        byte_options());
    auto rest = piece(line);
    std::array<std::string, 4> names;
    while (RE2::FindAndConsume(&rest, assigned, &names[0], &names[1],
                               &names[2], &names[3])) {
      for (const auto& each : names) {
        if (!each.empty()) own_.insert(each);
      }
    }
  }

  void read_expansions(const std::string& line) {
    static const RE2 expansion(
        R"re((^|[^\\$])\$(?:\{([?#!]?)([A-Za-z_]\w*)(?:(:?[-=?+]|:)([^}]*)|[\[%#/^,@*][^}]*)?\}|\(([A-Z_][A-Z0-9_]*)\)|([A-Za-z_]\w*)))re",
        byte_options());
    auto rest = piece(line);
    std::string lead, mark, braced, op, word, parens, bare;
    while (RE2::FindAndConsume(&rest, expansion, &lead, &mark, &braced, &op,
                               &word, &parens, &bare)) {
      const std::string name = !braced.empty()   ? braced
                               : !parens.empty() ? parens
                                                 : bare;
      if (mark == "!" && script_) {
        read_indirect(name);
        continue;
      }
      if (is_shells_own(name) || own_.count(name) != 0) continue;
      if (!script_ && ascii_upper(name) != name) continue;
      if (script_ && !parens.empty()) continue;  // $(COMMAND)
      VariableUse use = use_of(name);
      use.has_default = (!op.empty() && op.find('?') == op.npos) || mark == "?";
      use.required = op.find('?') != op.npos ||
                     (op.empty() && strict_ && language_ == kShell);
      if (use.has_default && op.find('+') == op.npos) {
        if (is_harmless_default(name, word)) use.default_text = word;
      }
      if (const auto it = image_.find(name); it != image_.end()) {
        use.has_default = use.has_default || !it->second.empty();
        if (is_harmless_default(name, it->second)) {
          use.default_text = it->second;
        }
      }
      // In a file of a framework (${X:default} of Spring, compose) a text
      // without a default is one that has to be there.
      reads_.uses.push_back(std::move(use));
    }
  }

  /// for v in A B; do ... ${!v}
  void read_indirect(const std::string& name) {
    const auto known = lists_.find(name);
    if (known == lists_.end()) {
      reads_.dynamic.push_back({std::string(path_), line_, ""});
      return;
    }
    auto rest = piece(known->second);
    static const RE2 word(R"re(([A-Z_][A-Z0-9_]*))re", byte_options());
    std::string each;
    while (RE2::FindAndConsume(&rest, word, &each)) {
      reads_.uses.push_back(use_of(each));
    }
  }

  [[nodiscard]] VariableUse use_of(std::string name) const {
    return {.name = std::move(name),
            .file = std::string(path_),
            .line = line_,
            .has_default = false,
            .default_text = {},
            .required = false,
            .passed_on = false};
  }

  std::string_view path_;
  Language language_;
  bool script_;
  SourceReads& reads_;
  int line_ = 0;
  bool strict_ = false;  ///< set -u: an unset variable ends the script
  bool literal_ = false, double_quoted_ = false;
  std::set<std::string, std::less<>> own_;
  std::map<std::string, std::string, std::less<>> image_;  ///< ENV and ARG
  std::map<std::string, std::string, std::less<>> lists_;
};

}  // namespace

void read_config(std::string_view path, std::string_view content,
                 Language language, SourceReads& reads) {
  ConfigReader(path, language, reads).read(content);
  if (language == kSubstituted) read_manifest(path, content, reads);
}

}  // namespace rung
