#include "core/audit/audit_findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "core/audit/known_variables.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/secret_shapes.hpp"
#include "core/variables/beside_service.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

enum class Role { production, other_stage, unknown };

/// By the words of a file's name: "latest" is no test, "delivery" is not live.
Role role_of(std::string_view name) {
  static const std::set<std::string, std::less<>> kLive = {"prod", "production",
                                                           "prd", "live"};
  static const std::set<std::string, std::less<>> kOther = {
      "stag", "stage", "staging", "stg",     "dev",   "develop", "development",
      "test", "tests", "testing", "preview", "local", "qa",      "uat"};
  std::string word;
  Role role = Role::unknown;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    const char c = i < name.size() ? ascii_lower(name[i]) : '.';
    if (c >= 'a' && c <= 'z') {
      word += c;
      continue;
    }
    if (kLive.contains(word)) return Role::production;
    if (kOther.contains(word)) role = Role::other_stage;
    word.clear();
  }
  return role;
}

/// Two names of which one may be the other one misspelled.
bool look_alike(std::string_view a, std::string_view b) {
  const auto [shorter, longer] = std::minmax({a.size(), b.size()});
  if (shorter < 5 || shorter > 64 || longer - shorter > 2) return false;
  // DB1_HOST and DB2_HOST are two, STRIPE_KEY and STRIPE_KEYS may be one.
  std::string letters_a, letters_b;
  for (const char c : a) {
    if (c < '0' || c > '9') letters_a += c;
  }
  for (const char c : b) {
    if (c < '0' || c > '9') letters_b += c;
  }
  if (letters_a == letters_b) return false;
  return edit_distance(a, b) <= (shorter >= 9 ? 2U : 1U);
}

/// Whether a compose file is of a stack beside the service's own, such as
/// docker-compose.traefik.yml.
bool is_other_stack(std::string_view path) {
  std::string_view name = file_name(path);
  for (const std::string_view begin : {"docker-compose", "compose"}) {
    if (!name.starts_with(begin)) continue;
    name.remove_prefix(begin.size());
    if (!name.starts_with('.') && !name.starts_with('-')) return false;
    const auto end = name.find('.', 1);
    if (end == name.npos) return false;  // ".yml"
    const std::string_view middle = name.substr(1, end - 1);
    return middle != "override" && middle != "app" && middle != "web" &&
           role_of(middle) == Role::unknown;
  }
  return false;
}

class Findings {
 public:
  Findings(const Audit& audit, const AuditInput& input)
      : audit_(audit), input_(input) {
    for (const AuditColumn& column : input.columns) {
      if (!column.example) environments_.push_back(&column);
    }
  }

  std::vector<AuditFinding> take() {
    for (const AuditKey& key : audit_.keys) {
      const bool set = is_set(key.name);
      if (!key.readers.empty() && !set) missing_everywhere(key);
      if (set) {
        missing_somewhere(key);
        odd_values(key);
        shared_secret(key);
        if (key.readers.empty()) unread(key);
      }
    }
    if (!unset_.empty()) {
      add(AuditLevel::note, "unset", "", "",
          fmt::format("read without a default and set in no environment; the "
                      "program goes on without: {}",
                      fmt::join(unset_, ", ")),
          "set them, or check that they are meant to be optional");
    }
    removed();
    read_since();
    found_.insert(found_.end(), input_.found.begin(), input_.found.end());
    for (const std::string& note : input_.notes) {
      add(AuditLevel::note, "note", "", "", note, "");
    }
    return std::move(found_);
  }

 private:
  void add(AuditLevel level, std::string kind, const std::string& name,
           std::string place, std::string text, std::string action) {
    found_.push_back({level, std::move(kind), name, std::move(place),
                      std::move(text), std::move(action)});
  }

