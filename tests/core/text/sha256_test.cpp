#include "core/text/sha256.hpp"

#include <catch2/catch.hpp>

#include "core/text/hex.hpp"

namespace rung::sha256_test {

TEST_CASE("Hashes are SHA-256", "[core][sha256]") {
  // Source: FIPS 180-2, appendix B.1.
  CHECK(hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("Parts hash as the whole does", "[core][sha256]") {
  Sha256 hash;
  hash.add("a");
  hash.add("");
  hash.add("bc");
  CHECK(hash.digest() == sha256("abc"));
  CHECK(Sha256().digest() == sha256(""));
}

TEST_CASE("A key changes the hash", "[core][sha256]") {
  // Source: RFC 4231, test case 2.
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace rung::sha256_test
