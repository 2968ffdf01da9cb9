#include "core/audit/database_urls.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/audit/findings_text.hpp"

namespace rung::database_urls_test {
namespace {

using audit_tests::Files;

std::vector<AuditFinding> findings(const std::string& url,
                                   const Files& files = {},
                                   const std::string& platform = {}) {
  const auto texts = audit_tests::texts_of(files);
  Deployed deployed;
  deployed.platform = platform;
  const std::vector<UrlVariable> urls = {{"DB_URL", url, ".env:3"}};
  return database_findings(urls, deployed, texts, reads_of_project(texts));
}

/// "error: has a user", the first words of the first; "" = none.
std::string told(const std::string& url, const Files& files = {},
                 const std::string& platform = {}) {
  std::string text;
  for (const AuditFinding& f : findings(url, files, platform)) {
    CHECK(f.place == ".env:3");
    CHECK(f.text.find("hunter2") == std::string::npos);
    CHECK(f.text.find("abcdefgh") == std::string::npos);
    CHECK(f.action.find("hunter2") == std::string::npos);
    text += std::string(to_string(f.level)) + ": " + f.text + '\n';
  }
  return text;
}

const char* const kPooler = "@aws-0-eu-west-1.pooler.supabase.com:";

}  // namespace

TEST_CASE("The user of a URL has the form that Supabase's host knows",
          "[core][audit]") {
  const std::string pooler = kPooler;
  CHECK(told("postgres://postgres.abcdefgh:hunter2" + pooler + "5432/postgres")
            .empty());
  CHECK_THAT(told("postgres://postgres:hunter2" + pooler + "5432/postgres"),
             Catch::StartsWith("error: DB_URL (Supabase's shared pooler, port "
                               "5432) has a user without the project's"));
  CHECK(
      told("postgres://postgres:hunter2@db.abcdefgh.supabase.co:6543/postgres")
          .empty());
  CHECK_THAT(
      told("postgres://postgres.abcdefgh:hunter2@db.abcdefgh.supabase.co/x"),
      Catch::StartsWith("error: DB_URL (Supabase's direct host) has the user"));
  CHECK_THAT(told("postgres://postgres:hunter2@db.abcdefgh.supabase.co/x", {},
                  "render"),
             Catch::Contains("IPv6 address only"));
  CHECK(told("postgres://postgres:hunter2@db.abcdefgh.supabase.co/x", {},
             "cloudrun")
            .empty());
  CHECK(told("postgres://postgres:hunter2@localhost:6543/x").empty());
}

TEST_CASE("A pooler by transaction keeps no prepared statements",
          "[core][audit]") {
  const std::string rest =
      "postgres.abcdefgh:hunter2" + std::string(kPooler) + "6543/postgres";
  const Files prisma = {{"prisma/schema.prisma",
                         "datasource db {\n  url = env(\"DB_URL\")\n}\n"}};
  CHECK(told("postgresql://" + rest).empty());
  CHECK_THAT(told("postgresql://" + rest, prisma),
             Catch::Contains("Prisma prepares"));
  CHECK(told("postgresql://" + rest + "?pgbouncer=true", prisma).empty());
  CHECK(told("postgresql://postgres.abcdefgh:hunter2" + std::string(kPooler) +
                 "5432/postgres",
             prisma)
            .empty());
  Files adapter = prisma;
  adapter.emplace_back("package.json", "{\"@prisma/adapter-pg\": \"6\"}");
  CHECK(told("postgresql://" + rest, adapter).empty());
  CHECK_THAT(told("postgresql://" + rest + "?pgbouncer=true",
                  {{"schema.prisma", "  directUrl = env(\"DB_URL\")\n"}}),
             Catch::Contains("migrations, which need a session"));

  CHECK_THAT(told("postgresql+asyncpg://" + rest),
             Catch::Contains("asyncpg prepares"));
  CHECK(told("postgresql+asyncpg://" + rest,
             {{"a.py", "create(connect_args={'statement_cache_size': 0})"}})
            .empty());
  CHECK_THAT(told("postgresql+psycopg://" + rest),
             Catch::Contains("psycopg prepares"));
  CHECK(told("postgresql+psycopg2://" + rest).empty());
  // Neon's poolers keep them.
  CHECK(told("postgres://u:hunter2@ep-x-pooler.eu.aws.neon.tech/x", prisma)
            .empty());
}

TEST_CASE("A URL says what its provider and its client understand",
          "[core][audit]") {
  const auto c = GENERATE(values<std::pair<const char*, const char*>>({
      {"postgres://u:hunter2@ep-x.eu.aws.neon.tech/x?sslmode=disable",
       "sslmode=disable"},
      {"postgres://u:hunter2@EP-X.EU.AWS.NEON.TECH/x?sslmode=disable",
       "sslmode=disable"},
      {"postgres://u:hunter2@ep-x.eu.aws.neon.tech/x?sslmode=require", ""},
      {"postgres://u:hunter2@db/x?sslmode=disable", ""},
      {"postgresql+asyncpg://u:hunter2@db/x?ssl=require", ""},
      {"postgresql+asyncpg://u:hunter2@db/x?sslmode=require",
       "the parameter sslmode"},
      {"postgresql+asyncpg://u:hunter2@db/x?a=1&channel_binding=require",
       "the parameter channel_binding"},
      {"postgresql://postgres:[YOUR-PASSWORD]@db.abcdefgh.supabase.co/x",
       "has the placeholder"},
      {"mongodb://u:<db_password>@db/x", "has the placeholder"},
      {"postgres://u:hunter2/x@db:5432/x", "before its \"@\""},
      {"postgres://u:hunter2#x@db:5432/x", "before its \"@\""},
      {"postgres://u:hunter2%2Fx@db:5432/x", ""},
      {"postgres://u:hunter2@db:54o2/x", "a port that is no number"},
      {"postgres://db:hunter2/x", "a port that is no number"},
      {"postgres://u:hunter2@a:1,b:2/x", ""},
      {"postgres://u:hunter2@[::1]:5432/x", ""},
      {"postgres://${USER}:hunter2@db:${PORT}/x", ""},
      {"postgres:///x?host=/tmp", ""},
      {"mongodb+srv://u:hunter2@c.mongodb.net/x", ""},
      {"https://a:b/c", ""},
  }));
  CAPTURE(c.first);
  const std::string text = told(c.first);
  CHECK(text.empty() == std::string(c.second).empty());
  CHECK_THAT(text, Catch::Contains(c.second));
}

TEST_CASE("SQLAlchemy knows the scheme of a URL that it gets as it is",
          "[core][audit]") {
  const std::string old = "postgres://u:hunter2@db/x";
  const std::string plain = "postgresql://u:hunter2@db/x";
  const auto source = [](const char* rest) {
    return Files{{"db.py", "import os\nurl = os.environ['DB_URL']\n" +
                               std::string(rest) + '\n'}};
  };
  CHECK_THAT(told(old, source("e = create_engine(url)")),
             Catch::Contains("begins with postgres://, and db.py"));
  CHECK(told(plain, source("e = create_engine(url)")).empty());
  CHECK(told(old, source("e = psycopg2.connect(url)")).empty());
  CHECK(told(old, source("e = create_engine(url.replace('postgres:', 'x'))"))
            .empty());
  CHECK(told(old, source("if url.startswith('postgres://'): fix()\n"
                         "e = create_engine(url)"))
            .empty());
  Files pinned = source("e = create_engine(url)");
  pinned.emplace_back("requirements.txt", "SQLAlchemy==1.3.24\n");
  CHECK(told(old, pinned).empty());
  pinned.back().second = "SQLAlchemy==2.0.31\npsycopg2==2.9\n";
  CHECK_FALSE(told(old, pinned).empty());

  CHECK_THAT(told(plain, source("e = create_async_engine(url)")),
             Catch::Contains("names no driver"));
  CHECK(told("postgresql+asyncpg://u:hunter2@db/x",
             source("e = create_async_engine(url)"))
            .empty());
}

TEST_CASE("What gets to SQLAlchemy otherwise is no error", "[core][audit]") {
  const std::string plain = "postgresql://u:hunter2@db/x";
  const std::string params =
      "postgresql+asyncpg://u:hunter2@db/x?sslmode=require";
  const auto with = [](const std::string& url, const char* text) {
    return told(url, {{"db.py", "import os\n" + std::string(text) + '\n'}});
  };
  CHECK_THAT(with(plain, "e = create_async_engine(os.environ['DB_URL'])"),
             Catch::StartsWith("error"));
  CHECK(with(plain,
             "a = create_engine(os.environ['DB_URL'])\n"
             "b = create_async_engine(os.environ['OTHER_URL'])")
            .empty());
  CHECK(with("postgres://u:hunter2@db/x",
             "# create_engine( was here\nc = connect(os.environ['DB_URL'])")
            .empty());
  CHECK(with(plain, "e = create_async_engine('x' + os.environ['DB_URL'][10:])")
            .empty());
  CHECK(with(plain,
             "u = os.environ['DB_URL']\nu = fix(u)\n"
             "e = create_async_engine(u)")
            .empty());
  CHECK_THAT(with(plain, "e = create_async_engine(settings.db_url)"),
             Catch::StartsWith("warning") && Catch::Contains("if it gets it"));

  CHECK_THAT(with(params, "e = create_async_engine(os.environ['DB_URL'])"),
             Catch::StartsWith("error"));
  CHECK_THAT(with(params, "settings.db_url"),
             Catch::StartsWith("warning") && Catch::Contains("if SQLAlchemy"));
  CHECK(with(params,
             "url = os.environ['DB_URL']\n"
             "e = create_async_engine(url.partition('?')[0])")
            .empty());
}

}  // namespace rung::database_urls_test
