// A service for the tests, up within a millisecond or two. What it does is in
// the file `behaviour` of its folder, one rule a line, so that every commit,
// variable and requirement can be made to matter:
//
//   port NAME [DEFAULT]     listens on the port in $NAME, else on DEFAULT
//   bind ADDRESS            instead of 0.0.0.0
//   also PORT               listens there too
//   sleep MS                before it listens
//   log TEXT                to standard error
//   die CODE TEXT           writes TEXT and exits
//   status CODE             what /health answers (200)
//   die-after MS CODE       exits that long after it listens
//   quit-after MS           exits that long after its first answer
//   redirect FROM TO        answers 302 to TO when FROM is asked
//   flaky PERCENT FILE      this often: answers 503 once and gives up. FILE
//                           holds the dice, a number; every start throws them
//   daemon                  leaves a double-forked child behind
//   eat MIB                 uses that much memory, before it listens
//
// A rule counts only if all conditions before it hold:
//   if-unset NAME: / if-set NAME: / if-env NAME=VALUE: / if-file PATH TEXT:
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

bool holds(const std::string& condition, const std::string& argument) {
  if (condition == "if-unset") return std::getenv(argument.c_str()) == nullptr;
  if (condition == "if-set") return std::getenv(argument.c_str()) != nullptr;
  if (condition == "if-env") {
    const auto equals = argument.find('=');
    const char* value = std::getenv(argument.substr(0, equals).c_str());
    return value != nullptr && argument.substr(equals + 1) == value;
  }
  if (condition == "if-file") {
    const auto space = argument.find(' ');
    std::ifstream file(argument.substr(0, space));
    std::stringstream text;
    text << file.rdbuf();
    return text.str().find(argument.substr(space + 1)) != std::string::npos;
  }
  std::cerr << "behaviour: unknown condition " << condition << std::endl;
  std::exit(99);
}

/// Throws the dice in `path`: a generator's state that the next start goes on
/// with, so that a test is lucky or unlucky in the same way every time.
bool unlucky(int percent, const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock(fd, LOCK_EX) != 0) {
    std::cerr << "flaky: no dice in " << path << std::endl;
    std::exit(95);
  }
  std::uint64_t state = 0;
  char text[32] = "";
  if (read(fd, text, sizeof text - 1) > 0) {
    state = std::strtoull(text, nullptr, 10);
  }
  std::minstd_rand dice(static_cast<std::uint32_t>(state % 2147483646 + 1));
  const auto drawn = dice();
  const std::string now = std::to_string(drawn) + "\n";
  if (ftruncate(fd, 0) != 0 ||
      pwrite(fd, now.data(), now.size(), 0) != static_cast<ssize_t>(now.size())) {
    std::exit(95);
  }
  close(fd);
  return drawn / 21474836 < static_cast<std::uint32_t>(percent);
}

int listen_on(const std::string& address, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      listen(fd, 64) != 0) {
    std::cerr << "Error: listen EADDRINUSE: address already in use " << address
              << ":" << port << std::endl;
    std::exit(1);
  }
  return fd;
}

}  // namespace

int main() {
  std::ifstream file("behaviour");
  if (!file) {
    std::cerr << "behaviour: no such file" << std::endl;
    return 98;
  }
  std::string bind_to = "0.0.0.0", line;
  std::string redirect_from, redirect_to;
  int port = 0, status = 200, die_after = -1, die_code = 1, wait = 0;
  int quit_after = -1;
  std::size_t mib_eaten = 0;
  std::vector<int> also;
  bool gives_up = false;
  while (std::getline(file, line)) {
    bool counts = true;
    while (line.rfind("if-", 0) == 0) {
      const auto colon = line.find(": ");
      const auto space = line.find(' ');
      counts = counts && holds(line.substr(0, space),
                               line.substr(space + 1, colon - space - 1));
      line = line.substr(colon + 2);
    }
    if (!counts || line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string rule, name;
    words >> rule;
    if (rule == "port") {
      words >> name;
      const char* value = std::getenv(name.c_str());
      if (value != nullptr) {
        port = std::atoi(value);
      } else {
        words >> port;
      }
    } else if (rule == "bind") {
      words >> bind_to;
    } else if (rule == "also") {
      int other = 0;
      words >> other;
      also.push_back(other);
    } else if (rule == "sleep") {
      int more = 0;
      words >> more;
      wait += more;
    } else if (rule == "log") {
      std::cerr << line.substr(4) << std::endl;
    } else if (rule == "die") {
      int code = 1;
      words >> code;
      std::string text;
      std::getline(words >> std::ws, text);
      std::cerr << text << std::endl;
      return code;
    } else if (rule == "status") {
      words >> status;
    } else if (rule == "die-after") {
      words >> die_after >> die_code;
    } else if (rule == "quit-after") {
      words >> quit_after;
    } else if (rule == "redirect") {
      words >> redirect_from >> redirect_to;
    } else if (rule == "flaky") {
      int percent = 0;
      std::string dice;
      words >> percent >> dice;
      gives_up = unlucky(percent, dice);
      if (gives_up) status = 503;
    } else if (rule == "eat") {
      words >> mib_eaten;
    } else if (rule == "daemon") {
      if (fork() == 0) {
        setsid();
        if (fork() == 0) {
          pause();
        }
        _exit(0);
      }
    } else {
      std::cerr << "behaviour: unknown rule " << rule << std::endl;
      return 97;
    }
  }
  if (wait > 0) usleep(static_cast<useconds_t>(wait) * 1000);
  // Written to, so that the kernel has to give it; kept to the end.
  const std::vector<char> eaten(mib_eaten << 20U, 'x');
  if (port == 0) {
    pause();
  }
  const int server = listen_on(bind_to, port);
  for (const int other : also) listen_on("0.0.0.0", other);
  auto born = std::chrono::steady_clock::now();
  for (;;) {
    int left = -1;
    if (die_after >= 0) {
      left = die_after -
             static_cast<int>(
                 std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::steady_clock::now() - born)
                     .count());
      if (left <= 0) {
        std::cerr << "giving up" << std::endl;
        return die_code;
      }
    }
    pollfd waiting{server, POLLIN, 0};
    if (poll(&waiting, 1, left) <= 0) continue;
    const int client = accept(server, nullptr, nullptr);
    if (client < 0) continue;
    char request[4096];
    const auto got = read(client, request, sizeof request);
    if (got > 0) {
      const std::string asked(request, static_cast<std::size_t>(got));
      const bool moved = !redirect_from.empty() &&
                         asked.rfind("GET " + redirect_from + " ", 0) == 0;
      const std::string body = status == 200 ? "{\"ok\": true}" : "{}";
      const std::string answer =
          "HTTP/1.1 " + std::to_string(moved ? 302 : status) + " X\r\n" +
          (moved ? "Location: " + redirect_to + "\r\n" : "") +
          "Content-Length: " +
          std::to_string(body.size()) +
          "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" +
          body;
      if (write(client, answer.data(), answer.size()) < 0) return 96;
      if (quit_after >= 0) {
        born = std::chrono::steady_clock::now();
        die_after = std::exchange(quit_after, -1);
      }
    }
    close(client);
    if (gives_up) {
      std::cerr << "giving up" << std::endl;
      return 1;
    }
  }
}
