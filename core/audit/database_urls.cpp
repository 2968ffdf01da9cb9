#include "core/audit/database_urls.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/audit/engine_urls.hpp"
#include "core/audit/provider_facts.hpp"
#include "core/text/ascii_case.hpp"
#include "core/text/byte_pattern.hpp"
#include "core/text/port_number.hpp"
#include "core/text/service_scheme.hpp"
#include "core/text/url_user.hpp"
#include "core/variables/language.hpp"

namespace rung {
namespace {

/// The parts of a URL with one host; all but the scheme may be empty.
struct UrlParts {
  std::string_view scheme, user, password, host, port, query;
};

std::optional<UrlParts> parts_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == url.npos) return std::nullopt;
  UrlParts parts;
  parts.scheme = url.substr(0, begin);
  std::size_t from = begin + 3;
  if (const auto user = url_user(url, 0)) {
    parts.user = user->user;
    parts.password = user->password.value_or("");
    from = user->end + 1;
  }
  const auto end = std::min(url.find_first_of("/?#", from), url.size());
  std::string_view place = url.substr(from, end - from);
  // Several hosts, a socket: nothing is said of them.
  if (place.find_first_of(",[") != place.npos) return std::nullopt;
  const auto colon = place.rfind(':');
  parts.host = place.substr(0, colon);
  if (colon != place.npos) parts.port = place.substr(colon + 1);
  const auto query = url.find('?', from);
  if (query != url.npos) {
    parts.query = url.substr(query + 1, url.find('#', query) - query - 1);
  }
  return parts;
}

/// Whether a query has `name=value`; any value if it is "".
bool has_parameter(std::string_view query, std::string_view name,
                   std::string_view value = "") {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equal = one.find('=');
    if (one.substr(0, equal) == name &&
        (value.empty() ||
         (equal != one.npos && one.substr(equal + 1) == value))) {
      return true;
    }
  }
  return false;
}

bool is_placeholder_password(std::string_view password) {
  static const RE2 shown(
      R"re((?i)\[YOUR[-_ ]?PASSWORD\]|<(?:db_)?password>|<your[-_ ]password>)re",
      byte_options());
  return RE2::FullMatch(piece(password), shown);
}

class UrlLook {
 public:
  UrlLook(const Deployed& deployed, std::span<const SourceText> files,
          const SourceReads& reads)
      : deployed_(deployed), files_(files), reads_(reads) {}

  void look_at(const UrlVariable& variable) {
    const auto service = service_of_url(variable.value);
    const auto parts = parts_of(variable.value);
    // What is put together when it is read is not known here.
    if (!service || service->elsewhere || !parts ||
        service->kind == ServiceScheme::Kind::web ||
        variable.value.find('$') != variable.value.npos) {
      return;
    }
    variable_ = &variable;
    url_ = *parts;
    const std::string host_name = ascii_lower(url_.host);
    host_ = nullptr;
    for (const DatabaseHost& host : database_hosts()) {
      if (host_ == nullptr && host_name.size() > host.suffix.size() &&
          host_name.starts_with(host.prefix) &&
          host_name.ends_with(host.suffix)) {
        host_ = &host;
      }
    }
    written();
    if (service->kind != ServiceScheme::Kind::postgres) return;
    if (host_ != nullptr) provider();
    sqlalchemy();
  }

  std::vector<AuditFinding> take() { return std::move(found_); }

 private:
  void add(AuditLevel level, const std::string& text, std::string action) {
    std::string where;
    if (host_ != nullptr) {
      where = fmt::format(" ({}{}{})", host_->name,
                          url_.port.empty() ? "" : ", port ", url_.port);
    }
    found_.push_back({level, "database-url", variable_->name, variable_->place,
                      variable_->name + where + ' ' + text, std::move(action)});
  }

  /// The text as such.
  void written() {
    if (is_placeholder_password(url_.password)) {
      add(AuditLevel::warning,
          "has the placeholder that its provider shows for the password",
          "put the real password there");
    }
    if (url_.port.empty() || port_number(url_.port)) return;
    const bool cut =
        variable_->value.find('@') != std::string::npos && url_.user.empty();
    host_ = nullptr;
    url_.port = {};
    add(AuditLevel::warning,
        cut ? "has a \"/\", \"?\" or \"#\" before its \"@\": most clients take "
              "that for the end of the host"
            : "has a port that is no number",
        cut ? "write it in the password as %2F, %3F or %23"
            : "write the port as a number, or none");
  }

