#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/input/context.hpp"
#include "cmd/screen/progress_state.hpp"
#include "core/report/posting.hpp"

namespace CLI {
class App;
}

namespace rung {

/// Where an answer goes besides the screen: the files of --report, and the CI
/// system that runs this command. A place that cannot be written to is told,
/// and costs neither the answer nor its exit code.
class Posts {
 public:
  /// --report and --ci.
  void add_options(CLI::App& command);

  /// Before the search: understands the options, finds out the CI system, and
  /// tells of files that cannot be written. Throws UsageError.
  void begin(const Context& context);
  /// What happens on the way; thread-safe, never throws.
  void event(const live::Event& event);
  /// No more progress is shown: the answer comes next.
  void end_progress();
  /// What the run came to that ends now without an answer; the last one counts.
  void keep(Posting unfinished) { unfinished_ = std::move(unfinished); }
  [[nodiscard]] const std::optional<Posting>& kept() const {
    return unfinished_;
  }
  /// The answer, once it has been shown. Never throws; the first one counts.
  void post(Posting posting);

  /// Whether GitHub reads what this command prints.
  [[nodiscard]] bool on_github() const { return ci_ == Ci::github; }

 private:
  enum class Ci { none, github, gitlab };
  struct File {
    std::string words;  ///< as given: "md=report.md"
    std::string format;
    std::filesystem::path path;
    bool told = false;  ///< that it cannot be written
  };

  void begin_events(File& file, const Context& context);
  void begin_progress(const std::string& command);
  void write_events(const std::string& line);
  void write(const File& file, const Posting& posting);
  void post_to_github(const Posting& posting) const;

  std::vector<std::string> wanted_;
  std::string ci_words_ = "auto";
  Ci ci_ = Ci::none;
  std::string folder_;  ///< where the command was given
  bool begun_ = false, json_ = false, in_section_ = false;
  bool has_events_ = false;
  std::vector<File> files_;
  std::filesystem::path markdown_;  ///< the one of `files_` that was written
  std::chrono::steady_clock::time_point start_;
  std::optional<Posting> unfinished_;
  std::mutex mutex_;  ///< guards `events_`
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> events_{nullptr, nullptr};
};

/// The logs of failed probes in `folder` ("" = none), the first of them, as
/// keep_evidence() wrote them.
std::vector<PostedLog> logs_in(const std::filesystem::path& folder);
/// How lines behind the first one of such a file begin: what the trial failed
/// with.
constexpr std::string_view kMessage = "# found: ", kEvidence = "# evidence: ",
                           kLikely = "# likely: ";

}  // namespace rung
