#include "adapters/doctor/web_look.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "adapters/doctor/bare_deployment.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/stream.hpp"
#include "adapters/http/curl_handles.hpp"
#include "adapters/http/headers.hpp"
#include "adapters/http/url.hpp"
#include "adapters/process/environment.hpp"
#include "adapters/process/sigpipe.hpp"
#include "core/doctor/proxy_choice.hpp"
#include "core/text/ascii_case.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

/// What is kept of an answer's header.
struct HeaderFacts {
  std::optional<std::int64_t> date_s;
  std::int64_t age_s = 0;  ///< how long a cache has kept it
};

std::size_t on_fact(char* data, std::size_t, std::size_t size, void* self) {
  auto& facts = *static_cast<HeaderFacts*>(self);
  const HeaderLine line({data, size});
  if (line.begins_answer) facts = {};
  const std::string name = ascii_lower(line.name);
  const std::string value(line.value);
  if (name == "date") {
    const std::time_t time = curl_getdate(value.c_str(), nullptr);
    if (time > 0) facts.date_s = time;
  } else if (name == "age") {
    facts.age_s = std::max(0L, std::strtol(value.c_str(), nullptr, 10));
  }
  return size;
}

/// Headers say all: a body may be endless.
std::size_t on_first_byte(char*, std::size_t, std::size_t, void*) { return 0; }

std::string problem_text(CURLcode code, const char* said) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the name does not resolve";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "the proxy's name does not resolve";
    case CURLE_COULDNT_CONNECT:
      return "connection refused or unreachable";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return "the connection was closed without an answer";
    case CURLE_PEER_FAILED_VERIFICATION:
      return *said != '\0' ? said : "the certificate is not accepted";
    default:
      return curl_easy_strerror(code);
  }
}

struct WebReply {
  WebAnswer answer;
  HeaderFacts facts;
  std::int64_t at_ms = 0;  ///< by this machine's clock
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

WebReply asked_once(const WebPlace& place, const ProxyChoice& proxy,
                    const std::vector<std::string>& addresses,
                    milliseconds at_most) {
  WebReply reply;
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  if (!easy) {
    reply.answer.problem = "no memory";
    return reply;
  }
  CURL* curl = easy.get();
  char said[CURL_ERROR_SIZE] = "";
  HeaderList headers;
  for (const auto& [name, value] : place.headers) {
    if (headers.add(name, value)) continue;
    reply.answer.problem = fmt::format("the header {} has a line break", name);
    return reply;
  }
  HeaderList known;
  for (const std::string& line : addresses) known.add(line);
  curl_easy_setopt(curl, CURLOPT_URL, place.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                   static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // A resolver that hangs is left behind, not waited for at the end.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "rung");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   std::max(1L, static_cast<long>(at_most.count())));
  curl_easy_setopt(curl, CURLOPT_PROXY, proxy.url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_RESOLVE, known.get());
  // OpenSSL goes by these, and so does the row "tls"; libcurl does not.
  const std::string trusted = own_variable("SSL_CERT_FILE");
  if (!trusted.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, trusted.c_str());
  }
  const std::string folder = own_variable("SSL_CERT_DIR");
  if (!folder.empty()) curl_easy_setopt(curl, CURLOPT_CAPATH, folder.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_fact);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply.facts);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_first_byte);
  if (!place.get) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  CURLcode code = CURLE_OK;
  {
    const SigpipeBlocked blocked;
    code = curl_easy_perform(curl);
  }
  reply.at_ms = now_ms();
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK || code == CURLE_WRITE_ERROR) {
    reply.answer.status = static_cast<int>(status);
  } else {
    reply.facts = {};
    long tunnel = 0;  // CONNECT was refused
    curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    reply.answer.problem =
        tunnel >= 400 ? fmt::format("the proxy refuses ({})", tunnel)
                      : problem_text(code, said);
  }
  return reply;
}

bool is_address(const std::string& host) {
  return host.find(':') != host.npos ||
         host.find_first_not_of("0123456789.") == host.npos;
}

/// The host's addresses as CURLOPT_RESOLVE wants them, so that libcurl asks no
/// name server again; none where the host is an address itself, whose colons
/// libcurl would read as ends.
std::vector<std::string> resolve_lines(const Url& url,
                                       const std::vector<Address>& addresses) {
  if (is_address(url.host)) return {};
  std::string line = fmt::format("{}:{}:", url.host, url.port);
  for (const Address& address : addresses) {
    if (!line.ends_with(':')) line += ',';
    const std::string text = address.text();
    line += text.find(':') == text.npos ? text : "[" + text + "]";
  }
  return {line};
}

/// Time that is used up in pieces.
class Allowance {
 public:
  explicit Allowance(milliseconds at_most)
      : until_(std::chrono::steady_clock::now() + at_most) {}
  [[nodiscard]] milliseconds left() const {
    return std::max(milliseconds(1),
                    std::chrono::duration_cast<milliseconds>(
                        until_ - std::chrono::steady_clock::now()));
  }

 private:
  std::chrono::steady_clock::time_point until_;
};

