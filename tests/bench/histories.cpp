#include "tests/bench/histories.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <fstream>
#include <optional>
#include <random>
#include <stdexcept>
#include <utility>

namespace rung::bench {
namespace {

namespace fs = std::filesystem;

/// One run of a shell command; its first line of output.
std::string said_by(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return text.substr(0, text.find('\n'));
}

std::string in_quotes(const fs::path& path) {
  return "'" + path.string() + "'";
}

/// A stream for git fast-import.
class Stream {
 public:
  Stream(const fs::path& repo, const Shape& shape) : shape_(shape) {
    said_by("git init -q -b main " + in_quotes(repo));
    pipe_ = popen(
        ("git -C " + in_quotes(repo) + " fast-import --quiet").c_str(), "w");
    if (pipe_ == nullptr) throw std::runtime_error("cannot run git");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (pipe_ != nullptr) pclose(pipe_);
  }

  /// Returns the number of commits on the main line.
  std::uint32_t write_all() {
    first_commit();
    std::uint32_t merges = 0;
    while (made_ < shape_.commits) {
      // A branch costs its commits, one of the main line beside it, a merge.
      const auto length = static_cast<std::uint32_t>(1 + random_() % 5);
      if (merges < shape_.merges && made_ + length + 2 <= shape_.commits) {
        const auto side = branch(length);
        on_main({});
        on_main(side);
        ++merges;
      } else {
        on_main({});
      }
    }
    if (merges < shape_.merges) {
      throw std::runtime_error(shape_.name + ": no room for so many merges");
    }
    reset("refs/tags/first", 1);
    reset("refs/heads/main", recent_.back());
    if (pclose(std::exchange(pipe_, nullptr)) != 0) {
      throw std::runtime_error("git fast-import failed");
    }
    return main_line_;
  }

 private:
  template <class... Words>
  void say(fmt::format_string<Words...> text, Words&&... words) {
    fmt::print(pipe_, text, std::forward<Words>(words)...);
  }
  void file(const std::string& path, const std::string& content) {
    say("M 100644 inline {}\ndata {}\n{}\n", path, content.size(), content);
  }
  void reset(const char* name, std::uint32_t mark) {
    say("reset {}\nfrom :{}\n\n", name, mark);
  }
  void begin(std::uint32_t parent) {
    ++made_;
    const std::string message = fmt::format("commit {}", made_);
    // A name that is set at the end only: nothing points at it until then.
    say("commit refs/import\nmark :{}\ncommitter A <a@example.org> {} +0000\n"
        "data {}\n{}\n",
        made_, 1'600'000'000 + made_, message.size(), message);
    if (parent != 0) say("from :{}\n", parent);
  }
  [[nodiscard]] std::string name_of(std::uint32_t i) const {
    return fmt::format("d{:02}/e{:02}/file{}.txt", i % 40, i / 40 % 25, i);
  }
  void change_one() {
    file(name_of(static_cast<std::uint32_t>(random_() % shape_.files)),
         fmt::format("changed by {}\n", made_));
  }

  void first_commit() {
    begin(0);
    for (std::uint32_t i = 0; i < shape_.files; ++i) {
      file(name_of(i), std::string(20 + random_() % 2000, 'x') + "\n");
    }
    file("counter", "1\n");
    main_line_ = 1;
    recent_.push_back(made_);
  }
  void on_main(std::optional<std::uint32_t> side) {
    begin(recent_.back());
    if (side) say("merge :{}\n", *side);
    if (!side) change_one();
    file("counter", fmt::format("{}\n", ++main_line_));
    recent_.push_back(made_);
    if (recent_.size() > 20) recent_.pop_front();
  }
  /// From one of the last commits of the main line; the branch's tip.
  std::uint32_t branch(std::uint32_t length) {
    std::uint32_t tip = recent_[random_() % recent_.size()];
    for (; length > 0; --length) {
      begin(tip);
      change_one();
      tip = made_;
    }
    return tip;
  }

  const Shape& shape_;
  FILE* pipe_ = nullptr;
  std::mt19937_64 random_{1};
  std::uint32_t made_ = 0, main_line_ = 0;
  std::deque<std::uint32_t> recent_;  ///< marks on the main line, newest last
};

}  // namespace

History history(const fs::path& cache, const Shape& shape) {
  History made{cache / shape.name, 0, {}, {}};
  // Written last, so a history that was cut off half-way is made again.
  const fs::path done = cache / (shape.name + ".done");
  if (!fs::exists(done)) {
    fs::remove_all(made.repo);
    fs::create_directories(cache);
    const std::uint32_t main_line = Stream(made.repo, shape).write_all();
    said_by("git -C " + in_quotes(made.repo) + " reset -q --hard main");
    std::ofstream(done) << main_line << "\n";
  }
  if (!(std::ifstream(done) >> made.main_line)) {
    throw std::runtime_error("cannot read " + done.string());
  }
  const std::string ask = "git -C " + in_quotes(made.repo) + " rev-parse ";
  made.first = said_by(ask + "first");
  made.last = said_by(ask + "main");
  return made;
}

}  // namespace rung::bench
