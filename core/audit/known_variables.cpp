#include "core/audit/known_variables.hpp"

#include <string>

namespace rung {
namespace {

struct Entry {
  std::string_view name;  ///< "PREFIX_*", or the whole name
  std::string_view who;
  bool given;
};

constexpr std::string_view kPort =
    "the platform and the server: Render, Heroku, Cloud Run and others route "
    "to the port that PORT names, and servers (next, vite, puma, gunicorn, "
    "Spring) read it without a word in the sources";
constexpr std::string_view kOs = "the operating system and every program";

constexpr Entry kEntries[] = {
    {"PORT", kPort, true},
    {"HOST", "servers that bind the address it names", false},
    {"HOSTNAME", "servers (next) bind the address it names", true},
    {"PATH", kOs, true},
    {"HOME", kOs, true},
    {"USER", kOs, true},
    {"PWD", kOs, true},
    {"SHELL", kOs, true},
    {"LANG", kOs, true},
    {"LC_*", kOs, true},
    {"TZ", kOs, false},
    {"TMPDIR", kOs, true},
    {"TERM", kOs, true},
    {"CI", "build tools, which behave differently in CI", true},
    {"LD_*", "the loader of programs", false},
    {"MALLOC_*", "the C library", false},
    // Platforms
    {"RENDER", "Render sets it; programs ask it where they run", true},
    {"RENDER_*", "Render", true},
    {"PYTHON_VERSION", "the platform chooses Python by it (Render)", false},
    {"NODE_VERSION", "the platform chooses Node by it", false},
    {"RUBY_VERSION", "the platform chooses Ruby by it", false},
    {"GO_VERSION", "the platform chooses Go by it", false},
    {"POETRY_VERSION", "the platform chooses Poetry by it", false},
    {"BUN_VERSION", "the platform chooses Bun by it", false},
    {"WEB_CONCURRENCY", "servers (gunicorn, puma) start that many workers",
     false},
    {"HEROKU_*", "Heroku", true},
    {"DYNO", "Heroku", true},
    {"K_SERVICE", "Cloud Run", true},
    {"K_REVISION", "Cloud Run", true},
    {"K_CONFIGURATION", "Cloud Run", true},
    {"VERCEL", "Vercel", true},
    {"VERCEL_*", "Vercel", true},
    {"FLY_*", "Fly.io", true},
    {"RAILWAY_*", "Railway", true},
    {"NIXPACKS_*", "the builder of the platform (Nixpacks)", false},
    {"NETLIFY*", "Netlify", true},
    {"KUBERNETES_*", "Kubernetes", true},
    {"COMPOSE_*", "Docker Compose", false},
    {"DOCKER_*", "Docker", false},
    {"BUILDKIT_*", "Docker", false},
    {"GITHUB_*", "GitHub Actions, and clients of GitHub", true},
    {"GITLAB_*", "GitLab", true},
    {"CI_*", "GitLab CI", true},
    {"BUNDLE_*", "Bundler, when the platform builds", false},
    {"BP_*", "buildpacks", false},
    {"BUILD_*", "builders of platforms", false},
    {"GUNICORN_*", "gunicorn", false},
    {"UVICORN_*", "uvicorn", false},
    {"WEB_*", "servers and platforms", false},
    {"SECRET_KEY_BASE", "Rails, without a word in the sources", false},
    {"DATABASE_URL", "Rails, Prisma, Diesel, sqlx and other dependencies read "
                     "it, and platforms set it", false},
    {"REDIS_URL", "dependencies (Sidekiq, Action Cable, Celery)", false},
    // Tools and runtimes
    {"NODE_ENV", "Node's tools and dependencies (express, react, next)",
     false},
    {"NODE_*", "Node", false},
    {"NPM_*", "npm", false},
    {"npm_*", "npm", false},
    {"YARN_*", "yarn", false},
    {"PNPM_*", "pnpm", false},
    {"UV_*", "uv and libuv", false},
    {"DEBUG", "dependencies (debug, Django settings) read it", false},
    {"LOG_LEVEL", "loggers of dependencies", false},
    {"RUST_*", "Rust's libraries (log, backtraces)", false},
    {"CARGO_*", "cargo", false},
    {"SQLX_*", "sqlx", false},
    {"ROCKET_*", "Rocket", false},
    {"GO*", "the Go runtime and its tools", false},
    {"GIN_MODE", "gin", false},
    {"PYTHON*", "Python", false},
    {"PIP_*", "pip", false},
    {"POETRY_*", "Poetry", false},
    {"VIRTUAL_ENV", "Python", true},
    {"DJANGO_*", "Django", false},
    {"FLASK_*", "Flask", false},
    {"CELERY_*", "Celery", false},
    {"ALEMBIC_*", "Alembic", false},
    {"RAILS_*", "Rails", false},
    {"RACK_*", "Rack", false},
    {"RUBY*", "Ruby", false},
    {"GEM_*", "RubyGems", false},
    {"MIX_*", "Mix", false},
    {"PHX_*", "Phoenix", false},
    {"ERL_*", "Erlang", false},
    {"RELEASE_*", "releases of Elixir", false},
    {"JAVA_*", "Java", false},
    {"JDK_*", "Java", false},
    {"_JAVA_OPTIONS", "Java", false},
    {"MAVEN_*", "Maven", false},
    {"GRADLE_*", "Gradle", false},
    {"SPRING_*", "Spring Boot gives it to the property of that name", false},
    {"SERVER_*", "Spring Boot gives it to the property of that name", false},
    {"MANAGEMENT_*", "Spring Boot gives it to the property of that name",
     false},
    {"LOGGING_*", "Spring Boot gives it to the property of that name", false},
    {"QUARKUS_*", "Quarkus", false},
    {"MICRONAUT_*", "Micronaut", false},
    {"ASPNETCORE_*", "ASP.NET", false},
    {"DOTNET_*", ".NET", false},
    {"ConnectionStrings__*", ".NET's configuration", false},
    {"APP_*", "Laravel, Symfony and other frameworks", false},
    {"PHP_*", "PHP and its images", false},
    {"COMPOSER_*", "Composer", false},
    // Frontends: the bundler puts them into the code it builds.
    {"NEXT_PUBLIC_*", "Next.js, when it builds", false},
    {"NEXT_*", "Next.js", false},
    {"NEXTAUTH_*", "NextAuth, without a word in the sources", false},
    {"AUTH_*", "Auth.js, without a word in the sources", false},
    {"VITE_*", "Vite, when it builds", false},
    {"REACT_APP_*", "Create React App, when it builds", false},
    {"NUXT_*", "Nuxt gives it to its runtime config", false},
    {"NITRO_*", "Nitro", false},
    {"GATSBY_*", "Gatsby", false},
    {"PUBLIC_*", "SvelteKit and Astro", false},
    {"EXPO_*", "Expo", false},
    {"STORYBOOK_*", "Storybook", false},
    {"TURBO_*", "Turborepo", false},
    {"NX_*", "Nx", false},
    {"PRISMA_*", "Prisma", false},
    // Clients of services
    {"PG*", "libpq and every PostgreSQL client", false},
    {"POSTGRES_*", "the image of PostgreSQL", false},
    {"MYSQL_*", "the image of MySQL and its clients", false},
    {"MARIADB_*", "the image of MariaDB", false},
    {"MONGO_*", "the image of MongoDB", false},
    {"REDIS_*", "clients and images of Redis", false},
    {"RABBITMQ_*", "the image of RabbitMQ", false},
    {"ELASTIC*", "Elasticsearch and its clients", false},
    {"KAFKA_*", "Kafka", false},
    {"MINIO_*", "MinIO", false},
    {"AWS_*", "the AWS SDK", false},
    {"AZURE_*", "the Azure SDK", false},
    {"GOOGLE_*", "Google's SDK", false},
    {"GCLOUD_*", "Google's SDK", false},
    {"GCP_*", "Google's SDK", false},
    {"CLOUDSDK_*", "gcloud", false},
    {"CLOUDINARY_*", "Cloudinary's SDK", false},
    {"FIREBASE_*", "Firebase", false},
    {"SUPABASE_*", "Supabase", false},
    {"SENTRY_*", "Sentry's SDK", false},
    {"DD_*", "Datadog", false},
    {"NEW_RELIC_*", "New Relic", false},
    {"OTEL_*", "OpenTelemetry", false},
    {"HONEYBADGER_*", "Honeybadger", false},
    {"ROLLBAR_*", "Rollbar", false},
    {"BUGSNAG_*", "Bugsnag", false},
    {"DATADOG_*", "Datadog", false},
    {"PROMETHEUS_*", "Prometheus' clients", false},
    {"OPENAI_*", "OpenAI's SDK", false},
    {"ANTHROPIC_*", "Anthropic's SDK", false},
    {"HF_*", "Hugging Face's libraries", false},
    {"TRANSFORMERS_*", "Hugging Face's libraries", false},
    {"CUDA_*", "CUDA", false},
    {"OMP_*", "OpenMP", false},
    {"TWILIO_*", "Twilio's SDK", false},
    {"STRIPE_*", "Stripe's command line", false},
    {"CLERK_*", "Clerk's SDK", false},
    {"VAULT_*", "Vault's clients", false},
    {"CONSUL_*", "Consul's clients", false},
    {"TF_*", "Terraform", false},
    {"SSL_*", "OpenSSL", false},
    {"CURL_*", "curl", false},
    {"REQUESTS_*", "requests", false},
    {"HTTP_PROXY", "clients of HTTP", false},
    {"HTTPS_PROXY", "clients of HTTP", false},
    {"NO_PROXY", "clients of HTTP", false},
    {"http_proxy", "clients of HTTP", false},
    {"https_proxy", "clients of HTTP", false},
    {"no_proxy", "clients of HTTP", false},
    {"NO_COLOR", "programs that write to terminals", false},
    {"FORCE_COLOR", "programs that write to terminals", false},
    {"SMTP_*", "mailers of frameworks", false},
    {"MAIL_*", "mailers of frameworks", false},
    {"EMAIL_*", "mailers of frameworks", false},
};

}  // namespace

std::optional<KnownVariable> known_variable(std::string_view name) {
  std::optional<KnownVariable> found;
  for (const Entry& entry : kEntries) {
    const bool prefix = entry.name.ends_with('*');
    const auto text = entry.name.substr(0, entry.name.size() - (prefix ? 1 : 0));
    if (!prefix && name == text) return KnownVariable{entry.who, entry.given};
    if (prefix && !found && name.starts_with(text)) {
      found = KnownVariable{entry.who, entry.given};
    }
  }
  return found;
}

}  // namespace rung
