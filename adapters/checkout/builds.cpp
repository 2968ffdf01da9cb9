#include "adapters/checkout/builds.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "adapters/checkout/folder_copies.hpp"
#include "adapters/checkout/folder_snapshot.hpp"
#include "adapters/checkout/left_out.hpp"
#include "adapters/checkout/trial_cache.hpp"
#include "adapters/checkout/trial_git.hpp"
#include "adapters/checkout/worktree.hpp"
#include "adapters/git/history.hpp"
#include "adapters/process/file_text.hpp"
#include "adapters/process/process.hpp"
#include "core/base/error.hpp"
#include "core/diagnosis/exit_failure.hpp"

namespace fs = std::filesystem;

namespace rung {
namespace {

std::string config(const Release& release, const char* key) {
  const auto it = release.config.find(key);
  return it == release.config.end() ? std::string() : it->second;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw AbortError(
        fmt::format("making {}: {}", folder.string(), error.message()));
  }
}

// A plain folder has no commits; its generated files are written over a copy.
void overlay(const fs::path& folder,
             const std::map<std::string, std::string>& files) {
  for (const auto& [path, content] : files) {
    make_folder((folder / path).parent_path());
    std::ofstream out(folder / path, std::ios::binary | std::ios::trunc);
    out << content;
    out.close();
    if (!out) throw AbortError("writing " + (folder / path).string());
  }
}

std::string short_hash(const std::string& text, const std::string& key) {
  Release carrier;  // the hash of a release is the one hash core has
  carrier.config["build"] = text;
  return release_id(carrier, key).substr(0, 16);
}

// The text of a file of a plain folder, or as much of it as shows that it is
// too large to be read; nullopt = there is none.
std::optional<std::string> beginning_of(const fs::path& path) {
  constexpr std::size_t kMost = (std::size_t{1} << 20) + 1;
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string text(kMost, '\0');
  in.read(text.data(), static_cast<std::streamsize>(kMost));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Refused build_failed(const Ran& ran) {
  Refused refused;
  refused.log = ran.log;
  refused.failure.stage = Stage::build;
  if (!ran.exit) {
    refused.failure.cause = "startup-timeout";
    refused.failure.message = "the build did not end in time";
  } else if (ran.exit->oom) {
    refused.failure.cause = "oom-killed";
    refused.failure.message = "the build was killed by the kernel: out of memory";
  } else if (ran.exit->signal != 0) {
    refused.failure.message =
        fmt::format("the build was killed by signal {}", ran.exit->signal);
  } else {
    refused.failure.cause = ran.exit->code == 127   ? "command-not-found"
                            : ran.exit->code == 126 ? "permission-denied"
                                                    : "unknown";
    refused.failure.message =
        fmt::format("the build exited with status {}", ran.exit->code);
  }
  refused.killed = ran.exit && may_be_killed_by_others(*ran.exit);
  return refused;
}

}  // namespace

PlainFolder plain_folder(const BuildSettings& settings) {
  return {settings.source / settings.path, settings.apart};
}

struct LocalBuilds::State {
  // A place where releases stand: one for all without a build, one per build.
  struct Place {
    fs::path folder, home;
    std::optional<Worktree> worktree;
    /// As prepare() left them.
    std::optional<FolderSnapshot> pristine, pristine_home;
    bool built = false;
    /// The build changed committed or generated files, so the folder is right
    /// for these alone.
    struct For {
      CommitId commit;
      std::map<std::string, std::string> files;
      friend bool operator==(const For&, const For&) = default;
    };
    std::optional<For> only_for;
  };

  BuildSettings settings;
  std::optional<GitHistory> history;
  std::optional<LeftOuts> left_outs;
  std::optional<TrialGit> git;
  std::optional<FolderCopies> copies;   ///< without history
  std::map<std::string, Place> places;  ///< by key; "" = without a build
  std::map<std::string, BuildWords> words;  ///< by command and files

  /// Of a plain folder's files; a release on record from earlier has none.
  std::string digest(const Release& release) {
    const std::string known = config(release, kFolderKey);
    return known.empty() ? plain_folder(settings).digest() : known;
  }

  Place& place(const std::string& key) {
    const auto known = places.find(key);
    if (known != places.end()) return known->second;
    Place made;
    const fs::path root = root_of(key);
    made.home = root.parent_path() / "home";
    make_folder(root.parent_path());
    if (history) {
      made.worktree.emplace(*history, root, settings.path);
      made.folder = made.worktree->folder();
    } else {
      made.folder = root;
    }
    // Where a move between commits was cut short, the next one cleans up.
    made.built = !key.empty() && fs::exists(marker(key)) &&
                 (!made.worktree || made.worktree->commit());
    if (!settings.stays && fs::exists(on_trial(key))) {
      // Its rung was killed, and nobody took away what the trial left.
      forget(made, key);
    }
    return places.emplace(key, std::move(made)).first->second;
  }

