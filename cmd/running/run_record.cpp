#include "cmd/running/run_record.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapters/process/interruption.hpp"
#include "adapters/process/system_clock.hpp"
#include "cmd/running/recorded.hpp"
#include "cmd/screen/posts.hpp"
#include "core/base/error.hpp"
#include "core/model/release.hpp"
#include "core/report/report_json.hpp"
#include "core/text/redact.hpp"

namespace rung {
namespace {

// The folder and the words that repeat the command, secrets taken out.
std::string arguments_json(const Context& context) {
  nlohmann::json words = nlohmann::json::array();
  words.push_back(std::filesystem::current_path().string());
  for (std::string& word : without_secrets(context.arguments)) {
    words.push_back(std::move(word));
  }
  return words.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::vector<std::string> words_of(const RunRecord& run) {
  const auto json = nlohmann::json::parse(run.arguments, nullptr, false);
  std::vector<std::string> words;
  if (!json.is_array()) return words;
  for (const auto& word : json) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

std::string new_run_id() {
  const std::int64_t ms = SystemClock().unix_ms();
  return fmt::format("{:%Y%m%dT%H%M%S}-{:03}-{}",
                     fmt::gmtime(static_cast<std::time_t>(ms / 1000)),
                     ms % 1000, getpid());
}

bool is_part_of(const Journal& journal, const RunRecord& part,
                const RunRecord& whole) {
  if (const auto fact = journal.get(JournalFact::part_of(part.run))) {
    return *fact == whole.run;
  }
  // Begun by an earlier rung, which did not write that down.
  return whole.command == "climb" && part.command != "climb" &&
         whole.arguments == part.arguments &&
         whole.started_ms <= part.started_ms &&
         (whole.ended_ms == 0 || whole.ended_ms >= part.started_ms);
}

Run::Run(Journal& journal, const Context& context, std::string id, bool goes_on)
    : journal_(journal),
      posts_(context.posts),
      id_(std::move(id)),
      goes_on_(goes_on),
      begun_(std::chrono::steady_clock::now()) {}

Run Run::begin_or_go_on(Journal& journal, const Context& context,
                        const std::string& command,
                        std::vector<std::string> facts, bool fresh,
                        const std::string& part_of) {
  if (!part_of.empty()) facts.push_back("part of " + part_of);
  Release carrier;  // for its hash
  carrier.config["command"] = command;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    carrier.config["fact " + std::to_string(i)] = facts[i];
  }
  const std::string question = release_id(carrier);
  if (!part_of.empty()) {
    for (const RunRecord& run : journal.runs()) {
      if (run.question == question) return {journal, context, run.run, true};
    }
  } else if (!fresh) {
    if (const auto run = journal.unfinished(question)) {
      return {journal, context, run->run, true};
    }
  }
  RunRecord record;
  record.run = new_run_id();
  record.command = command;
  record.question = question;
  record.arguments = arguments_json(context);
  record.started_ms = SystemClock().unix_ms();
  if (part_of.empty()) {
    for (const RunRecord& run : journal.runs()) {
      if (run.ended_ms == 0 && run.arguments == record.arguments) {
        journal.end_run(run.run, "replaced", "");
      }
    }
  }
  journal.begin_run(record);
  if (!part_of.empty()) journal.set(JournalFact::part_of(record.run), part_of);
  return {journal, context, record.run, false};
}

Run::~Run() {
  if (std::uncaught_exceptions() != exceptions_ && Interruption::requested()) {
    try {
      posts_->keep(recorded(journal_, id_));
    } catch (const std::exception&) {
      // The page then has only the interruption.
    }
  }
  if (std::uncaught_exceptions() == exceptions_ || goes_on_ || resumable_ ||
      Interruption::requested()) {
    return;
  }
  try {
    if (journal_.probes(id_).empty()) journal_.end_run(id_, "refused", "");
  } catch (const Error&) {
    // The error under way is the one to tell; this run stays unfinished.
  }
}

double Run::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       begun_)
      .count();
}

void end_run(Journal& journal, const Report& report) {
  journal.set(JournalFact::trials(report.run), trials_json(report));
  Report kept = report;
  kept.command_line = without_secrets(std::move(kept.command_line));
  journal.end_run(report.run, to_string(report.outcome), to_json(kept));
}

}  // namespace rung
