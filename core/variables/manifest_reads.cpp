#include "core/variables/manifest_reads.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/text/byte_pattern.hpp"
#include "core/text/json_text.hpp"
#include "core/variables/language.hpp"
#include "core/variables/names.hpp"

namespace rung {
namespace {

class ManifestReader {
 public:
  ManifestReader(std::string_view path, SourceReads& reads)
      : path_(path), reads_(reads) {}

  void read(std::string_view content) {
    const auto ending = file_ending(path_);
    if (file_name(path_) == "app.json") return read_app(content);
    const bool yaml = ending == "yml" || ending == "yaml";
    if (!yaml && ending != "toml") return;
    for (std::size_t begin = 0; begin < content.size();) {
      auto end = std::min(content.find('\n', begin), content.size());
      auto text =
          content.substr(begin, std::min<std::size_t>(end - begin, 2048));
      ++line_;
      if (yaml) {
        read_yaml_line(text);
      } else {
        read_toml_line(text);
      }
      begin = end + 1;
    }
  }

 private:
  void add(const std::string& name, bool valued, std::string_view value) {
    VariableUse use{.name = name,
                    .file = std::string(path_),
                    .line = line_,
                    .has_default = valued,
                    .default_text = {},
                    .required = false,
                    .passed_on = true};
    while (!value.empty() && (value.back() == ' ' || value.back() == '\r')) {
      value.remove_suffix(1);
    }
    if (value.size() > 1 && (value[0] == '"' || value[0] == '\'')) {
      value = value.substr(1, value.find(value[0], 1) - 1);
    }
    if (valued && is_harmless_default(name, value)) {
      use.default_text = std::string(value);
    }
    reads_.uses.push_back(std::move(use));
  }

  void read_yaml_line(std::string_view text) {
    static const RE2 block(
        R"re(^(\s*)(?:- )?(?:environment|env|envVars|env_variables|env_vars|extraEnv|extraEnvVars|container_env|build_env)\s*:\s*(?:[&#].*)?\r?$)re",
        byte_options());
    static const RE2 mapped(
        R"re(^\s*["']?([A-Z_][A-Z0-9_]*)["']?\s*:(?:\s+(.*))?$)re",
        byte_options());
    static const RE2 listed(
        R"re(^\s*-\s+["']?([A-Z_][A-Z0-9_]*)(?:=(.*))?$)re", byte_options());
    static const RE2 named(
        R"re(^\s*-?\s*(?:name|key|variable)\s*:\s*["']?([A-Z_][A-Z0-9_]*)["']?\s*(?:#.*)?\r?$)re",
        byte_options());
    static const RE2 valued(
        R"re(^\s*(?:value|valueFrom|generateValue|fromDatabase|fromService|fromSecret|fromGroup|valueSource|scope)\s*:\s*(.*)$)re",
        byte_options());
    static const RE2 symfony(R"re(%env\((?:[a-z_]+:)*([A-Za-z_]\w*)\)%)re",
                             byte_options());
    const auto start = text.find_first_not_of(" \t");
    if (start == text.npos || text[start] == '#' || text[start] == '\r') return;
    std::string name, value, margin;
    auto rest = piece(text);
    while (RE2::FindAndConsume(&rest, symfony, &name)) {
      add(name, text.find("default:") != text.npos, "");
      reads_.uses.back().passed_on = false;
      reads_.uses.back().required = !reads_.uses.back().has_default;
    }
    if (RE2::PartialMatch(piece(text), block, &margin)) {
      inside_ = true;
      margin_ = start;
      item_ = false;
      return;
    }
    // A list may begin at the margin of its key.
    if (inside_ && (start < margin_ ||
                    (start == margin_ && text[start] != '-'))) {
      inside_ = false;
    }
    if (!inside_) return;
    if (RE2::FullMatch(piece(text), named, &name)) {
      add(name, false, "");
      item_ = true;
    } else if (item_ && RE2::PartialMatch(piece(text), valued, &value)) {
      VariableUse& last = reads_.uses.back();
      last.has_default = true;
      item_ = false;
    } else if (RE2::FullMatch(piece(text), listed, &name, &value)) {
      add(name, text.find('=') != text.npos, value);
      item_ = false;
    } else if (RE2::FullMatch(piece(text), mapped, &name, &value)) {
      const auto content = value.find_first_not_of(" \r");
      const bool empty = content == value.npos || value[content] == '#';
      add(name, !empty, value);
      item_ = false;
    }
  }

  void read_toml_line(std::string_view text) {
    static const RE2 table(R"re(^\s*\[+([^\]]*)\]+)re", byte_options());
    static const RE2 pair(R"re(^\s*["']?([A-Z_][A-Z0-9_]*)["']?\s*=\s*(.*)$)re",
                          byte_options());
    std::string name, value;
    if (RE2::PartialMatch(piece(text), table, &name)) {
      inside_ = name == "env" || name == "vars" ||
                name.ends_with(".environment") || name.ends_with(".env") ||
                name.ends_with(".vars");
    } else if (inside_ && RE2::FullMatch(piece(text), pair, &name, &value)) {
      add(name, true, value);
    }
  }

  /// Heroku's: {"env": {"X": "1", "Y": {"required": false}}}
  void read_app(std::string_view content) {
    const auto whole = json_from(content);
    if (!whole.is_object() || !whole.contains("env")) return;
    const auto& env = whole["env"];
    if (!env.is_object()) return;
    for (const auto& [name, told] : env.items()) {
      if (!is_variable_name(name)) continue;
      const auto place = content.find('"' + name + '"');
      line_ = 1 + static_cast<int>(std::count(
                      content.begin(),
                      content.begin() + static_cast<std::ptrdiff_t>(
                                            std::min(place, content.size())),
                      '\n'));
      // Some write "required": "false".
      const bool optional =
          told.is_object() && told.contains("required") &&
          (told["required"] == false || told["required"] == "false");
      const bool valued = told.is_string() || optional ||
                          (told.is_object() && (told.contains("value") ||
                                                told.contains("generator")));
      add(name, valued, "");
    }
  }

  std::string_view path_;
  SourceReads& reads_;
  int line_ = 0;
  bool inside_ = false, item_ = false;
  std::size_t margin_ = 0;
};

}  // namespace

void read_manifest(std::string_view path, std::string_view content,
                   SourceReads& reads) {
  ManifestReader(path, reads).read(content);
}

}  // namespace rung