  [[nodiscard]] fs::path root_of(const std::string& key) const {
    return key.empty() ? settings.work / "checkout"
                       : settings.work / "builds" / key / "tree";
  }
  /// There while a trial may write into the place.
  [[nodiscard]] fs::path on_trial(const std::string& key) const {
    return root_of(key).parent_path() / "on-trial";
  }
  [[nodiscard]] fs::path marker(const std::string& key) const {
    return root_of(key).parent_path() / "built";
  }

  const BuildWords& words_of(const Release& release,
                             const std::string& command) {
    const auto files =
        history ? history->tree_id(release.commit, settings.path).value_or("")
                : digest(release);
    const std::string id = command + '\0' + files;
    const auto known = words.find(id);
    if (known != words.end()) return known->second;
    const auto read = [&](const std::string& path) {
      if (!history) return beginning_of(copies->at(files) / path);
      return history->read_file(
          release.commit,
          settings.path.empty() ? path : settings.path + "/" + path);
    };
    return words.emplace(id, BuildWords(command, read)).first->second;
  }

  std::map<std::string, std::string> variables_read(
      const Release& release, const std::string& command) {
    return read_by_build(
        release.env, settings.secret_names, settings.build_env,
        [&](const std::string& name) {
          return words_of(release, command).may_read(name);
        });
  }

  /// The variables a build gets. `base`: the values of those that it seems not
  /// to read.
  std::map<std::string, std::string> variables(
      const Release& release, const std::string& command,
      const std::map<std::string, std::string>& base) {
    auto all = variables_read(release, command);
    if (settings.build_env.reads == BuildEnv::Reads::all) return all;
    for (auto& entry :
         seen_by_build(base, settings.secret_names, settings.build_env)) {
      const bool read = settings.build_env.lists(entry.first) ||
                        words_of(release, command).may_read(entry.first);
      if (!read) all.insert(std::move(entry));
    }
    return all;
  }

  // Generated files are not in it, but what they are made from is. Addresses of
  // services, which change from run to run, count by the name of the service.
  std::string key(const Release& release) {
    const std::string command = config(release, "build");
    if (command.empty()) return "";
    std::string text =
        "build 3\n" + command + '\0' + config(release, "runtime") + '\0';
    text += history ? history->inputs_id(release.commit, settings.path,
                                         settings.build_inputs)
                    : digest(release);
    if (left_outs) text += digest_of(left_outs->of(release.commit));
    for (const auto& [name, spec] : release.requirements) {
      text += '\0' + name + '\1' + spec;
    }
    for (const auto& [name, value] : release.config) {
      const bool written = path_in_key(name) || name == "npm-packages";
      if (written) text += '\0' + name + '\2' + value;
    }
    const auto& base =
        settings.build_base ? settings.build_base->env : release.env;
    for (const auto& [name, value] : variables(release, command, base)) {
      text += '\0' + name + '\3' + value;
    }
    if (!settings.inherit.empty()) text += '\0' + inherited(settings.inherit);
    return short_hash(text, settings.hash_key);
  }

  void stand(Place& place, const Release& release,
             const std::map<std::string, std::string>& files) {
    if (place.only_for) return;
    if (place.worktree) {
      // Caches that a build made must see what changed since.
      if (place.built) {
        place.worktree->move_later(release.commit);
      } else {
        place.worktree->move_to(release.commit);
      }
      place.worktree->overlay(files);
      git->stand_at(*place.worktree);
    } else {
      if (!place.built) copies->copy(digest(release), place.folder);
      overlay(place.folder, files);
    }
  }

  [[nodiscard]] Surroundings surroundings(const fs::path& home,
                                          const fs::path& temporary) const {
    return {home, temporary, settings.project, settings.work,
            settings.inherit};
  }

  std::optional<Refused> build(Place& place, const std::string& key,
                               const std::string& command,
                               const Bundle& bundle) {
    const fs::path temporary = root_of(key).parent_path() / "tmp";
    make_folder(temporary);
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", command};
    spec.cwd = place.folder;
    spec.env = build_environment_of(surroundings(place.home, temporary),
                                    settings.work.parent_path() / "cache");
    Release filled = bundle.release;  // with the addresses of services
    filled.env = bundle.env;
    const auto& base =
        settings.build_base ? settings.build_base->filled : filled.env;
    for (auto& [name, value] : variables(filled, command, base)) {
      spec.env[name] = std::move(value);
    }
    const Ran ran = run(spec, settings.deadline);
    remove_whole(temporary);
    if (!ran.succeeded()) return build_failed(ran);
    place.built = true;
    place.only_for.reset();
    if (changed(place, bundle.files)) {
      place.only_for = {bundle.release.commit, bundle.files};
    }
    return std::nullopt;
  }

