#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "adapters/process/system_clock.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/render_process_run.hpp"
#include "tests/fakes/render_server.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// The public port of a service: passes connections on to whatever serves;
/// answers 502 when nothing does.
class FrontDoor {
 public:
  explicit FrontDoor(std::function<int()> connect);
  ~FrontDoor();
  FrontDoor(const FrontDoor&) = delete;
  FrontDoor& operator=(const FrontDoor&) = delete;
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

 private:
  struct Passage {
    std::thread thread;
    std::atomic<bool> over = false;
  };
  void accept_all();
  void pass(int outside);

  std::function<int()> connect_;
  std::uint16_t port_ = free_port();
  int listener_ = -1, stop_ = -1;
  std::list<Passage> passages_;
  std::thread thread_;
};

/// The fake of Render that really runs what is deployed to it, with its API on
/// a port of 127.0.0.1. For tests in their own process, and for the program
/// rung_fake_render.
class RenderHost {
 public:
  struct Settings {
    std::string token = "rnd_key-of-the-tests";
    std::uint16_t port = 0;  ///< 0 = any
    RenderTimes times;
    bool shared_network = false;
    /// Of plans/examples/render-port alone: see RenderProcesses.
    std::uint16_t fixed_port = 0;
    bool limits = true;
  };
  explicit RenderHost(Settings settings);
  ~RenderHost();
  RenderHost(const RenderHost&) = delete;
  RenderHost& operator=(const RenderHost&) = delete;

  RenderServer& server() { return *server_; }
  [[nodiscard]] std::string url() const { return api_->url(); }
  /// Adds the service and has the commit deployed; its id. Throws when that
  /// does not come up.
  std::string serve(const RenderServer::NewService& service,
                    const std::string& commit);
  /// False: it has not come to rest within the time.
  bool quiet_within(const std::string& service, std::chrono::seconds at_most);
  /// Instead of the server itself, for faults: given it, answers for it.
  void put_before(std::function<ApiAnswer(const ApiCall&)> handler);

 private:
  std::string front_of(const std::string& service);

  TempFolder work_;
  SystemClock clock_;
  std::unique_ptr<RenderServer> server_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FrontDoor>> fronts_;
  std::function<ApiAnswer(const ApiCall&)> before_;
  std::unique_ptr<ApiServer> api_;
  std::atomic<bool> stopping_ = false;
  std::thread ticker_;
};

}  // namespace rung::fakes
