#include "core/gates/gate_words.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "core/base/error.hpp"
#include "core/text/did_you_mean.hpp"
#include "core/text/duration.hpp"
#include "core/text/json_text.hpp"
#include "core/text/printable.hpp"
#include "core/text/shell_words.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

/// A word and how it was written.
struct Word : GateWord {
  std::string text;  ///< without quotes, for messages
};

bool in_key(char c) {
  return (c >= 'a' && c <= 'z') || c == '-';
}

Word read_word(const ShellWord& shell) {
  const std::string& text = shell.text;
  Word word;
  word.text = text;
  std::size_t i = 0;
  while (i < text.size() && in_key(text[i]) && !shell.quoted[i]) ++i;
  word.key = text.substr(0, i);

  const std::size_t sub = i + 1;
  if (i < text.size() && text[i] == ':' && !shell.quoted[i]) {
    for (++i; i < text.size(); ++i) {
      if (shell.quoted[i]) continue;
      if (text[i] == '=') break;
      if (text[i] == '!' && i + 1 < text.size() && text[i + 1] == '~') break;
      if (text[i] != '~') continue;
      // ~0 and ~1 are how a JSON pointer writes '~' and '/' (RFC 6901).
      const bool escape = word.key == "json" && i + 1 < text.size() &&
                          !shell.quoted[i + 1] &&
                          (text[i + 1] == '0' || text[i + 1] == '1');
      if (!escape) break;
    }
    word.sub = text.substr(sub, i - sub);
  }

  const std::string_view rest = std::string_view(text).substr(i);
  for (const std::string_view op : {"!~", "~", "="}) {
    if (rest.starts_with(op)) {
      word.op = op;
      word.value = rest.substr(op.size());
      return word;
    }
  }
  if (!rest.empty()) word.key = text;  // not an option at all: a bare word
  return word;
}

std::string regex(const Word& word) {
  const RE2 compiled(word.value, RE2::Quiet);
  if (!compiled.ok()) {
    throw UsageError(
        fmt::format("{}: not a regular expression RE2 can read: {}", word.text,
                    compiled.error()));
  }
  if (word.value.empty()) {
    throw UsageError(
        fmt::format("{}: an empty expression matches everything", word.text));
  }
  return word.value;
}

std::string pointer(const std::string& text, const Word& word) {
  try {
    // The empty pointer is the whole document.
    return nlohmann::json::json_pointer(text).to_string();
  } catch (const nlohmann::json::exception&) {
    throw UsageError(fmt::format(
        "{}: \"{}\" is not a JSON pointer; write it like /user/name or /0",
        word.text, text));
  }
}

template <class Number>
Number number(const Word& word, std::string_view text, Number least,
              Number most) {
  Number value{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() ||
      value < least || value > most) {
    throw UsageError(fmt::format("{}: \"{}\" is not a number from {} to {}",
                                 word.text, text, least, most));
  }
  return value;
}

milliseconds duration(const Word& word) {
  try {
    return parse_duration(word.value);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", word.text, error.what()));
  }
}

std::vector<int> statuses(const Word& word) {
  std::vector<int> codes;
  std::string_view rest = word.value;
  do {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view one = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (one.size() == 3 && one[0] >= '1' && one[0] <= '5' &&
        one.substr(1) == "xx") {
      for (int i = 0; i < 100; ++i) codes.push_back((one[0] - '0') * 100 + i);
    } else {
      codes.push_back(number(word, one, 100, 599));
    }
  } while (!rest.empty());
  return codes;
}

// What is not JSON is a string: json:/name=alice needs no quotes in quotes.
std::string json_value(const Word& word) {
  const auto parsed = json_from(word.value);
  try {
    return (parsed.is_discarded() ? nlohmann::json(word.value) : parsed).dump();
  } catch (const nlohmann::json::type_error&) {
    throw UsageError(fmt::format("{}: not UTF-8, as JSON is", word.text));
  }
}

void require_host_port(const std::string& address) {
  if (address.find('$') != address.npos) return;  // known at look time
  const std::size_t colon = address.rfind(':');
  if (colon == address.npos || colon == 0) {
    throw UsageError(fmt::format("\"{}\": expected HOST:PORT", address));
  }
  number(Word{{}, address}, std::string_view(address).substr(colon + 1), 1,
         65535);
}

/// What a gate word sets: its form, its help, its effect.
template <class Check>
struct Option {
  std::string_view key, op;
  bool takes_sub;
  std::string_view form, help;
  void (*set)(Check&, const Word&);
  std::string_view in_plan = {};  ///< its key in a plan; "" = the same key
};

/// What every kind has to say for itself.
template <class Check>
struct GateKind {
  std::string_view name;
  std::string_view subject;  ///< the word after the name; "" = none
  std::string_view help, example;
  void (*set_subject)(Check&, const std::string&);
  std::vector<Option<Check>> options;
};

