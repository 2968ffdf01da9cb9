#include "cmd/screen/posts.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <system_error>

#include "cmd/screen/event_json.hpp"
#include "cmd/screen/report_file.hpp"
#include "cmd/screen/version.hpp"
#include "core/base/error.hpp"
#include "core/report/as_github.hpp"
#include "core/report/as_gitlab.hpp"
#include "core/report/as_html.hpp"
#include "core/report/as_issue.hpp"
#include "core/report/as_jsonl.hpp"
#include "core/report/as_junit.hpp"
#include "core/report/as_markdown.hpp"
#include "core/report/as_sarif.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/printable.hpp"
#include "core/text/redact.hpp"

namespace fs = std::filesystem;

namespace rung {

namespace {

// Source: the runner refuses a job summary of more than 1024 KiB.
constexpr std::size_t kMostSummary = 1'000'000;
constexpr std::size_t kMostMarkdown = 1'000'000;

struct Format {
  std::string_view name;
  /// nullptr: it is written on the way, an event at a time.
  std::string (*text)(const Posting&);
};
constexpr std::string_view kEvents = "jsonl";
const std::array kFormats = {
    Format{"md",
           [](const Posting& posting) {
             return as_markdown(posting, kMostMarkdown);
           }},
    Format{"html", as_html},
    Format{"github", github_annotations},
    Format{"junit", as_junit},
    Format{kEvents, nullptr},
    Format{"gitlab", gitlab_code_quality},
    Format{"dotenv", gitlab_dotenv},
    Format{"issue", as_issues},
    Format{"sarif",
           [](const Posting& posting) { return as_sarif(posting, kVersion); }},
};

std::string names_of_formats() {
  std::string out;
  for (const Format& format : kFormats) {
    out += (out.empty() ? "" : ", ") + std::string(format.name);
  }
  return out;
}

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string random_word() {
  std::random_device random;  // of the kernel
  std::string out;
  for (int i = 0; i < 4; ++i) out += fmt::format("{:08x}", random());
  return out;
}

/// False: it could not be done, and that was told.
template <class Doing>
bool or_told(const std::string& what, const Doing& doing) {
  try {
    doing();
    return true;
  } catch (const std::exception& error) {
    fmt::print(stderr, "rung: {}: {}\n", what, error.what());
    return false;
  }
}

/// The first line of a log, if it begins so; it is cut out.
std::string taken_from(std::string& log, std::string_view begins) {
  if (!log.starts_with(begins)) return "";
  const std::size_t end = std::min(log.find('\n'), log.size());
  std::string line = log.substr(begins.size(), end - begins.size());
  log.erase(0, std::min(end + 1, log.size()));
  return line;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
constexpr const char* kSection = "rung_progress";

}  // namespace

void Posts::add_options(CLI::App& command) {
  command
      .add_option("--report", wanted_,
                  "FORMAT=PATH: write the answer to a file, too; several "
                  "times (" +
                      names_of_formats() + ")")
      ->allow_extra_args(false);  // a plan may follow
  command
      .add_option("--ci", ci_words_,
                  "the CI system to report to: auto, github, gitlab or none")
      ->check(CLI::IsMember({"auto", "github", "gitlab", "none"}));
}

void Posts::begin(const Context& context) {
  json_ = context.json;
  for (const std::string& words : wanted_) {
    const auto equals = words.find('=');
    File file;
    file.words = printable(words);
    file.format = words.substr(0, equals);
    const bool known =
        std::any_of(kFormats.begin(), kFormats.end(),
                    [&](const Format& one) { return one.name == file.format; });
    if (!known) {
      std::vector<std::string_view> names;
      for (const Format& one : kFormats) names.push_back(one.name);
      throw UsageError(fmt::format(
          "--report {}: write FORMAT=PATH, with one of the formats {}{}",
          file.words, names_of_formats(), did_you_mean(file.format, names)));
    }
    if (equals == words.npos || equals + 1 == words.size()) {
      throw UsageError(fmt::format("--report {}: name a file, as in {}=PATH",
                                   file.words, file.format));
    }
    file.path = file_named(words.substr(equals + 1));
    for (const File& other : files_) {
      if (other.path == file.path ||
          (file.format == kEvents && other.format == kEvents)) {
        throw UsageError(fmt::format("--report {}: there is {} already",
                                     file.words, other.words));
      }
    }
    files_.push_back(std::move(file));
  }
  const auto is = [&](const char* name, const char* variable) {
    return ci_words_ == name ||
           (ci_words_ == "auto" && setting(variable) == std::string("true"));
  };
  if (is("github", "GITHUB_ACTIONS")) {
    ci_ = Ci::github;
  } else if (is("gitlab", "GITLAB_CI")) {
    ci_ = Ci::gitlab;
  }
  start_ = std::chrono::steady_clock::now();
  folder_ = fs::current_path().string();
  for (const File& file : files_) {
    refuse_foreign(file.path, file.format, context.arguments);
  }
  for (File& file : files_) {
    file.told = !or_told("--report " + file.words, [&] {
      check_writable(file.path);
      if (file.format == kEvents) begin_events(file, context);
    });
  }
  begin_progress(command_of(context.arguments));
  begun_ = true;
}

// What is long, and of interest only when something went wrong, is folded.
void Posts::begin_progress(const std::string& command) {
  const std::string title = "rung " + printable(command);
  in_section_ = ci_ != Ci::none;
  if (ci_ == Ci::github) fmt::print(stderr, "::group::{}\n", title);
  if (ci_ == Ci::gitlab) {
    fmt::print(stderr, "{}", gitlab_section_start(kSection, title, now()));
  }
}

void Posts::end_progress() {
  if (!in_section_) return;
  in_section_ = false;
  if (ci_ == Ci::github) fmt::print(stderr, "::endgroup::\n");
  if (ci_ == Ci::gitlab) {
    fmt::print(stderr, "{}", gitlab_section_end(kSection, now()));
  }
}

void Posts::begin_events(File& file, const Context& context) {
  std::FILE* stream = std::fopen(file.path.c_str(), "we");
  if (stream == nullptr) {
    throw AbortError(fmt::format("writing {}: {}",
                                 printable(file.path.string()),
                                 std::generic_category().message(errno)));
  }
  events_ = {stream, std::fclose};
  has_events_ = true;
  write_events(jsonl_begin(command_of(context.arguments),
                           without_secrets(context.arguments)));
}

void Posts::write_events(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (!events_) return;
  const bool written =
      std::fwrite(line.data(), 1, line.size(), events_.get()) == line.size() &&
      std::fflush(events_.get()) == 0;
  if (written) return;
  fmt::print(stderr, "rung: --report {}: {}\n", kEvents,
             std::generic_category().message(errno));
  events_ = {nullptr, nullptr};
}

void Posts::event(const live::Event& event) {
  if (!has_events_) return;
  try {
    const std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start_;
    write_events(event_line(event, seconds.count()));
  } catch (const std::exception&) {
    // Out of memory: the search goes on without.
  }
}

void Posts::write(const File& file, const Posting& posting) {
  for (const Format& format : kFormats) {
    if (format.name != file.format || format.text == nullptr) continue;
    write_report(file.path, format.text(posting));
    if (format.name == "md") markdown_ = file.path;
  }
}

void Posts::post_to_github(const Posting& posting) const {
  // The summary first: it is what people read.
  if (const fs::path file = setting("GITHUB_STEP_SUMMARY"); !file.empty()) {
    or_told("the job summary", [&] {
      std::error_code error;
      const auto size = fs::file_size(file, error);
      const std::size_t used = error ? 0 : size;
      constexpr std::size_t kLeast = 4000;
      if (used + kLeast > kMostSummary) {
        throw AbortError("there is no room left in it");
      }
      append(file, "\n" + as_markdown(posting, kMostSummary - used));
    });
  }
  fs::path body = markdown_;
  if (body.empty()) {
    or_told("the output body-file", [&] {
      const fs::path folder = setting("RUNNER_TEMP");
      const fs::path file =
          (folder.empty() ? fs::temp_directory_path() : folder) /
          fmt::format("rung-{}.md", random_word());
      // A comment or an issue takes 65,536 characters.
      constexpr std::size_t kMostBody = 60'000;
      write_report(file, as_markdown(posting, kMostBody));
      body = file;
    });
  }
  if (const fs::path file = setting("GITHUB_OUTPUT"); !file.empty()) {
    or_told("the outputs of the step", [&] {
      append(file,
             github_outputs(posting, body.string(), "rung_" + random_word()));
    });
  }
  // GitHub reads both streams; stdout is JSON's.
  std::FILE* stream = json_ ? stderr : stdout;
  std::fflush(stdout);
  fmt::print(stream, "{}", github_annotations(posting));
  std::fflush(stream);
}

void Posts::post(Posting posting) {
  if (!begun_) return;
  // Pages of CI systems are public more often than terminals.
  posting.command_line = without_secrets(std::move(posting.command_line));
  PostedOrigin& origin = posting.origin;
  if (origin.folder.empty()) origin.folder = folder_;
  if (origin.version.empty()) origin.version = kVersion;
  if (origin.at_ms == 0) origin.at_ms = 1000 * now();
  begun_ = false;
  end_progress();
  for (const File& file : files_) {
    try {
      write(file, posting);
    } catch (const std::exception& error) {
      if (file.told) continue;
      fmt::print(stderr, "rung: --report {}: {}\n", file.words, error.what());
    }
  }
  if (has_events_) {
    const std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start_;
    or_told("--report " + std::string(kEvents),
            [&] { write_events(jsonl_end(posting, seconds.count())); });
  }
  if (ci_ == Ci::github) {
    or_told("reporting to GitHub", [&] { post_to_github(posting); });
  }
}

std::vector<PostedLog> logs_in(const fs::path& folder) {
  constexpr std::size_t kMostLogs = 5;
  std::vector<PostedLog> logs;
  if (folder.empty()) return logs;
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".log") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  // The first is of the bad release, the last ones decided.
  if (files.size() > kMostLogs) {
    files.erase(files.begin() + 1, files.end() - (kMostLogs - 1));
  }
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    PostedLog log;
    std::getline(in, log.name);  // "# LABEL"
    log.name.erase(0, std::min<std::size_t>(2, log.name.size()));
    log.text.assign(std::istreambuf_iterator<char>(in), {});
    log.message = taken_from(log.text, kMessage);
    log.evidence = taken_from(log.text, kEvidence);
    log.likely = taken_from(log.text, kLikely);
    logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace rung
