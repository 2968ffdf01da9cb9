#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/gates/connection.hpp"

namespace rung {

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A connection with or without TLS; every call ends with its patience.
class Stream {
 public:
  explicit Stream(FileDescriptor fd) : fd_(std::move(fd)) {}
  // OpenSSL keeps the descriptor's number: neither moves without the other.
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// What is wrong with the other side's certificate or the handshake, in
  /// OpenSSL's words ("certificate has expired"); "" = nothing.
  std::string start_tls(const std::string& host, const Patience& patience);
  /// The other side's certificate; null without TLS.
  [[nodiscard]] std::unique_ptr<X509, FreeTls> certificate() const;

  /// Until the first certificate of the chain ends that was verified;
  /// nullopt without TLS, or where its date cannot be read.
  [[nodiscard]] std::optional<std::chrono::seconds> valid_for() const;

  /// False: closed, or out of patience.
  bool send(std::string_view data, const Patience& patience);
  /// At least one byte; "" = closed, or out of patience.
  std::string receive(const Patience& patience);

 private:
  /// Whether to try again after an SSL call that returned `code`.
  bool again(int code, const Patience& patience);
  FileDescriptor fd_;
  std::unique_ptr<SSL_CTX, FreeTls> context_;
  std::unique_ptr<SSL, FreeTls> session_;
};

}  // namespace rung