const GateKind<HttpGate> kHttp{
    "http",
    "URL-or-PATH",
    "asks and judges the answer; a path is asked of the service itself",
    R"(http /health status=200 body~"ok" json:/ok=true within=2s)",
    [](HttpGate& gate, const std::string& url) {
      if (!url.starts_with('/') && !url.starts_with("http://") &&
          !url.starts_with("https://") && !url.starts_with('$')) {
        throw UsageError(fmt::format(
            "http {}: expected a path such as /health or an http:// URL", url));
      }
      gate.url = url;
    },
    {
        {"status", "=", false, "status=200,204,3xx", "codes allowed (200)",
         [](HttpGate& g, const Word& w) { g.status = statuses(w); }},
        {"body", "~", false, "body~REGEX", "the body has a match",
         [](HttpGate& g, const Word& w) { g.body_matches = regex(w); },
         "body_matches"},
        {"body", "!~", false, "body!~REGEX", "the body has none",
         [](HttpGate& g, const Word& w) { g.body_absent = regex(w); },
         "body_absent"},
        {"json", "=", true, "json:/POINTER=VALUE",
         "equal as JSON; what is not JSON is a string",
         [](HttpGate& g, const Word& w) {
           g.json[pointer(w.sub, w)] = json_value(w);
         }},
        {"json", "~", true, "json:/POINTER~REGEX", "the value has a match",
         [](HttpGate& g, const Word& w) {
           g.json_matches[pointer(w.sub, w)] = regex(w);
         }},
        {"header", "~", true, "header:NAME~REGEX", "the header has a match",
         [](HttpGate& g, const Word& w) {
           g.header_matches[w.sub] = regex(w);
         },
         "header_matches"},
        {"within", "=", false, "within=2s",
         "the whole answer takes at most this",
         [](HttpGate& g, const Word& w) { g.within = duration(w); }},
        {"method", "=", false, "method=POST",
         "GET, or POST when there is a body",
         [](HttpGate& g, const Word& w) { g.method = w.value; }},
        {"body", "=", false, "body=TEXT", "what is sent",
         [](HttpGate& g, const Word& w) { g.body = w.value; }},
        {"send", "=", true, "send:NAME=VALUE", "a header that is sent",
         [](HttpGate& g, const Word& w) {
           g.headers.emplace_back(w.sub, w.value);
         },
         "headers"},
        {"save", "=", true, "save:NAME=/POINTER",
         "keeps a value of the answer as $NAME for later gates",
         [](HttpGate& g, const Word& w) {
           g.save[w.sub] = pointer(w.value, w);
         }},
        {"follow", "", false, "follow", "follows redirects (10 at most)",
         [](HttpGate& g, const Word&) { g.follow = true; }},
    }};

const GateKind<TcpGate> kTcp{"tcp",
                             "HOST:PORT",
                             "a connection is accepted",
                             "tcp 127.0.0.1:8081",
                             [](TcpGate& gate, const std::string& address) {
                               require_host_port(address);
                               gate.address = address;
                             },
                             {}};

const GateKind<CommandGate> kCommand{
    "command",
    "'COMMAND LINE'",
    "sh runs it with the release's environment and RUNG_URL: 0 passes, 125 "
    "says that this release cannot be judged, all else fails",
    "command 'sh check.sh' deadline=20s",
    [](CommandGate& gate, const std::string& line) { gate.command = line; },
    {}};

const GateKind<LogGate> kLog{
    "log",
    "",
    "looks at what the service has written, line by line",
    R"(log absent~"ERROR|Traceback" soak=5m)",
    nullptr,
    {
        {"present", "~", false, "present~REGEX", "waits for a match",
         [](LogGate& g, const Word& w) { g.present = regex(w); }},
        {"absent", "~", false, "absent~REGEX",
         "no match so far, nor while soak lasts",
         [](LogGate& g, const Word& w) { g.absent = regex(w); }},
    }};

const GateKind<PortGate> kPort{
    "port",
    "",
    "the service listens on the port and address that the platform routes to",
    "port",
    nullptr,
    {{"only-routed", "", false, "only-routed", "and no other port is open",
      [](PortGate& g, const Word&) { g.only_routed = true; }}}};

const GateKind<ProcessGate> kProcess{
    "process",
    "",
    "the process is alive, and stays so while soak lasts",
    "process soak=30s",
    nullptr,
    {}};

const GateKind<PostgresGate> kPostgres{
    "postgres",
    "URL",
    "logs in and runs a query",
    R"(postgres $DATABASE_URL query="SELECT 1 FROM users")",
    [](PostgresGate& gate, const std::string& url) { gate.url = url; },
    {{"query", "=", false, "query=SQL", "instead of SELECT 1",
      [](PostgresGate& g, const Word& w) { g.query = w.value; }}}};