Judged judged_tls(const Url& url, milliseconds at_most) {
  BareDeployment nobody({});
  const Patience patience(nobody, at_most);
  Dialer dialer;
  Dialed dialed = dialer.dial({url.host, url.port}, patience);
  if (dialed.reach != Reach::connected) {
    return not_known("no connection, so no certificate was seen");
  }
  Stream stream(std::move(dialed.fd));
  const std::string wrong = stream.start_tls(url.host, patience);
  if (wrong == "no answer") {
    return failing("no answer to the TLS handshake",
                   "look whether the port speaks TLS");
  }
  if (!wrong.empty()) {
    return failing(wrong,
                   "renew or complete the certificate chain; or this machine "
                   "lacks its root (ca-certificates, SSL_CERT_FILE)");
  }
  const auto left = stream.valid_for();
  if (!left) return not_known("the certificate's end date cannot be read");
  return judged_certificate(*left);
}

/// Which row of a look is which; -1 = it has none.
struct WebRows {
  int dns = -1, tls = -1, http = -1;
};

void look_at_web(const WebPlace& place, const Url& url, const WebRows& which,
                 milliseconds at_most, LookRows& rows) {
  const Allowance time(at_most);
  const bool local = is_loopback(url.host);
  const ProxyChoice proxy =
      local ? ProxyChoice{}
            : proxy_for(url.scheme, url.host, own_environment());
  const bool has_proxy = !proxy.variable.empty();
  const auto tell = [&](int row, Judged judged) {
    if (row < 0) return;
    if (!place.used_here) judged = seen_from_here(std::move(judged));
    rows.tell(static_cast<std::size_t>(row), std::move(judged));
  };
  // What fails on the way that nobody takes is no failure.
  const auto told_directly = [&](int row, Judged judged) {
    if (has_proxy && judged.status == RowStatus::fail) {
      judged = not_known(fmt::format("directly: {}; ${} is used instead",
                                     judged.found, proxy.variable));
    }
    tell(row, std::move(judged));
  };

  // First, for a name server that hangs takes all the time.
  std::optional<WebReply> through;
  if (has_proxy) through = asked_once(place, proxy, {}, time.left() / 2);
  const Resolved resolved = resolve(url.host, url.port, time.left());
  const bool found = resolved.kind == Resolved::Kind::found;
  if (found) {
    const std::size_t count = resolved.addresses.size();
    tell(which.dns,
         fine(count == 1 ? "1 address" : fmt::format("{} addresses", count)));
  } else if (resolved.kind == Resolved::Kind::no_such_name) {
    told_directly(which.dns,
                  failing("the name does not exist",
                          "compare it with the domain's records, and see "
                          "/etc/resolv.conf"));
  } else {
    told_directly(which.dns, failing("no name server answers",
                                     "see /etc/resolv.conf, and whether this "
                                     "machine has a network"));
  }
  WebReply directly;
  if (!found) {
    directly.answer.problem = "the name does not resolve";
    told_directly(which.tls, not_known("the name does not resolve"));
  } else {
    // TLS and HTTP share what is left: each must be able to say "no answer".
    if (which.tls >= 0) told_directly(which.tls, judged_tls(url, time.left() / 2));
    directly = asked_once(place, {}, resolve_lines(url, resolved.addresses),
                          time.left());
  }
  const auto note_date = [&](const WebReply& reply) {
    if (!reply.facts.date_s) return;
    rows.date({place.shown,
               reply.at_ms - (*reply.facts.date_s + reply.facts.age_s) * 1000,
               !local});
  };
  if (through) note_date(*through);
  note_date(directly);
  if (!found && !through) {
    // The row "dns" says it; one cause fails once.
    tell(which.http, not_known("not asked: the name does not resolve"));
    return;
  }
  std::optional<WebAnswer> by_proxy;
  if (through) by_proxy = through->answer;
  tell(which.http, judged_web(place.expected, directly.answer, by_proxy,
                              proxy.variable));
}

}  // namespace

std::string origin_of(const std::string& text) {
  const auto url = parse_url(text);
  if (!url || (url->scheme != "http" && url->scheme != "https") ||
      url->host.empty() || url->port == 0) {
    return "";
  }
  return fmt::format(
      "{}://{}:{}/", url->scheme,
      url->host.find(':') == url->host.npos ? url->host : "[" + url->host + "]",
      url->port);
}

Look web_look(const WebPlace& place, milliseconds at_most) {
  const auto url = parse_url(place.url);
  if (!url || url->host.empty() || origin_of(place.url).empty()) {
    return known_look(
        row_of("http", place.shown, place.expected.text()),
        failing("it is no http or https URL", "correct " + place.shown));
  }
  Look look;
  WebRows which;
  const auto add = [&](const char* name, std::string expected) {
    look.rows.push_back(row_of(name, place.shown, std::move(expected)));
    return static_cast<int>(look.rows.size()) - 1;
  };
  if (!is_address(url->host) && !is_loopback(url->host)) {
    which.dns = add("dns", "resolves");
  }
  if (url->scheme == "https") {
    which.tls = add("tls", fmt::format("valid for {} days", kFewestDays));
  }
  which.http = add("http", place.expected.text());
  look.look = [place, url = *url, which, at_most](LookRows& rows) {
    look_at_web(place, url, which, at_most, rows);
  };
  return look;
}

void start_web_looks() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(started);
}

}  // namespace rung
