#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rung {

/// SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  /// The 32 bytes of the hash; hex() makes them readable. REQUIRES: called
  /// once, at the end.
  std::string digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The 32 bytes of the hash of `bytes`.
std::string sha256(std::string_view bytes);

/// As sha256(), with a key: without it nobody can try out which bytes the hash
/// is of.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace rung
