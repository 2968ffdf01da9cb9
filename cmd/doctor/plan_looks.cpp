#include "cmd/doctor/plan_looks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <variant>

#include "adapters/checkout/surroundings.hpp"
#include "adapters/doctor/backing_look.hpp"
#include "adapters/doctor/platform_look.hpp"
#include "adapters/doctor/port_state.hpp"
#include "adapters/doctor/web_look.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/http/url.hpp"
#include "adapters/journal/journal_look.hpp"
#include "adapters/process/small_file.hpp"
#include "cmd/doctor/machine_looks.hpp"
#include "cmd/serving/served_target.hpp"
#include "core/base/overloaded.hpp"
#include "core/doctor/program_words.hpp"
#include "core/text/expand.hpp"
#include "core/text/line_end.hpp"
#include "core/text/printable.hpp"
#include "core/text/service_scheme.hpp"
#include "core/text/short_id.hpp"
#include "core/text/url_user.hpp"
#include "plans/generate/release_of.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// What rung starts itself for each run has no address now.
bool names_a_service(std::string_view text) {
  return text.find("${services.") != text.npos;
}

/// The words with their variables; nullopt where that takes a run.
std::optional<std::string> filled(const std::string& words,
                                  const std::map<std::string, std::string>& env) {
  if (names_a_service(words)) return std::nullopt;
  Expansion expansion = expand(words, env, {});
  if (!expansion.unknown.empty() || names_a_service(expansion.text)) {
    return std::nullopt;
  }
  return std::move(expansion.text);
}

/// A secret's file that small_file_text() does not read.
Judged judged_no_text(const fs::path& file) {
  std::error_code error;
  const fs::file_type type = fs::status(file, error).type();
  if (type == fs::file_type::regular) {
    return not_known(fmt::format("{} is larger than 1 MiB and not looked at",
                                 file.string()));
  }
  if (type == fs::file_type::fifo || type == fs::file_type::character) {
    return not_known(fmt::format(
        "{} is a pipe or a device, and rung doctor reads none", file.string()));
  }
  return failing(fmt::format("{} is no readable file", file.string()),
                 "make the file, or correct the plan's secrets");
}

/// Whether this user may write what rung keeps beside a plan.
bool may_keep_journal(const fs::path& folder) {
  std::error_code error;
  const fs::path rung = folder / ".rung", database = rung / "journal.db";
  const fs::path& place = fs::exists(rung, error) ? rung : folder;
  return ::access(place.c_str(), W_OK) == 0 &&
         (!fs::exists(database, error) ||
          ::access(database.c_str(), W_OK) == 0);
}

/// How to ask what an HTTP gate asks; nullopt = it would change something, or
/// needs what an earlier gate saves.
std::optional<WebPlace> place_of_gate(
    const HttpGate& gate, const std::string& base,
    const std::map<std::string, std::string>& env) {
  if ((gate.method != "GET" && gate.method != "HEAD") || !gate.body.empty()) {
    return std::nullopt;
  }
  auto url = filled(gate.url, env);
  if (!url || (base.empty() && url->starts_with('/'))) return std::nullopt;
  WebPlace place;
  place.url = url->starts_with('/') ? base + *url : *url;
  place.shown = without_password(
      gate.url.starts_with('/') ? base + gate.url : gate.url);
  place.get = gate.method == "GET";
  for (const auto& [name, words] : gate.headers) {
    auto value = filled(words, env);
    if (!value) return std::nullopt;
    place.headers[name] = *std::move(value);
  }
  // Behind redirects only the last answer counts, which is not looked at here.
  if (!gate.follow) place.expected.statuses = gate.status;
  return place;
}

}  // namespace

PlanLooks::PlanLooks(const Planned& planned, const std::string& target,
                     std::chrono::milliseconds at_most)
    : planned_(planned), plan_(planned.plan()), at_most_(at_most) {
  if (target.empty() && !plan_.targets.empty()) {
    targets_ = plan_.targets;
  } else {
    targets_ = {planned.target(target)};
  }
  used_here_ = has_adapter("local");
  read_environments();
}

