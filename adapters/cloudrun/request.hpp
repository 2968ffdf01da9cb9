#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "core/model/platform.hpp"

/// What rung asks Cloud Run for, made from what it read there. Pure: JSON in,
/// JSON out.
namespace rung::cloudrun {

/// How a target turns releases into revisions.
struct Shape {
  std::string image;  ///< "registry/app:{commit}"; "" = the release says
  bool image_starts = false;  ///< the image's own command, not the release's
  /// Variable -> "SECRET" or "SECRET:VERSION" of Secret Manager.
  std::map<std::string, std::string> secrets;
  std::set<std::string> secret_names;  ///< never written as values
  std::chrono::seconds start_deadline{0};  ///< 0 = as the service has it
  std::map<std::string, std::string> labels, annotations;
};

/// The template of `base` (as a service or a revision has it) made to run
/// `bundle` under `revision`; or why Cloud Run would not take it. Throws
/// AbortError for what the plan has to say and does not.
std::variant<nlohmann::json, Failure> template_for(
    const nlohmann::json& base, const Bundle& bundle, const Shape& shape,
    const std::string& revision);

/// The template that made `revision`, as far as a revision tells.
nlohmann::json template_of(const nlohmann::json& revision);

/// The variables of a template or revision. A reference to a secret is shown
/// as "secret://NAME:VERSION", which template_for() reads; the container's
/// port is PORT.
std::map<std::string, std::string> env_of(const nlohmann::json& template_);
/// 8080 unless it says otherwise.
std::uint16_t port_of(const nlohmann::json& template_);
/// The full hash of the commit in an annotation or in the image's tag; "".
std::string commit_of(const nlohmann::json& template_);

/// "web-00001-abc" of ".../revisions/web-00001-abc".
std::string short_name(const nlohmann::json& name);
/// The revision that most requests go to; "" = none yet.
std::string serving(const nlohmann::json& service);

/// The service's traffic with "latest" replaced by the revision it stands for,
/// so that a new revision gets none.
nlohmann::json pinned(const nlohmann::json& service);
nlohmann::json all_to(const std::string& revision);
nlohmann::json all_to_latest();
/// Adds `tag` at 0 % for `revision`, or nothing if it is there.
nlohmann::json with_tag(nlohmann::json traffic, const std::string& revision,
                        const std::string& tag);
/// Without the tagged 0 % entries of these revisions.
nlohmann::json without(const nlohmann::json& traffic,
                       const std::set<std::string>& revisions);
/// Where the platform says the tag is reached; "" = nowhere yet.
std::string tag_url(const nlohmann::json& service, const std::string& tag);

/// "web-rung-0123abcd", and its tag "r-0123abcd".
std::string trial_name(const std::string& service, const std::string& hex);
std::string tag_of(const std::string& trial_name);
/// Whether rung made a revision of this name.
bool is_trial_name(std::string_view service, std::string_view revision);

/// A label's value or key: lower case, what is not allowed becomes '-', 63
/// characters at most.
std::string label(std::string_view text);

}  // namespace rung::cloudrun
