#include "core/model/release.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "core/base/error.hpp"

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

}  // namespace

std::string release_id(const Release& release, std::string_view key) {
  std::string form = "rung release 1\n";
  put(form, release.commit.hex);
  put(form, release.env);
  put(form, release.requirements);
  put(form, release.config);

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* data =
      reinterpret_cast<const unsigned char*>(form.data());  // bytes as bytes
  const bool done =
      key.empty()
          ? EVP_Digest(data, form.size(), digest.data(), &size, EVP_sha256(),
                       nullptr) == 1
          : HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data,
                 form.size(), digest.data(), &size) != nullptr;
  if (!done) throw std::bad_alloc();

  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace rung
