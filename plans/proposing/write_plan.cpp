#include "plans/proposing/write_plan.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text/byte_pattern.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

constexpr std::size_t kWidth = 100;  ///< longer comments get a line of their own

class PlanLines {
 public:
  void line(const std::string& text, const std::string& from = "") {
    const std::string comment = printable(from);
    if (comment.empty()) {
      add(text);
    } else if (text.size() + comment.size() + 9 <= kWidth) {
      add(text + "  # from " + comment);
    } else {
      const auto indent = text.find_first_not_of(' ');
      add(std::string(indent == text.npos ? 0 : indent, ' ') + "# from " +
          comment);
      add(text);
    }
  }
  void note(std::size_t indent, const std::string& text) {
    add(std::string(indent, ' ') + "# " + printable(text));
  }
  void todo(std::size_t indent, const std::string& text) {
    const std::string what = printable(text);
    add(std::string(indent, ' ') + "# TODO: " + what);
    written_.todos.push_back({count_, what});
  }
  WrittenPlan written() { return std::move(written_); }

 private:
  void add(const std::string& text) {
    written_.text += text + '\n';
    ++count_;
  }

  WrittenPlan written_;
  std::size_t count_ = 0;
};

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    // In a list of a flow, ',' and brackets end a plain scalar.
    static const RE2 plain("[A-Za-z0-9._/-]*[A-Za-z/_][A-Za-z0-9._/-]*",
                           byte_options());
    const bool bare = RE2::FullMatch(text, plain) && yaml_scalar(text) == text;
    list += (list.empty() ? "" : ", ") +
            (bare ? text : nlohmann::json(text).dump());
  }
  return '[' + list + ']';
}

void write_phase(const ProposedPhase& phase, PlanLines& lines) {
  lines.line("  - name: " + phase.name);
  for (const std::string& todo : phase.todos) lines.todo(4, todo);
  if (!phase.env.empty()) {
    lines.line("    env:");
    for (const ProposedVariable& one : phase.env) {
      lines.line(
          fmt::format("      {}: {}", yaml_scalar(one.name),
                      yaml_scalar(one.value)),
          one.from);
    }
  }
  if (!phase.secrets.empty()) {
    lines.line("    secrets:");
    for (const ProposedVariable& one : phase.secrets) {
      lines.todo(6, one.name +
                        ": set it in your environment, or say where it is "
                        "(from: file, from: command)");
      lines.line(fmt::format("      {}: {{from: env}}", yaml_scalar(one.name)),
                 one.from);
    }
  }
  if (!phase.services.empty()) {
    lines.line("    services:");
    for (const ProposedService& service : phase.services) {
      lines.line(fmt::format("      {}:", service.name), service.from);
      if (!service.prepare.empty()) {
        lines.line("        prepare: " + yaml_scalar(service.prepare));
      }
      lines.line("        start: " + yaml_scalar(service.start));
      lines.line("        ready: " + service.ready);
    }
  }
  lines.line("    gates:");
  for (const ProposedGate& gate : phase.gates) {
    lines.line("      - " + gate.gate, gate.from);
  }
}

void write_source(const ProposedPlan& proposal, PlanLines& lines) {
  if (proposal.repo.empty() && proposal.path.empty()) return;
  lines.line("source:");
  if (!proposal.repo.empty()) {
    lines.line("  repo: " + yaml_scalar(proposal.repo));
  }
  if (!proposal.path.empty()) {
    lines.line("  path: " + yaml_scalar(proposal.path));
  }
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  // What begins with a letter, '.' or '/' and has none of YAML's signs reads
  // as itself, unless it is a word or a number of the core schema.
  static const RE2 plain(R"re([A-Za-z_./][\x21-\x7e]*(?: +[\x21-\x7e]+)*)re",
                         byte_options());
  static const RE2 meant(
      R"re((?i)(?:true|false|null|yes|no|on|off|unset|~|y|n|[-+.]?\.?(?:inf|nan)|[-+.]?[0-9][0-9_.ex:+-]*|\.[0-9].*|\.)$)re",
      byte_options());
  static const RE2 special(R"re(: |:$| #)re", byte_options());
  if (RE2::FullMatch(piece(text), plain) && !RE2::PartialMatch(piece(text), special)) {
    auto whole = piece(text);
    if (!RE2::FullMatch(whole, meant)) return std::string(text);
  }
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

WrittenPlan write_plan(const ProposedPlan& proposal) {
  PlanLines lines;
  lines.note(0, "Proposed by rung init for " + proposal.kind +
                    ". Each line says where it comes from; it is a");
  lines.note(0,
             "beginning: read it, fill in the TODOs, then: rung climb FILE");
  lines.line("rung: 1");
  lines.line("name: " + yaml_scalar(proposal.name));
  write_source(proposal, lines);
  lines.line("runtime: " + proposal.runtime);
  if (proposal.version) {
    lines.note(0, "made for " + proposal.version->value + " (" +
                      proposal.version->from +
                      "); trials use what PATH has on this machine");
  }
  for (const std::string& note : proposal.notes) lines.note(0, note);
  for (const std::string& todo : proposal.todos) lines.todo(0, todo);
  if (proposal.build) {
    const bool alone =
        proposal.build_inputs.empty() && proposal.build_outputs.empty();
    if (alone) {
      lines.line("build: " + yaml_scalar(proposal.build->value),
                 proposal.build->from);
    } else {
      lines.line("build:");
      lines.line("  run: " + yaml_scalar(proposal.build->value),
                 proposal.build->from);
      if (!proposal.build_inputs.empty()) {
        lines.line("  inputs: " + yaml_list(proposal.build_inputs));
      }
      if (!proposal.build_outputs.empty()) {
        lines.line("  outputs: " + yaml_list(proposal.build_outputs));
      }
    }
  }
  if (proposal.start) {
    lines.line("start: " + yaml_scalar(proposal.start->value),
               proposal.start->from);
  }
  if (!proposal.env_file.empty()) {
    lines.line("env_files:");
    lines.line(fmt::format("  - {{file: {}, dialect: {}}}",
                           nlohmann::json(proposal.env_file)
                               .dump(-1, ' ', false,
                                     nlohmann::json::error_handler_t::replace),
                           proposal.dialect),
               proposal.env_file_from);
  }
  lines.line("targets:");
  lines.line(fmt::format("  {0}: {{adapter: {0}, port: {1}}}", proposal.adapter,
                         proposal.port.value),
             proposal.port.from);
  lines.line("phases:");
  for (const ProposedPhase& phase : proposal.phases) write_phase(phase, lines);
  return lines.written();
}

}  // namespace rung