bool PlanLooks::has_adapter(std::string_view adapter) const {
  return std::any_of(
      targets_.begin(), targets_.end(),
      [&](const Target& target) { return target.adapter == adapter; });
}

bool PlanLooks::must_be_pushed() const { return has_adapter("render"); }

void PlanLooks::read_environments() {
  std::map<std::string, SecretSource> sources;
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    sources.merge(secrets_of(plan_, i));
  }
  std::map<std::string, std::string> secrets;
  std::set<std::string> names;
  for (const auto& [name, source] : sources) {
    names.insert(name);
    CheckupRow row = row_of("secret", name, "can be read");
    if (source.from == SecretSource::From::env) {
      const char* value = std::getenv(source.what.c_str());
      if (value == nullptr) {
        secrets_.push_back(known_look(
            row, failing(fmt::format("${} is not set", source.what),
                         fmt::format("export {}=...", source.what))));
        continue;
      }
      secrets[name] = value;
    } else if (source.from == SecretSource::From::file) {
      const auto text = small_file_text(source.what);
      if (!text) {
        secrets_.push_back(known_look(row, judged_no_text(source.what)));
        continue;
      }
      std::string value(without_line_end(*text));
      if (value.empty()) {
        secrets_.push_back(known_look(
            row, failing(fmt::format("{} is empty or closed to this user",
                                     source.what),
                         "write the secret into it, mode 0600")));
        continue;
      }
      secrets[name] = std::move(value);
    } else {
      secrets_.push_back(known_look(
          row, not_known("it comes from a command, and rung doctor runs none")));
      continue;
    }
    secrets_.push_back(known_look(row, fine("it can be read")));
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    Env env = release_of(plan_, i, secrets, CommitId{}).env;
    redact_.add(env, names);
    for (const auto& [name, value] : env) {
      if (!value.empty() && !names_a_service(value) &&
          seen.emplace(name, value).second) {
        variables_.push_back({name, value});
      }
    }
    environments_.push_back(std::move(env));
  }
}

std::vector<Look> PlanLooks::looks() const {
  std::vector<Look> looks;
  add_tools(looks);
  add_platforms(looks);
  add_serving(looks);
  looks.insert(looks.end(), secrets_.begin(), secrets_.end());
  add_variables(looks);
  add_gates(looks);
  add_journal(looks);
  return looks;
}

void PlanLooks::add_tools(std::vector<Look>& looks) const {
  std::vector<WantedTool> tools;
  const bool own_path =
      std::any_of(environments_.begin(), environments_.end(),
                  [](const Env& env) { return env.contains("PATH"); });
  const auto add = [&](const std::string& command, std::string why_not) {
    for (const ProgramWord& word : programs_of(command)) {
      std::string why = why_not;
      if (!word.certain) why = "the command decides whether it needs it";
      if (own_path) why = "the release sets a PATH of its own";
      const auto known =
          std::find_if(tools.begin(), tools.end(), [&](const WantedTool& one) {
            return one.name == word.name;
          });
      if (known == tools.end()) {
        tools.push_back({word.name, why.empty(), why});
      } else if (why.empty()) {
        known->certain = true;
      }
    }
  };
  if (used_here_) {
    std::vector<std::string> builds = {plan_.build}, starts = {plan_.start};
    for (const Phase& phase : plan_.phases) {
      for (auto [key, into] : {std::pair("build", &builds), {"start", &starts}}) {
        const auto found = phase.config.find(key);
        if (found != phase.config.end()) into->push_back(found->second);
      }
      for (const ServiceSpec& service : phase.services) {
        add(service.prepare, "");
        add(service.start, "");
      }
    }
    const bool builds_something =
        std::any_of(builds.begin(), builds.end(),
                    [](const std::string& build) { return !build.empty(); });
    for (const std::string& build : builds) add(build, "");
    for (const std::string& start : starts) {
      add(start, builds_something ? "the build may install it" : "");
    }
  }
  for (const Target& target : targets_) {
    if (target.adapter != "command") continue;
    for (const auto& [name, command] : target.options) {
      // The others are times and folders.
      if (name == "deploy" || name == "withdraw" || name == "url" ||
          name == "status" || name == "logs" || name == "serve" ||
          name == "restore") {
        add(command, "");
      }
    }
  }
  for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
    for (const Gate& gate : gates_of(plan_, i)) {
      if (const auto* command = std::get_if<CommandGate>(&gate.check)) {
        add(command->command, "");
      }
    }
  }
  const fs::path folder = plan_.repo / plan_.path;
  for (const WantedTool& tool : tools) {
    looks.push_back(tool_look(tool, plan_.repo, folder, at_most_));
  }
  for (const std::string& name : plan_.inherit) {
    const bool is_file = name.starts_with("~/");
    CheckupRow row = row_of("inherited", name, "is there");
    looks.push_back(known_look(
        row, has_inherited(name)
                 ? fine("it is there")
                 : failing(is_file ? "no such file"
                                   : fmt::format("${} is not set", name),
                           is_file ? "make it, or take it out of inherit"
                                   : fmt::format("export {}=...", name))));
  }
}

