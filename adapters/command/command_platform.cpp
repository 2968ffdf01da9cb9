#include "adapters/command/command_platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/checkout/builds.hpp"
#include "adapters/command/user_command.hpp"
#include "adapters/http/json_members.hpp"
#include "adapters/http/url.hpp"
#include "adapters/platform/adapter_options.hpp"
#include "adapters/platform/living_run.hpp"
#include "adapters/platform/shared_state.hpp"
#include "adapters/process/interruption.hpp"
#include "core/base/error.hpp"
#include "core/model/live_platform.hpp"
#include "core/text/hex.hpp"
#include "core/text/json_text.hpp"
#include "core/text/last_line.hpp"
#include "core/text/redact.hpp"
#include "core/text/requirement_text.hpp"
#include "core/text/utf8.hpp"

namespace rung {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::string_view kKnown[] = {
    "deploy", "withdraw", "status",  "logs",     "url",    "serve",
    "restore", "folder",  "timeout", "interval", "several"};

/// What a command said last, fit for a message.
std::string last_words_of(std::string_view text) {
  constexpr std::size_t kMost = 300;
  return valid_utf8(last_line(text).substr(0, kMost));
}

struct Answer {
  json document = json::object();
  std::optional<Refused> refused;
};

/// The user's commands, asked one at a time.
class Commands {
 public:
  explicit Commands(const RemoteSettings& settings)
      : options_(settings.target, settings.options, kKnown),
        about_{{"rung", 1},
               {"app", settings.app},
               {"target", settings.target},
               {"run", settings.run}},
        target_(settings.target),
        cwd_((settings.folder.empty() ? settings.build.source
                                      : settings.folder) /
             options_.text("folder", "")),
        timeout_(options_.duration("timeout", std::chrono::minutes(10))),
        secret_names_(settings.secret_names) {
    static_cast<void>(options_.required("deploy", "deploy: sh deploy.sh"));
    static_cast<void>(options_.required("withdraw", "withdraw: sh stop.sh"));
  }

  [[nodiscard]] bool has(const std::string& action) const {
    return !options_.text(action).empty();
  }
  [[nodiscard]] const AdapterOptions& options() const { return options_; }

  /// What is said about a release is kept out of every message from now on.
  void keep_secret(const std::map<std::string, std::string>& env) {
    redact_.add(env, secret_names_);
    for (const auto& [name, value] : env) redact_.add_value(value);
  }

  /// The command's stdout as it is; for `logs`.
  std::string text(const std::string& action, const json& document) {
    return asked(action, document).output;
  }

  /// Refusals are understood when `may_refuse`.
  Answer json_of(const std::string& action, const json& document,
                 bool may_refuse = false) {
    const CommandAnswer said = asked(action, document, may_refuse);
    Answer answer;
    if (said.output.find_first_not_of(" \t\r\n") != std::string::npos) {
      answer.document = json_from(said.output);
      if (!answer.document.is_object()) {
        throw PlatformError(
            doing(action) +
            ": its stdout is not a JSON object; write messages to stderr");
      }
    }
    const std::string word = text_in(answer.document, "stage");
    if (may_refuse && said.exit->code == 1) {
      const auto stage = stage_from(word);
      if (!stage) {
        throw PlatformError(fmt::format(
            "{}: exit 1 without a stage: print {{\"stage\": \"build\", "
            "\"message\": ...}} if the release is to blame: {}",
            doing(action), redact_(last_words_of(said.errors))));
      }
      answer.refused = refusal(*stage, answer.document, said);
    }
    return answer;
  }

 private:
  [[nodiscard]] std::string doing(const std::string& action) const {
    return fmt::format("target {}: running the command for {}", target_,
                       action);
  }

  CommandAnswer asked(const std::string& action, json document,
                      bool may_refuse = false) {
    document.update(about_);
    document["action"] = action;
    UserCommand command;
    // Without a command of its own a release is served as it is deployed.
    command.line = options_.text(
        action == "serve" && !has("serve") ? "deploy" : action);
    command.cwd = cwd_;
    command.input = document.dump(-1, ' ', false,
                                  json::error_handler_t::replace);
    command.timeout = timeout_;
    CommandAnswer said = answer_of(command);
    if (!said.exit) {
      throw PlatformError(fmt::format(
          "{}: it did not end within {} s; it was killed", doing(action),
          std::chrono::duration_cast<std::chrono::seconds>(timeout_).count()));
    }
    if (said.exit->signal == 0) {
      const int code = said.exit->code;
      if (code == 0 || (code == 1 && may_refuse)) return said;
      // Source: sysexits.h (EX_NOPERM, EX_CONFIG) and sh's own 126 and 127.
      if (code == 77 || code == 78 || code == 126 || code == 127) {
        throw AbortError(fmt::format("{}: exit {}: {}", doing(action), code,
                                     redact_(last_words_of(said.errors))));
      }
    }
    throw PlatformError(fmt::format(
        "{}: {} {}: {}", doing(action),
        said.exit->signal != 0 ? "killed by signal" : "exit",
        said.exit->signal != 0 ? said.exit->signal : said.exit->code,
        redact_(last_words_of(said.errors))));
  }

