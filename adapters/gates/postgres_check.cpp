#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <cstring>

#include "adapters/gates/check_kinds.hpp"
#include "adapters/gates/connection.hpp"
#include "adapters/gates/expander.hpp"
#include "core/text/service_scheme.hpp"
#include "core/text/split.hpp"
#include "core/text/url_user.hpp"

namespace rung {
namespace {

struct FreePostgres {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  void operator()(char* text) const { PQfreemem(text); }
};
using Connection = std::unique_ptr<PGconn, FreePostgres>;
using Result = std::unique_ptr<PGresult, FreePostgres>;

/// Connection options, name -> value.
using Options = std::map<std::string, std::string>;

/// Where the query of a URL begins: behind its '?', or its end, also of what is
/// no URL. As libpq reads it, a '?' before the '@' is part of user or password.
std::size_t query_of(const std::string& url) {
  constexpr std::string_view kScheme = "postgresql://";
  if (!url.starts_with(kScheme)) return url.size();
  std::size_t from = url.find_first_of("@/", kScheme.size());
  if (from == url.npos || url[from] != '@') from = kScheme.size();
  const std::size_t mark = url.find('?', from);
  return mark == url.npos ? url.size() : mark + 1;
}

bool is_parameter(std::string_view name) {
  const std::unique_ptr<PQconninfoOption, FreePostgres> all(
      PQconninfoParse("", nullptr));
  if (!all) return true;
  for (const auto* option = all.get(); option->keyword; ++option) {
    if (name == option->keyword) return true;
  }
  return false;
}

/// Without the parameters of other clients, such as "schema" of Prisma: libpq
/// refuses the whole URL for one that it does not know.
std::string own_parameters(const std::string& url) {
  const std::size_t query = query_of(url);
  std::string kept;
  for (const std::string_view one :
       split(std::string_view(url).substr(query), '&')) {
    // Of JDBC; libpq takes it for sslmode=require.
    if (one != "ssl=true" && !is_parameter(one.substr(0, one.find('=')))) {
      continue;
    }
    if (!kept.empty()) kept += '&';
    kept += one;
  }
  return url.substr(0, query) + kept;
}

std::optional<Options> read_options(const std::string& url) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreePostgres> list(
      PQconninfoParse(own_parameters(url).c_str(), &error));
  // Never shown: it quotes the URL, password and all.
  const std::unique_ptr<char, FreePostgres> owner(error);
  if (!list) return std::nullopt;
  Options options;
  for (const auto* option = list.get(); option->keyword; ++option) {
    if (option->val) options[option->keyword] = option->val;
  }
  return options;
}

// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
struct Meaning {
  std::string_view code, cause, words;
};
constexpr Meaning kMeanings[] = {
    {"28P01", "db-auth-failed", "the password is refused"},
    {"28000", "db-auth-failed", "the login is refused"},
    {"3D000", "db-unreachable", "the server has no such database"},
    {"57P03", "db-unreachable", "the server is starting up or shutting down"},
    {"57P01", "db-unreachable", "the server is shutting down"},
    {"57P02", "db-unreachable", "the server has crashed"},
    {"53300", "quota", "the server has too many connections"},
    {"42P01", "unknown", "the query names a table that does not exist"},
    {"42703", "unknown", "the query names a column that does not exist"},
    {"42601", "unknown", "the query has a syntax error"},
    {"42501", "permission-denied", "the query needs a privilege"},
};

CheckResult refused(const std::string& what, std::string_view code,
                    const std::string& evidence) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) {
      return failed(Stage::health, std::string(meaning.cause),
                    fmt::format("{}: {} ({})", what, meaning.words, code),
                    meaning.cause.starts_with("db-") ? evidence : "");
    }
  }
  return failed(Stage::health, "unknown",
                fmt::format("{}: the server says {}", what, code));
}