  [[nodiscard]] bool is_set(const std::string& name) const {
    return std::any_of(environments_.begin(), environments_.end(),
                       [&](const AuditColumn* column) {
                         return column->cells.count(name) != 0;
                       });
  }
  /// A manifest (render.yaml, compose file) has a value, or the platform.
  [[nodiscard]] static bool is_given(const AuditKey& key) {
    const auto known = known_variable(key.name);
    return (known && known->given) ||
           std::any_of(key.readers.begin(), key.readers.end(),
                       [](const VariableUse& use) {
                         return use.passed_on && use.has_default;
                       });
  }
  /// Where a manifest asks for it without a value: it comes from a shell or a
  /// dashboard that rung does not see. nullptr = nowhere.
  [[nodiscard]] static const VariableUse* asked_for(const AuditKey& key) {
    for (const VariableUse& use : key.readers) {
      if (use.passed_on && !use.has_default) return &use;
    }
    return nullptr;
  }
  /// The read that a service cannot do without; nullptr = none.
  [[nodiscard]] static const VariableUse* needing(const AuditKey& key) {
    for (const VariableUse& use : key.readers) {
      if (use.required && !is_beside_service(use.file) &&
          !is_other_stack(use.file)) {
        return &use;
      }
    }
    return nullptr;
  }
  static std::string at(const VariableUse& use) {
    return fmt::format("{}:{}", use.file, use.line);
  }
  static std::string at(const AuditColumn& column, const AuditCell& cell) {
    const std::string& file = cell.file.empty() ? column.file : cell.file;
    return cell.line > 0 ? fmt::format("{}:{}", file, cell.line) : file;
  }

  void missing_everywhere(const AuditKey& key) {
    if (environments_.empty() || is_given(key)) return;
    if (const VariableUse* use = needing(key)) {
      std::string action = fmt::format("set {} in {}", key.name, names());
      for (const AuditKey& other : audit_.keys) {
        if (other.readers.empty() && is_set(other.name) &&
            look_alike(key.name, other.name)) {
          action = fmt::format("rename {} to {}", other.name, key.name);
        }
      }
      const VariableUse* asked = asked_for(key);
      add(asked == nullptr ? AuditLevel::error : AuditLevel::warning, "missing",
          key.name, at(*use),
          fmt::format(
              "{} is required and set in no environment{}", key.name,
              asked == nullptr
                  ? ""
                  : fmt::format(", and {} gives it no value", at(*asked))),
          std::move(action));
    } else if (!key.has_default &&
               std::any_of(key.readers.begin(), key.readers.end(),
                           [](const VariableUse& reader) {
                             return !is_beside_service(reader.file) &&
                                    !is_other_stack(reader.file);
                           })) {
      unset_.push_back(
          fmt::format("{} ({})", key.name, at(key.readers.front())));
    }
  }

  [[nodiscard]] std::string names() const {
    std::vector<std::string> all;
    for (const AuditColumn* column : environments_) all.push_back(column->name);
    return fmt::format("{}", fmt::join(all, ", "));
  }

  void missing_somewhere(const AuditKey& key) {
    const VariableUse* use = needing(key);
    if (use == nullptr || is_given(key)) return;
    for (const AuditColumn* column : environments_) {
      if (column->cells.count(key.name) != 0) continue;
      // .env is read below .env.production by most programs that read both.
      const bool below = std::any_of(
          environments_.begin(), environments_.end(),
          [&](const AuditColumn* other) {
            return other->name == ".env" && column->name.starts_with(".env.") &&
                   other->cells.count(key.name) != 0;
          });
      if (below) continue;
      const bool live = asked_for(key) == nullptr &&
                        (role_of(column->name) == Role::production ||
                         environments_.size() == 1);
      add(live ? AuditLevel::error : AuditLevel::warning, "missing", key.name,
          at(*use),
          fmt::format("{} is required and missing in {}", key.name,
                      column->name),
          fmt::format("set {} in {}", key.name, column->name));
    }
  }

  void odd_values(const AuditKey& key) {
    const VariableUse* use = needing(key);
    for (const AuditColumn* column : environments_) {
      const auto it = column->cells.find(key.name);
      if (it == column->cells.end()) continue;
      if (it->second.placeholder) {
        const bool live = role_of(column->name) == Role::production;
        add(live && use != nullptr ? AuditLevel::error : AuditLevel::warning,
            "placeholder", key.name, at(*column, it->second),
            fmt::format("{} has a placeholder for a value", key.name),
            "put the real value there");
      } else if (it->second.empty && use != nullptr) {
        add(AuditLevel::warning, "empty", key.name, at(*column, it->second),
            fmt::format("{} is empty, and {} requires it", key.name, at(*use)),
            "set it");
      }
    }
  }