const GateKind<RedisGate> kRedis{
    "redis",
    "URL",
    "logs in if the URL says so, and PINGs",
    "redis $REDIS_URL",
    [](RedisGate& gate, const std::string& url) { gate.url = url; },
    {}};

const GateKind<DnsGate> kDns{
    "dns",
    "NAME",
    "the name resolves",
    "dns example.org address=192.0.2.7",
    [](DnsGate& gate, const std::string& name) { gate.name = name; },
    {{"address", "=", false, "address=IP", "this is among its addresses",
      [](DnsGate& g, const Word& w) { g.address = w.value; }}}};

const GateKind<TlsGate> kTls{
    "tls",
    "HOST:PORT",
    "the certificate is trusted, valid and for this name",
    "tls example.org:443 days=7",
    [](TlsGate& gate, const std::string& address) {
      require_host_port(address);
      gate.address = address;
    },
    {{"days", "=", false, "days=7", "and stays valid at least this long",
      [](TlsGate& g, const Word& w) {
        g.valid_for = std::chrono::hours(24 * number(w, w.value, 0, 36500));
      }}}};

/// Words that every kind takes.
const std::vector<Option<Gate>> kCommon{
    {"deadline", "=", false, "deadline=30s",
     "healthy this long after the start, at the latest (30s)",
     [](Gate& g, const Word& w) { g.deadline = duration(w); }},
    {"interval", "=", false, "interval=1s",
     "between two checks (short and growing)",
     [](Gate& g, const Word& w) { g.interval = duration(w); }},
    {"successes", "=", false, "successes=3", "in a row (1)",
     [](Gate& g, const Word& w) {
       g.successes = number(w, w.value, 1U, 1000U);
     }},
    {"soak", "=", false, "soak=5m", "and stays so for this long (0s)",
     [](Gate& g, const Word& w) { g.soak = duration(w); }},
    {"settled", "=", false, "settled=3s",
     "a failure unchanged for this long is final (wait for the deadline)",
     [](Gate& g, const Word& w) { g.settled = duration(w); }},
};

/// Calls `f` with each kind, in the order of the variant.
template <class F>
void for_each_kind(F&& f) {
  f(kHttp), f(kTcp), f(kCommand), f(kLog), f(kPort), f(kProcess), f(kPostgres),
      f(kRedis), f(kDns), f(kTls);
}

template <class Check>
const Option<Check>* find(const std::vector<Option<Check>>& options,
                          const Word& word) {
  for (const auto& option : options) {
    if (option.key == word.key && option.op == word.op &&
        option.takes_sub == !word.sub.empty()) {
      return &option;
    }
  }
  return nullptr;
}

template <class Check>
[[noreturn]] void refuse(const GateKind<Check>& kind, const Word& word) {
  std::vector<std::string_view> keys;
  std::string forms;
  const auto add = [&](const auto& options) {
    for (const auto& option : options) {
      keys.push_back(option.key);
      if (option.key == word.key) {
        if (!forms.empty()) forms += " or ";
        forms += option.form;
      }
    }
  };
  add(kind.options);
  add(kCommon);
  if (!forms.empty()) {
    throw UsageError(fmt::format("{} \"{}\": write {}", kind.name,
                                 without_password(word.text), forms));
  }
  throw UsageError(fmt::format("{}: unknown word \"{}\"{}", kind.name,
                               without_password(word.text),
                               did_you_mean(word.key, keys)));
}

template <class Check>
Gate read_gate(const GateKind<Check>& kind, const std::string& subject,
               std::span<const Word> words, milliseconds deadline) {
  Check check;
  Gate gate;
  gate.deadline = deadline;
  if (!kind.subject.empty()) {
    if (subject.empty()) {
      throw UsageError(fmt::format("{}: {} is missing, as in: {}", kind.name,
                                   kind.subject, kind.example));
    }
    kind.set_subject(check, subject);
  }
  for (const Word& word : words) {
    if (const auto* option = find(kind.options, word)) {
      option->set(check, word);
    } else if (const auto* common = find(kCommon, word)) {
      common->set(gate, word);
    } else {
      refuse(kind, word);
    }
  }

  if constexpr (std::is_same_v<Check, HttpGate>) {
    const bool method_given = check.method != HttpGate{}.method;
    if (!check.body.empty() && !method_given) check.method = "POST";
  }
  if constexpr (std::is_same_v<Check, LogGate>) {
    if (check.present.empty() == check.absent.empty()) {
      throw UsageError("log: write either present~REGEX or absent~REGEX");
    }
  }
  gate.check = std::move(check);
  return gate;
}

