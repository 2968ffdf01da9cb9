#include "tests/fakes/api_server.hpp"

#include <curl/curl.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace rung::fakes {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool send_all(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto n =
        ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

// A close that the other side sees as "connection reset by peer".
void reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/// Takes one request off the front of `bytes`; nullopt = more is needed.
std::optional<ApiCall> take_call(std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return std::nullopt;
  ApiCall call;
  std::size_t at = 0;
  bool first = true;
  while (at < end) {
    const auto stop = std::min(bytes.find("\r\n", at), end);
    const std::string line = bytes.substr(at, stop - at);
    at = stop + 2;
    if (first) {
      const auto one = line.find(' '), two = line.rfind(' ');
      call.method = line.substr(0, one);
      call.target = line.substr(one + 1, two - one - 1);
      first = false;
    } else if (const auto colon = line.find(':'); colon != line.npos) {
      auto value = line.substr(colon + 1);
      value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
      call.headers[lower(line.substr(0, colon))] = value;
    }
  }
  std::size_t length = 0;
  if (const auto found = call.headers.find("content-length");
      found != call.headers.end()) {
    length = std::stoul(found->second);
  }
  if (bytes.size() < end + 4 + length) return std::nullopt;
  call.body = bytes.substr(end + 4, length);
  bytes.erase(0, end + 4 + length);

  const auto question = call.target.find('?');
  call.path = call.target.substr(0, question);
  if (question == call.target.npos) return call;
  std::string rest = call.target.substr(question + 1);
  while (!rest.empty()) {
    const auto stop = std::min(rest.find('&'), rest.size());
    const std::string pair = rest.substr(0, stop);
    rest.erase(0, stop + 1);
    const auto equals = std::min(pair.find('='), pair.size());
    call.query.emplace(
        url_decoded(pair.substr(0, equals)),
        equals < pair.size() ? url_decoded(pair.substr(equals + 1)) : "");
  }
  return call;
}

}  // namespace

std::string url_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(
          std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string ApiCall::asked(const std::string& name,
                           const std::string& otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : found->second;
}

ApiServer::ApiServer(ApiHandler handler, std::uint16_t port)
    : handler_(std::move(handler)), port_(port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address),
             sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    ::close(listener_);
    throw std::runtime_error("port " + std::to_string(port) + " is not free");
  }
  thread_ = std::thread([this] { accept_all(); });
}

ApiServer::~ApiServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (Peer& peer : peers_) {
      if (peer.fd >= 0) ::shutdown(peer.fd, SHUT_RDWR);
    }
  }
  for (Peer& peer : peers_) peer.thread.join();
}

void ApiServer::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    for (auto peer = peers_.begin(); peer != peers_.end();) {
      if (!peer->over) {
        ++peer;
        continue;
      }
      peer->thread.join();
      peer = peers_.erase(peer);
    }
    Peer& peer = peers_.emplace_back();
    peer.fd = fd;
    peer.thread = std::thread([this, &peer] { converse(peer); });
  }
}

void ApiServer::converse(Peer& peer) {
  std::string bytes;
  while (!stopping_) {
    const auto call = take_call(bytes);
    if (!call) {
      char buffer[16384];
      const auto got = ::recv(peer.fd, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      bytes.append(buffer, static_cast<std::size_t>(got));
      continue;
    }
    const ApiAnswer answer = handler_(*call);
    if (answer.wire == ApiAnswer::Wire::reset) {
      reset(peer.fd);
      break;
    }
    std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\n";
    bool typed = answer.body.empty();
    for (const auto& [name, value] : answer.headers) {
      out += name + ": " + value + "\r\n";
      typed = typed || lower(name) == "content-type";
    }
    if (!typed) out += "Content-Type: application/json\r\n";
    if (answer.status != 204) {
      out += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    }
    out += "\r\n";
    if (answer.wire == ApiAnswer::Wire::half) {
      send_all(peer.fd, out + answer.body.substr(0, answer.body.size() / 2));
      break;
    }
    if (!send_all(peer.fd, out + (call->method == "HEAD" ? "" : answer.body))) {
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  ::close(peer.fd);
  peer.fd = -1;
  peer.over = true;
}

ApiAnswer forwarded(const ApiCall& call, const std::string& base_url) {
  ApiAnswer answer;
  CURL* const curl = curl_easy_init();
  const std::string url = base_url + call.target;
  curl_slist* headers = nullptr;
  for (const auto& [name, value] : call.headers) {
    if (name == "host" || name == "content-length" || name == "connection" ||
        name == "expect") {
      continue;
    }
    headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT" ||
      call.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
                     static_cast<long>(call.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call.body.data());
  }
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION,
      +[](char* data, std::size_t, std::size_t size, void* into) {
        static_cast<ApiAnswer*>(into)->body.append(data, size);
        return size;
      });
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(
      curl, CURLOPT_HEADERFUNCTION,
      +[](char* data, std::size_t, std::size_t size, void* into) {
        const std::string line(data, size);
        const auto colon = line.find(':');
        const std::string name = lower(line.substr(0, colon));
        if (colon != line.npos && name != "content-length" &&
            name != "transfer-encoding" && name != "connection" &&
            name != "keep-alive" && name != "date") {
          std::string value = line.substr(colon + 1);
          value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
          while (!value.empty() &&
                 (value.back() == '\n' || value.back() == '\r')) {
            value.pop_back();
          }
          static_cast<ApiAnswer*>(into)->headers[name] = value;
        }
        return size;
      });
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  if (curl_easy_perform(curl) == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else {
    answer.wire = ApiAnswer::Wire::reset;
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(curl);
  return answer;
}

}  // namespace rung::fakes
