#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "adapters/process/sigpipe.hpp"
#include "tests/fakes/http_server.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// Completes TLS handshakes on 127.0.0.1 with a certificate of its own making.
class TlsServer {
 public:
  /// `names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1". Valid from
  /// `from_days` to `to_days`, counted from now.
  TlsServer(const std::string& names, int from_days, int to_days)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(),
                                                                  X509_free);
    X509* x = certificate.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), from_days * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(x), to_days * 86400L);
    X509_set_pubkey(x, key.get());
    X509_NAME* name = X509_get_subject_name(x);
    const unsigned char common[] = "rung test";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509V3_CTX context;
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(
        nullptr, &context, NID_subject_alt_name, names.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(x, key.get(), EVP_sha256());

    FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, x);
    std::fclose(file);

    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, x);
    SSL_CTX_use_PrivateKey(context_, key.get());

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address),
               sizeof address) != 0 ||
        ::listen(listener_, 8) != 0) {
      throw std::runtime_error("no port for the TLS server");
    }
    thread_ = std::thread([this] { serve(); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_, &one, sizeof one));
    thread_.join();
    ::close(listener_);
    ::close(stop_);
    SSL_CTX_free(context_);
  }

  [[nodiscard]] std::string port() const { return std::to_string(port_); }
  /// For SSL_CERT_FILE: whoever trusts this trusts the server.
  [[nodiscard]] std::filesystem::path certificate_file() const {
    return folder_.path() / "certificate.pem";
  }

 private:
  void serve() {
    const SigpipeBlocked blocked;
    for (;;) {
      pollfd both[] = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
      ::poll(both, 2, -1);
      if (both[0].revents != 0) return;
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      SSL* session = SSL_new(context_);
      SSL_set_fd(session, peer);
      if (SSL_accept(session) == 1) {
        // Answers PING as Redis would, for rediss://.
        char buffer[256];
        const int got = SSL_read(session, buffer, sizeof buffer);
        if (got > 0) SSL_write(session, "+PONG\r\n", 7);
        SSL_shutdown(session);
      }
      SSL_free(session);
      ::close(peer);
    }
  }

  std::uint16_t port_ = free_port();
  int listener_, stop_;
  TempFolder folder_;
  SSL_CTX* context_ = nullptr;
  std::thread thread_;
};

}  // namespace rung::fakes
