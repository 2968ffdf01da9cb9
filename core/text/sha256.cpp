#include "core/text/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

namespace rung {
namespace {

constexpr std::size_t kSha256Bytes = 32;

// libcrypto fails at these for want of memory only.
void check(bool done) {
  if (!done) throw std::bad_alloc();
}

unsigned char* start_of(std::string& digest) {
  return reinterpret_cast<unsigned char*>(digest.data());
}

}  // namespace

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* held) const { EVP_MD_CTX_free(held); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  check(state_->context &&
        EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) ==
        1);
}

std::string Sha256::digest() {
  std::string digest(kSha256Bytes, '\0');
  check(EVP_DigestFinal_ex(state_->context.get(), start_of(digest), nullptr) ==
        1);
  return digest;
}

std::string sha256(std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  check(EVP_Digest(bytes.data(), bytes.size(), start_of(digest), nullptr,
                   EVP_sha256(), nullptr) == 1);
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
             start_of(digest), nullptr) != nullptr);
  return digest;
}

}  // namespace rung
