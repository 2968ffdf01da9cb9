#include "plans/requirements/pip_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"
#include "plans/requirements/pip_requirement.hpp"
#include "plans/requirements/pip_text.hpp"

// Source: pip's "Requirements File Format": options, comments, continuation
// lines, -r and -c.
namespace rung {

using namespace pip;

namespace {

/// Knows its file and line already.
class Located : public PlanError {
  using PlanError::PlanError;
};

class PipReader {
 public:
  explicit PipReader(const ReadFile& read) : read_(read) {}

  void file(std::string_view text, const std::filesystem::path& file,
            bool constraints) {
    // In all, not only inside of each other: ten files that each name the next
    // one twice are a thousand.
    if (++files_ > 100)
      throw PlanError("more than 100 files through -r and -c");
    refuse_other_encodings(text, file);
    int number = 0;
    while (!text.empty()) {
      const int first = number + 1;
      const std::string line = logical_line(text, number);
      try {
        read_line(line, file, first, constraints);
      } catch (const Located&) {
        throw;  // from an included file
      } catch (const PlanError& error) {
        throw Located(
            fmt::format("{}:{}: {}", file.string(), first, error.what()));
      }
    }
  }

  Requirements result;

 private:
  struct Seen {
    std::string rest, place;
  };

  static void refuse_other_encodings(std::string_view text,
                                     const std::filesystem::path& file) {
    if (text.find('\0') != std::string_view::npos ||
        text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
      throw Located(fmt::format(
          "{}:1: not UTF-8 but UTF-16, as PowerShell's > writes; save it "
          "as UTF-8",
          file.string()));
    }
  }

  /// One line, continuation lines joined, without its comment.
  static std::string logical_line(std::string_view& text, int& number) {
    std::string line;
    for (bool more = true; more && !text.empty();) {
      const auto end = text.find('\n');
      auto physical = text.substr(0, end);
      text = end == std::string_view::npos ? "" : text.substr(end + 1);
      ++number;
      if (physical.ends_with('\r')) physical.remove_suffix(1);
      if (physical.starts_with("\xef\xbb\xbf")) physical.remove_prefix(3);
      const bool comment = trimmed(physical).starts_with('#');
      more = physical.ends_with('\\') && !comment;
      if (more) physical.remove_suffix(1);
      line += comment && !line.empty()
                  ? std::string(" ") + std::string(physical)
                  : std::string(physical);
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '#' &&
          (i == 0 || kBlanks.find(line[i - 1]) != std::string_view::npos)) {
        line.resize(i);
      }
    }
    return std::string(trimmed(line));
  }

  void read_line(const std::string& line, const std::filesystem::path& file,
                 int number, bool constraints) {
    if (line.empty()) return;
    if (line.starts_with('-')) {
      option(line, file, number);
      return;
    }
    auto [package, rest] = parse_pip_requirement(line);
    if (constraints) package = "-c " + package;
    add(package, rest);
  }

  void option(const std::string& line, const std::filesystem::path& file,
              int number) {
    const auto end = line.find_first_of("= \t");
    std::string name = line.substr(0, end);
    std::string value =
        end == std::string::npos ? "" : squeezed(line.substr(end + 1));
    // Short options may touch their value: -rbase.txt.
    if (line.size() > 2 && line[1] != '-' && end != 2) {
      name = line.substr(0, 2);
      value = squeezed(line.substr(2));
    }
    static const std::map<std::string_view, std::string_view> kShort = {
        {"-r", "--requirement"},
        {"-c", "--constraint"},
        {"-e", "--editable"},
        {"-i", "--index-url"},
        {"-f", "--find-links"}};
    if (const auto it = kShort.find(name); it != kShort.end()) {
      name = it->second;
    }
    if (name == "--requirement" || name == "--constraint") {
      include(value, file, name == "--constraint");
    } else if (name == "--editable") {
      editable(value);
    } else {
      whole_file_option(name, value, file, number);
    }
  }

  void include(const std::string& value, const std::filesystem::path& file,
               bool constraints) {
    if (value.empty()) throw PlanError("-r and -c need a file");
    if (is_url(value)) {
      throw PlanError("-r and -c from a URL: fetch the file and name it");
    }
    if (!read_) throw PlanError("-r and -c cannot be followed here");
    const auto path = (file.parent_path() / value).lexically_normal();
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      throw PlanError("includes itself");
    }
    const std::string text = read_(path);
    open_.push_back(path);
    this->file(text, path, constraints);
    open_.pop_back();
  }

