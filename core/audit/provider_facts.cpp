#include "core/audit/provider_facts.hpp"

#include <algorithm>

namespace rung {
namespace {

constexpr ServerCommand kServerCommands[] = {
    // Source: uvicorn.dev, "Settings": --host 127.0.0.1, --port 8000, and each
    // option as UVICORN_*.
    {"uvicorn", "127.0.0.1", "8000", "--host", "--port", "", false,
     "--uds --fd", "UVICORN_HOST", "UVICORN_PORT"},
    // Source: hypercorn.readthedocs.io, "Configuring": bind 127.0.0.1:8000.
    {"hypercorn", "127.0.0.1", "8000", "", "", "--bind -b", false,
     "--config -c", "", ""},
    // Source: github.com/django/daphne, "Running": 127.0.0.1, port 8000.
    {"daphne", "127.0.0.1", "8000", "--bind -b", "--port -p", "", false,
     "--endpoint -e --unix-socket -u --fd", "", ""},
    // Source: gunicorn.org, "Settings", bind: 0.0.0.0:$PORT if PORT is set; its
    // file, or GUNICORN_CMD_ARGS, may say otherwise.
    {"gunicorn", "", "", "", "", "--bind -b", false, "--config -c",
     "GUNICORN_CMD_ARGS", "GUNICORN_CMD_ARGS"},
    // Source: flask.palletsprojects.com, "Command Line Interface".
    {"flask run", "127.0.0.1", "5000", "--host -h", "--port -p", "", false, "",
     "FLASK_RUN_HOST", "FLASK_RUN_PORT"},
    // Source: docs.djangoproject.com, "runserver [addrport]".
    {"manage.py runserver", "127.0.0.1", "8000", "", "", "", true, "", "", ""},
    // Source: docs.python.org, "http.server": all interfaces, port 8000.
    {"http.server", "0.0.0.0", "8000", "--bind -b", "", "", true, "", "", ""},
    // Source: fastapi.tiangolo.com, "FastAPI CLI"; newer ones read PORT.
    {"fastapi dev", "127.0.0.1", "", "--host", "--port", "", false, "", "", ""},
    {"fastapi run", "0.0.0.0", "", "--host", "--port", "", false, "", "", ""},
    // Source: nextjs.org, "next CLI": -H, -p; 0.0.0.0.
    {"next start", "", "", "--hostname -H", "--port -p", "", false, "", "", ""},
    // Source: puma.io; its file may bind elsewhere, too.
    {"puma", "", "", "", "--port -p", "--bind -b", false, "--config -C", "",
     ""},
};

constexpr DatabaseHost kDatabaseHosts[] = {
    // Source: supabase.com/docs/guides/database/connecting-to-postgres: session
    // mode at 5432, transaction mode at 6543 without prepared statements; user
    // postgres.PROJECT. And its troubleshooting page "Tenant or user not
    // found".
    {"", ".pooler.supabase.com", "Supabase's shared pooler", 6543, true, false,
     false},
    // Source: the same page, and "Supabase & Your Network: IPv4 and IPv6
    // compatibility", which names Render among the hosts of IPv4 alone. Port
    // 6543 is the dedicated pooler, a PgBouncer.
    {"db.", ".supabase.co", "Supabase's direct host", 0, false, true, false},
    // Source: neon.com/docs/connect/connect-securely. Its poolers keep what a
    // client prepares by the protocol.
    {"", ".neon.tech", "Neon", 0, false, false, true},
};

// Files that no other platform reads (so no Procfile, app.json, Dockerfile),
// the domains of their services, and commands that deploy.
constexpr PlatformTraces kPlatformTraces[] = {
    // Source: render.com/docs, "Blueprint YAML Reference", "The Render CLI".
    {"render", "Render", "render.yaml", "onrender.com",
     "render deploys create"},
    // Source: cloud.google.com/run/docs, "Deploying".
    {"cloudrun", "Cloud Run", "", "run.app", "gcloud run deploy"},
    // Source: docs.railway.com, "Config as Code", "CLI"; nixpacks.com.
    {"", "Railway", "railway.json railway.toml nixpacks.toml",
     "up.railway.app railway.internal", "railway up"},
    // Source: fly.io/docs, "App configuration", "fly deploy".
    {"", "Fly.io", "fly.toml", "fly.dev flycast", "fly deploy,flyctl deploy"},
    // Source: devcenter.heroku.com, "Build Manifest", "Heroku CLI Commands".
    {"", "Heroku", "heroku.yml", "herokuapp.com",
     "git push heroku,heroku container:release"},
    // Source: vercel.com/docs, "vercel.json", "vercel deploy".
    {"", "Vercel", "vercel.json", "vercel.app", "vercel deploy,vercel --prod"},
    // Source: docs.netlify.com, "File-based configuration", "CLI".
    {"", "Netlify", "netlify.toml", "netlify.app", "netlify deploy"},
};

}  // namespace

std::span<const PlatformTraces> platform_traces() {
  return kPlatformTraces;
}

std::span<const DatabaseHost> database_hosts() {
  return kDatabaseHosts;
}

std::span<const ServerCommand> server_commands() {
  return kServerCommands;
}

bool is_front_server(std::string_view program) {
  static constexpr std::string_view kPrograms[] = {
      "nginx",       "caddy",    "haproxy",     "envoy",        "traefik",
      "cloudflared", "ngrok",    "pm2",         "tailscale",    "tailscaled",
      "httpd",       "apache2",  "supervisord", "concurrently", "honcho",
      "foreman",     "overmind", "stunnel"};
  while (!program.empty()) {
    const auto end = std::min(program.find_first_of("-_."), program.size());
    if (std::find(std::begin(kPrograms), std::end(kPrograms),
                  program.substr(0, end)) != std::end(kPrograms)) {
      return true;
    }
    program.remove_prefix(std::min(end + 1, program.size()));
  }
  return false;
}

bool is_runner(std::string_view program) {
  static constexpr std::string_view kPrograms[] = {"poetry",
                                                   "pipenv",
                                                   "uv",
                                                   "uvx",
                                                   "pdm",
                                                   "hatch",
                                                   "rye",
                                                   "pipx",
                                                   "conda",
                                                   "micromamba",
                                                   "bundle",
                                                   "npx",
                                                   "pnpm",
                                                   "yarn",
                                                   "bunx",
                                                   "bun",
                                                   "dumb-init",
                                                   "tini",
                                                   "gosu",
                                                   "su-exec",
                                                   "doppler",
                                                   "infisical",
                                                   "dotenv",
                                                   "dotenvx",
                                                   "chamber",
                                                   "nice",
                                                   "time",
                                                   "coverage",
                                                   "opentelemetry-instrument",
                                                   "ddtrace-run",
                                                   "newrelic-admin",
                                                   "scout-apm",
                                                   "docker-entrypoint.sh"};
  return program.starts_with("python") ||
         std::find(std::begin(kPrograms), std::end(kPrograms), program) !=
             std::end(kPrograms);
}

}  // namespace rung
