#include "adapters/journal/seal.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cassert>
#include <memory>

#include "core/base/error.hpp"
#include "core/text/hex.hpp"
#include "core/text/sha256.hpp"

namespace rung {
namespace {

constexpr char kFormat = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text, std::size_t from = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + from;
}

void check(int code, const char* doing) {
  if (code != 1) {
    throw JournalError(std::string("OpenSSL failed while ") + doing +
                       ": check that libssl3 is installed whole");
  }
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const {
    EVP_CIPHER_CTX_free(context);
  }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

Cipher make_cipher() {
  Cipher cipher(EVP_CIPHER_CTX_new());
  if (!cipher) throw std::bad_alloc();
  return cipher;
}

}  // namespace

SealKey::SealKey(std::string_view key)
    : seal_key_(hmac_sha256(key, "rung seal 1")),
      hash_key_(hmac_sha256(key, "rung value 1")),
      id_key_(hmac_sha256(key, "rung release id 1")),
      print_key_(hmac_sha256(key, "rung fingerprint 1")) {
  assert(key.size() == kBytes);
}

SealKey::~SealKey() {
  for (std::string* key : {&seal_key_, &hash_key_, &id_key_, &print_key_}) {
    OPENSSL_cleanse(key->data(), key->size());
  }
}

std::string SealKey::seal(std::string_view plain,
                          std::string_view context) const {
  static constexpr const char* kDoing = "sealing a release";
  const std::string nonce = random_bytes(kNonce);
  std::string out = kFormat + nonce;
  out.resize(1 + kNonce + plain.size() + kTag);
  const std::size_t text_at = 1 + kNonce;
  const std::size_t tag_at = text_at + plain.size();
  const Cipher cipher = make_cipher();
  int written = 0;
  check(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                           bytes(seal_key_), bytes(nonce)),
        kDoing);
  check(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(context),
                          static_cast<int>(context.size())),
        kDoing);
  check(EVP_EncryptUpdate(cipher.get(), bytes(out, text_at), &written,
                          bytes(plain), static_cast<int>(plain.size())),
        kDoing);
  check(EVP_EncryptFinal_ex(cipher.get(), bytes(out, tag_at), &written),
        kDoing);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG,
                            static_cast<int>(kTag), bytes(out, tag_at)),
        kDoing);
  return out;
}

std::optional<std::string> SealKey::unseal(std::string_view sealed,
                                           std::string_view context) const {
  static constexpr const char* kDoing = "opening a sealed release";
  if (sealed.size() < 1 + kNonce + kTag || sealed[0] != kFormat) {
    return std::nullopt;
  }
  const std::string_view nonce = sealed.substr(1, kNonce);
  const std::string_view text =
      sealed.substr(1 + kNonce, sealed.size() - 1 - kNonce - kTag);
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string plain(text.size(), '\0');
  const Cipher cipher = make_cipher();
  int written = 0;
  check(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                           bytes(seal_key_), bytes(nonce)),
        kDoing);
  check(EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(context),
                          static_cast<int>(context.size())),
        kDoing);
  check(EVP_DecryptUpdate(cipher.get(), bytes(plain), &written, bytes(text),
                          static_cast<int>(text.size())),
        kDoing);
  check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG,
                            static_cast<int>(kTag), tag.data()),
        kDoing);
  unsigned char rest[kTag];
  if (EVP_DecryptFinal_ex(cipher.get(), rest, &written) != 1) {
    return std::nullopt;
  }
  return plain;
}

std::string SealKey::hash(std::string_view value) const {
  return hex(hmac_sha256(hash_key_, value));
}

std::string SealKey::fingerprint() const {
  return hex(print_key_);
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  check(RAND_bytes(bytes(out), static_cast<int>(count)),
        "asking for random bytes");
  return out;
}

}  // namespace rung