/// A part of a gate's text, so that shell_words() reads it as one. Variables
/// need no quotes: a gate expands them itself.
std::string gate_quoted(std::string_view part) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "/:.,_-+@%?&${}";
  if (!part.empty() && part.find_first_not_of(kPlain) == part.npos) {
    return std::string(part);
  }
  std::string out = "'";
  for (const char c : part) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string text_of(const GateParts& parts) {
  std::string text = parts.kind;
  if (!parts.subject.empty()) text += " " + gate_quoted(parts.subject);
  for (const GateWord& word : parts.words) {
    text += " " + word.key;
    if (!word.sub.empty()) text += ":" + gate_quoted(word.sub);
    text += word.op;
    if (!word.op.empty()) text += gate_quoted(word.value);
  }
  return text;
}

/// Reads the words behind the kind's name. `words` gives them to who knows
/// whether the first is a subject.
template <class Words>
Gate gate_named(const std::string& name, milliseconds deadline, Words&& words) {
  std::optional<Gate> gate;
  std::vector<std::string_view> names;
  for_each_kind([&](const auto& kind) {
    names.push_back(kind.name);
    if (kind.name != name) return;
    const auto& [subject, rest] = words(!kind.subject.empty());
    gate = read_gate(kind, subject, rest, deadline);
  });
  if (gate) return *std::move(gate);
  throw UsageError(fmt::format(
      "unknown gate \"{}\"{}; known gates: {}", without_password(name),
      did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace

std::string_view gate_kind(const Gate& gate) {
  std::string_view name;
  std::size_t index = 0;
  for_each_kind([&](const auto& kind) {
    if (index++ == gate.check.index()) name = kind.name;
  });
  return name;
}

bool is_gate_kind(std::string_view name) {
  bool found = false;
  for_each_kind([&](const auto& kind) { found = found || kind.name == name; });
  return found;
}

std::optional<GateKey> gate_key(std::string_view in_plan) {
  std::optional<GateKey> found;
  const auto look = [&](const auto& options) {
    for (const auto& option : options) {
      const auto name = option.in_plan.empty() ? option.key : option.in_plan;
      if (!found && name == in_plan) {
        found = {option.key, option.op, option.takes_sub};
      }
    }
  };
  for_each_kind([&](const auto& kind) { look(kind.options); });
  look(kCommon);
  return found;
}

Gate gate_of(const GateParts& parts) {
  std::vector<Word> words;
  for (const GateWord& word : parts.words) {
    const std::string sub = word.sub.empty() ? "" : ":" + word.sub;
    words.push_back({word, word.key + sub + word.op + word.value});
  }
  Gate gate = gate_named(parts.kind, Gate{}.deadline, [&](bool) {
    return std::pair(parts.subject, words);
  });
  gate.text = without_password(text_of(parts));
  return gate;
}

Gate parse_gate(std::string_view words, milliseconds deadline) {
  const std::vector<ShellWord> shell = shell_words(words);
  if (shell.empty()) {
    throw UsageError("a gate is missing, as in: http /health status=200");
  }
  Gate gate = gate_named(shell[0].text, deadline, [&](bool has_subject) {
    std::span<const ShellWord> rest = std::span(shell).subspan(1);
    std::string subject;
    if (has_subject && !rest.empty()) {
      subject = rest[0].text;
      rest = rest.subspan(1);
    }
    std::vector<Word> read;
    for (const ShellWord& word : rest) read.push_back(read_word(word));
    return std::pair(subject, read);
  });
  const std::size_t begin = words.find_first_not_of(" \t\n");
  std::size_t end = words.find_last_not_of(" \t\n") + 1;
  // A blank behind a backslash is a part of the last word.
  if (end < words.size() && words[end - 1] == '\\') ++end;
  gate.text = without_password(words.substr(begin, end - begin));
  return gate;
}

std::string gate_help() {
  std::string help =
      "A gate is a condition under which a release counts as healthy. On the\n"
      "command line and in plans the words are the same; quotes work as in a\n"
      "shell. $NAME and ${NAME} in URLs, addresses, headers and bodies stand\n"
      "for the release's environment and for what an earlier gate saved.\n";
  // The text beside what stands before it, in lines that fit a terminal.
  const auto add = [&](std::string before, std::string_view text) {
    constexpr std::size_t kWidth = 80;
    const std::size_t indent = before.size();
    for (const std::string& line : wrapped(text, kWidth - indent)) {
      help += before + line + '\n';
      before.assign(indent, ' ');
    }
  };
  const auto add_options = [&](const auto& options) {
    for (const auto& option : options) {
      add(fmt::format("      {:<21} ", option.form), option.help);
    }
  };
  for_each_kind([&](const auto& kind) {
    help += fmt::format("\n  {} {}\n", kind.name, kind.subject);
    add("    ", kind.help);
    add_options(kind.options);
    help += fmt::format("    as in: {}\n", kind.example);
  });
  help += "\n  every gate also takes\n";
  add_options(kCommon);
  return help;
}

}  // namespace rung