  [[nodiscard]] Refused refusal(Stage stage, const json& document,
                                const CommandAnswer& said) const {
    Refused refused;
    refused.failure.stage = stage;
    const std::string cause = text_in(document, "cause");
    if (!cause.empty()) refused.failure.cause = cause;
    refused.failure.evidence = redact_(text_in(document, "evidence"));
    refused.failure.message = redact_(text_in(document, "message"));
    refused.log = text_in(document, "log");
    if (refused.log.empty()) refused.log = valid_utf8(said.errors);
    refused.log = redact_(std::move(refused.log));
    if (refused.failure.message.empty()) {
      refused.failure.message =
          fmt::format("the platform refused it: {}",
                      last_words_of(refused.log));
    }
    return refused;
  }

  AdapterOptions options_;
  json about_;
  std::string target_;
  std::filesystem::path cwd_;
  milliseconds timeout_;
  std::set<std::string> secret_names_;
  Redactor redact_;
};

/// What runs under a name; `id` is whatever the user's command answered.
struct Running {
  std::string name;
  json id;
  std::string url;
  std::uint16_t port = 0;
  std::map<std::string, std::string> env;
  [[nodiscard]] json document() const { return {{"name", name}, {"id", id}}; }
};

class CommandDeployment final : public Deployment {
 public:
  CommandDeployment(std::shared_ptr<Commands> commands, Running running,
                    milliseconds interval, Clock& clock)
      : commands_(std::move(commands)),
        running_(std::move(running)),
        interval_(interval),
        clock_(clock),
        started_(clock.now()) {}

  std::string url() const override { return running_.url; }
  std::uint16_t routed_port() const override { return running_.port; }
  const std::map<std::string, std::string>& env() const override {
    return running_.env;
  }
  std::optional<Exit> exited() override {
    look();
    return exit_;
  }
  std::optional<std::vector<BoundSocket>> sockets() override {
    return std::nullopt;
  }
  std::string log() override {
    if (commands_->has("logs") && !gone_ && due(logged_)) {
      log_ = valid_utf8(commands_->text("logs", running_.document()));
    }
    return log_;
  }
  void wait(std::chrono::microseconds at_most) override {
    clock_.sleep(std::min<std::chrono::microseconds>(at_most, interval_));
  }
  std::chrono::steady_clock::time_point started() const override {
    return started_;
  }

  [[nodiscard]] const Running& running() const { return running_; }
  void set_gone() {
    gone_ = true;
    if (!exit_) exit_ = Exit{};
  }

 private:
  // Commands may be slow and far away: no more often than `interval`.
  bool due(std::optional<Clock::Time>& last) const {
    const auto now = clock_.now();
    if (last && now - *last < interval_) return false;
    last = now;
    return true;
  }

  void look() {
    if (exit_ || gone_ || !commands_->has("status") || !due(looked_)) return;
    const json said =
        commands_->json_of("status", running_.document()).document;
    const std::string state = text_in(said, "state");
    if (state == "gone") {  // not by us, and no fault of the release
      throw PlatformError(fmt::format(
          "looking at {}: it is gone; somebody removed it", running_.name));
    }
    if (state != "exited") return;
    Exit exit;
    exit.code = number_in(said, "exit_code");
    exit.signal = number_in(said, "signal");
    exit.oom = said.value("oom", json()) == true;
    exit_ = exit;
  }

  std::shared_ptr<Commands> commands_;
  Running running_;
  milliseconds interval_;
  Clock& clock_;
  Clock::Time started_;
  std::optional<Clock::Time> looked_, logged_;
  std::optional<Exit> exit_;
  std::string log_;
  bool gone_ = false;
};

class CommandPlatform : public Platform {
 public:
  explicit CommandPlatform(const RemoteSettings& settings)
      : run_(settings.run),
        state_file_(settings.state),
        commands_(std::make_shared<Commands>(settings)),
        interval_(commands_->options().duration("interval",
                                                std::chrono::seconds(1))),
        state_(settings.state, settings.key),
        living_(settings.state, settings.run),
        builds_(settings.build),
        clock_(settings.clock) {}

