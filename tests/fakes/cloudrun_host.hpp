#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/process/system_clock.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/cloudrun_server.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace rung::fakes {

/// The fake of Cloud Run that really runs what is deployed to it, with its API
/// on a port of 127.0.0.1: for tests of the rung binary. Images are named
/// REGISTRY/SERVICE:COMMIT and hold that commit of `repository`.
class CloudRunHost {
 public:
  struct Settings {
    std::string project = "shop", region = "europe-west1", service = "web";
    std::string registry = "europe-west1-docker.pkg.dev/shop/apps";
    std::filesystem::path repository;
    std::string path;     ///< the folder of it that images hold; "" = all
    std::string command;  ///< the images' own, for sh
    std::string token = "ya29.token-of-the-tests";
    std::map<std::string, std::string> secrets = {};
    bool shared_network = false;  ///< what listens on this machine is reached
    /// Cloud Run gives four minutes to start.
    std::chrono::milliseconds patience{3000};
  };
  explicit CloudRunHost(const Settings& settings);
  CloudRunHost(const CloudRunHost&) = delete;
  CloudRunHost& operator=(const CloudRunHost&) = delete;
  ~CloudRunHost();

  CloudRunServer& server() { return *server_; }
  [[nodiscard]] std::string url() const { return api_->url(); }
  /// What a target of a plan says besides `adapter: cloudrun`: the place, the
  /// image, where the API is; in braces, so one line.
  [[nodiscard]] std::string target() const;
  /// What a rung needs to be let in.
  [[nodiscard]] std::map<std::string, std::string> credentials() const {
    return {{"GOOGLE_OAUTH_ACCESS_TOKEN", settings_.token}};
  }
  /// "REGISTRY/SERVICE:COMMIT"
  [[nodiscard]] std::string image(const std::string& commit) const;
  /// Makes the service, with this commit's image serving. Throws when that
  /// does not come up.
  void serve(const std::string& commit,
             const std::map<std::string, std::string>& env = {},
             std::uint16_t port = 8080);
  /// Until every revision is ready or has failed. False: not within the time.
  bool quiet_within(std::chrono::seconds at_most);
  /// Instead of the server itself, for faults: given it, answers for it.
  void put_before(std::function<ApiAnswer(const ApiCall&)> handler);
  /// Requests so far that change something.
  [[nodiscard]] std::size_t writes() const { return writes_; }
  [[nodiscard]] std::size_t calls() const { return calls_; }

 private:
  ApiAnswer answer(const ApiCall& call);

  Settings settings_;
  TempFolder work_;
  SystemClock clock_;
  std::unique_ptr<CloudRunServer> server_;
  std::mutex mutex_;
  std::function<ApiAnswer(const ApiCall&)> before_;
  std::atomic<std::size_t> calls_ = 0, writes_ = 0;
  std::unique_ptr<ApiServer> api_;
};

}  // namespace rung::fakes