  /// Whether the build changed what stood there before it.
  [[nodiscard]] static bool changed(
      const Place& place, const std::map<std::string, std::string>& files) {
    return (place.worktree && place.worktree->changed()) ||
           std::any_of(files.begin(), files.end(), [&](const auto& file) {
             return file_text(place.folder / file.first) != file.second;
           });
  }

  void remember(Place& place, const std::string& key) {
    if (!settings.stays) std::ofstream(on_trial(key)) << "";
    if (place.worktree && key.empty()) {  // its worktree knows what is clean
      remove_whole(place.home);
      make_folder(place.home);
      return;
    }
    make_folder(place.home);
    place.pristine = FolderSnapshot::of(place.folder);
    place.pristine_home = FolderSnapshot::of(place.home);
    // The next run of rung would put back what the build changed.
    if (!key.empty() && !place.only_for) {
      write_build_mark(marker(key),
                       place.pristine->bytes() + place.pristine_home->bytes());
    }
  }

  /// Whether the place is again as prepare() left it.
  bool put_back(Place& place) {
    if (!place.pristine) {
      remove_whole(place.home);
      place.worktree->reset(Worktree::Reset::all);
      return true;
    }
    const bool same = place.pristine->restore(place.folder);
    return place.pristine_home->restore(place.home) && same;
  }

  // Nothing of a failed or spoilt build is used again.
  void forget(Place& place, const std::string& key) {
    std::error_code error;
    fs::remove(marker(key), error);
    place.built = false;
    place.only_for.reset();
    place.pristine.reset();
    place.pristine_home.reset();
    remove_whole(place.home);
    if (place.worktree && place.worktree->commit()) {
      place.worktree->reset(Worktree::Reset::all);
    }
  }
};

LocalBuilds::LocalBuilds(BuildSettings settings)
    : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
  if (state_->settings.has_history) {
    state_->history.emplace(state_->settings.source);
    state_->left_outs.emplace(*state_->history, state_->settings.path);
    state_->git.emplace(*state_->history);
  } else {
    state_->copies.emplace(plain_folder(state_->settings),
                           state_->settings.work.parent_path());
  }
  make_folder(state_->settings.work);
}
LocalBuilds::~LocalBuilds() = default;

bool LocalBuilds::ready(const Release& release) {
  const std::string key = state_->key(release);
  const auto place = state_->places.find(key);
  if (place != state_->places.end() && place->second.only_for) {
    return place->second.only_for->commit == release.commit;
  }
  return key.empty() || fs::exists(state_->marker(key));
}

bool LocalBuilds::build_reads(const Release& release,
                              const std::string& name) {
  const std::string command = config(release, "build");
  return !command.empty() &&
         state_->variables_read(release, command).contains(name);
}

std::variant<Stand, Refused> LocalBuilds::prepare(const Bundle& bundle) {
  const Release& release = bundle.release;
  try {
    const std::string key = state_->key(release);
    State::Place& place = state_->place(key);
    if (place.only_for &&
        *place.only_for != State::Place::For{release.commit, bundle.files}) {
      state_->forget(place, key);
    }
    // A build that was under way when rung died left things behind.
    if (!place.built && !key.empty()) state_->forget(place, key);
    state_->stand(place, release, bundle.files);
    if (!key.empty() && !place.built) {
      if (auto refused =
              state_->build(place, key, config(release, "build"), bundle)) {
        state_->forget(place, key);
        return std::move(*refused);
      }
      // A build may leave git in another state than the commit's.
      if (place.worktree) state_->git->stand_at(*place.worktree);
    }
    state_->remember(place, key);
    return Stand{place.folder, place.home};
  } catch (const CannotDeploy& error) {
    Refused refused;
    refused.failure.stage = Stage::source;
    refused.failure.cause = "source-unavailable";
    refused.failure.message = error.what();
    return refused;
  }
}

void LocalBuilds::clean(const fs::path& folder) {
  for (auto& [key, place] : state_->places) {
    if (place.folder != folder) continue;
    if (!state_->put_back(place)) {
      // Something the build or the commit made was changed by the trial.
      state_->forget(place, key);
    }
    std::error_code error;
    fs::remove(state_->on_trial(key), error);
  }
}

Surroundings LocalBuilds::surroundings(const Stand& stand,
                                       const fs::path& temporary) const {
  return state_->surroundings(stand.home, temporary);
}

}  // namespace rung
