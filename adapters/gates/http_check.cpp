#include <curl/curl.h>
#include <fmt/format.h>

#include <optional>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/expander.hpp"
#include "adapters/gates/who_answers.hpp"
#include "adapters/http/curl_handles.hpp"
#include "adapters/http/headers.hpp"
#include "adapters/http/url.hpp"
#include "adapters/process/sigpipe.hpp"
#include "core/base/error.hpp"
#include "core/gates/http_answer.hpp"

namespace rung {
namespace {

constexpr std::size_t kMostBody = 4U << 20;

void check(CURLcode code, const char* doing) {
  if (code != CURLE_OK) {
    throw PlatformError(
        fmt::format("while {}: {}", doing, curl_easy_strerror(code)));
  }
}

/// What the callbacks of one request share.
struct Exchange {
  FileDescriptor ready;  ///< connected already, for the first connection
  bool handed_over = false;
  HttpAnswer answer;
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& answer = static_cast<Exchange*>(self)->answer;
  const HeaderLine line({data, size});
  if (line.begins_answer) {  // a redirect's, or 100 Continue's, follower
    answer.headers.clear();
    answer.body.clear();
  } else if (!line.name.empty()) {
    answer.headers.emplace_back(line.name, line.value);
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& answer = static_cast<Exchange*>(self)->answer;
  const std::size_t room = kMostBody - answer.body.size();
  answer.body.append(data, std::min(size, room));
  if (size <= room) return size;
  answer.cut = true;
  return 0;  // stops the transfer
}

curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  exchange.handed_over = static_cast<bool>(exchange.ready);
  if (exchange.handed_over) return exchange.ready.release();
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

int on_opened(void* self, curl_socket_t, curlsocktype) {
  return static_cast<Exchange*>(self)->handed_over
             ? CURL_SOCKOPT_ALREADY_CONNECTED
             : CURL_SOCKOPT_OK;
}

class HttpHealthCheck : public HealthCheck {
 public:
  explicit HttpHealthCheck(const HttpGate& gate) : gate_(gate) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    check(initialised, "starting libcurl");
    easy_.reset(curl_easy_init());
    multi_.reset(curl_multi_init());
    if (!easy_ || !multi_) throw std::bad_alloc();
  }

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    Expander expander(deployment, saved, asked(gate_));
    std::string url = expander(gate_.url);
    const std::string body = expander(gate_.body);
    const HeaderList headers = expanded_headers(expander, body);
    if (expander.problem()) return *expander.problem();
    const bool own = url.starts_with('/');
    if (own) {
      if (deployment.url().empty()) {
        return decisive(failed(
            Stage::health, "unknown",
            fmt::format("{}: the platform routes no port to this service; "
                        "write a whole URL",
                        asked(gate_))));
      }
      url = deployment.url() + url;
    }
    const auto target = parse_url(url);
    if (!target) {
      return decisive(failed(Stage::health, "bad-env-value",
                             fmt::format("{}: not a URL", asked(gate_))));
    }

    const Patience patience(deployment, at_most);
    Exchange exchange;
    std::optional<AnswerTie> tie;
    std::uint16_t local_port = 0;
    const bool local = is_loopback(target->host);
    if (local) {
      // What the service binds is the routed port, also where the platform
      // publishes it on another one.
      local_port = own && deployment.routed_port() != 0
                       ? deployment.routed_port()
                       : target->port;
      Dialed dialed = dialer_.dial({target->host, target->port}, patience);
      if (dialed.reach != Reach::connected) {
        return not_reached(dialed.reach, asked(gate_), {}, local_port);
      }
      tie.emplace(deployment, local_port, dialed.fd.get());
      exchange.ready = std::move(dialed.fd);
    }

    prepare(url, body, headers.get(), local, exchange, at_most);
    const CURLcode code = transfer(patience);
    CheckResult result = judged(code, exchange, *target, saved, local);
    result.local_port = local_port;
    return tie ? tie->tied(std::move(result), asked(gate_)) : result;
  }

 private:
  HeaderList expanded_headers(Expander& expander, const std::string& body) {
    HeaderList list;
    bool has_type = false;
    for (const auto& [name, value] : gate_.headers) {
      const std::string text = expander(value);
      if (!list.add(name, text)) {
        expander.refuse(fmt::format("the header {} has a line break", name));
      }
      has_type = has_type || name == "Content-Type" || name == "content-type";
    }
    if (!has_type && (body.starts_with('{') || body.starts_with('['))) {
      list.add("Content-Type: application/json");
    }
    list.add("Expect:");  // no 100-continue round trip for larger bodies
    return list;
  }

