#include "adapters/http/http_api.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <thread>

#include "adapters/http/curl_handles.hpp"
#include "adapters/http/headers.hpp"
#include "adapters/process/interruption.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/json_text.hpp"
#include "core/text/printable.hpp"

namespace rung {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostBody = 64U << 20;
constexpr milliseconds kFirstPause{200}, kLongestPause{15000};

/// What the callbacks of one transfer share.
struct Transfer {
  const ApiRequest& request;
  ApiReply reply = {};
  bool cut = false;    ///< more than anybody sends
  bool ended = false;  ///< on_data had enough
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& reply = static_cast<Transfer*>(self)->reply;
  const HeaderLine line({data, size});
  if (line.begins_answer) {  // after 100 Continue comes another
    reply = {};
    reply.status = line.status;
  } else if (!line.name.empty()) {
    reply.headers[ascii_lower(line.name)] = line.value;
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.reply.ok() && transfer.request.on_data) {
    transfer.ended = !transfer.request.on_data({data, size});
    return transfer.ended ? 0 : size;
  }
  transfer.cut = transfer.reply.body.size() + size > kMostBody;
  if (transfer.cut) return 0;
  transfer.reply.body.append(data, size);
  return size;
}

bool only_reads(const ApiRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// As curl_easy_perform(), but a wish to stop is seen at once, not at the end
/// of the second for which it waits.
CURLcode perform(CURLM* multi, CURL* easy, Transfer& transfer) {
  const ApiRequest& request = transfer.request;
  curl_waitfd wakers[2] = {};
  unsigned count = 0;
  const auto wake_by = [&](int file) {
    wakers[count].fd = file;
    wakers[count++].events = CURL_WAIT_POLLIN;
  };
  const bool stops = request.interrupt == Interrupt::yes &&
                     (only_reads(request) || request.on_data);
  if (stops) wake_by(Interruption::fd());
  if (request.wake >= 0) wake_by(request.wake);

  if (curl_multi_add_handle(multi, easy) != CURLM_OK) {
    return CURLE_FAILED_INIT;
  }
  CURLcode code = CURLE_OK;
  for (int running = 1; running > 0;) {
    if (stops && Interruption::requested()) {
      code = CURLE_ABORTED_BY_CALLBACK;
      break;
    }
    if (request.enough && request.enough()) {
      transfer.ended = true;
      code = CURLE_ABORTED_BY_CALLBACK;
      break;
    }
    if (curl_multi_perform(multi, &running) != CURLM_OK ||
        (running > 0 && curl_multi_poll(multi, wakers, count, 1000, nullptr) !=
                            CURLM_OK)) {
      code = CURLE_FAILED_INIT;
      break;
    }
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_multi_remove_handle(multi, easy);
  return code;
}

bool repeatable(const ApiRequest& request) {
  if (request.repeatable) return *request.repeatable;
  return only_reads(request) || request.method == "PUT" ||
         request.method == "DELETE";
}

std::string named(const ApiRequest& request) {
  return request.method + " " + request.path.substr(0, request.path.find('?'));
}

/// What an answer asks us to wait. Source: RFC 9110 section 10.2.3 (only its
/// form in seconds); Render's Ratelimit-Reset is documented as epoch seconds
/// and shown as seconds from now.
std::optional<milliseconds> asked_to_wait(const ApiReply& reply,
                                          std::int64_t unix_ms) {
  for (const char* name : {"retry-after", "ratelimit-reset"}) {
    const auto header = reply.headers.find(name);
    if (header == reply.headers.end()) continue;
    double seconds = 0;
    const std::string& text = header->second;
    char* end = nullptr;
    seconds = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || !(seconds >= 0)) continue;
    constexpr double kEpoch = 1e6;
    if (seconds >= kEpoch) seconds -= static_cast<double>(unix_ms) / 1000;
    return milliseconds(
        static_cast<std::int64_t>(std::clamp(seconds, 0.0, 3600.0) * 1000));
  }
  return std::nullopt;
}

const nlohmann::json* message_in(const nlohmann::json& json) {
  if (!json.is_object()) return nullptr;
  for (const char* name : {"message", "error_description", "error", "detail"}) {
    const auto found = json.find(name);
    if (found == json.end()) continue;
    if (found->is_string()) return &*found;
    if (const auto* inner = message_in(*found)) return inner;
  }
  return nullptr;
}

}  // namespace

nlohmann::json ApiReply::json() const {
  return json_from(body);
}

std::string ApiReply::said() const {
  const nlohmann::json parsed = json();
  const nlohmann::json* message = message_in(parsed);
  std::string text = message ? message->get<std::string>() : body;
  constexpr std::size_t kMost = 400;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  return printable(text);
}

struct HttpApi::State {
  HttpApiSettings settings;
  Clock& clock;
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};  ///< first: last
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::size_t calls = 0;
  std::mt19937 random{std::random_device{}()};

