#include "core/diagnosis/variable_use.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "core/diagnosis/byte_pattern.hpp"

namespace rung {
namespace {

enum Language : unsigned {
  kPython = 1,
  kNode = 2,
  kRuby = 4,
  kGo = 8,
  kJvm = 16,
  kPhp = 32,
  kRust = 64,
  kDotnet = 128,
  kElixir = 256,
  kPrisma = 512,
  kShell = 1024,       ///< scripts, which have variables of their own
  kSubstituted = 2048  ///< Procfile, compose, YAML, .env: $X from outside
};

/// How a language reads a variable; the group is the name.
struct Form {
  Form(unsigned in, const char* text)
      : languages(in), pattern(text, byte_options()) {}
  unsigned languages;
  RE2 pattern;
};

const std::vector<std::unique_ptr<Form>>& forms() {
  static const auto list = [] {
    constexpr std::pair<unsigned, const char*> kForms[] = {
        {kPython, R"re(\benviron\s*\[\s*['"](\w+)['"]\s*\])re"},
        {kPython, R"re(\benviron\.(?:get|pop|setdefault)\(\s*['"](\w+)['"])re"},
        {kPython, R"re(['"](\w+)['"]\s+(?:not\s+)?in\s+(?:os\.)?environ\b)re"},
        // django-environ, environs, python-decouple; Field(env="X").
        {kPython,
         R"re(\b(?:env|environ|config)(?:\.[a-z_]+)?\(\s*['"]([A-Z]\w*)['"])re"},
        {kPython, R"re(\b(?:env|validation_alias)\s*=\s*['"](\w+)['"])re"},
        {kNode, R"re(\bprocess\.env\??\.([A-Za-z_]\w*))re"},
        {kNode, R"re(\bprocess\.env(?:\?\.)?\[\s*['"`](\w+)['"`]\s*\])re"},
        {kNode, R"re(\b(?:import\.meta|Bun)\.env\??\.([A-Z_]\w*))re"},
        {kNode, R"re(\bDeno\.env\.get\(\s*['"](\w+)['"]\s*\))re"},
        {kNode,
         R"re((?i)\bconfig(?:Service)?\.get(?:OrThrow)?(?:<[^>]*>)?\(\s*['"]((?-i:[A-Z_][A-Z0-9_]+))['"])re"},
        {kRuby, R"re(\bENV\[\s*['"](\w+)['"]\s*\])re"},
        {kRuby,
         R"re(\bENV\.(?:fetch|key\?|has_key\?|include\?)[\s(]\s*['"](\w+)['"])re"},
        {kGo, R"re(\bos\.(?:Getenv|LookupEnv)\(\s*"(\w+)")re"},
        {kGo, R"re(`[^`]*\benv(?:config)?:"([A-Z]\w*))re"},
        {kJvm, R"re(\bgetenv\(\s*"(\w+)"\s*\))re"},
        {kJvm, R"re(\bgetenv\(\)(?:\.get(?:OrDefault)?\(|\[)\s*"(\w+)")re"},
        {kPhp, R"re(\$_ENV\[\s*['"](\w+)['"]\s*\])re"},
        {kPhp, R"re(\benv\(\s*['"](\w+)['"])re"},
        {kRust, R"re(\benv::var(?:_os)?\(\s*"(\w+)"\s*\))re"},
        {kRust, R"re(\b(?:option_)?env!\(\s*"(\w+)")re"},
        {kRust, R"re(\benv\s*=\s*"([A-Z]\w*)")re"},
        {kDotnet, R"re(\bGetEnvironmentVariable\(\s*"(\w+)"\s*\))re"},
        {kElixir, R"re(\bSystem\.(?:get_env|fetch_env!?)\(\s*"(\w+)")re"},
        {kPrisma, R"re(\benv\(\s*"(\w+)"\s*\))re"},
        // Helpers everybody writes: getEnv("PORT", "8080"), get_env_int(...).
        {kPython | kNode | kGo | kPhp | kRust | kJvm | kRuby,
         R"re((?i)\b(?:get|must|require|lookup|read)_?env(?:ironment)?(?:_?[a-z]+)*\(\s*['"]((?-i:[A-Z_]\w*))['"])re"},
        {kPython | kPhp, R"re(\bgetenv\(\s*['"](\w+)['"])re"},
    };
    std::vector<std::unique_ptr<Form>> compiled;
    for (const auto& [languages, text] : kForms) {
      compiled.push_back(std::make_unique<Form>(languages, text));
    }
    return compiled;
  }();
  return list;
}

unsigned language_of(std::string_view path, std::string_view content) {
  const auto slash = path.rfind('/');
  const auto base = slash == path.npos ? path : path.substr(slash + 1);
  const auto dot = base.rfind('.');
  const auto ending = dot == base.npos ? "" : base.substr(dot + 1);
  static const std::map<std::string_view, unsigned> kEndings = {
      {"py", kPython},
      {"js", kNode},
      {"mjs", kNode},
      {"cjs", kNode},
      {"jsx", kNode},
      {"ts", kNode},
      {"mts", kNode},
      {"cts", kNode},
      {"tsx", kNode},
      {"vue", kNode},
      {"svelte", kNode},
      {"astro", kNode},
      {"rb", kRuby},
      {"ru", kRuby},
      {"rake", kRuby},
      {"erb", kRuby},
      {"yml.erb", kRuby},
      {"go", kGo},
      {"java", kJvm},
      {"kt", kJvm},
      {"kts", kJvm},
      {"scala", kJvm},
      {"groovy", kJvm},
      {"gradle", kJvm},
      {"php", kPhp},
      {"rs", kRust},
      {"cs", kDotnet},
      {"fs", kDotnet},
      {"vb", kDotnet},
      {"ex", kElixir},
      {"exs", kElixir},
      {"prisma", kPrisma},
      {"sh", kShell},
      {"bash", kShell},
      {"zsh", kShell},
      {"yml", kSubstituted},
      {"yaml", kSubstituted},
      {"toml", kSubstituted},
      {"json", kSubstituted},
      {"template", kSubstituted},
      {"properties", kSubstituted},
      {"dockerfile", kShell}};
  if (base.starts_with("Dockerfile") || base.starts_with("Containerfile")) {
    return kShell;
  }
  if (base.starts_with("Procfile") || base.starts_with(".env")) {
    return kSubstituted;
  }
  if (base == "Gemfile" || base == "Rakefile") return kRuby;
  if (const auto it = kEndings.find(ending); it != kEndings.end()) {
    return it->second;
  }
  const auto first = content.substr(0, content.find('\n'));
  if (!first.starts_with("#!")) return 0;
  if (first.find("python") != first.npos) return kPython;
  if (first.find("node") != first.npos) return kNode;
  if (first.find("ruby") != first.npos) return kRuby;
  return first.find("sh") != first.npos ? unsigned{kShell} : 0U;
}

bool is_comment(std::string_view line, unsigned language) {
  const auto start = line.find_first_not_of(" \t");
  if (start == line.npos) return true;
  line.remove_prefix(start);
  constexpr unsigned kSlashes =
      kNode | kGo | kJvm | kPhp | kRust | kDotnet | kPrisma;
  if ((language & kSlashes) != 0) {
    return line.starts_with("//") || line.starts_with("* ") ||
           line.starts_with("/*");
  }
  return line.front() == '#';
}

/// Whether a literal may be shown: short, no address with a login, nothing
/// random-looking, and not of a variable that is called a secret.
bool is_harmless(std::string_view name, std::string_view text) {
  static const RE2 secret_name(
      R"re((?i)secret|token|key|pass|pwd|cred|auth|dsn|private|salt|cert|cookie|signature|licen[cs]e|webhook|_pin$|^pin$)re",
      byte_options());
  static const RE2 plain(R"re([A-Za-z0-9_.:/*, -]{1,32})re", byte_options());
  static const RE2 random(R"re([A-Za-z]*\d[A-Za-z0-9]{9,}|[A-Za-z0-9]{20,})re",
                          byte_options());
  static const RE2 known(
      R"re((?i)^(?:sk|pk|rk|gh[a-z]|xox\w|akia|glpat|ya29|ey[ij])[-_A-Z0-9.]{6,})re",
      byte_options());
  return !RE2::PartialMatch(piece(name), secret_name) &&
         RE2::FullMatch(piece(text), plain) &&
         !RE2::PartialMatch(piece(text), random) &&
         !RE2::PartialMatch(piece(text), known);
}

/// What follows the name: `, "3000")`, `|| 3000`, `.unwrap_or("x")`.
void read_default(VariableUse& use, std::string_view before,
                  std::string_view after) {
  static const RE2 given(
      R"re(^["'`\]]?(?:\s*(?:as\s+\w+)?!?(?:\s*,\s*10)?[\s)]*(?:\|\||\?\?|\bor\b|\?:)=?\s*|\s*,\s*(?:default|cast|_default)?\s*[=:]?\s*|\s*\)?\.(?:unwrap_or(?:_else|_default)?|orElse|ok|is_ok|is_some)\b\(?\s*(?:\|_?\w*\|\s*)?(?:String::from\(|"?\.into\()?|[^`]*\b(?:envDefault|default):|\s*\)\s*(?:\{|do\b)\s*))re",
      byte_options());
  static const RE2 compared(
      R"re(^["'`\]]?\)?\s*(?:[!=]==?|\?[^.?:])|^["'`]\s+(?:not\s+)?in\s)re",
      byte_options());
  static const RE2 asked(
      R"re((?:LookupEnv|key\?|has_key\?|include\?|option_env!|setdefault)\W|\bin\s+(?:os\.)?environ)re",
      byte_options());
  static const RE2 literal(
      R"re(^(?:"([^"\n]*)"|'([^'\n]*)'|`([^`\n]*)`|(-?\d[\d_.]*|[Tt]rue|[Ff]alse)\b))re",
      byte_options());
  static const RE2 nothing(
      R"re(^(?:None|null|nil|undefined|""|''|cast\b|10\))\s*[),;]?)re",
      byte_options());
  if (!before.empty() && before.back() == '!') return;  // if (!process.env.X
  auto rest = piece(after);
  if (!RE2::Consume(&rest, given)) {
    use.has_default = RE2::PartialMatch(piece(after), compared) ||
                      RE2::PartialMatch(piece(before), asked);
    return;
  }
  if (RE2::PartialMatch(rest, nothing)) return;
  use.has_default = true;
  std::array<std::string, 4> texts;
  if (!RE2::PartialMatch(rest, literal, &texts[0], &texts[1], &texts[2],
                         &texts[3])) {
    return;
  }
  for (auto& text : texts) {
    if (!text.empty() && is_harmless(use.name, text)) {
      use.default_text = std::move(text);
    }
  }
}

/// `os.environ["X"] = "1"` writes.
bool is_written(std::string_view after) {
  static const RE2 assigned(R"re(^["']?\s*\]?\s*=[^=>~])re", byte_options());
  return RE2::PartialMatch(piece(after), assigned);
}

struct Line {
  int number;
  std::string_view text;
};

void read_code(const Line& line, unsigned language, std::string_view path,
               std::vector<VariableUse>& uses) {
  for (const auto& form : forms()) {
    if ((form->languages & language) == 0) continue;
    re2::StringPiece groups[2];
    std::size_t from = 0;
    while (form->pattern.Match(piece(line.text), from, line.text.size(),
                               RE2::UNANCHORED, groups, 2)) {
      const auto begin =
          static_cast<std::size_t>(groups[0].data() - line.text.data());
      const auto end = begin + groups[0].size();
      const auto after = line.text.substr(end);
      from = end;
      if (is_written(after)) continue;
      VariableUse use{.name = groups[1].as_string(),
                      .file = std::string(path),
                      .line = line.number,
                      .has_default = false,
                      .default_text = {}};
      // The call's own word is part of what stands before.
      const auto before = begin > 0 && line.text[begin - 1] == '!'
                              ? std::string_view("!")
                              : line.text.substr(begin, end - begin);
      read_default(use, before, after);
      uses.push_back(std::move(use));
    }
  }
}

/// const { PORT, HOST: host = "x" } = process.env, over several lines.
void read_destructured(std::string_view content, std::string_view path,
                       std::vector<VariableUse>& uses) {
  static const RE2 from_env(R"re(\}\s*=\s*(?:process|import\.meta)\.env\b)re",
                            byte_options());
  static const RE2 member(
      R"re(\s*([A-Za-z_]\w*)\s*(?::\s*[\w$]+)?\s*(?:=\s*([^,]*))?)re",
      byte_options());
  re2::StringPiece found;
  std::size_t from = 0;
  while (from_env.Match(piece(content), from, content.size(), RE2::UNANCHORED,
                        &found, 1)) {
    const auto close = static_cast<std::size_t>(found.data() - content.data());
    from = close + found.size();
    const auto open = content.rfind('{', close);
    if (open == content.npos) continue;
    std::size_t at = open + 1;
    while (at < close) {
      auto comma = content.find(',', at);
      if (comma == content.npos || comma > close) comma = close;
      std::string name, value;
      if (RE2::PartialMatch(piece(content.substr(at, comma - at)), member,
                            &name, &value)) {
        const auto place = content.find(name, at);
        VariableUse use{.name = name,
                        .file = std::string(path),
                        .line = 1 + static_cast<int>(std::count(
                                        content.begin(),
                                        content.begin() +
                                            static_cast<std::ptrdiff_t>(place),
                                        '\n')),
                        .has_default = false,
                        .default_text = {}};
        if (!value.empty()) read_default(use, "", "|| " + value);
        uses.push_back(std::move(use));
      }
      at = comma + 1;
    }
  }
}

/// Fields of a pydantic settings class: `port: int = 8000` reads PORT.
void read_settings(const std::vector<Line>& lines, std::string_view path,
                   std::vector<VariableUse>& uses) {
  static const RE2 head(R"re(^(\s*)class\s+\w+\([^)]*\bBaseSettings\b)re",
                        byte_options());
  static const RE2 field(
      R"re(^(\s+)([A-Za-z]\w*)\s*:\s*[^=#]+(?:=\s*(.*))?$)re", byte_options());
  static const RE2 prefix(R"re(\benv_prefix\s*=\s*['"](\w*)['"])re",
                          byte_options());
  static const RE2 required(
      R"re(^(?:Pydantic)?Field\(\s*(?:\.\.\.|[a-z_]+\s*=)|^\.\.\.)re",
      byte_options());
  static const RE2 in_field(R"re(^Field\(\s*(?:default\s*=\s*)?)re",
                            byte_options());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string margin;
    if (!RE2::PartialMatch(piece(lines[i].text), head, &margin)) continue;
    std::string before, indent;
    std::size_t end = i + 1;
    for (; end < lines.size(); ++end) {
      const auto text = lines[end].text;
      const auto start = text.find_first_not_of(" \t\r");
      if (start == text.npos) continue;
      if (start <= margin.size()) break;
      if (indent.empty()) indent = std::string(text.substr(0, start));
      RE2::PartialMatch(piece(text), prefix, &before);
    }
    for (std::size_t k = i + 1; k < end; ++k) {
      std::string depth, name, value;
      if (is_comment(lines[k].text, kPython) ||
          !RE2::FullMatch(piece(lines[k].text), field, &depth, &name, &value) ||
          depth != indent || name == "model_config") {
        continue;
      }
      name = before + name;
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      VariableUse use{.name = name,
                      .file = std::string(path),
                      .line = lines[k].number,
                      .has_default = false,
                      .default_text = {}};
      const bool is_required =
          value.empty() || (RE2::PartialMatch(value, required) &&
                            value.find("default") == value.npos);
      if (!is_required) {
        auto rest = piece(value);
        RE2::Consume(&rest, in_field);
        read_default(use, "", "|| " + rest.as_string());
        use.has_default = true;  // None, too, lets the program start
      }
      uses.push_back(std::move(use));
    }
  }
}

/// $X and ${X:-default}. A script's own variables are not the environment's;
/// ENV and ARG of a Dockerfile are defaults.
void read_expansions(const std::vector<Line>& lines, unsigned language,
                     std::string_view path, std::vector<VariableUse>& uses) {
  static const RE2 expansion(
      R"re((^|[^\\$])\$(?:\{([A-Za-z_]\w*)(?:(:?[-=?+]|:)([^}]*))?\}|\(([A-Z_][A-Z0-9_]*)\)|([A-Za-z_]\w*)))re",
      byte_options());
  static const RE2 assigned(
      R"re((?:^|[;&|({]|\bthen|\bdo|\belse)\s*(?:export\s+|local\s+|readonly\s+|declare\s+(?:-\w+\s+)?)?([A-Za-z_]\w*)\+?=|\bfor\s+(\w+)\s+in\b|\bread\s+(?:-\w+\s+)*(\w+))re",
      byte_options());
  static const RE2 declared(
      R"re(^\s*(?i:ENV|ARG)\s+([A-Za-z_]\w*)(?:[ =]\s*["']?([^"'\s]*))?)re",
      byte_options());
  static const RE2 passed(R"re(^\s*-\s*([A-Z_][A-Z0-9_]*)\s*$)re",
                          byte_options());
  static const std::set<std::string_view> kOwn = {
      "PATH",    "HOME",        "PWD",      "OLDPWD", "IFS",         "RANDOM",
      "LINENO",  "BASH_SOURCE", "SHELL",    "USER",   "UID",         "EUID",
      "SECONDS", "REPLY",       "OPTARG",   "OPTIND", "NF",          "NR",
      "FS",      "PIPESTATUS",  "FUNCNAME", "BASH",   "BASH_VERSION"};
  const bool script = language == kShell;
  const bool compose = path.find("compose") != path.npos;
  std::set<std::string, std::less<>> own;
  std::map<std::string, std::string, std::less<>> image;
  for (const auto& line : lines) {
    if (is_comment(line.text, language)) continue;
    std::string name, value;
    if (script &&
        RE2::PartialMatch(piece(line.text), declared, &name, &value)) {
      image[name] = value;
    }
    const auto use_of = [&](std::string found) {
      return VariableUse{.name = std::move(found),
                         .file = std::string(path),
                         .line = line.number,
                         .has_default = false,
                         .default_text = {}};
    };
    if (compose && RE2::FullMatch(piece(line.text), passed, &name)) {
      uses.push_back(use_of(name));
    }
    auto rest = piece(line.text);
    std::string lead, braced, op, word, parens, bare;
    while (RE2::FindAndConsume(&rest, expansion, &lead, &braced, &op, &word,
                               &parens, &bare)) {
      auto use = use_of(!braced.empty()   ? braced
                        : !parens.empty() ? parens
                                          : bare);
      if (kOwn.count(use.name) != 0 || own.count(use.name) != 0) continue;
      const bool upper =
          std::none_of(use.name.begin(), use.name.end(),
                       [](char c) { return c >= 'a' && c <= 'z'; });
      if (!upper && !script) continue;
      if (script && !parens.empty()) continue;  // $(COMMAND)
      use.has_default = !op.empty() && op.find('?') == op.npos;
      if (use.has_default && op.find('+') == op.npos) {
        if (is_harmless(use.name, word)) use.default_text = word;
      }
      if (const auto it = image.find(use.name); it != image.end()) {
        use.has_default = use.has_default || !it->second.empty();
        if (is_harmless(use.name, it->second)) use.default_text = it->second;
      }
      uses.push_back(std::move(use));
    }
    if (!script) continue;
    rest = piece(line.text);
    std::array<std::string, 3> names;
    while (
        RE2::FindAndConsume(&rest, assigned, &names[0], &names[1], &names[2])) {
      for (const auto& each : names) {
        if (!each.empty()) own.insert(each);
      }
    }
  }
}

}  // namespace

std::vector<VariableUse> all_uses(std::string_view path,
                                  std::string_view content) {
  std::vector<VariableUse> uses;
  const unsigned language = language_of(path, content);
  if (language == 0) return uses;
  std::vector<Line> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    auto end = content.find('\n', begin);
    if (end == content.npos) end = content.size();
    // A bundle's single line of a megabyte is nobody's source.
    auto text = content.substr(begin, std::min<std::size_t>(end - begin, 4096));
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) {
      text.remove_suffix(1);
    }
    lines.push_back({static_cast<int>(lines.size()) + 1, text});
    begin = end + 1;
  }
  if ((language & (kShell | kSubstituted)) != 0) {
    read_expansions(lines, language, path, uses);
  } else {
    for (const auto& line : lines) {
      const bool worth = line.text.find("env") != line.text.npos ||
                         line.text.find("Env") != line.text.npos ||
                         line.text.find("ENV") != line.text.npos ||
                         line.text.find("onfig") != line.text.npos;
      if (worth && !is_comment(line.text, language)) {
        read_code(line, language, path, uses);
      }
    }
    if (language == kNode) read_destructured(content, path, uses);
    if (language == kPython && content.find("BaseSettings") != content.npos) {
      read_settings(lines, path, uses);
    }
  }
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.name, b.has_default, b.default_text) <
           std::tie(b.line, b.name, a.has_default, a.default_text);
  });
  // Two forms may see one use; the fuller reading comes first.
  uses.erase(std::unique(uses.begin(), uses.end(),
                         [](const auto& a, const auto& b) {
                           return a.line == b.line && a.name == b.name;
                         }),
             uses.end());
  return uses;
}

std::vector<VariableUse> uses_of(std::string_view name, std::string_view path,
                                 std::string_view content) {
  // A settings class spells its fields in small letters, less a prefix.
  const bool settings = content.find("BaseSettings") != content.npos;
  if (name.empty() || (!settings && content.find(name) == content.npos)) {
    return {};
  }
  auto uses = all_uses(path, content);
  std::erase_if(uses, [&](const VariableUse& use) { return use.name != name; });
  return uses;
}

}  // namespace rung