/// The SQLSTATE in a message written with PQERRORS_SQLSTATE; "" = none, and
/// the failure came before the server could speak.
std::string sqlstate(const char* message) {
  const std::string_view text(message);
  for (std::size_t i = 0; i + 5 <= text.size(); ++i) {
    if (i > 0 && text[i - 1] != ' ') continue;
    const std::string_view word = text.substr(i, 5);
    const bool ends = i + 5 == text.size() || text[i + 5] == '\n';
    if (ends && word.find_first_not_of(
                    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word.npos) {
      return std::string(word);
    }
  }
  return {};
}

class PostgresHealthCheck : public HealthCheck {
 public:
  explicit PostgresHealthCheck(PostgresGate gate) : gate_(std::move(gate)) {}

  CheckResult look(Deployment& deployment, Saved& saved,
                   std::chrono::milliseconds at_most) override {
    const std::string what =
        fmt::format("postgres {}", without_password(gate_.url));
    Expander expander(deployment, saved, what);
    const std::string url = plain_service_url(expander(gate_.url));
    const std::string query = expander(gate_.query);
    auto options = read_options(url);
    if (!options) expander.refuse("not a PostgreSQL URL or connection string");
    if (expander.problem()) return *expander.problem();

    // A host written out may be shown; what a variable holds may not.
    std::string evidence = first_variable(gate_.url);
    if (evidence.empty()) evidence = (*options)["host"];
    const Patience patience(deployment, at_most);
    if (auto unresolved = resolve_host(*options, what, evidence, patience)) {
      return *unresolved;
    }
    return log_in_and_ask(*options, query, what, evidence, patience);
  }

 private:
  // libpq resolves names without a time limit, so it is given an address.
  static std::optional<CheckResult> resolve_host(Options& options,
                                                 const std::string& what,
                                                 const std::string& evidence,
                                                 const Patience& patience) {
    const std::string host = options["host"];
    const bool several = host.find(',') != host.npos;
    if (host.empty() || host.starts_with('/') || several ||
        !options["hostaddr"].empty()) {
      return std::nullopt;
    }
    const Resolved resolved = resolve(host, 0, patience.time_left());
    if (resolved.kind == Resolved::Kind::found) {
      // The name stays, for certificates: once for each address.
      options["host"].clear();
      for (const Address& address : resolved.addresses) {
        options["host"] += (options["host"].empty() ? "" : ",") + host;
        options["hostaddr"] +=
            (options["hostaddr"].empty() ? "" : ",") + address.text();
      }
      return std::nullopt;
    }
    return not_reached(resolved.kind == Resolved::Kind::no_such_name
                           ? Reach::no_such_name
                           : Reach::no_resolver,
                       what, evidence, 0);
  }

  static CheckResult log_in_and_ask(const Options& options,
                                    const std::string& query,
                                    const std::string& what,
                                    const std::string& evidence,
                                    const Patience& patience) {
    std::vector<const char*> names, values;
    for (const auto& [name, value] : options) {
      if (value.empty()) continue;
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    const Connection connection(
        PQconnectStartParams(names.data(), values.data(), 0));
    if (!connection) throw std::bad_alloc();
    // The server's words depend on its language and quote names and values.
    PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);

    const auto unreachable = [&](std::string_view how) {
      return failed(Stage::health, "db-unreachable",
                    fmt::format("{}: {}", what, how), evidence);
    };
    auto polling = PQstatus(connection.get()) == CONNECTION_BAD
                       ? PGRES_POLLING_FAILED
                       : PGRES_POLLING_WRITING;
    while (polling != PGRES_POLLING_OK) {
      if (polling == PGRES_POLLING_FAILED) {
        const std::string code = sqlstate(PQerrorMessage(connection.get()));
        if (!code.empty()) return refused(what, code, evidence);
        // libpq has no code for this, only words (untranslated: rung sets no
        // locale).
        if (std::strstr(PQerrorMessage(connection.get()), "SSL") ||
            std::strstr(PQerrorMessage(connection.get()), "certificate")) {
          return failed(Stage::health, "tls-error",
                        fmt::format("{}: TLS cannot be agreed on", what),
                        evidence);
        }
        return PQconnectionNeedsPassword(connection.get()) != 0
                   ? failed(Stage::health, "db-auth-failed",
                            fmt::format("{}: the server asks for a password "
                                        "and none is given",
                                        what),
                            evidence)
                   : unreachable("no server accepts the connection");
      }
      if (!patience.wait(PQsocket(connection.get()),
                         polling == PGRES_POLLING_READING ? POLLIN : POLLOUT)) {
        return unreachable("no answer");
      }
      polling = PQconnectPoll(connection.get());
    }

    if (PQsendQuery(connection.get(), query.c_str()) != 1) {
      return unreachable("the connection broke");
    }
    // The last result counts: a query may hold several statements.
    std::optional<CheckResult> verdict;
    for (;;) {
      while (PQisBusy(connection.get()) != 0) {
        if (!patience.wait(PQsocket(connection.get()), POLLIN)) {
          return failed(Stage::health, "health-timeout",
                        fmt::format("{}: the query is not answered", what),
                        evidence);
        }
        if (PQconsumeInput(connection.get()) != 1) {
          return unreachable("the connection broke");
        }
      }
      const Result result(PQgetResult(connection.get()));
      if (!result) break;
      switch (PQresultStatus(result.get())) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY:
        case PGRES_SINGLE_TUPLE:
          if (!verdict) verdict = passed();
          break;
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
          return decisive(
              failed(Stage::health, "unknown",
                     fmt::format("{}: COPY cannot be a check", what)));
        default: {
          const char* code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
          verdict = code ? refused(what, code, evidence)
                         : unreachable("the connection broke");
        }
      }
    }
    return verdict.value_or(unreachable("the connection broke"));
  }

  PostgresGate gate_;
};

}  // namespace

std::unique_ptr<HealthCheck> make_check(const PostgresGate& gate) {
  return std::make_unique<PostgresHealthCheck>(gate);
}

}  // namespace rung
