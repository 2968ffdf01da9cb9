#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <optional>
#include <vector>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/expander.hpp"
#include "adapters/gates/stream.hpp"
#include "adapters/http/url.hpp"
#include "core/text/service_scheme.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

struct FreeRedis {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeRedis>;

std::string formatted(const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* text = nullptr;
  const long long size = redisFormatCommandArgv(
      &text, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  std::string result(text, static_cast<std::size_t>(size));
  redisFreeCommand(text);
  return result;
}

/// One conversation. hiredis' own sockets cannot be told to give up when the
/// process ends, nor speak TLS, so only its protocol is used.
class Conversation {
 public:
  Conversation(Stream& stream, const Patience& patience)
      : stream_(stream), patience_(patience), reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
  }
  /// Null: closed, no answer in time, or not Redis.
  Reply ask(const std::vector<std::string>& command) {
    if (!stream_.send(formatted(command), patience_)) return nullptr;
    for (;;) {
      void* reply = nullptr;
      if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
        return nullptr;
      }
      if (reply) return Reply(static_cast<redisReply*>(reply));
      const std::string data = stream_.receive(patience_);
      if (data.empty() || redisReaderFeed(reader_.get(), data.data(),
                                          data.size()) != REDIS_OK) {
        return nullptr;
      }
    }
  }

 private:
  Stream& stream_;
  const Patience& patience_;
  std::unique_ptr<redisReader, FreeRedis> reader_;
};

class RedisHealthCheck : public HealthCheck {
 public:
  explicit RedisHealthCheck(RedisGate gate) : gate_(std::move(gate)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const std::string what =
        fmt::format("redis {}", without_password(gate_.url));
    Expander expander(deployment, saved, what);
    auto url = parse_url(plain_service_url(expander(gate_.url)));
    if (!url || (url->scheme != "redis" && url->scheme != "rediss")) {
      expander.refuse("not a redis:// or rediss:// URL");
    }
    if (expander.problem()) return *expander.problem();
    if (url->port == 0) url->port = 6379;
    // A host written out may be shown; what a variable holds may not.
    std::string evidence = first_variable(gate_.url);
    if (evidence.empty()) evidence = url->host;

    const Patience patience(deployment, at_most);
    Dialed dialed = dialer_.dial({url->host, url->port}, patience);
    if (dialed.reach != Reach::connected) {
      return out_of_reach(dialed.reach, what, evidence, is_loopback(url->host));
    }
    Stream stream(std::move(dialed.fd));
    if (url->scheme == "rediss") {
      const std::string wrong = stream.start_tls(url->host, patience);
      if (!wrong.empty()) {
        return failed(Stage::health, "tls-error",
                      fmt::format("{}: {}", what, wrong), evidence);
      }
    }
    return converse(stream, *url, what, evidence, patience);
  }

 private:
  static CheckResult out_of_reach(Reach reach, const std::string& what,
                                  const std::string& evidence, bool local) {
    CheckResult result = not_reached(reach, what, evidence, 0);
    if (result.kind == CheckResult::Kind::fail &&
        result.failure->cause == "health-timeout") {
      result.failure->cause = "db-unreachable";
      result.failure->stage = Stage::health;
    }
    if (local && reach == Reach::refused) {
      result.again = CheckResult::Again::soon;
    }
    return result;
  }

  static CheckResult converse(Stream& stream, const Url& url,
                              const std::string& what,
                              const std::string& evidence,
                              const Patience& patience) {
    std::vector<std::vector<std::string>> commands;
    if (!url.password.empty()) {
      commands.push_back({"AUTH"});
      if (!url.user.empty()) commands.back().push_back(url.user);
      commands.back().push_back(url.password);
    }
    if (url.path.size() > 1) commands.push_back({"SELECT", url.path.substr(1)});
    commands.push_back({"PING"});

    Conversation redis(stream, patience);
    for (const auto& command : commands) {
      const Reply reply = redis.ask(command);
      if (!reply) {
        return failed(Stage::health, "db-unreachable",
                      fmt::format("{}: no Redis answers", what), evidence);
      }
      if (reply->type == REDIS_REPLY_ERROR) {
        return refused(std::string_view(reply->str, reply->len), command[0],
                       what, evidence);
      }
    }
    return passed();
  }

  // Source: Redis' error replies begin with a code; only that is shown, the
  // rest may quote what was sent.
  static CheckResult refused(std::string_view reply, std::string_view command,
                             const std::string& what,
                             const std::string& evidence) {
    const std::string_view code = reply.substr(0, reply.find(' '));
    if (code == "LOADING") {
      return failed(Stage::health, "db-unreachable",
                    fmt::format("{}: still loading its data", what), evidence);
    }
    if (code == "NOAUTH") {
      return failed(
          Stage::health, "db-auth-failed",
          fmt::format("{}: it asks for a password and none is given", what),
          evidence);
    }
    if (code == "WRONGPASS" || code == "NOPERM" || command == "AUTH") {
      return failed(Stage::health, "db-auth-failed",
                    fmt::format("{}: the login is refused ({})", what, code),
                    evidence);
    }
    return failed(Stage::health, "unknown",
                  fmt::format("{}: {} is refused ({})", what, command, code),
                  evidence);
  }

  RedisGate gate_;
  Dialer dialer_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const RedisGate& gate) {
  return std::make_unique<RedisHealthCheck>(gate);
}

}  // namespace rung
