#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "adapters/cloudrun/api.hpp"
#include "adapters/cloudrun/request.hpp"
#include "adapters/cloudrun/verdict.hpp"
#include "adapters/platform/shared_state.hpp"
#include "core/model/platform.hpp"

namespace rung {

/// Changes of one Cloud Run service: each reads it, sends its etag along and
/// begins again on a conflict, so that any number of workers (and people) may
/// change it at a time. What it was like is in the target's state first.
///
/// State, as JSON:
///   trials   revision name -> {run, withdrawn}: made, or about to be
///   stored   {template, revision, traffic}: the service as somebody left it
///   serving  {name, run, to}: being promoted; `to` served before ("" = none)
///   served   revision name -> {release, phase}: what rung promoted
///   foreign  `stored` and `to` when rung first took the place of something
///   created  true: the service itself is rung's
class CloudRunService {
 public:
  struct Patience {
    std::chrono::milliseconds deploy{std::chrono::minutes(15)};
    std::chrono::milliseconds log{std::chrono::seconds(5)};
  };
  /// `api` and `clock` outlive this.
  CloudRunService(CloudRunApi& api, SharedState state, std::string run,
                  Patience patience, Clock& clock);

  [[nodiscard]] const SharedState& state() const { return state_; }
  /// The service, never older than what this object has seen. nullopt: none.
  std::optional<nlohmann::json> read();
  /// Throws AbortError: no such service.
  nlohmann::json required();

  /// Makes `revision` for `bundle`, tagged and without traffic, and waits until
  /// the platform has judged it; with `first`, makes the service itself.
  /// Throws as a deploy does; what was made stays, for take_away().
  std::optional<Refused> start(const std::string& revision,
                               const Bundle& bundle,
                               const cloudrun::Shape& shape,
                               bool first = false);
  /// Where the tagged revision is reached.
  std::string wait_for_url(const std::string& revision);
  /// Takes these trials away; the last one's leaving puts template and traffic
  /// back as they were. Idempotent. How many revisions it removed.
  std::size_t take_away(const std::set<std::string>& revisions);

  /// Gives all traffic to a revision that is tagged, and waits for it.
  void promote(const std::string& revision);
  /// It is what the next deploy begins with, and "latest" means it again.
  void settle(const std::string& revision);
  /// Puts back what state's `serving` says served before.
  void put_back();
  /// Puts back what was there before rung; removes a service that rung made.
  void end();

 private:
  struct Change {
    nlohmann::json body;
    std::string mask;
  };
  /// nullopt: it is as it should be.
  using Compose = std::function<std::optional<Change>(const nlohmann::json&)>;
  struct Updated {
    bool sent = false;
    ApiReply reply;
    nlohmann::json service;  ///< as it was before
  };
  Updated update(const Compose& compose);
  void applied(const Compose& compose, const char* doing);
  void finish(const ApiReply& reply, const char* doing);
  nlohmann::json base_of(const nlohmann::json& service);
  [[nodiscard]] bool is_trial(const nlohmann::json& state,
                              const std::string& revision) const;
  std::optional<Refused> wait_ready(const std::string& revision,
                                    const std::string& operation,
                                    std::uint16_t port);
  Refused explained_by_log(const std::string& revision, std::uint16_t port,
                           const std::string& said);
  void restore(const nlohmann::json& state, const std::set<std::string>& gone);
  void remove_service();

  CloudRunApi& api_;
  SharedState state_;
  std::string run_;
  Patience patience_;
  Clock& clock_;
  std::int64_t newest_ = 0;  ///< generation
};

}  // namespace rung
