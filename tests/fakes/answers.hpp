#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace rung::fakes {

/// Whether the service at `url` (http://127.0.0.1:PORT) answers GET /health
/// with 200 now. Without rung's own gates: they are on trial.
inline bool answers(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  if (colon == std::string::npos) return false;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(url.substr(colon + 1))));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer(64, '\0');
  const std::string request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
  bool healthy =
      connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
      write(fd, request.data(), request.size()) > 0 &&
      read(fd, answer.data(), answer.size()) > 0 &&
      answer.find(" 200 ") != std::string::npos;
  close(fd);
  return healthy;
}

}  // namespace rung::fakes
