#include "adapters/docker/images.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "adapters/checkout/worktree.hpp"
#include "adapters/docker/build_context.hpp"
#include "adapters/docker/containers.hpp"
#include "adapters/docker/image_progress.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/file_text.hpp"
#include "core/base/error.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/percent.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

using nlohmann::json;

constexpr std::size_t kMostContext = std::size_t{2} << 30;

std::string setting(const Release& release, const char* key) {
  const auto found = release.config.find(key);
  return found == release.config.end() ? std::string() : found->second;
}

Refused refused(Stage stage, const char* cause, std::string message) {
  Refused result;
  result.failure.stage = stage;
  result.failure.cause = cause;
  result.failure.message = std::move(message);
  return result;
}

// A repository's name in an engine. Source: Docker's reference grammar.
std::string repository_name(const std::string& app) {
  std::string name;
  for (const char c : ascii_lower(app)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "app" : name;
}

}  // namespace

// Source: Dockerfile reference, ARG.
std::set<std::string> dockerfile_args(const std::string& dockerfile) {
  std::set<std::string> names;
  std::istringstream lines(dockerfile);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    if (!(words >> word) || word.size() != 3 ||
        strncasecmp(word.c_str(), "ARG", 3) != 0) {
      continue;
    }
    while (words >> word && word[0] != '#' && word != "\\") {
      names.insert(word.substr(0, word.find('=')));
    }
  }
  return names;
}

struct DockerImages::State {
  DockerEngine& engine;
  const RemoteSettings& settings;
  const DockerOptions& options;
  std::optional<GitHistory> history;
  std::optional<Worktree> worktree;

  [[nodiscard]] std::string repository() const {
    return (options.registry.empty() ? "rung" : options.registry) + "/" +
           repository_name(settings.app);
  }

  struct Files {
    std::map<std::string, std::string> built, kept_private;
  };
  // Env files reach a container as its environment.
  [[nodiscard]] Files sorted(const Bundle& bundle) const {
    Files files;
    for (const auto& [path, content] : bundle.files) {
      if (kept_from_builds(path)) continue;
      const bool secret = std::any_of(
          settings.secret_names.begin(), settings.secret_names.end(),
          [&, &text = content](const std::string& name) {
            const auto value = bundle.env.find(name);
            return value != bundle.env.end() && value->second.size() >= 4 &&
                   text.find(value->second) != std::string::npos;
          });
      (secret ? files.kept_private : files.built)[path] = content;
    }
    return files;
  }

  // The target's own, and for what else the Dockerfile has an ARG the release's
  // variables; never a secret that nobody listed: it would stay in the image.
  std::map<std::string, std::string> build_args(const Bundle& bundle,
                                                const Files& files) const {
    auto args = options.build_args;
    std::string text;
    if (const auto made = files.built.find(options.dockerfile);
        made != files.built.end()) {
      text = made->second;
    } else if (history) {
      const std::string& path = settings.build.path;
      text = history
                 ->read_file(bundle.release.commit,
                             path.empty() ? options.dockerfile
                                          : path + "/" + options.dockerfile)
                 .value_or("");
    } else {
      text = file_text(settings.build.source / settings.build.path /
                       options.dockerfile);
    }
    const auto seen = seen_by_build(bundle.env, settings.secret_names,
                                    settings.build.build_env);
    for (const std::string& name : dockerfile_args(text)) {
      const auto variable = seen.find(name);
      if (variable != seen.end()) args.insert(*variable);
    }
    return args;
  }

  // What decides the bytes of the image.
  std::string tag(const Bundle& bundle, const Files& files,
                  const std::map<std::string, std::string>& args,
                  const std::string& context) const {
    std::string text = "image 1";
    const auto add = [&text](std::string_view part) {
      text += '\0';
      text += std::to_string(part.size()) + ":";
      text += part;
    };
    if (history) {
      add(history->inputs_id(bundle.release.commit, settings.build.path, {}));
    } else {
      add(context);
    }
    for (const auto& [path, content] : files.built) {
      add(path);
      add(content);
    }
    for (const std::string& option :
         {options.dockerfile, options.build_target, options.build_network}) {
      add(option);
    }
    for (const auto& [name, value] : args) {
      add(name);
      add(value);
    }
    return settings.key.hash(text).substr(0, 32);
  }

  std::optional<json> known(const std::string& reference) {
    return engine.read("/images/" + reference + "/json");
  }

  DockerImage described(const std::string& reference, const json& image,
                        Files files) const {
    DockerImage result;
    result.reference = reference;
    result.exposed = exposed_port(image);
    result.working_dir = container_facts(image).working_dir;
    result.private_files = std::move(files.kept_private);
    return result;
  }

