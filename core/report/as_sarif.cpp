#include "core/report/as_sarif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text/percent.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestSarifText = 1000;
constexpr std::size_t kMostResults = 1000;

std::string sarif_text(std::string_view text) {
  return elided(printable(text), kLongestSarifText);
}

std::string sarif_message(const PostedItem& item) {
  constexpr std::size_t kMostSarifLines = 40;
  const std::string title = sarif_text(item.title);
  const std::string details =
      details_of(item, kLongestSarifText, kMostSarifLines);
  const std::string message = title + (details.empty() ? "" : "\n" + details);
  return message.empty() ? "?" : message;
}

std::string_view about(std::string_view kind) {
  constexpr std::array<std::array<std::string_view, 2>, 9> kKnown = {{
      {"culprit", "A change that is proved to break it"},
      {"suspects", "Changes one of which breaks it"},
      {"still-broken", "Broken on an earlier night, and still"},
      {"not-found-yet", "Broken; the search has not ended"},
      {"drift", "Fails where it passed before: no change is guilty"},
      {"no-known-good", "Broken as far back as was looked"},
      {"flaky", "Fails and passes on one commit"},
      {"missing", "A known test that did not run"},
      {"repaired", "A change that repaired it"},
  }};
  for (const auto& [name, text] : kKnown) {
    if (name == kind) return text;
  }
  return "A note on an answer without a culprit";
}

/// A path as a relative reference.
std::string uri_of(const std::string& path) {
  std::string out;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find('/', from), path.size());
    if (end > from) {
      out += (out.empty() ? "" : "/") +
             percent_encoded(std::string_view(path).substr(from, end - from));
    }
    from = end + 1;
  }
  return out;
}

Json location_of(const PostedPlace& place) {
  Json physical = {{"artifactLocation",
                    {{"uri", uri_of(place.file)}, {"uriBaseId", "%SRCROOT%"}}}};
  if (place.line > 0) physical["region"] = {{"startLine", place.line}};
  return {{"physicalLocation", std::move(physical)}};
}

}  // namespace

std::string as_sarif(const Posting& posting, const std::string& version) {
  // "rung 1.2.3 (ab12cd3, 2026-11-30)"
  const auto blank = version.find(' ');
  const std::string number =
      blank == version.npos ? version : version.substr(blank + 1);
  Json results = Json::array(), rules = Json::array();
  std::set<std::string> known;
  for (const PostedItem& item : posting.items) {
    if (results.size() == kMostResults) break;
    const std::string rule = "rung/" + item.kind;
    if (known.insert(rule).second) {
      rules.push_back(
          {{"id", rule}, {"shortDescription", {{"text", about(item.kind)}}}});
    }
    Json locations = Json::array();
    for (const PostedPlace& place : item.places) {
      if (locations.size() == 10) break;  // what a viewer shows
      locations.push_back(location_of(place));
    }
    results.push_back(
        {{"ruleId", rule},
         {"level", to_string(item.level)},
         {"message", {{"text", sarif_message(item)}}},
         {"locations", std::move(locations)},
         {"partialFingerprints", {{"rung/v1", signature_of(posting, item)}}}});
  }
  Json invocation = {{"executionSuccessful", true}};
  if (posting.exit) invocation["exitCode"] = *posting.exit;
  const Json out = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array(
           {{{"tool",
              {{"driver",
                {{"name", "rung"},
                 {"version", number},
                 {"rules", std::move(rules)}}}}},
             {"automationDetails", {{"id", "rung/" + posting.command + "/"}}},
             {"invocations", Json::array({std::move(invocation)})},
             {"originalUriBaseIds",
              {{"%SRCROOT%",
                {{"description", {{"text", "the root of the repository"}}}}}}},
             {"results", std::move(results)}}})}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rung