void PlanLooks::add_platforms(std::vector<Look>& looks) const {
  for (const Target& target : targets_) {
    if (target.adapter == "docker" || target.adapter == "render" ||
        target.adapter == "cloudrun") {
      looks.push_back(platform_look(target, at_most_));
    } else if (target.adapter == "command") {
      looks.push_back(known_look(
          row_of("platform", target.name + " (command)", "can be used"),
          not_known("only its own commands know, and rung doctor runs none")));
    }
  }
}

void PlanLooks::add_serving(std::vector<Look>& looks) const {
  const auto live = live_targets(planned_.folder(), &planned_);
  for (const Target& target : targets_) {
    if (target.adapter != "local") continue;
    const auto found =
        std::find_if(live.begin(), live.end(), [&](const LiveTarget& one) {
          return one.serving.target == target.name;
        });
    const bool serves = found != live.end() && found->serves;
    if (target.port != 0) {
      const pid_t keeper = serves ? found->serving.keeper : 0;
      looks.push_back(single_look(
          row_of("port", fmt::format("{} ({})", target.port, target.name),
                 "free, or held by what serves"),
          [port = target.port, keeper] { return judged_port(port, keeper); }));
    }
    CheckupRow row = row_of("serving", target.name, "alive");
    if (found == live.end()) {
      // What should serve is in the journal, and to open it may change it.
      std::error_code error;
      looks.push_back(known_look(
          row, std::filesystem::exists(
                   planned_.folder() / ".rung" / "journal.db", error)
                   ? not_known("nothing serves now; whether it should: rung "
                               "status " +
                               shell_quoted(plan_.file.string()))
                   : fine("nothing serves, nor should it")));
      continue;
    }
    const Serving& serving = found->serving;
    const std::string release = fmt::format(
        "release {} ({})", short_id(serving.release), serving.phase);
    if (!serves) {
      looks.push_back(known_look(
          row, failing(fmt::format("{} was serving, but {}", release,
                                   serving.exit ? "has ended"
                                                : "its supervisor is gone"),
                       fmt::format("rung serve {} --target {}",
                                   shell_quoted(plan_.file.string()),
                                   shell_quoted(target.name)))));
      continue;
    }
    looks.push_back(known_look(row, fine(release + " at " + serving.url)));
    for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
      if (plan_.phases[i].name != serving.phase) continue;
      for (const Gate& gate : gates_of(plan_, i)) {
        const auto* http = std::get_if<HttpGate>(&gate.check);
        if (http == nullptr || !http->url.starts_with('/')) continue;
        if (auto place = place_of_gate(*http, serving.url, environments_[i])) {
          looks.push_back(web_look(*place, at_most_));
        }
      }
    }
  }
}

