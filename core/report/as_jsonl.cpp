#include "core/report/as_jsonl.hpp"

#include <cmath>

namespace rung {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

/// Those of one label together, in the order in which labels appear.
Json json_of(const std::vector<ReportFact>& facts) {
  Json out = Json::array();
  for (const ReportFact& fact : facts) {
    if (!fact.label.empty() || out.empty()) {
      out.push_back({{"label", fact.label}, {"text", fact.text}});
    } else {
      std::string more = out.back()["text"].get<std::string>();
      out.back()["text"] = more + "\n" + fact.text;
    }
  }
  return out;
}

}  // namespace

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const PostedItem& item) {
  Json commits = Json::array(), tests = Json::array(), places = Json::array();
  for (const CommitInfo& commit : item.commits) {
    commits.push_back({{"id", commit.id.hex},
                       {"subject", commit.subject},
                       {"author", commit.author},
                       {"date", commit.date}});
  }
  for (const PostedTest& test : item.tests) {
    tests.push_back({{"id", test.id}, {"message", test.message}});
  }
  for (const PostedPlace& place : item.places) {
    places.push_back({{"file", place.file}, {"line", place.line}});
  }
  return {{"level", to_string(item.level)},
          {"kind", item.kind},
          {"title", item.title},
          {"names", item.names},
          {"commits", std::move(commits)},
          {"tests", std::move(tests)},
          {"facts", json_of(item.facts)},
          {"places", std::move(places)}};
}

std::string jsonl_begin(const std::string& command,
                        const std::vector<std::string>& command_line) {
  return json_line({{"rung", 1},
                    {"event", "begin"},
                    {"command", command},
                    {"command_line", command_line}});
}

std::string jsonl_event(const std::string& event, double seconds,
                        const Json& facts) {
  Json out = {{"event", event}, {"seconds", rounded(seconds)}};
  out.update(facts);
  return json_line(out);
}

std::string jsonl_end(const Posting& posting, double seconds) {
  Json items = Json::array();
  for (const PostedItem& item : posting.items) items.push_back(json_of(item));
  return json_line({{"event", "end"},
                    {"seconds", rounded(seconds)},
                    {"command", posting.command},
                    {"outcome", posting.outcome},
                    {"exit", posting.exit ? Json(*posting.exit) : Json()},
                    {"title", posting.title},
                    {"culprit", culprit_of(posting)},
                    {"items", std::move(items)},
                    {"facts", json_of(posting.facts)},
                    {"next", posting.next}});
}

}  // namespace rung