  std::string_view name() const override { return "command"; }
  Capabilities capabilities() const override {
    Capabilities can;
    can.several_trials = commands_->options().flag("several");
    return can;
  }

  std::variant<std::unique_ptr<Deployment>, Refused> deploy(
      const Bundle& bundle) override {
    Running running = named(bundle);
    // The name is on disk before the first call: whatever happens, the next
    // rung knows what to withdraw.
    state_.change([&](json& state) {
      state["trials"][running.name] = {{"run", run_}, {"id", nullptr}};
    });
    try {
      auto answer = started("deploy", bundle, running, {{"trial", true}});
      if (answer) {
        take_away(running);
        return std::move(*answer);
      }
    } catch (const Error&) {
      const Uninterrupted putting_right;
      try {
        take_away(running);
      } catch (const Error&) {
        // clean_up() of the next rung tries again.
      }
      throw;
    }
    state_.change([&](json& state) {
      state["trials"][running.name]["id"] = running.id;
    });
    return deployment(std::move(running));
  }

  void withdraw(Deployment& deployment) override {
    const Uninterrupted putting_right;
    auto& one = dynamic_cast<CommandDeployment&>(deployment);
    take_away(one.running());
    one.set_gone();
  }

  std::vector<std::string> clean_up() override {
    std::vector<std::string> done;
    const json trials = state_.read().value("trials", json::object());
    for (const auto& [name, trial] : trials.items()) {
      const std::string run = text_in(trial, "run");
      if (run == run_ || lives(state_file_, run)) continue;
      take_away({name, trial.value("id", json()), "", 0, {}});
      done.push_back(fmt::format("withdrew {}, left by a run that died", name));
    }
    return done;
  }

 protected:
  Running named(const Bundle& bundle) {
    commands_->keep_secret(bundle.env);
    return {fmt::format("rung-{}-{}", run_, hex(random_bytes(4))), nullptr, "",
            0, bundle.env};
  }

  /// Asks for `action` and fills in what came of it; the refusal if any.
  std::optional<Refused> started(const std::string& action,
                                 const Bundle& bundle, Running& running,
                                 json document) {
    Bundle unbuilt = bundle;  // where it is built is the platform's affair
    unbuilt.release.config.erase("build");
    auto prepared = builds_.prepare(unbuilt);
    if (auto* refused = std::get_if<Refused>(&prepared)) {
      return std::move(*refused);
    }
    const auto folder = std::get<Stand>(prepared).folder;
    std::map<std::string, std::string> requirements, settings;
    for (const auto& [name, value] : bundle.release.requirements) {
      requirements[name] = requirement_text(value);
    }
    for (const auto& [name, value] : bundle.release.config) {
      if (name != "npm-packages") settings[name] = value;  // rung's own
    }
    document["name"] = running.name;
    document["folder"] = folder.string();
    document["env"] = bundle.env;
    document["release"] = {{"id", bundle.id},
                           {"commit", bundle.release.commit.hex},
                           {"requirements", requirements},
                           {"config", settings}};
    Answer answer = commands_->json_of(action, document, true);
    builds_.clean(folder);
    if (answer.refused) return std::move(answer.refused);
    running.id = answer.document.value("id", json());
    take_url(answer.document, running);
    wait_for_url(running);
    return std::nullopt;
  }

  std::unique_ptr<CommandDeployment> deployment(Running running) {
    return std::make_unique<CommandDeployment>(commands_, std::move(running),
                                               interval_, clock_);
  }

  void take_away(const Running& running) {
    commands_->json_of("withdraw", running.document());
    state_.change([&](json& state) {
      if (!state.contains("trials")) return;
      state["trials"].erase(running.name);
      if (state["trials"].empty()) state.erase("trials");
    });
  }

  std::string run_;
  std::filesystem::path state_file_;
  std::shared_ptr<Commands> commands_;
  milliseconds interval_;
  SharedState state_;
  LivingRun living_;
  LocalBuilds builds_;
  Clock& clock_;

 private:
  static void take_url(const json& said, Running& running) {
    running.url = without_end_slash(text_in(said, "url"));
    const int port = number_in(said, "port");
    if (port > 0 && port < 65536) {
      running.port = static_cast<std::uint16_t>(port);
    }
  }

  void wait_for_url(Running& running) {
    if (!commands_->has("url") || !running.url.empty()) return;
    const auto until = clock_.now() + commands_->options().duration(
                                          "timeout", std::chrono::minutes(10));
    for (;;) {
      take_url(commands_->json_of("url", running.document()).document, running);
      if (!running.url.empty()) return;
      if (clock_.now() + interval_ > until) {
        throw PlatformError(
            fmt::format("waiting for the url of {}: none came", running.name));
      }
      clock_.sleep(interval_);
    }
  }
};

class LiveCommandPlatform final : public CommandPlatform, public LivePlatform {
 public:
  using CommandPlatform::CommandPlatform;

