#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rung {

/// What a journal's 32 secret bytes are used for: sealing releases, naming
/// them, and comparing secrets without storing them. Each use has its own key
/// derived from the bytes, so that none tells anything about another.
/// Immutable, hence safe to share between threads.
class SealKey {
 public:
  static constexpr std::size_t kBytes = 32;
  /// REQUIRES: kBytes bytes.
  explicit SealKey(std::string_view bytes);
  SealKey(const SealKey&) = delete;
  SealKey& operator=(const SealKey&) = delete;
  ~SealKey();

  /// AES-256-GCM: one format byte, 12 random bytes, cipher text, 16 bytes of
  /// tag. `context` is not stored but must be the same when unsealing, so a
  /// sealed text cannot be passed off as another row's.
  [[nodiscard]] std::string seal(std::string_view plain,
                                 std::string_view context) const;
  /// nullopt: sealed with another key or context, or damaged.
  [[nodiscard]] std::optional<std::string> unseal(
      std::string_view sealed, std::string_view context) const;

  /// 64 hex digits: equal values, and only they, have equal hashes.
  [[nodiscard]] std::string hash(std::string_view value) const;
  /// Key for core's release_id().
  [[nodiscard]] const std::string& id_key() const { return id_key_; }
  /// 64 hex digits that tell this key from others and nothing about it.
  [[nodiscard]] std::string fingerprint() const;

 private:
  std::string seal_key_, hash_key_, id_key_, print_key_;
};

/// From the system's cryptographic source. Throws JournalError without one.
std::string random_bytes(std::size_t count);

}  // namespace rung