  void provider() {
    if (host_->user_has_project && !url_.user.empty() &&
        url_.user.find('.') == url_.user.npos) {
      add(AuditLevel::error,
          "has a user without the project's reference: the pooler answers "
          "\"Tenant or user not found\"",
          "write the user as ROLE.PROJECT, as the provider's page shows it");
    }
    // db.REF.supabase.co knows the role "postgres" only by that name.
    if (host_->only_ipv6) {
      const auto dot = url_.user.find('.');
      const std::string_view project = url_.host.substr(
          host_->prefix.size(),
          url_.host.size() - host_->prefix.size() - host_->suffix.size());
      if (dot != url_.user.npos && url_.user.substr(dot + 1) == project) {
        add(AuditLevel::error,
            "has the user of the pooler: the database itself knows no role "
            "with a project's reference",
            "leave the reference out of the user, or name the pooler's host");
      }
      if (deployed_.platform == "render") {
        add(AuditLevel::warning,
            "has an IPv6 address only, unless its project has the IPv4 "
            "add-on, and Render connects by IPv4",
            "take the session pooler's URL");
      }
    }
    if (host_->needs_tls && has_parameter(url_.query, "sslmode", "disable")) {
      add(AuditLevel::error,
          "says sslmode=disable, and the provider refuses connections "
          "without TLS",
          "say sslmode=require");
    }
    if (host_->transaction_port != 0 &&
        port_number(url_.port) == host_->transaction_port) {
      transaction_pooler();
    }
  }

  /// Each transaction may get another connection, so what a client prepares
  /// is not there the next time.
  void transaction_pooler() {
    const char* why =
        "is a pooler by transaction, which keeps no prepared statements, and ";
    if (prisma_reads("directUrl")) {
      add(AuditLevel::warning,
          "is a pooler by transaction, and Prisma's directUrl is for "
          "migrations, which need a session",
          "take the direct URL or the session pooler's, port 5432");
    } else if (prisma_reads("url") && !has_text("adapter-pg") &&
               !has_parameter(url_.query, "pgbouncer", "true")) {
      add(AuditLevel::warning, std::string(why) + "Prisma prepares its queries",
          "add pgbouncer=true to the URL's parameters");
    }
    if (url_.scheme.ends_with("+psycopg") && !has_text("prepare_threshold")) {
      add(AuditLevel::warning,
          std::string(why) + "psycopg prepares a query that it sees often",
          "connect with prepare_threshold=None, or by the session pooler, "
          "port 5432");
    }
    if (url_.scheme.ends_with("+asyncpg") &&
        !has_text("statement_cache_size") &&
        url_.query.find("statement_cache_size") == url_.query.npos) {
      add(AuditLevel::warning,
          std::string(why) + "asyncpg prepares its queries",
          "connect with statement_cache_size=0, or by the session pooler, "
          "port 5432");
    }
  }

