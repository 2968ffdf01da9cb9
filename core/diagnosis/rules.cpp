#include "core/diagnosis/rules.hpp"

#include <fmt/format.h>
#include <re2/filtered_re2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/ascii_case.hpp"

namespace rung {

extern const std::string_view rung_diagnosis_rules_json;

namespace {

using nlohmann::json;

}  // namespace

struct Pattern::Compiled {
  std::once_flag once;
  std::unique_ptr<RE2> re;
  int group = 0;  ///< the one called "e"; 0 = there is none

  const RE2& get(const std::string& text) {
    std::call_once(once, [&] {
      re = std::make_unique<RE2>(text, byte_options());
      if (!re->ok()) return;
      const auto& names = re->NamedCapturingGroups();
      const auto named = names.find("e");
      if (named != names.end()) group = named->second;
    });
    return *re;
  }
};

Pattern::Pattern(std::string text)
    : text_(std::move(text)), compiled_(std::make_unique<Compiled>()) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::matches(std::string_view line) const {
  return RE2::PartialMatch(piece(line), compiled_->get(text_));
}

std::optional<std::string_view> Pattern::evidence(std::string_view line) const {
  const RE2& re = compiled_->get(text_);
  std::array<re2::StringPiece, 12> groups;
  const auto count = std::min<int>(re.NumberOfCapturingGroups(),
                                   static_cast<int>(groups.size()) - 1);
  if (!re.Match(piece(line), 0, line.size(), RE2::UNANCHORED, groups.data(),
                count + 1)) {
    return std::nullopt;
  }
  const auto view = [&](int group) {
    const auto& found = groups[static_cast<std::size_t>(group)];
    return std::string_view(found.data(), found.size());
  };
  if (compiled_->group > 0 && compiled_->group <= count &&
      !view(compiled_->group).empty()) {
    return view(compiled_->group);
  }
  for (int group = 1; group <= count; ++group) {
    if (!view(group).empty()) return view(group);
  }
  return "";
}

std::string_view Pattern::whole(std::string_view line) const {
  re2::StringPiece found;
  if (!compiled_->get(text_).Match(piece(line), 0, line.size(), RE2::UNANCHORED,
                                   &found, 1)) {
    return {};
  }
  return {found.data(), found.size()};
}

std::string Pattern::problem() const {
  const RE2& re = compiled_->get(text_);
  return re.ok() ? "" : re.error();
}

/// Finds which of many short words occur in a text: by a hash of their first
/// three bytes, then by comparing. One pass, whatever the number of words.
class WordFinder {
 public:
  static constexpr std::size_t kShortest = 3;

  /// REQUIRES: each word has kShortest bytes at least.
  void set_words(std::vector<std::string> words) {
    words_ = std::move(words);
    heads_.assign(std::size_t{1} << kBits, 0);
    // Words of one hash lie together: heads_ holds where they begin, plus 1.
    for (std::size_t i = 0; i < words_.size(); ++i) {
      order_.push_back(static_cast<int>(i));
    }
    std::sort(order_.begin(), order_.end(), [&](int x, int y) {
      return hash(word(x).data()) < hash(word(y).data());
    });
    for (std::size_t i = order_.size(); i-- > 0;) {
      heads_[hash(word(order_[i]).data())] = static_cast<std::uint16_t>(i + 1);
    }
  }

