#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_api.hpp"
#include "core/model/clock.hpp"
#include "core/text/redact.hpp"

/// Render's public API as far as rung uses it: render_platform.hpp is what
/// the rest of rung sees.
namespace rung::render {

using Env = std::map<std::string, std::string>;

/// A service's configuration, as far as a release decides it.
struct Details {
  std::string build, start;  ///< `start` is the command of a docker one, too
  std::string health_path;
  std::string root_dir;
  std::string pre_deploy;
  friend bool operator==(const Details&, const Details&) = default;
};

struct Service {
  std::string id, name, owner, type;
  std::string repo, branch, runtime, plan, region, url;
  bool auto_deploy = false;
  bool suspended = false;
  bool crash_looping = false;  ///< suspended by Render: what is live is broken
  Details details;
  nlohmann::json env_specific;  ///< commands, in the runtime's own form
};

/// Times are Render's, in milliseconds since 1970; 0 = not told.
struct Deploy {
  std::string id, status, trigger, commit;
  /// Created, begun (it may have been queued), ended.
  std::int64_t created_ms = 0, started_ms = 0, finished_ms = 0;
  [[nodiscard]] bool in_flight() const;
};

struct Event {
  std::string type;
  std::int64_t at_ms = 0;
  nlohmann::json details;
};

struct LogLine {
  std::string id, text, instance;
  std::int64_t at_ms = 0;
};

/// Between two times of Render's clock; `until_ms` 0 = now.
struct Window {
  std::int64_t from_ms = 0, until_ms = 0;
};

/// How often a list or what was written is read before "not in it" counts as
/// "not there": what Render tells may lag behind.
inline constexpr int kLooks = 6;
/// Of a log, as many lines as are read.
inline constexpr std::size_t kMostLines = 2000;

/// How many calls in a sliding window Render allows, waited for beforehand,
/// so that whoever else uses the account is not locked out by us.
class Pace {
 public:
  Pace(std::size_t calls, std::chrono::seconds window)
      : calls_(calls), window_(window) {}
  void take(Clock& clock);

 private:
  std::size_t calls_;
  std::chrono::seconds window_;
  std::deque<Clock::Time> taken_;
};

/// One method for each call. Beyond HttpApi's exceptions: AbortError for a
/// service that is not there, PlatformError for an answer nobody can read.
/// Values of variables that went through set_env() are taken out of messages.
class Api {
 public:
  /// `token_env` names the environment variable with the API key; `patience`
  /// is how long a call may go on trying.
  Api(const std::string& base_url, std::string token_env, Clock& clock,
      std::chrono::milliseconds patience = std::chrono::minutes(2));

  /// By id or by name.
  Service service(const std::string& id_or_name);
  std::vector<Service> services_named(const std::string& name);
  /// Its id. Throws LostReply: look for it by its name.
  std::string create_service(const nlohmann::json& body);
  /// Gone already is fine.
  void delete_service(const std::string& id);
  void set_auto_deploy(const std::string& id, bool on);
  /// What Render said when it refuses, else nullopt.
  std::optional<std::string> set_details(const Service& service,
                                         const Details& details);
  void suspend(const std::string& id);
  /// Render begins to deploy the head of its branch then.
  void resume(const std::string& id);

  /// Newest first.
  std::vector<Deploy> deploys(const std::string& service, std::size_t at_most,
                              std::string_view status = {});
  /// nullopt: it is not there (yet).
  std::optional<Deploy> deploy(const std::string& service,
                               const std::string& id);
  /// The answer to POST deploys or rollback as it came; throws LostReply.
  ApiReply trigger(const std::string& service, const std::string& commit);
  ApiReply rollback(const std::string& service, const std::string& deploy);
  /// One that has ended already is fine.
  void cancel(const std::string& service, const std::string& deploy);

  /// The service's own variables, and those of the groups linked to it.
  Env env(const std::string& service);
  Env group_env(const Service& service);
  std::vector<std::pair<std::string, std::string>> secret_files(
      const std::string& service);
  /// Replaces them all; what Render said when it refuses, else nullopt.
  std::optional<std::string> set_env(const std::string& service,
                                     const Env& env);

  std::vector<Event> events(const std::string& service, Window window);
  /// The last `at_most` lines, oldest first. `type`: "app" or "build".
  std::vector<LogLine> logs(const Service& service, std::string_view type,
                            Window window, std::size_t at_most);
  /// Ids of what runs now and was started before `at_ms`.
  std::vector<std::string> instances(const std::string& service,
                                     std::int64_t before_ms);

  /// Requests sent so far.
  [[nodiscard]] std::size_t calls() const { return http_.calls(); }

 private:
  ApiReply call(ApiRequest request, std::string_view limited_service = {});
  ApiReply get(const std::string& path);
  std::vector<nlohmann::json> pages(const std::string& path,
                                    std::string_view thing,
                                    std::size_t at_most);

  Clock& clock_;
  HttpApi http_;
  Redactor redactor_;
  Pace reads_, writes_;
  std::map<std::string, Pace, std::less<>> per_service_;
};

}  // namespace rung::render
