#include "core/model/release.hpp"

#include "core/text/hex.hpp"
#include "core/text/sha256.hpp"

namespace rung {
namespace {

// Lengths before contents: no two different releases share a form.
void put(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void put(std::string& out, const std::map<std::string, std::string>& map) {
  out += std::to_string(map.size());
  out += '{';
  for (const auto& [key, value] : map) {
    put(out, key);
    put(out, value);
  }
  out += '}';
}

constexpr std::string_view kFileKey = "file:";

}  // namespace

std::string file_key(std::string_view path) {
  return std::string(kFileKey) += path;
}

std::optional<std::string_view> path_in_key(std::string_view key) {
  if (!key.starts_with(kFileKey)) return std::nullopt;
  return key.substr(kFileKey.size());
}

std::string release_id(const Release& release, std::string_view key) {
  std::string form = "rung release 1\n";
  put(form, release.commit.hex);
  put(form, release.env);
  put(form, release.requirements);
  put(form, release.config);
  return hex(key.empty() ? sha256(form) : hmac_sha256(key, form));
}

}  // namespace rung
