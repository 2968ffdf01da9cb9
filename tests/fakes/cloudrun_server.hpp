#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/model/clock.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/cloudrun_instance.hpp"
#include "tests/fakes/loopback_route.hpp"

namespace rung::fakes {

/// One Cloud Run service of one project and region, with its log: the Admin
/// API v2 and Logging's entries:list as far as rung asks for them, a token
/// endpoint and a metadata server, in one handler for an ApiServer. Changes
/// take effect as time passes and calls come; etags, operations, conditions,
/// revision names and traffic behave as the platform documents. Thread-safe.
class CloudRunServer {
 public:
  struct Settings {
    std::string project = "p", region = "r", service = "web";
    MakeCloudRunInstance make;
    /// What Secret Manager holds: name -> value, whatever the version.
    std::map<std::string, std::string> secrets = {};
    std::string token = "token";  ///< accepted; "" = anything
    /// Log entries can be read only after this long.
    std::chrono::milliseconds log_delay{0};
    bool routes = false;  ///< addresses lead to the instances' own ports
    /// A deletion of the latest revision is refused.
    bool keeps_latest = true;
  };
  /// `clock` outlives this.
  CloudRunServer(Settings settings, const Clock& clock);

  ApiAnswer operator()(const ApiCall& call);

  /// As gcloud would: an image of somebody else's, to all traffic.
  std::string deploy_by_other(const std::string& image,
                              std::map<std::string, std::string> env = {});
  /// Makes the service with a first revision that is ready at once.
  void seed(const std::string& image,
            const std::map<std::string, std::string>& env = {},
            std::uint16_t port = 8080);
  void forget_service();

  struct Facts {
    bool exists = false;
    std::vector<std::string> revisions;  ///< that are there
    std::vector<std::string> tagged;
    std::set<std::string> served;   ///< ever got traffic
    std::size_t started = 0;        ///< instances begun
    std::map<std::string, std::size_t> started_by_image;
    std::string serving;            ///< gets 100 %
    std::string serving_image;
    bool quiet = true;              ///< every revision has been judged
    /// Revisions with a tag and no traffic: from when to when they had it.
    struct Trial {
      std::string revision;
      Clock::Time begun, ended;  ///< ended at the epoch: not yet
      bool judged = false;       ///< ready or failed by then
    };
    std::vector<Trial> trials;  ///< oldest first
    std::string uri;                ///< of the service
    nlohmann::json template_, traffic;
    std::map<std::string, std::string> labels;
  };
  [[nodiscard]] Facts facts();
  void set_token(const std::string& token);
  /// A rung that is killed takes nothing of it along: paths of bodies seen.
  [[nodiscard]] std::string bodies() const;

 private:
  struct Revision {
    nlohmann::json made_of;  ///< its template
    std::shared_ptr<CloudRunInstance> instance;
    nlohmann::json condition;
    std::string created;
    bool decided = false, ready = false, told_exit = false;
  };
  struct Entry {
    Clock::Time at;
    nlohmann::json json;
  };
  struct Operation {
    std::string revision;  ///< waits for it; "" = done
    bool removal = false;
  };

  void advance();
  void decide(const std::string& name, Revision& revision);
  void assign_traffic();
  void write_log(const std::string& revision, const char* log,
                 const char* severity, const std::string& text);
  std::string now_text();
  std::string path() const;
  nlohmann::json service_json() const;
  nlohmann::json revision_json(const std::string& name,
                               const Revision& revision) const;
  nlohmann::json operation_json(const std::string& name) const;
  ApiAnswer begin_operation(const std::string& revision);
  std::optional<std::string> wrong_with(const nlohmann::json& wanted) const;
  std::optional<std::string> wrong_with_traffic(
      const nlohmann::json& traffic, const std::string& new_revision) const;
  std::string begin_revision(const nlohmann::json& template_);
  void note_trials();
  bool authorized(const ApiCall& call) const;

  ApiAnswer service_call(const ApiCall& call);
  ApiAnswer patch(const ApiCall& call);
  ApiAnswer create(const ApiCall& call);
  ApiAnswer revision_call(const ApiCall& call, const std::string& name);
  ApiAnswer operation_call(const ApiCall& call);
  ApiAnswer list_entries(const ApiCall& call);
  ApiAnswer give_token(const ApiCall& call);
  void touch(bool spec);

  Settings settings_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  bool exists_ = false;
  nlohmann::json template_, traffic_, statuses_, labels_;
  std::int64_t generation_ = 0, etag_ = 0, names_ = 0, ticks_ = 0, entry_ = 0;
  std::string latest_created_, latest_ready_, created_, uid_;
  std::map<std::string, Revision> revisions_;
  std::map<std::string, Operation> operations_;
  std::vector<Entry> log_;
  std::size_t started_ = 0;
  std::map<std::string, std::size_t> started_by_image_;
  std::set<std::string> served_;
  std::vector<Facts::Trial> trials_;
  std::map<std::string, std::unique_ptr<LoopbackRoute>> routes_;
  std::string bodies_;
};

}  // namespace rung::fakes