  fs::path folder_at(const CommitId& commit) {
    if (!history) return settings.build.source / settings.build.path;
    if (!worktree) {
      worktree.emplace(*history, settings.build.work / "checkout",
                       settings.build.path);
    }
    worktree->move_to(commit);
    return worktree->folder();
  }

  std::string query(const std::string& reference,
                    const std::map<std::string, std::string>& args) const {
    const auto add = [](std::string& out, const char* key,
                        const std::string& value) {
      if (!value.empty()) {
        out += fmt::format("&{}={}", key, percent_encoded(value));
      }
    };
    std::string out = "rm=true&forcerm=true";
    add(out, "t", reference);
    add(out, "dockerfile", options.dockerfile);
    add(out, "labels", json{{"rung.app", settings.app}}.dump());
    if (!args.empty()) add(out, "buildargs", json(args).dump());
    add(out, "target", options.build_target);
    add(out, "networkmode",
        options.build_network.empty() && options.network == "host"
            ? "host"
            : options.build_network);
    return out;
  }

  // A POST whose answer is a stream of JSON lines. nullopt: no verdict yet,
  // the answer was lost.
  std::optional<ApiReply> streamed(ApiRequest request, DockerStream& stream,
                                   bool& too_long) {
    const auto until = settings.clock.now() + settings.build.deadline;
    request.timeout = settings.build.deadline;
    request.repeatable = false;
    request.on_data = [&](std::string_view bytes) {
      stream.feed(bytes);
      return true;
    };
    request.enough = [&] {
      too_long = too_long || settings.clock.now() > until;
      return too_long;
    };
    try {
      ApiReply reply = engine.call(request);
      stream.finish();
      return reply;
    } catch (const LostReply&) {
      return std::nullopt;
    }
  }

  std::variant<json, Refused> build(
      const std::string& reference,
      const std::map<std::string, std::string>& args,
      const std::string& context) {
    ApiRequest request;
    request.method = "POST";
    request.path = "/build?" + query(reference, args);
    request.content_type = "application/x-tar";
    request.body = context;
    for (int i = 0; i < 3; ++i) {
      DockerStream stream;
      bool too_long = false;
      const auto reply = streamed(request, stream, too_long);
      Refused no;
      no.log = stream.log;
      if (too_long) {
        no.failure.stage = Stage::build;
        no.failure.cause = "startup-timeout";
        no.failure.message = "the build did not end in time";
        return no;
      }
      if (reply && !reply->ok()) {
        if (reply->status != 400 && reply->status != 500) {
          throw_docker_answer("building an image", *reply);
        }
        no.failure = build_failure(reply->said(), 0);
        // 500 is what the engine says of itself as well.
        if (reply->status == 500 && no.failure.cause == "unknown") {
          throw_docker_answer("building an image", *reply);
        }
        return no;
      }
      if (!stream.error.empty()) {
        no.failure = build_failure(stream.error, stream.error_code);
        return no;
      }
      // Also after a lost answer: a build whose client is gone is given up by
      // the engine, unless it was done.
      if (auto image = known(reference)) return *std::move(image);
    }
    throw PlatformError(
        "building an image: the engine ended the build three times without "
        "saying why");
  }

  std::variant<DockerImage, Refused> pulled(const std::string& name,
                                            Files files) {
    if (const auto image = known(name)) {
      return described(name, *image, std::move(files));
    }
    ApiRequest request;
    request.method = "POST";
    const bool tagged = name.find(':', name.rfind('/') + 1) !=
                            std::string::npos ||
                        name.find('@') != std::string::npos;
    request.path = "/images/create?fromImage=" + percent_encoded(name) +
                   (tagged ? "" : "&tag=latest");
    for (int i = 0; i < 3; ++i) {
      DockerStream stream;
      bool too_long = false;
      const auto reply = streamed(request, stream, too_long);
      if (reply && reply->status == 404) {
        Refused no = refused(Stage::source, "image-pull-failed", reply->said());
        no.failure.evidence = name;
        return no;
      }
      const std::string problem =
          reply && !reply->ok() ? reply->said() : stream.error;
      if (!problem.empty()) {
        Refused no;
        no.failure = build_failure(problem, 0);
        if (no.failure.stage != Stage::source) {
          throw PlatformError("fetching image " + name + ": " + problem);
        }
        no.failure.evidence = name;
        no.log = stream.log;
        return no;
      }
      if (const auto image = known(name)) {
        return described(name, *image, std::move(files));
      }
    }
    throw PlatformError("fetching image " + name +
                        ": the engine did not say whether it succeeded");
  }

