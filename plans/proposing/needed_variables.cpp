#include "plans/proposing/needed_variables.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/secret_shapes.hpp"
#include "core/text/split.hpp"
#include "core/variables/language.hpp"
#include "core/variables/names.hpp"
#include "plans/proposing/guess.hpp"

namespace rung {
namespace {

/// Set by rung, the system or a build tool: nothing that a plan has to say.
bool is_given(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kGiven = {
      "PORT",  "PATH",   "HOME",  "PWD",   "USER",      "SHELL",
      "LANG",  "TMPDIR", "TMP",   "TEMP",  "TERM",      "CI",
      "HOST",  "HOSTNAME", "VIRTUAL_ENV", "PYTHONPATH", "NODE_ENV",
      "RAILS_ENV", "RACK_ENV", "GITHUB_ACTIONS", "COLUMNS", "EDITOR"};
  return std::find(kGiven.begin(), kGiven.end(), name) != kGiven.end() ||
         name.starts_with("npm_") || name.starts_with("GITHUB_");
}

bool is_example(std::string_view path) {
  const std::string name = ascii_lower(file_name(path));
  if (name.find("env") == name.npos) return false;
  static const RE2 shape(
      R"re((?:\.?env(?:\.\w+)?[._-](?:example|sample|template|dist|defaults?|tpl|schema)|(?:\.?(?:example|sample|template)[._-]env)|env[._](?:example|sample))(?:\.txt)?)re",
      byte_options());
  return RE2::FullMatch(name, shape);
}

/// A value that may stand in a plan.
bool is_harmless_value(const std::string& name, const std::string& value) {
  return is_one_line(value) && value.size() <= 200 && !names_a_secret(name) &&
         secret_shapes(value).empty() &&
         secret_shapes(name + "=" + value).empty() &&
         random_words(value).empty() &&
         value.find_first_of("@$") == std::string::npos;
}

std::string scheme_of(std::string_view value) {
  const auto end = value.find("://");
  if (end == value.npos || end > 40) return {};
  std::string_view scheme = value.substr(0, end);
  while (scheme.starts_with('"') || scheme.starts_with('\'')) {
    scheme.remove_prefix(1);
  }
  static const RE2 shape("[A-Za-z][A-Za-z0-9+]*", byte_options());
  return RE2::FullMatch(piece(scheme), shape) ? std::string(scheme)
                                              : std::string();
}

/// Read where the app does not start: in a script or a build, for one
/// environment.
bool is_read_aside(std::string_view path) {
  static const RE2 aside(
      R"re((?i)(?:^|/)(?:scripts?|bin|tools?|migrations?|alembic|tasks|seeds?|fabfile|setup|deploy)(?:/|\.|$)|(?:^|[/._-])(?:prod|production|staging|testing|development|local|dev|test)[/._-]|config\.(?:js|ts|mjs|cjs)$|environments/|\.(?:gradle|gradle\.kts|sbt|gemspec)$|(?:^|/)(?:Gemfile|Rakefile|Capfile|Jenkinsfile|mix\.exs)$)re",
      byte_options());
  return RE2::PartialMatch(piece(path), aside);
}

class Variables {
 public:
  NeededVariable& at(const std::string& name, const std::string& from) {
    auto [it, is_new] = variables_.try_emplace(name);
    if (is_new) {
      it->second.name = name;
      it->second.from = from;
    }
    return it->second;
  }
  [[nodiscard]] std::map<std::string, NeededVariable>& all() {
    return variables_;
  }