  /// The words' indices in `found`, each at most a few times.
  void find(std::string_view text, std::vector<int>& found) const {
    found.clear();
    for (std::size_t at = 0; at + kShortest <= text.size(); ++at) {
      const auto head = hash(text.data() + at);
      if (heads_[head] == 0) continue;
      for (std::size_t i = heads_[head] - 1U; i < order_.size(); ++i) {
        const auto& candidate = word(order_[i]);
        if (hash(candidate.data()) != head) break;
        if (text.substr(at).starts_with(candidate)) found.push_back(order_[i]);
      }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }

 private:
  static constexpr unsigned kBits = 15;
  static std::size_t hash(const char* text) {
    const auto byte = [&](int i) {
      return static_cast<unsigned char>(text[i]);
    };
    return ((byte(0) * 961U + byte(1) * 31U + byte(2)) * 2654435761U >> 7U) &
           ((1U << kBits) - 1U);
  }
  [[nodiscard]] const std::string& word(int index) const {
    return words_[static_cast<std::size_t>(index)];
  }
  std::vector<std::string> words_;
  std::vector<int> order_;
  std::vector<std::uint16_t> heads_;
};

/// All patterns as one: RE2 tells the words that a match needs, so that a line
/// is only shown to the few patterns whose words it has. (A single automaton
/// for all of them, RE2::Set, took 30 s for a megabyte: its states explode.)
struct RuleBook::Set {
  std::once_flag once;
  re2::FilteredRE2 patterns{static_cast<int>(WordFinder::kShortest)};
  WordFinder words;
  std::vector<Hit> targets;  ///< by index in `patterns`
};

RuleBook::RuleBook() : set_(std::make_unique<Set>()) {}
RuleBook::~RuleBook() = default;

namespace {

/// Reads one JSON object with strict keys; every complaint names it.
class Reader {
 public:
  Reader(const json& object, std::string name)
      : object_(object), name_(std::move(name)) {
    if (!object.is_object()) fail("must be an object");
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw RulesError(fmt::format("diagnosis rules: {}: {}", name_, what));
  }
  template <class T>
  T get(const char* key, T otherwise) {
    seen_.emplace_back(key);
    const auto it = object_.find(key);
    if (it == object_.end()) return otherwise;
    try {
      return it->template get<T>();
    } catch (const json::exception&) {
      fail(fmt::format("\"{}\" has the wrong type", key));
    }
  }
  std::string text(const char* key) { return get<std::string>(key, ""); }
  std::vector<Pattern> patterns(const char* key) {
    seen_.emplace_back(key);
    std::vector<Pattern> found;
    const auto it = object_.find(key);
    if (it == object_.end()) return found;
    const auto add = [&](const json& value) {
      if (!value.is_string()) {
        fail(fmt::format("\"{}\" must be a pattern or a list of them", key));
      }
      found.emplace_back(value.get<std::string>());
    };
    if (it->is_array()) {
      for (const auto& value : *it) add(value);
    } else {
      add(*it);
    }
    return found;
  }
  std::optional<Stage> stage(const char* key) {
    const auto word = text(key);
    if (word.empty()) return std::nullopt;
    const auto stage = stage_from(word);
    if (!stage) fail(fmt::format("\"{}\": no stage is called {}", key, word));
    return stage;
  }
  const json* child(const char* key) {
    seen_.emplace_back(key);
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }
  /// Call last: what nobody asked for is a typing error.
  void done() const {
    for (const auto& [key, value] : object_.items()) {
      if (key.starts_with("x-") ||
          std::find(seen_.begin(), seen_.end(), key) != seen_.end()) {
        continue;
      }
      fail(fmt::format("unknown key \"{}\"", key));
    }
  }