  struct Sent {
    ApiReply reply;
    CURLcode code = CURLE_OK;
    bool whole = false;      ///< the answer is here from start to end
    bool connected = false;  ///< the platform may have got the request
  };

  Sent send(const ApiRequest& request, bool renew) {
    if (!easy || !multi) throw AbortError("starting libcurl: no memory");
    CURL* const curl = easy.get();
    curl_easy_reset(curl);  // keeps its connections
    Transfer transfer{request};
    HeaderList headers;
    if (settings.authorize) {
      for (const auto& [name, value] : settings.authorize(renew)) {
        headers.add(name + ": " + value);
      }
    }
    for (const auto& [name, value] : request.headers) {
      headers.add(name + ": " + value);
    }
    headers.add("Expect:");  // no 100 Continue: engines answer late or never
    const bool has_body = !request.body.empty() || request.method == "POST" ||
                          request.method == "PUT" || request.method == "PATCH";
    if (has_body) headers.add("Content-Type: " + request.content_type);
    const std::string url = settings.base_url + request.path;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (has_body) {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    }
    // libcurl sends a request again by itself, a POST too, when a connection
    // that was kept ends before it has answered; on a new one it does not.
    // Source: Curl_retry_request() in libcurl's transfer.c.
    if (!repeatable(request)) {
      curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    }
    if (!settings.unix_socket.empty()) {
      curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
                       settings.unix_socket.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    const auto limit = static_cast<long>(request.timeout.count());
    if (request.on_data) {
      curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
      curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                       std::max(1L, limit / 1000));
    } else {
      curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, limit));
    }
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    if (request.interrupt == Interrupt::yes) Interruption::check();
    ++calls;
    Sent sent;
    sent.code = perform(multi.get(), curl, transfer);
    if (sent.code == CURLE_ABORTED_BY_CALLBACK && !transfer.ended) {
      Interruption::check();
    }
    sent.reply = std::move(transfer.reply);
    sent.whole = (sent.code == CURLE_OK || transfer.ended) && !transfer.cut;
    sent.connected = sent.code != CURLE_COULDNT_CONNECT &&
                     sent.code != CURLE_COULDNT_RESOLVE_HOST &&
                     sent.code != CURLE_COULDNT_RESOLVE_PROXY &&
                     sent.code != CURLE_SSL_CONNECT_ERROR &&
                     sent.code != CURLE_PEER_FAILED_VERIFICATION;
    return sent;
  }

  // Grows with every try; jitter, so that workers do not ask in step.
  milliseconds pause(unsigned tried) {
    const auto grown =
        std::min(kLongestPause, kFirstPause * (1 << std::min(tried, 8U)));
    std::uniform_int_distribution<std::int64_t> part(grown.count() / 2,
                                                     grown.count());
    return milliseconds(part(random));
  }
};

HttpApi::HttpApi(HttpApiSettings settings, Clock& clock)
    : state_(new State{std::move(settings), clock}) {}
HttpApi::~HttpApi() = default;

std::size_t HttpApi::calls() const { return state_->calls; }

ApiReply HttpApi::call(const ApiRequest& request) {
  State& state = *state_;
  const auto until = state.clock.now() + state.settings.patience;
  const std::string doing =
      fmt::format("asking {} for {}", state.settings.platform, named(request));
  bool renew = false;
  for (unsigned tried = 0;; ++tried) {
    const State::Sent sent = state.send(request, renew);
    const ApiReply& reply = sent.reply;
    std::string problem;
    milliseconds wait = state.pause(tried);
    if (!sent.whole) {
      problem = curl_easy_strerror(sent.code);
      if (sent.connected && !repeatable(request)) {
        throw LostReply(fmt::format("{}: {}; the request may have taken effect",
                                    doing, problem));
      }
    } else if (reply.status == 429) {
      problem = "429: too many requests";
      if (const auto asked =
              asked_to_wait(reply, state.clock.unix_ms())) {
        wait = std::max(wait, *asked);
      }
    } else if (reply.status >= 501 ||
               (reply.status == 500 && !state.settings.says_500_for_errors)) {
      problem = fmt::format("{}: {}", reply.status, reply.said());
      if (!repeatable(request)) {
        throw LostReply(fmt::format("{}: {}; the request may have taken effect",
                                    doing, problem));
      }
    } else if (reply.status == 401 && !renew && state.settings.authorize) {
      renew = true;
      continue;
    } else if (reply.status >= 401 && reply.status <= 403) {
      throw AbortError(fmt::format(
          "{}: {} refuses: {} {}; check the credentials and what they may do",
          doing, state.settings.platform, reply.status, reply.said()));
    } else {
      return reply;
    }
    if (state.clock.now() + wait > until) {
      throw PlatformError(fmt::format("{}: {} (asked {} times)", doing,
                                      problem, tried + 1));
    }
    try {
      state.clock.sleep(wait);
    } catch (const Interrupted&) {
      if (request.interrupt == Interrupt::yes) throw;
      std::this_thread::sleep_for(std::min(wait, kFirstPause));
    }
  }
}

}  // namespace rung