  // So that every machine of a swarm can fetch it.
  void push(const std::string& reference) {
    if (options.registry.empty()) return;
    const auto colon = reference.rfind(':');
    ApiRequest request;
    request.method = "POST";
    request.path = "/images/" + reference.substr(0, colon) +
                   "/push?tag=" + reference.substr(colon + 1);
    request.headers["X-Registry-Auth"] = "e30=";  // {}: no login
    for (int i = 0; i < 3; ++i) {
      DockerStream stream;
      bool too_long = false;
      const auto reply = streamed(request, stream, too_long);
      if (!reply) continue;
      if (reply->ok() && stream.error.empty() && !too_long) return;
      throw PlatformError(
          fmt::format("pushing {}: {}", reference,
                      reply->ok() ? stream.error : reply->said()));
    }
    throw PlatformError("pushing " + reference + ": no whole answer came");
  }
};

DockerImages::DockerImages(DockerEngine& engine, const RemoteSettings& settings,
                           const DockerOptions& options)
    : state_(new State{engine, settings, options, {}, {}}) {}
DockerImages::~DockerImages() = default;

std::variant<DockerImage, Refused> DockerImages::ready(const Bundle& bundle) {
  State& state = *state_;
  State::Files files = state.sorted(bundle);
  if (const std::string image = setting(bundle.release, "platform:image");
      !image.empty()) {
    return state.pulled(image, std::move(files));
  }
  const BuildSettings& build = state.settings.build;
  try {
    if (build.has_history && !state.history) state.history.emplace(build.source);
    if (state.history) {
      if (const auto why =
              state.history->refusal(bundle.release.commit, build.path)) {
        return refused(Stage::source, "source-unavailable", *why);
      }
    }
    std::string context;
    const auto make_context = [&] {
      const fs::path folder = state.folder_at(bundle.release.commit);
      context = build_context(folder, files.built, state.options.dockerfile);
      if (context.size() > kMostContext) {
        throw AbortError(fmt::format(
            "building an image: its context has {} MiB; leave out with a "
            ".dockerignore what the build does not need",
            context.size() >> 20U));
      }
      return files.built.contains(state.options.dockerfile) ||
             fs::exists(folder / state.options.dockerfile);
    };
    bool has_dockerfile = true;
    if (!state.history) has_dockerfile = make_context();
    const auto args = state.build_args(bundle, files);
    const std::string reference =
        state.repository() + ":" + state.tag(bundle, files, args, context);
    if (const auto image = state.known(reference)) {
      return state.described(reference, *image, std::move(files));
    }
    if (state.history) has_dockerfile = make_context();
    if (!has_dockerfile) {
      Refused no = refused(
          Stage::build, "no-build-plan",
          fmt::format("there is no {} in the deployed folder; add files: "
                      "[Dockerfile] to the plan, or set the target's "
                      "dockerfile",
                      state.options.dockerfile));
      no.failure.evidence = state.options.dockerfile;
      return no;
    }
    auto built = state.build(reference, args, context);
    if (auto* no = std::get_if<Refused>(&built)) return std::move(*no);
    state.push(reference);
    return state.described(reference, std::get<json>(built), std::move(files));
  } catch (const CannotDeploy& error) {
    return refused(Stage::source, "source-unavailable", error.what());
  }
}

std::size_t DockerImages::prune(std::size_t keep) {
  const std::string filter =
      json{{"label", json::array({"rung.app=" + state_->settings.app})}}.dump();
  const auto listed = state_->engine.read("/images/json?filters=" +
                                          percent_encoded(filter));
  if (!listed || !listed->is_array()) return 0;
  std::vector<std::pair<std::int64_t, std::string>> images;
  for (const json& entry : *listed) {
    if (!entry.is_object() || !entry.contains("RepoTags") ||
        !entry["RepoTags"].is_array()) {
      continue;
    }
    for (const json& tag : entry["RepoTags"]) {
      if (!tag.is_string()) continue;
      auto name = tag.get<std::string>();
      // Podman puts a registry before a name that has none.
      for (const std::string_view registry : {"docker.io/", "localhost/"}) {
        if (name.starts_with(registry)) name.erase(0, registry.size());
      }
      if (!name.starts_with(state_->repository() + ":")) continue;
      images.emplace_back(entry.value("Created", std::int64_t{0}), name);
    }
  }
  std::sort(images.rbegin(), images.rend());
  std::size_t gone = 0;
  for (std::size_t i = keep; i < images.size(); ++i) {
    // 409: a container uses it.
    if (state_->engine.erase("/images/" + images[i].second).ok()) ++gone;
  }
  return gone;
}

}  // namespace rung