  std::optional<LiveRelease> live() override {
    const json kept = state_.read().value("live", json());
    if (!kept.is_object() || is_gone(kept)) return std::nullopt;
    LiveRelease live;
    live.release_id = text_in(kept, "release");
    live.phase = text_in(kept, "phase");
    live.reference = text_in(kept, "name");
    live.url = text_in(kept, "url");
    live.commit = text_in(kept, "commit");
    return live;
  }

  std::unique_ptr<Deployment> attach() override {
    const json kept = state_.read().value("live", json());
    if (!kept.is_object()) {
      throw PlatformError("reading the live release: rung put nothing there");
    }
    return deployment(running_in(kept));
  }

  ServeResult serve(const Bundle& bundle, std::string_view phase,
                    const std::function<bool(Deployment&)>& healthy) override {
    put_back_if_dead();
    Running running = named(bundle);
    const json before = state_.read().value("live", json());
    state_.change([&](json& state) {
      state["serving"] = {{"name", running.name}, {"id", nullptr}};
    });
    try {
      ServeResult result;
      result.refused =
          started("serve", bundle, running,
                  {{"trial", false},
                   {"phase", std::string(phase)},
                   {"replaces", before.is_object() ? identity(before) : json()}});
      if (!result.refused) {
        state_.change(
            [&](json& state) { state["serving"]["id"] = running.id; });
        result.serves = healthy(*deployment(running));
      }
      if (!result.serves) {
        put_back();
        return result;
      }
    } catch (...) {
      const Uninterrupted putting_right;
      put_back();
      throw;
    }
    // From here on the new one is what serves; the old one is left over.
    state_.change([&](json& state) {
      state["live"] = {{"name", running.name},     {"id", running.id},
                       {"url", running.url},       {"port", running.port},
                       {"env", running.env},       {"release", bundle.id},
                       {"phase", std::string(phase)},
                       {"commit", bundle.release.commit.hex}};
      state.erase("serving");
      if (before.is_object()) {
        state["trials"][text_in(before, "name")] = {
            {"run", run_}, {"id", before.value("id", json())}};
      }
    });
    if (before.is_object()) take_away(running_in(before));
    return {true, std::nullopt};
  }

  void stop() override {
    put_back_if_dead();
    const json kept = state_.read().value("live", json());
    if (!kept.is_object()) return;
    take_away(running_in(kept));
    state_.change([](json& state) { state.erase("live"); });
  }

  std::vector<std::string> clean_up() override {
    std::vector<std::string> done;
    if (put_back_if_dead()) {
      done.emplace_back("put back what served before a run that died");
    }
    for (std::string& line : CommandPlatform::clean_up()) {
      done.push_back(std::move(line));
    }
    return done;
  }

 private:
  static json identity(const json& kept) {
    return {{"name", kept.value("name", json())},
            {"id", kept.value("id", json())}};
  }

  static Running running_in(const json& kept) {
    Running running;
    running.name = text_in(kept, "name");
    running.id = kept.value("id", json());
    running.url = text_in(kept, "url");
    running.port = static_cast<std::uint16_t>(number_in(kept, "port"));
    running.env = kept.value("env", std::map<std::string, std::string>{});
    return running;
  }

  bool is_gone(const json& kept) {
    if (!commands_->has("status")) return false;
    const json said =
        commands_->json_of("status", identity(kept)).document;
    return text_in(said, "state") == "gone";
  }

  void put_back() {
    const json state = state_.read();
    const json before = state.value("live", json());
    const json instead = state.at("serving");
    commands_->json_of("restore",
                       {{"to", before.is_object() ? identity(before) : json()},
                        {"instead_of", identity(instead)}});
    take_away(running_in(instead));
    state_.change([](json& now) { now.erase("serving"); });
  }

  // There is one live release a target, and one rung at a time that serves.
  bool put_back_if_dead() {
    if (!state_.read().contains("serving")) return false;
    put_back();
    return true;
  }
};

}  // namespace

std::unique_ptr<Platform> make_command_platform(
    const RemoteSettings& settings) {
  const auto restore = settings.options.find("restore");
  if (restore != settings.options.end() && !restore->second.empty()) {
    return std::make_unique<LiveCommandPlatform>(settings);
  }
  return std::make_unique<CommandPlatform>(settings);
}

}  // namespace rung
