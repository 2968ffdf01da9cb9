#include "adapters/journal/seal.hpp"

#include <catch2/catch.hpp>

namespace rung::seal_test {

TEST_CASE("What is sealed comes back whole, with the same key and context",
          "[adapters][seal]") {
  const SealKey key(random_bytes(SealKey::kBytes));
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("a\0b\xff", 4),
        std::string(100'000, 'z')}) {
    CHECK(key.unseal(key.seal(text, "row 1"), "row 1") == text);
  }
}

TEST_CASE("A sealed text that was touched or moved is refused",
          "[adapters][seal]") {
  const SealKey key(random_bytes(SealKey::kBytes));
  const SealKey other(random_bytes(SealKey::kBytes));
  const std::string sealed = key.seal("PORT=10000", "row 1");
  CHECK(sealed.find("PORT") == std::string::npos);
  CHECK_FALSE(other.unseal(sealed, "row 1"));
  CHECK_FALSE(key.unseal(sealed, "row 2"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string touched = sealed;
    touched[i] = static_cast<char>(touched[i] ^ 1);
    CHECK_FALSE(key.unseal(touched, "row 1"));
    CHECK_FALSE(key.unseal(sealed.substr(0, i), "row 1"));
  }
}

TEST_CASE("Sealing twice gives two texts, hashing twice gives one",
          "[adapters][seal]") {
  const SealKey key(std::string(SealKey::kBytes, 'k'));
  const SealKey other(std::string(SealKey::kBytes, 'l'));
  CHECK(key.seal("same", "row") != key.seal("same", "row"));
  CHECK(key.hash("same") == key.hash("same"));
  CHECK(key.hash("same") != key.hash("other"));
  CHECK(key.hash("same") != other.hash("same"));
  CHECK(key.fingerprint() != other.fingerprint());
  CHECK(key.hash("same").size() == 64);
}

}  // namespace rung::seal_test