 private:
  std::map<std::string, NeededVariable> variables_;
};

void add_stated(const Stated& stated, Variables& variables) {
  for (const StatedVariable& one : stated.env) {
    if (!is_variable_name(one.name)) continue;
    if (is_given(one.name) && !one.name.ends_with("_ENV")) continue;
    NeededVariable& variable = variables.at(one.name, one.from);
    if (one.backing && !variable.backing) variable.backing = one.backing;
    if (!one.value) continue;
    if (variable.scheme.empty()) variable.scheme = scheme_of(*one.value);
    if (!variable.value && is_harmless_value(one.name, *one.value)) {
      variable.value = *one.value;
      variable.value_from = one.from;
    }
  }
}

void add_examples(const Project& project, Variables& variables) {
  static const RE2 assigned(
      R"re(^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$)re",
      byte_options());
  for (const std::string& path : project.paths()) {
    if (!is_example(path) || depth_of(path) > 1) continue;
    const std::string* text = project.text(path);
    if (text == nullptr) continue;
    std::size_t number = 0;
    for (const auto line : lines_of(*text)) {
      ++number;
      std::string name, value;
      if (!RE2::FullMatch(piece(line), assigned, &name, &value) ||
          !is_variable_name(name) || is_given(name)) {
        continue;
      }
      NeededVariable& variable =
          variables.at(name, from_line(project.shown(path), number));
      // The kind of address alone: the rest may be a real one.
      if (variable.scheme.empty()) variable.scheme = scheme_of(value);
    }
  }
}

void add_uses(const Project& project, const SourceReads& reads,
              Variables& variables) {
  for (const VariableUse& use : reads.uses) {
    if (!is_variable_name(use.name) || is_given(use.name)) continue;
    const std::string from =
        from_line(project.shown(use.file), static_cast<std::size_t>(use.line));
    NeededVariable& variable = variables.at(use.name, from);
    if (variable.read_from.empty()) variable.read_from = from;
    if (use.has_default || is_read_aside(use.file)) continue;
    if (!variable.required) variable.read_from = from;
    variable.required = true;
    variable.strict = variable.strict || use.required;
  }
}

/// By the variable's name alone.
std::optional<Backing> backing_of_name(const std::string& name,
                                       const std::set<Backing>& kinds) {
  static const RE2 redis(
      R"re((?:^|_)(?:REDIS|VALKEY|REDISCLOUD)(?:_[A-Z]+)?_?(?:URL|URI|DSN)$|^CELERY_BROKER_URL$)re",
      byte_options());
  static const RE2 mongo(R"re((?:^|_)MONGO(?:DB)?_?(?:URL|URI|DSN)$)re",
                         byte_options());
  static const RE2 sql(
      R"re((?:^|_)(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|PSQL)_?(?:URL|URI|DSN)$)re",
      byte_options());
  if (RE2::PartialMatch(name, redis)) return Backing::redis;
  if (RE2::PartialMatch(name, mongo)) return Backing::mongo;
  if (!RE2::PartialMatch(name, sql)) return {};
  for (const Backing kind :
       {Backing::postgres, Backing::mysql, Backing::mongo}) {
    if (kinds.count(kind) != 0) return kind;
  }
  return {};
}

}  // namespace

std::vector<NeededVariable> needed_variables(const Project& project,
                                             const App& app,
                                             const Stated& stated,
                                             const SourceReads& reads) {
  Variables variables;
  add_stated(stated, variables);
  add_examples(project, variables);
  add_uses(project, reads, variables);
  auto kinds = backing_of_packages(app.packages);
  for (const StatedBacking& one : stated.backing) kinds.insert(one.kind);
  for (const std::string& path : project.paths()) {
    if (!path.ends_with("schema.prisma")) continue;
    const std::string* text = project.text(path);
    if (text != nullptr && text->find("\"postgresql\"") != text->npos) {
      kinds.insert(Backing::postgres);
    }
  }
  std::vector<NeededVariable> all;
  for (auto& [name, variable] : variables.all()) {
    if (!variable.backing && !variable.scheme.empty()) {
      variable.backing = backing_of_scheme(variable.scheme);
    }
    if (!variable.backing) variable.backing = backing_of_name(name, kinds);
    all.push_back(std::move(variable));
  }
  return all;
}

}  // namespace rung
