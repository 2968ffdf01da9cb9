#include "adapters/gates/stream.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>

#include "adapters/process/sigpipe.hpp"

namespace rung {

bool Stream::again(int code, const Patience& patience) {
  switch (SSL_get_error(session_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      return patience.wait(fd_.get(), POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return patience.wait(fd_.get(), POLLOUT);
    default:
      return false;
  }
}

std::string Stream::start_tls(const std::string& host,
                              const Patience& patience) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_default_verify_paths(context_.get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  session_.reset(SSL_new(context_.get()));
  if (!session_) throw std::bad_alloc();
  SSL_set_fd(session_.get(), fd_.get());
  // An address is matched with the certificate's addresses, a name with its
  // names; only names are sent ahead (RFC 6066).
  X509_VERIFY_PARAM* param = SSL_get0_param(session_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) != 1) {
    SSL_set1_host(session_.get(), host.c_str());
    // SSL_set_tlsext_host_name(), a macro with a C cast in it.
    SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
             TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  }

  int code = 0;
  do {
    const SigpipeBlocked blocked;
    ERR_clear_error();
    code = SSL_connect(session_.get());
  } while (code != 1 && again(code, patience));
  if (code == 1) return {};
  const long verdict = SSL_get_verify_result(session_.get());
  if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
  return patience.left() ? "the server does not speak TLS" : "no answer";
}

std::unique_ptr<X509, FreeTls> Stream::certificate() const {
  return std::unique_ptr<X509, FreeTls>(
      session_ ? SSL_get1_peer_certificate(session_.get()) : nullptr);
}

std::optional<std::chrono::seconds> Stream::valid_for() const {
  STACK_OF(X509)* chain =
      session_ ? SSL_get0_verified_chain(session_.get()) : nullptr;
  std::optional<std::chrono::seconds> first;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr,
                       X509_get0_notAfter(sk_X509_value(chain, i))) != 1) {
      return std::nullopt;
    }
    const auto left =
        std::chrono::hours(24 * days) + std::chrono::seconds(seconds);
    if (!first || left < *first) first = left;
  }
  return first;
}

bool Stream::send(std::string_view data, const Patience& patience) {
  while (!data.empty()) {
    long sent = 0;
    if (session_) {
      const SigpipeBlocked blocked;
      ERR_clear_error();
      sent =
          SSL_write(session_.get(), data.data(), static_cast<int>(data.size()));
      if (sent <= 0 && !again(static_cast<int>(sent), patience)) return false;
    } else {
      sent = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent < 0 && !patience.wait(fd_.get(), POLLOUT)) return false;
    }
    if (sent > 0) data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Stream::receive(const Patience& patience) {
  std::array<char, 4096> buffer{};
  for (;;) {
    long got = 0;
    if (session_) {
      const SigpipeBlocked blocked;
      ERR_clear_error();
      got = SSL_read(session_.get(), buffer.data(),
                     static_cast<int>(buffer.size()));
      if (got <= 0 && !again(static_cast<int>(got), patience)) return {};
    } else {
      got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return {};
      if (got < 0 && !patience.wait(fd_.get(), POLLIN)) return {};
    }
    if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
  }
}

}  // namespace rung