 private:
  const json& object_;
  std::string name_;
  std::vector<std::string> seen_;
};

Near near_from(const json& object, const std::string& rule) {
  Reader reader(object, rule + ": near");
  Near near{.pattern = Pattern(reader.text("pattern"))};
  near.before = reader.get<std::size_t>("before", 0);
  near.after = reader.get<std::size_t>("after", 0);
  near.joined = reader.get<bool>("joined", false);
  near.required = reader.get<bool>("required", false);
  near.forbidden = reader.get<bool>("forbidden", false);
  near.wins = reader.get<bool>("wins", false);
  reader.done();
  if (near.pattern.text().empty()) reader.fail("\"pattern\" is missing");
  if (near.required && near.forbidden) {
    reader.fail("either \"required\" or \"forbidden\"");
  }
  if (near.before > 200 || near.after > 200) {
    reader.fail("\"before\" and \"after\" are at most 200 lines");
  }
  return near;
}

Rule rule_from(const json& object, std::size_t index) {
  std::string name = "rule " + std::to_string(index + 1);
  if (object.is_object() && object.contains("id") && object["id"].is_string()) {
    name = object["id"].get<std::string>();
  }
  Reader reader(object, name);
  Rule rule;
  rule.id = reader.text("id");
  rule.cause = reader.text("cause");
  rule.hint = reader.text("hint");
  rule.evidence = reader.text("evidence");
  rule.stage = reader.stage("stage");
  rule.fixed = reader.get<bool>("fixed", false);
  rule.loud = reader.get<bool>("loud", false);
  rule.weight = reader.get<int>("weight", 80);
  rule.patterns = reader.patterns("pattern");
  rule.unless = reader.patterns("unless");
  rule.follows = reader.get<std::vector<std::string>>("follows", {});
  if (auto same = reader.text("same"); !same.empty()) {
    rule.same.emplace(std::move(same));
  }
  if (const auto* near = reader.child("near")) {
    rule.near = near_from(*near, name);
  }
  reader.done();
  if (rule.cause.empty()) reader.fail("\"cause\" is missing");
  if (rule.patterns.empty()) reader.fail("\"pattern\" is missing");
  if (rule.fixed && !rule.stage) reader.fail("\"fixed\" needs a \"stage\"");
  if (rule.same && rule.follows.empty()) {
    reader.fail("\"same\" needs \"follows\"");
  }
  return rule;
}

std::optional<DeployPhase> phase_from(Reader& reader) {
  const auto word = reader.text("phase");
  constexpr std::array<std::string_view, 6> kPhases = {
      "source", "build", "release", "start", "up", "live"};
  if (word.empty()) return std::nullopt;
  const auto it = std::find(kPhases.begin(), kPhases.end(), word);
  if (it == kPhases.end()) reader.fail("no phase is called " + word);
  return static_cast<DeployPhase>(it - kPhases.begin());
}

Mark mark_from(const json& object, std::size_t index) {
  Reader reader(object, "mark " + std::to_string(index + 1));
  Mark mark;
  mark.patterns = reader.patterns("pattern");
  mark.unless = reader.patterns("unless");
  mark.phase = phase_from(reader);
  mark.at_least = reader.get<bool>("at-least", false);
  mark.holds = reader.get<bool>("holds", false);
  mark.ok = reader.get<bool>("ok", false);
  mark.end = reader.get<bool>("end", false);
  mark.stage = reader.stage("stage");
  mark.noise = reader.get<bool>("noise", false);
  reader.done();
  if (mark.patterns.empty()) reader.fail("\"pattern\" is missing");
  return mark;
}

CauseText cause_from(const json& object, std::size_t index) {
  Reader reader(object, "cause " + std::to_string(index + 1));
  using Texts = std::vector<std::string>;
  CauseText cause{.id = reader.text("id"),
                  .meaning = reader.text("meaning"),
                  .hint = reader.text("hint"),
                  .looks = reader.get<Texts>("looks", {}),
                  .fixes = reader.get<Texts>("fixes", {}),
                  .platforms = reader.get<Texts>("platforms", {})};
  reader.done();
  return cause;
}

/// The list under `key`, each element made by `make`.
template <class T, class Make>
std::vector<T> list(Reader& reader, const char* key, Make make) {
  std::vector<T> found;
  const auto* values = reader.child(key);
  if (values == nullptr) return found;
  if (!values->is_array()) {
    reader.fail(fmt::format("\"{}\" must be a list", key));
  }
  for (std::size_t i = 0; i < values->size(); ++i) {
    found.push_back(make((*values)[i], i));
  }
  return found;
}

}  // namespace

std::unique_ptr<const RuleBook> RuleBook::read(std::string_view text) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {
    throw RulesError(
        fmt::format("diagnosis rules: not JSON: {}", error.what()));
  }
  std::unique_ptr<RuleBook> book(new RuleBook);
  Reader reader(document, "file");
  book->causes_ = list<CauseText>(reader, "causes", cause_from);
  book->rules_ = list<Rule>(reader, "rules", rule_from);
  book->marks_ = list<Mark>(reader, "marks", mark_from);
  reader.done();
  for (const Rule& rule : book->rules_) {
    for (const std::string& root : rule.follows) {
      if (std::none_of(book->rules_.begin(), book->rules_.end(),
                       [&](const Rule& one) { return one.id == root; })) {
        throw RulesError(fmt::format(
            "diagnosis rules: {}: follows \"{}\", which is not a rule in this file",
            rule.id, root));
      }
    }
  }
  return book;
}

/// Takes 80 ms for the rules built in, parsing them one.
const RuleBook::Set& RuleBook::ready() const {
  std::call_once(set_->once, [&] {
    const auto add = [&](const Pattern& pattern, Hit hit,
                         const std::string& name) {
      int id = 0;
      if (set_->patterns.Add(pattern.text(), byte_options(), &id) !=
          RE2::NoError) {
        throw RulesError(fmt::format(
            "diagnosis rules: {}: bad pattern {}: {} (the syntax is RE2's)", name,
            pattern.text(), pattern.problem()));
      }
      hit.pattern = &pattern;
      set_->targets.push_back(hit);
    };
    for (const auto& rule : rules_) {
      for (const auto& pattern : rule.patterns) {
        add(pattern, {.rule = &rule}, rule.id);
      }
    }
    for (const auto& mark : marks_) {
      for (const auto& pattern : mark.patterns) {
        add(pattern, {.mark = &mark}, "a mark");
      }
    }
    std::vector<std::string> words;
    set_->patterns.Compile(&words);
    set_->words.set_words(std::move(words));
  });
  return *set_;
}

std::unique_ptr<const RuleBook> RuleBook::parse(std::string_view text) {
  auto book = read(text);
  book->ready();  // says what is wrong with a pattern
  return book;
}

const RuleBook& RuleBook::builtin() {
  static const auto book = read(rung_diagnosis_rules_json);
  return *book;
}

void RuleBook::match(std::string_view line, std::vector<Hit>& hits) const {
  hits.clear();
  const Set& set = ready();
  if (set.targets.empty()) return;
  std::vector<int> words, found;
  set.words.find(ascii_lower(line), words);
  set.patterns.AllMatches(piece(line), words, &found);
  for (const int index : found) {
    hits.push_back(set.targets[static_cast<std::size_t>(index)]);
  }
}

}  // namespace rung