  void editable(const std::string& value) {
    if (!is_url(value) || value.starts_with("file:")) {
      throw PlanError(
          "an editable folder is part of the code, not a requirement; put "
          "\"pip install -e\" into the build command");
    }
    const auto [package, rest] = from_url(value);
    add(package, rest);
  }

  void whole_file_option(const std::string& name, const std::string& value,
                         const std::filesystem::path& file, int number) {
    static constexpr std::string_view kFlags[] = {
        "--no-index", "--pre", "--prefer-binary", "--require-hashes"};
    static constexpr std::string_view kValued[] = {
        "--index-url",   "--extra-index-url", "--find-links",  "--no-binary",
        "--only-binary", "--trusted-host",    "--use-feature", "--pypi-url"};
    const bool flag = std::find(std::begin(kFlags), std::end(kFlags), name) !=
                      std::end(kFlags);
    const bool valued = std::find(std::begin(kValued), std::end(kValued),
                                  name) != std::end(kValued);
    if (!flag && !valued) {
      std::vector<std::string_view> known(std::begin(kFlags), std::end(kFlags));
      known.insert(known.end(), std::begin(kValued), std::end(kValued));
      known.insert(known.end(), {"--requirement", "--constraint"});
      throw PlanError(
          fmt::format("unknown option {}{}", name, did_you_mean(name, known)));
    }
    if (valued == value.empty()) {
      throw PlanError(
          fmt::format("{} takes {} value", name, valued ? "a" : "no"));
    }
    // "-i#x": behind a blank, where it would be written, it is a comment.
    if (value.starts_with('#')) {
      throw PlanError(fmt::format("{} takes a value, not a comment", name));
    }
    refuse_password(value);
    std::string& entry = result[name];
    const std::string rest = value.empty() ? "" : " " + value;
    // Options such as --find-links may come several times, in an order that
    // counts.
    const bool again = places_.count(name) != 0;
    if (!again) {
      entry = rest;
    } else if (valued && entry != rest) {
      entry += "\n" + rest;
    }
    places_[name] = fmt::format("{}:{}", file.filename().string(), number);
  }

  // Files that overlap: pip wants all lines to hold.
  void add(const std::string& package, const std::string& rest) {
    const auto [it, added] = result.emplace(package, rest);
    if (added) return;
    it->second = joined_requirement(it->second, rest);
  }

  const ReadFile& read_;
  std::vector<std::filesystem::path> open_;
  std::map<std::string, std::string> places_;
  int files_ = 0;
};

}  // namespace

std::string joined_requirement(const std::string& a, const std::string& b) {
  std::set<std::string> lines;
  for (std::string_view left : {std::string_view(a), std::string_view(b)}) {
    for (;;) {
      const auto end = left.find('\n');
      lines.insert(std::string(left.substr(0, end)));
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }
  if (lines.size() > 1) lines.erase("");  // any version
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Requirements parse_pip_file(std::string_view text,
                            const std::filesystem::path& file,
                            const ReadFile& read) {
  PipReader reader(read);
  reader.file(text, file, false);
  return std::move(reader.result);
}

PipFiles write_pip_files(const Requirements& requirements,
                         const std::string& constraints_file,
                         const std::map<std::string, std::string>& origins) {
  PipFiles files;
  std::string options, packages;
  for (const auto& [key, value] : requirements) {
    const bool constraint = key.starts_with("-c ");
    const bool option = key.starts_with("--");
    std::string& out = constraint ? files.constraints
                       : option   ? options
                                  : packages;
    const auto origin = origins.find(key);
    const std::string comment =
        origin == origins.end() ? "" : "  # " + origin->second;
    const std::string name = constraint ? key.substr(3) : key;
    for (std::string_view left = value;;) {
      const auto end = left.find('\n');
      const auto rest = left.substr(0, end);
      // A path is no URL, so it cannot stand behind "NAME @".
      const bool path =
          !option && rest.starts_with(" @ ") && !is_url(rest.substr(3));
      out += path ? std::string(rest.substr(3)) : name + std::string(rest);
      out += comment + "\n";
      if (end == std::string_view::npos) break;
      left.remove_prefix(end + 1);
    }
  }
  if (!files.constraints.empty()) options += "-c " + constraints_file + "\n";
  files.requirements = options + packages;
  return files;
}

}  // namespace rung
