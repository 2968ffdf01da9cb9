#include "core/gates/gate_kinds.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/text/duration.hpp"
#include "core/text/json_text.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

std::string regex(const WrittenWord& word) {
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

std::string pointer(const std::string& text, const WrittenWord& word) {
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
Number number(const WrittenWord& word, std::string_view text, Number least,
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

milliseconds duration(const WrittenWord& word) {
  try {
    return parse_duration(word.value);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", word.text, error.what()));
  }
}

std::vector<int> statuses(const WrittenWord& word) {
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
std::string json_value(const WrittenWord& word) {
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
  number(WrittenWord{{}, address}, std::string_view(address).substr(colon + 1),
         1, 65535);
}

}  // namespace

const GateKind<HttpGate> kHttpKind{
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
         [](HttpGate& g, const WrittenWord& w) { g.status = statuses(w); }},
        {"body", "~", false, "body~REGEX", "the body has a match",
         [](HttpGate& g, const WrittenWord& w) { g.body_matches = regex(w); },
         "body_matches"},
        {"body", "!~", false, "body!~REGEX", "the body has none",
         [](HttpGate& g, const WrittenWord& w) { g.body_absent = regex(w); },
         "body_absent"},
        {"json", "=", true, "json:/POINTER=VALUE",
         "equal as JSON; what is not JSON is a string",
         [](HttpGate& g, const WrittenWord& w) {
           g.json[pointer(w.sub, w)] = json_value(w);
         }},
        {"json", "~", true, "json:/POINTER~REGEX", "the value has a match",
         [](HttpGate& g, const WrittenWord& w) {
           g.json_matches[pointer(w.sub, w)] = regex(w);
         }},
        {"header", "~", true, "header:NAME~REGEX", "the header has a match",
         [](HttpGate& g, const WrittenWord& w) {
           g.header_matches[w.sub] = regex(w);
         },
         "header_matches"},
        {"within", "=", false, "within=2s",
         "the whole answer takes at most this",
         [](HttpGate& g, const WrittenWord& w) { g.within = duration(w); }},
        {"method", "=", false, "method=POST",
         "GET, or POST when there is a body",
         [](HttpGate& g, const WrittenWord& w) { g.method = w.value; }},
        {"body", "=", false, "body=TEXT", "what is sent",
         [](HttpGate& g, const WrittenWord& w) { g.body = w.value; }},
        {"send", "=", true, "send:NAME=VALUE", "a header that is sent",
         [](HttpGate& g, const WrittenWord& w) {
           g.headers.emplace_back(w.sub, w.value);
         },
         "headers"},
        {"save", "=", true, "save:NAME=/POINTER",
         "keeps a value of the answer as $NAME for later gates",
         [](HttpGate& g, const WrittenWord& w) {
           g.save[w.sub] = pointer(w.value, w);
         }},
        {"follow", "", false, "follow", "follows redirects (10 at most)",
         [](HttpGate& g, const WrittenWord&) { g.follow = true; }},
    }};

const GateKind<TcpGate> kTcpKind{"tcp",
                                 "HOST:PORT",
                                 "a connection is accepted",
                                 "tcp 127.0.0.1:8081",
                                 [](TcpGate& gate, const std::string& address) {
                                   require_host_port(address);
                                   gate.address = address;
                                 },
                                 {}};

const GateKind<CommandGate> kCommandKind{
    "command",
    "'COMMAND LINE'",
    "sh runs it with the release's environment and RUNG_URL: 0 passes, 125 "
    "says that this release cannot be judged, all else fails",
    "command 'sh check.sh' deadline=20s",
    [](CommandGate& gate, const std::string& line) { gate.command = line; },
    {}};

const GateKind<LogGate> kLogKind{
    "log",
    "",
    "looks at what the service has written, line by line",
    R"(log absent~"ERROR|Traceback" soak=5m)",
    nullptr,
    {
        {"present", "~", false, "present~REGEX", "waits for a match",
         [](LogGate& g, const WrittenWord& w) { g.present = regex(w); }},
        {"absent", "~", false, "absent~REGEX",
         "no match so far, nor while soak lasts",
         [](LogGate& g, const WrittenWord& w) { g.absent = regex(w); }},
    }};

const GateKind<PortGate> kPortKind{
    "port",
    "",
    "the service listens on the port and address that the platform routes to",
    "port",
    nullptr,
    {{"only-routed", "", false, "only-routed", "and no other port is open",
      [](PortGate& g, const WrittenWord&) { g.only_routed = true; }}}};

const GateKind<ProcessGate> kProcessKind{
    "process",
    "",
    "the process is alive, and stays so while soak lasts",
    "process soak=30s",
    nullptr,
    {}};

const GateKind<PostgresGate> kPostgresKind{
    "postgres",
    "URL",
    "logs in and runs a query",
    R"(postgres $DATABASE_URL query="SELECT 1 FROM users")",
    [](PostgresGate& gate, const std::string& url) { gate.url = url; },
    {{"query", "=", false, "query=SQL", "instead of SELECT 1",
      [](PostgresGate& g, const WrittenWord& w) { g.query = w.value; }}}};

const GateKind<RedisGate> kRedisKind{
    "redis",
    "URL",
    "logs in if the URL says so, and PINGs",
    "redis $REDIS_URL",
    [](RedisGate& gate, const std::string& url) { gate.url = url; },
    {}};

const GateKind<DnsGate> kDnsKind{
    "dns",
    "NAME",
    "the name resolves",
    "dns example.org address=192.0.2.7",
    [](DnsGate& gate, const std::string& name) { gate.name = name; },
    {{"address", "=", false, "address=IP", "this is among its addresses",
      [](DnsGate& g, const WrittenWord& w) { g.address = w.value; }}}};

const GateKind<TlsGate> kTlsKind{
    "tls",
    "HOST:PORT",
    "the certificate is trusted, valid and for this name",
    "tls example.org:443 days=7",
    [](TlsGate& gate, const std::string& address) {
      require_host_port(address);
      gate.address = address;
    },
    {{"days", "=", false, "days=7", "and stays valid at least this long",
      [](TlsGate& g, const WrittenWord& w) {
        g.valid_for = std::chrono::hours(24 * number(w, w.value, 0, 36500));
      }}}};

const std::vector<GateOption<Gate>> kCommonWords{
    {"deadline", "=", false, "deadline=30s",
     "healthy this long after the start, at the latest (30s)",
     [](Gate& g, const WrittenWord& w) { g.deadline = duration(w); }},
    {"interval", "=", false, "interval=1s",
     "between two checks (short and growing)",
     [](Gate& g, const WrittenWord& w) { g.interval = duration(w); }},
    {"successes", "=", false, "successes=3", "in a row (1)",
     [](Gate& g, const WrittenWord& w) {
       g.successes = number(w, w.value, 1U, 1000U);
     }},
    {"soak", "=", false, "soak=5m", "and stays so for this long (0s)",
     [](Gate& g, const WrittenWord& w) { g.soak = duration(w); }},
    {"settled", "=", false, "settled=3s",
     "a failure unchanged for this long is final (wait for the deadline)",
     [](Gate& g, const WrittenWord& w) { g.settled = duration(w); }},
};

}  // namespace rung
