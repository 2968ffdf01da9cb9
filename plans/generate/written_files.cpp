#include "plans/generate/written_files.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/error.hpp"
#include "plans/text_file.hpp"

namespace rung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxGenerated = 16 << 20;

std::string sha256(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(),
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

/// Path -> hash of what rung wrote there last.
std::map<std::string, std::string> read_record(const fs::path& file) {
  if (!fs::exists(file)) return {};
  const auto json = nlohmann::json::parse(read_text_file(file, kMaxGenerated),
                                          nullptr, false);
  std::map<std::string, std::string> record;
  if (!json.is_object() || !json.contains("files") ||
      !json["files"].is_object()) {
    // Without it every file counts as somebody's own, which harms nobody.
    return {};
  }
  for (const auto& [path, hash] : json["files"].items()) {
    if (hash.is_string()) record[path] = hash;
  }
  return record;
}

void replace_file(const fs::path& file, const std::string& content,
                  bool is_private) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const fs::path temporary = file.string() + ".rung-new";
  fs::remove(temporary, error);
  const auto fail = [&] {
    const std::string why = std::strerror(errno);
    fs::remove(temporary, error);
    throw PlanError(
        fmt::format("{}: cannot be written: {}", file.string(), why));
  };
  errno = 0;
  std::ofstream out(temporary, std::ios::binary);
  if (!out) fail();
  if (is_private) {
    // Before the content, so that it is never readable for others.
    fs::permissions(temporary, fs::perms::owner_read | fs::perms::owner_write);
  }
  out << content;
  out.close();
  if (!out) fail();
  fs::rename(temporary, file, error);
  if (error) {
    errno = error.value();
    fail();
  }
}

}  // namespace

std::vector<std::string> write_generated(
    const fs::path& dir, const std::map<std::string, std::string>& files,
    const std::set<std::string>& private_paths) {
  const fs::path record_file = dir / ".rung" / "generated.json";
  auto record = read_record(record_file);
  std::vector<std::string> changed, edited;
  for (const auto& [path, content] : files) {
    std::optional<std::string> there;
    if (fs::exists(dir / path)) {
      there = read_text_file(dir / path, kMaxGenerated);
    }
    if (there != content) {
      changed.push_back(path);
      const auto known = record.find(path);
      if (there && (known == record.end() || known->second != sha256(*there))) {
        edited.push_back(path);
      }
    }
  }
  if (!edited.empty()) {
    throw PlanError(fmt::format(
        "{}: {} changed since rung wrote {} (or never written by rung); put "
        "the change into the plan, or move the file away, and try again",
        dir.string(), fmt::join(edited, ", "),
        edited.size() == 1 ? "it" : "them"));
  }
  for (const auto& path : changed) {
    replace_file(dir / path, files.at(path), private_paths.count(path) != 0);
  }
  for (const auto& [path, content] : files) record[path] = sha256(content);
  const nlohmann::json json = {{"rung", 1}, {"files", record}};
  const std::string text = json.dump(1) + "\n";
  if (!fs::exists(record_file) ||
      read_text_file(record_file, kMaxGenerated) != text) {
    replace_file(record_file, text, true);
  }
  return changed;
}

}  // namespace rung