  void prepare(const std::string& url, const std::string& body,
               curl_slist* headers, bool local, Exchange& exchange,
               std::chrono::milliseconds at_most) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);
    const auto set = [&](CURLoption option, auto value) {
      check(curl_easy_setopt(easy, option, value), "preparing an HTTP request");
    };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_HTTP09_ALLOWED, 0L);
    set(CURLOPT_USERAGENT, "rung");
    if (local) set(CURLOPT_PROXY, "");
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(at_most.count()));
    set(CURLOPT_FOLLOWLOCATION, gate_.follow ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, 10L);
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_OPENSOCKETFUNCTION, on_open);
    set(CURLOPT_OPENSOCKETDATA, &exchange);
    set(CURLOPT_SOCKOPTFUNCTION, on_opened);
    set(CURLOPT_SOCKOPTDATA, &exchange);
    if (!body.empty()) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      set(CURLOPT_COPYPOSTFIELDS, body.c_str());
    }
    if (gate_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (gate_.method != "GET" || !body.empty()) {
      set(CURLOPT_CUSTOMREQUEST, gate_.method.c_str());
    }
  }

  // The multi interface, so that an exit of the process ends the wait.
  CURLcode transfer(const Patience& patience) {
    const SigpipeBlocked blocked;  // CURLOPT_NOSIGNAL leaves that to us
    const auto added = [&](CURLMcode code) {
      if (code != CURLM_OK) {
        throw PlatformError(fmt::format("while sending an HTTP request: {}",
                                        curl_multi_strerror(code)));
      }
    };
    added(curl_multi_add_handle(multi_.get(), easy_.get()));
    struct Remove {
      HttpHealthCheck& self;
      ~Remove() {
        curl_multi_remove_handle(self.multi_.get(), self.easy_.get());
      }
    } const remove{*this};

    for (;;) {
      int running = 0;
      added(curl_multi_perform(multi_.get(), &running));
      int queued = 0;
      if (const CURLMsg* message =
              curl_multi_info_read(multi_.get(), &queued)) {
        return message->data.result;
      }
      if (!patience.left()) return CURLE_OPERATION_TIMEDOUT;
      added(curl_multi_poll(multi_.get(), nullptr, 0,
                            static_cast<int>(patience.slice().count()),
                            nullptr));
    }
  }

  CheckResult judged(CURLcode code, Exchange& exchange, const Url& target,
                     Saved& saved, bool local) {
    HttpAnswer& answer = exchange.answer;
    long status = 0;
    curl_off_t took = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_.get(), CURLINFO_TOTAL_TIME_T, &took);
    answer.status = static_cast<int>(status);
    answer.took = std::chrono::microseconds(took);
    answer.redirected_to = followed_to(target);

    const std::string what = asked(gate_);
    const std::string host =
        gate_.url.find('$') == gate_.url.npos ? target.host : std::string();
    const auto unanswered = [&](std::string_view how, std::string cause) {
      return failed(Stage::health, std::move(cause),
                    fmt::format("{}: {}", what, how), host);
    };
    switch (code) {
      case CURLE_OK:
        return judge(gate_, answer, saved);
      case CURLE_WRITE_ERROR:
        if (answer.cut) return judge(gate_, answer, saved);
        return unanswered("the answer cannot be read", "unknown");
      case CURLE_OPERATION_TIMEDOUT:
        // An endless body is no reason to doubt a status.
        if (status != 0 && !needs_body(gate_)) {
          return judge(gate_, answer, saved);
        }
        return unanswered(status != 0 ? "the answer does not end"
                          : local     ? "connected, but no answer"
                                      : "no answer",
                          "health-timeout");
      case CURLE_COULDNT_RESOLVE_HOST: {
        const bool exists =
            resolve(target.host, target.port, std::chrono::seconds(5)).kind !=
            Resolved::Kind::no_such_name;
        return not_reached(exists ? Reach::no_resolver : Reach::no_such_name,
                           what, host, 0);
      }
      case CURLE_COULDNT_CONNECT:
        return not_reached(refusal(), what, host, 0);
      case CURLE_GOT_NOTHING:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_PARTIAL_FILE:
        return unanswered("the connection was closed without an answer",
                          "health-timeout");
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
        return failed(Stage::network, "tls-error",
                      fmt::format("{}: {}", what, curl_easy_strerror(code)),
                      host);
      case CURLE_TOO_MANY_REDIRECTS:
        return unanswered("more than 10 redirects", "unknown");
      case CURLE_OUT_OF_MEMORY:
        throw std::bad_alloc();
      default:
        return unanswered(
            fmt::format("not an HTTP answer ({})", curl_easy_strerror(code)),
            "unknown");
    }
  }

  /// Where a redirect that was followed led; ports vary, queries may be secret.
  std::string followed_to(const Url& asked_for) {
    long count = 0;
    const char* last = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_COUNT, &count);
    curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &last);
    if (count == 0 || last == nullptr) return "";
    const auto url = parse_url(last);
    if (!url) return "";
    const std::string path = url->path.empty() ? "/" : url->path;
    return url->host == asked_for.host && url->port == asked_for.port
               ? path
               : fmt::format("{}://{}{}", url->scheme, url->host, path);
  }

  Reach refusal() {
    long error = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
    switch (error) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
      case ENETUNREACH:
      case EADDRNOTAVAIL:
        return Reach::no_means;
      case EHOSTUNREACH:
        return Reach::unreachable;
      default:
        return Reach::refused;
    }
  }

  HttpGate gate_;
  Dialer dialer_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const HttpGate& gate) {
  return std::make_unique<HttpHealthCheck>(gate);
}

}  // namespace rung