void PlanLooks::add_gates(std::vector<Look>& looks) const {
  if (plan_.phases.empty()) return;
  const std::size_t top = plan_.phases.size() - 1;
  const Env& env = environments_[top];
  // What a variable names whole was looked at as a variable.
  const auto covered = [&](const std::string& url) {
    return is_variable(url) && env.contains(first_variable(url));
  };
  const auto elsewhere = [&](const std::string& address) {
    const auto text = filled(address, env);
    return text && !is_loopback(host_port(*text).host);
  };
  for (const Gate& gate : gates_of(plan_, top)) {
    const bool outer = std::visit(
        Overloaded{
            [&](const TcpGate& one) { return elsewhere(one.address); },
            [&](const TlsGate& one) { return elsewhere(one.address); },
            [&](const DnsGate& one) { return filled(one.name, env).has_value(); },
            [&](const PostgresGate& one) {
              return filled(one.url, env) && !covered(one.url);
            },
            [&](const RedisGate& one) {
              return filled(one.url, env) && !covered(one.url);
            },
            [](const auto&) { return false; }},
        gate.check);
    if (outer) {
      Gate asked = gate;
      // A query of the user's may change something.
      if (auto* postgres = std::get_if<PostgresGate>(&asked.check)) {
        postgres->query = PostgresGate{}.query;
      }
      looks.push_back(outer_gate_look(asked, env, at_most_));
    }
    const auto* http = std::get_if<HttpGate>(&gate.check);
    if (http == nullptr || http->url.starts_with('/')) continue;
    if (auto place = place_of_gate(*http, "", env)) {
      looks.push_back(web_look(*place, at_most_));
    }
  }
}

void PlanLooks::add_variables(std::vector<Look>& looks) const {
  std::set<std::string> own_ports;
  for (const Target& target : targets_) {
    if (target.port != 0) own_ports.insert(std::to_string(target.port));
  }
  for (const Variable& one : variables_) {
    if (one.name == "PORT") own_ports.insert(one.value);
  }
  std::map<std::string, std::string> shown;  ///< origin -> variables
  std::vector<std::string> origins;
  for (const Variable& one : variables_) {
    const auto scheme = service_of_url(one.value);
    if (!scheme) continue;
    if (scheme->kind != ServiceScheme::Kind::web) {
      if (auto look =
              backing_look({one.name, one.value, used_here_}, at_most_)) {
        looks.push_back(*std::move(look));
      }
      continue;
    }
    const std::string origin = origin_of(one.value);
    const auto url = parse_url(origin);
    if (!url) {
      if (!scheme->elsewhere) {
        looks.push_back(known_look(
            row_of("http", "$" + one.name, WebPlace().expected.text()),
            not_known("rung cannot read this URL")));
      }
      continue;
    }
    // The service's own address, where maybe nothing serves now.
    if (is_loopback(url->host) && own_ports.contains(std::to_string(url->port)))
      continue;
    std::string& names = shown[origin];
    if (names.empty()) origins.push_back(origin);
    names += (names.empty() ? "$" : ", $") + one.name;
  }
  for (const std::string& origin : origins) {
    WebPlace place;
    place.shown = shown[origin];
    place.url = origin;
    place.used_here = used_here_;
    looks.push_back(web_look(place, at_most_));
  }
}

void PlanLooks::add_journal(std::vector<Look>& looks) const {
  Look look;
  const std::string shown = (planned_.folder() / ".rung").string();
  look.rows = {row_of("journal", shown, "whole"),
               row_of("journal key", shown, "opens what the journal seals")};
  look.look = [folder = planned_.folder()](LookRows& rows) {
    const JournalLook seen = look_at_journal(folder);
    if (!seen.is_there || !seen.problem.empty() || seen.found == "empty") {
      rows.drop(1);
    } else if (seen.key_problem.empty()) {
      rows.tell(1, fine("it does"));
    } else {
      rows.tell(1, failing(seen.key_problem,
                           "put .rung/key back from a backup, or move .rung "
                           "away to begin anew"));
    }
    const std::string found = seen.is_there ? seen.found : "none yet";
    if (!seen.problem.empty()) {
      rows.tell(0, failing(seen.problem, seen.advice));
    } else if (may_keep_journal(folder)) {
      rows.tell(0, fine(found));
    } else {
      rows.tell(0, failing(found + "; this user may not write it",
                           "let this user write to .rung beside the plan"));
    }
  };
  looks.push_back(std::move(look));
}

}  // namespace rung
