#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace rung::fakes {

/// One request as it came.
struct UnixRequest {
  std::string method;
  std::string target;  ///< path and query
  std::string head;    ///< from the first line to the empty one, inclusive
  std::string body;
};

/// Where an answer goes. Sending to who has left is no error, only useless.
class UnixPeer {
 public:
  explicit UnixPeer(int fd) : fd_(fd) {}
  /// False: nobody reads any more.
  bool send(std::string_view bytes) const;
  /// A whole answer, and the end of the connection.
  bool reply(int status, std::string_view body,
             const std::string& headers = {}) const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// HTTP/1.1 over a unix socket, one request a connection, each connection in a
/// thread of its own. The socket's file is removed at the end.
class UnixHttpServer {
 public:
  using Handle = std::function<void(const UnixRequest&, const UnixPeer&)>;
  UnixHttpServer(std::filesystem::path socket, Handle handle);
  /// Ends all connections and waits for their threads.
  ~UnixHttpServer();
  UnixHttpServer(const UnixHttpServer&) = delete;
  UnixHttpServer& operator=(const UnixHttpServer&) = delete;

  [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }

 private:
  void accept_all();
  void converse(int fd);

  std::filesystem::path socket_;
  Handle handle_;
  int listener_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::map<int, int> open_;  ///< by descriptor
  std::size_t threads_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread acceptor_;
};

/// What becomes of a request on its way to the server behind.
struct UnixFault {
  enum class Kind {
    none,
    closed,  ///< closed before anything of it is passed on
    answer,  ///< answered with `text` instead of being passed on
    lost,    ///< passed on; the answer is thrown away
    half,    ///< passed on; only half of the answer comes
  } kind = Kind::none;
  std::string text = {};
};

/// Stands between a client and a server, both on unix sockets, and does to
/// each request what it is told.
class UnixProxy {
 public:
  using Decide = std::function<UnixFault(const UnixRequest&)>;
  UnixProxy(std::filesystem::path socket, std::filesystem::path behind,
            Decide decide);

  [[nodiscard]] const std::filesystem::path& socket() const {
    return server_.socket();
  }

 private:
  void pass(const UnixRequest& request, const UnixPeer& peer);

  std::filesystem::path behind_;
  Decide decide_;
  UnixHttpServer server_;
};

}  // namespace rung::fakes
