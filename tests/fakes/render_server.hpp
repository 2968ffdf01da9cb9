#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/model/clock.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/render_run.hpp"

namespace rung::fakes {

/// Render's public API as far as rung uses it, with a memory: services,
/// deploys that take their time, fail as Render's do and leave the old one
/// serving, variables that wait for the next deploy, events, logs, rate
/// limits, pages. An ApiHandler; thread-safe. What it cannot stand for is in
/// tests/fakes/README.md.
class RenderServer {
 public:
  struct Settings {
    std::string token = "rnd_key-of-the-tests";
    /// Whether a repository has a commit, and what "main" is.
    std::function<bool(const std::string& repo, const std::string& commit)>
        has_commit = [](const auto&, const auto&) { return true; };
    std::function<std::string(const std::string& repo)> head =
        [](const auto&) { return std::string(40, 'a'); };
    MakeRenderRun runs;
    /// The public address of a service; "" = one at onrender.com.
    std::function<std::string(const std::string& service)> url = {};
    bool limits = true;         ///< Render's rate limits hold
    bool wait_policy = true;    ///< overlapping deploys queue; else override
    std::size_t artifacts = 5;  ///< of the last deploys, for rollback
  };
  struct NewService {
    std::string name, repo;
    std::map<std::string, std::string> env;
    std::string build, start, health_path;
    std::string runtime = "node", plan = "starter";
    bool auto_deploy = true;
  };
  struct Counts {
    std::size_t calls = 0, writes = 0;
    std::size_t created = 0;     ///< services
    std::size_t deploys = 0;     ///< by POST deploys
    std::size_t refused = 0;     ///< by a rate limit
    std::size_t in_flight = 0;   ///< most at once of one service, not queued
  };

  RenderServer(Settings settings, Clock& clock);
  ~RenderServer();
  ApiAnswer operator()(const ApiCall& call);

  // Behind the API's back.
  /// A service whose first deploy, of `commit`, is begun by its owner.
  std::string add(const NewService& service, const std::string& commit);
  /// A push, a click in the dashboard: returns the deploy's id. With
  /// `trigger` "new_commit" nothing happens unless auto-deploy is on.
  std::string deploy_by_somebody(const std::string& service,
                                 const std::string& commit,
                                 const std::string& trigger = "manual");
  void set_env(const std::string& service,
               const std::map<std::string, std::string>& env);
  void add_group(const std::string& service,
                 const std::map<std::string, std::string>& env);
  void remove(const std::string& service);

  struct View {
    std::string id, name;
    std::map<std::string, std::string> env;
    std::string build, start, health_path;
    bool auto_deploy = false;
    std::string live_deploy, live_commit;
    std::map<std::string, std::string> live_env;  ///< what it runs with
    bool quiet = true;  ///< nothing in flight
  };
  [[nodiscard]] std::vector<View> services();
  [[nodiscard]] View view(const std::string& service);
  [[nodiscard]] Counts counts() const;
  /// Deploys of a service that POST deploys asked for.
  [[nodiscard]] std::size_t api_deploys(const std::string& service);
  /// A socket to what a service serves; -1 = nothing does.
  int connect(const std::string& service);
  /// Lets everything go as far as it has come by now.
  void tick();

 private:
  struct Deploy;
  struct Service;
  using Json = nlohmann::json;

  ApiAnswer answer(const ApiCall& call);
  std::optional<ApiAnswer> limited(const ApiCall& call);
  ApiAnswer on_services(const ApiCall& call);
  ApiAnswer on_service(const ApiCall& call, Service& service);
  ApiAnswer on_deploys(const ApiCall& call, Service& service,
                       const std::vector<std::string>& parts);
  ApiAnswer on_variables(const ApiCall& call, Service& service);
  ApiAnswer on_events(const ApiCall& call, Service& service);
  ApiAnswer on_logs(const ApiCall& call);
  ApiAnswer on_groups(const ApiCall& call, const std::string& id);

  Service& make(const NewService& from);
  /// `kept`: what an earlier deploy ran, instead of what is configured now.
  Deploy& begin(Service& service, const std::string& commit,
                const std::string& trigger,
                const RenderRelease* kept = nullptr);
  void start_next(Service& service);
  void advance(Service& service);
  void end(Service& service, Deploy& deploy, const std::string& status,
           Json reason);
  void note(Service& service, const std::string& type, Json details);
  void write_log(Service& service, const Deploy* deploy, bool build,
                 const std::string& text);
  std::string new_id(const char* kind, std::size_t length = 20);
  [[nodiscard]] Json json_of(const Service& service) const;
  [[nodiscard]] Json json_of(const Service& service,
                             const Deploy& deploy) const;

  Settings settings_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::map<std::string, Json> groups_;
  std::uint64_t ids_ = 0;
  Counts counts_;
  std::map<std::string, std::deque<Clock::Time>> taken_;  ///< rate limits
};

}  // namespace rung::fakes