  /// Whether schema.prisma has `KEY = env("NAME")`.
  [[nodiscard]] bool prisma_reads(const char* key) const {
    const RE2 form(fmt::format(R"re((?m)^\s*{}\s*=\s*env\("{}"\))re", key,
                               RE2::QuoteMeta(variable_->name)),
                   byte_options());
    return std::any_of(files_.begin(), files_.end(),
                       [&](const SourceText& file) {
                         return file.path.ends_with(".prisma") &&
                                RE2::PartialMatch(piece(file.text), form);
                       });
  }
  [[nodiscard]] bool has_text(std::string_view text) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const SourceText& file) {
                         return file.text.find(text) != file.text.npos;
                       });
  }

  void sqlalchemy() {
    // A source that takes URLs apart may change this one.
    for (const char* text :
         {"make_url", "urlparse", "urlsplit", "drivername", "async_creator",
          "split(\"?\"", "split('?'", "sslmode"}) {
      if (has_text_of_python(text)) return;
    }
    using How = EngineUse::How;
    // Source: github.com/sqlalchemy/sqlalchemy/issues/6275: the parameters go
    // to asyncpg.connect() as they are.
    if (url_.scheme.ends_with("+asyncpg")) {
      const EngineUse use = engine_use(variable_->name, files_, true);
      for (const char* name : {"sslmode", "channel_binding"}) {
        if (!has_parameter(url_.query, name) || use.how == How::changed) {
          continue;
        }
        const bool sure = use.how == How::as_it_is;
        add(sure ? AuditLevel::error : AuditLevel::warning,
            fmt::format(
                "has the parameter {}: {} hands it to "
                "asyncpg.connect(), which does not know it and raises "
                "TypeError",
                name,
                sure ? "SQLAlchemy" : "if SQLAlchemy gets it as it is, it"),
            name == std::string_view("sslmode") ? "write ssl=require instead"
                                                : "leave it out");
        break;
      }
    }
    const bool plain = url_.scheme == "postgresql";
    if (url_.scheme != "postgres" && !plain) return;
    // A source that has such a text may put another scheme in its place.
    for (const char* text : {"\"postgres", "'postgres", "asyncpg://"}) {
      if (has_text_of_python(text)) return;
    }
    if (!plain && is_old_sqlalchemy()) return;
    const EngineUse use = engine_use(variable_->name, files_, plain);
    if (use.how != How::as_it_is &&
        (use.how != How::may || is_changed_where_read())) {
      return;
    }
    const bool sure = use.how == How::as_it_is;
    const AuditLevel level = sure ? AuditLevel::error : AuditLevel::warning;
    if (plain) {
      // Source: docs.sqlalchemy.org, "Asynchronous I/O": an async driver.
      add(level,
          fmt::format("names no driver, and {} makes an async engine of it{}: "
                      "SQLAlchemy then loads psycopg2, which is not async",
                      use.file, sure ? "" : ", if it gets it as it is"),
          "write postgresql+asyncpg:// or postgresql+psycopg://");
    } else {
      // Source: docs.sqlalchemy.org, changelog of 1.4: "postgres" is removed.
      add(level,
          fmt::format("begins with postgres://, and {} gives it to "
                      "SQLAlchemy{}, which knows postgresql:// alone since 1.4",
                      use.file, sure ? "" : ", if it gets it as it is"),
          "write postgresql://; where the platform sets it, replace the "
          "scheme in the program");
    }
  }
  /// Whether a file that reads the variable puts texts in place of others.
  [[nodiscard]] bool is_changed_where_read() const {
    return std::any_of(
        reads_.uses.begin(), reads_.uses.end(), [&](const VariableUse& use) {
          if (use.name != variable_->name) return false;
          return std::any_of(
              files_.begin(), files_.end(), [&](const SourceText& file) {
                return file.path == use.file &&
                       (file.text.find(".replace(") != file.text.npos ||
                        file.text.find("re.sub") != file.text.npos ||
                        file.text.find(".split(") != file.text.npos);
              });
        });
  }
  [[nodiscard]] bool has_text_of_python(std::string_view text) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const SourceText& file) {
                         return language_of(file.path, "") == kPython &&
                                file.text.find(text) != file.text.npos;
                       });
  }
  [[nodiscard]] bool is_old_sqlalchemy() const {
    static const RE2 old(
        R"re((?i)\bsqlalchemy\b[^\n]*?(?:(?:==|~=|<=|\^)\s*(?:0\.\d|1\.[0-3]\b)|<\s*1\.4\b))re",
        byte_options());
    return std::any_of(files_.begin(), files_.end(),
                       [&](const SourceText& file) {
                         return language_of(file.path, "") != kPython &&
                                RE2::PartialMatch(piece(file.text), old);
                       });
  }

  const Deployed& deployed_;
  std::span<const SourceText> files_;
  const SourceReads& reads_;
  const UrlVariable* variable_ = nullptr;
  UrlParts url_;
  const DatabaseHost* host_ = nullptr;
  std::vector<AuditFinding> found_;
};

}  // namespace

std::vector<AuditFinding> database_findings(std::span<const UrlVariable> urls,
                                            const Deployed& deployed,
                                            std::span<const SourceText> files,
                                            const SourceReads& reads) {
  UrlLook look(deployed, files, reads);
  for (const UrlVariable& url : urls) look.look_at(url);
  return look.take();
}

}  // namespace rung
