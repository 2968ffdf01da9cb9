#include "cmd/screen/report_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "adapters/process/file_descriptor.hpp"
#include "adapters/process/written_file.hpp"
#include "core/base/error.hpp"
#include "core/text/printable.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

/// How a report of rung begins, and what stands in its beginning.
struct Beginning {
  std::string_view format, begins, has;
};
constexpr std::array kBeginnings = {
    Beginning{"html", "<!DOCTYPE html", "<p class=\"about\">rung "},
    Beginning{"md", "## ", "\n\n"},
    Beginning{"github", "::", " title="},
    Beginning{"junit", "<?xml ", "<testsuites name=\"rung\""},
    Beginning{"jsonl", "{\"rung\":1,\"event\":\"begin\"", ""},
    Beginning{"gitlab", "[]\n", ""},
    Beginning{"gitlab", "[\n", "\"check_name\": \"rung/"},
    Beginning{"dotenv", "RUNG_OUTCOME=", ""},
    Beginning{"issue", "{\n  \"rung\": 1,", ""},
    Beginning{"sarif", "{\n  \"$schema\"", "\"name\": \"rung\""},
};

bool is_ours(const fs::path& file, std::string_view format) {
  std::string head(64 * 1024, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return std::any_of(
      kBeginnings.begin(), kBeginnings.end(), [&](const Beginning& one) {
        return one.format == format && head.starts_with(one.begins) &&
               head.find(one.has) != std::string::npos;
      });
}

[[noreturn]] void fail(const char* doing, const fs::path& file) {
  throw AbortError(fmt::format("{} {}: {}", doing, printable(file.string()),
                               std::generic_category().message(errno)));
}

/// Whether a word of the command, or what stands behind its "=", is the file.
bool names(const std::string& word, const fs::path& file) {
  std::error_code error;
  const auto equals = word.find('=');
  return fs::equivalent(word, file, error) ||
         (equals != std::string::npos && word.starts_with("--") &&
          fs::equivalent(word.substr(equals + 1), file, error));
}

}  // namespace

fs::path file_named(const std::string& words) {
  if (words == "-") return kStdout;
  fs::path file = fs::absolute(words);
  if (is_special(file)) return file;
  std::error_code error;
  // weakly_canonical() does not follow a link to what is not there yet.
  constexpr int kMostLinks = 40;
  for (int i = 0; i < kMostLinks && fs::is_symlink(file, error); ++i) {
    const fs::path to = fs::read_symlink(file, error);
    if (error) break;
    file = file.parent_path() / to;
  }
  const fs::path behind = fs::weakly_canonical(file, error);
  return error ? file : behind;
}

bool is_special(const fs::path& file) {
  for (const char* top : {"/dev/", "/proc/"}) {
    if (file.native().starts_with(top)) return true;
  }
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return fs::exists(status) && !fs::is_regular_file(status) &&
         !fs::is_directory(status);
}

void refuse_foreign(const fs::path& file, std::string_view format,
                    const std::vector<std::string>& words) {
  if (is_special(file)) return;
  const auto refuse = [&](std::string_view why) {
    throw UsageError(fmt::format("a report must not replace {}: {}",
                                 printable(file.string()), why));
  };
  if (std::find(file.begin(), file.end(), ".rung") != file.end()) {
    refuse("rung keeps its own record there");
  }
  struct stat there {};
  if (::stat(file.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return;
  // Who may do anything (root) is stopped by the bits, too.
  if ((there.st_mode & 0222) == 0 || ::access(file.c_str(), W_OK) != 0) {
    refuse("it is write-protected");
  }
  for (const std::string& word : words) {
    if (names(word, file)) refuse("this command reads it");
  }
  if (there.st_size > 0 && !is_ours(file, format)) {
    refuse(
        fmt::format("it is no {} report of rung; name another file, or "
                    "delete it",
                    format));
  }
}

void check_writable(const fs::path& file) {
  if (is_special(file)) {
    if (::access(file.c_str(), W_OK) != 0) fail("writing", file);
    return;
  }
  struct stat there {};
  const bool is_there = ::stat(file.c_str(), &there) == 0;
  if (!is_there && errno != ENOENT) fail("writing", file);
  if (is_there && S_ISDIR(there.st_mode)) {
    errno = EISDIR;
    fail("writing", file);
  }
  // The file itself is replaced.
  if (::access(file.parent_path().c_str(), W_OK | X_OK) != 0) {
    fail("writing", file);
  }
}

void write_report(const fs::path& file, std::string_view text) {
  if (!is_special(file)) {
    if (!rewrite_file(file, text)) fail("writing", file);
    return;
  }
  const FileDescriptor handle(
      ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!handle) fail("opening", file);
  if (!write_all(handle.get(), text)) fail("writing", file);
}

void append(const fs::path& file, std::string text) {
  const FileDescriptor handle(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!handle) fail("opening", file);
  const off_t size = ::lseek(handle.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(handle.get(), &last, 1, size - 1) == 1 &&
      last != '\n') {
    text.insert(0, 1, '\n');
  }
  if (!write_all(handle.get(), text)) fail("writing", file);
}

}  // namespace rung