  void shared_secret(const AuditKey& key) {
    if (!names_a_secret(key.name)) return;
    const AuditColumn *live = nullptr, *other = nullptr;
    for (const AuditColumn* column : environments_) {
      const Role role = role_of(column->name);
      if (role == Role::production) live = column;
      if (role == Role::other_stage) {
        const auto mine = column->cells.find(key.name);
        if (live == nullptr || mine == column->cells.end()) {
          other = other == nullptr ? column : other;
        } else if (const auto it = live->cells.find(key.name);
                   it != live->cells.end() &&
                   it->second.hash == mine->second.hash) {
          other = column;
        }
      }
    }
    if (live == nullptr || other == nullptr) return;
    const auto a = live->cells.find(key.name), b = other->cells.find(key.name);
    if (a == live->cells.end() || b == other->cells.end() ||
        a->second.hash != b->second.hash || a->second.empty ||
        a->second.placeholder || a->second.unknown || b->second.unknown) {
      return;
    }
    add(AuditLevel::warning, "shared-secret", key.name, at(*live, a->second),
        fmt::format("{} has the same value in {} and {}", key.name, live->name,
                    other->name),
        fmt::format("give {} a secret of its own", other->name));
  }

  void unread(const AuditKey& key) {
    const AuditColumn* column = nullptr;
    for (const AuditColumn* one : environments_) {
      if (one->cells.count(key.name) != 0 && column == nullptr) column = one;
    }
    if (column == nullptr) return;
    for (const AuditKey& other : audit_.keys) {
      if (!other.readers.empty() && !is_set(other.name) &&
          !is_given(other) && look_alike(key.name, other.name)) {
        add(AuditLevel::warning, "look-alike", key.name,
            at(*column, column->cells.at(key.name)),
            fmt::format("{} is read nowhere, and {} is read at {} and set "
                        "nowhere: a slip of the pen?",
                        key.name, other.name, at(other.readers.front())),
            fmt::format("rename it to {}", other.name));
        return;
      }
    }
    add(AuditLevel::note, "unread", key.name,
        at(*column, column->cells.at(key.name)),
        fmt::format("{} is set, and no source reads it", key.name),
        deletion(key));
  }

  /// "NOT safe to delete: WHY; WHY".
  static std::string deletion(const AuditKey& key) {
    const auto reasons = [](const std::vector<std::string>& all) {
      return fmt::format("{}", fmt::join(all, "; "));
    };
    switch (key.can_delete) {
      case AuditDelete::no:
        return "NOT safe to delete: " + reasons(key.against_deleting);
      case AuditDelete::unknown:
        return "whether it is safe to delete is unknown: " +
               reasons(key.against_deleting);
      case AuditDelete::safe:
        break;
    }
    return "safe to delete: " + reasons(key.for_deleting);
  }

  void removed() {
    for (const AuditRemoval& removal : input_.removed) {
      const auto key = std::find_if(
          audit_.keys.begin(), audit_.keys.end(),
          [&](const AuditKey& one) { return one.name == removal.name; });
      if (key == audit_.keys.end()) continue;
      // One that a library or the platform reads may break the service, and
      // nobody would see it in the sources.
      const bool broken = key->can_delete == AuditDelete::no;
      const bool may_break = key->can_delete == AuditDelete::unknown;
      const std::string text =
          fmt::format("{} was removed from {} since {}", removal.name,
                      removal.file, input_.against);
      add(broken      ? (needing(*key) != nullptr || known_variable(key->name)
                             ? AuditLevel::error
                             : AuditLevel::warning)
          : may_break ? AuditLevel::warning
                      : AuditLevel::note,
          "removed", removal.name,
          fmt::format("{}:{}", removal.file, removal.line), text,
          broken ? fmt::format("put it back; {}", deletion(*key))
                 : deletion(*key));
    }
  }

  void read_since() {
    if (!input_.read_before) return;
    std::set<std::string> before;
    for (const VariableUse& use : input_.read_before->uses) {
      before.insert(use.name);
    }
    for (const AuditKey& key : audit_.keys) {
      if (key.readers.empty() || before.count(key.name) != 0) continue;
      add(AuditLevel::note, "new-read", key.name, at(key.readers.front()),
          fmt::format("{} is read since {}{}", key.name, input_.against,
                      is_set(key.name) ? "" : ", and set in no environment"),
          "");
    }
  }

  const Audit& audit_;
  const AuditInput& input_;
  std::vector<const AuditColumn*> environments_;
  std::vector<std::string> unset_;
  std::vector<AuditFinding> found_;
};

}  // namespace

std::vector<AuditFinding> findings_of(const Audit& audit,
                                      const AuditInput& input) {
  return Findings(audit, input).take();
}

}  // namespace rung
