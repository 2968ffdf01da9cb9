#include "tests/bench/python_app.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "adapters/docker/build_context.hpp"
#include "adapters/docker/image_progress.hpp"

namespace rung::bench {
namespace {

constexpr const char* kImage = "rung-bench/python:1";

constexpr const char* kApp = R"(import http.server, json, os, time
time.sleep(float(os.environ["DATABASE_NEEDS"]))
settings = json.load(open("settings.json"))
currency = settings["currency"]
class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(currency.encode())
address = ("0.0.0.0", int(os.environ["PORT"]))
http.server.ThreadingHTTPServer(address, Shop).serve_forever()
)";

constexpr const char* kPlan = R"(rung: 1
name: shop
source: {{repo: app}}
start: exec python3 app.py
env: {{DATABASE_NEEDS: "{}"}}
targets:
  there: {}
phases:
  - name: only
    gates: [{{http: /health, status: 200, deadline: 120s}}]
)";

}  // namespace

PythonApp::PythonApp(double seconds, std::size_t commits, std::size_t culprit)
    : repository_(folder_.path() / "app"), seconds_(seconds) {
  ids_.push_back(repository_.commit_files(
      {{"app.py", kApp},
       {"settings.json", R"({"currency": "EUR"})"},
       {"Dockerfile", fmt::format("FROM {}\nWORKDIR /app\nCOPY . .\n"
                                  "CMD [\"python3\", \"app.py\"]\n",
                                  kImage)}}));
  for (std::size_t i = 1; i <= commits; ++i) {
    ids_.push_back(repository_.commit_files(
        {{"settings.json",
          fmt::format("{{\"{}\": \"EUR\", \"release\": {}}}",
                      i < culprit ? "currency" : "curency", i)}}));
  }
}

std::filesystem::path PythonApp::plan(const std::string& target) {
  const auto file = folder_.path() / "plan.yaml";
  std::ofstream(file) << fmt::format(kPlan, seconds_, target);
  return file;
}

void make_python_image(DockerEngine& engine) {
  const fakes::TemporaryFolder folder;
  const std::string copy = fmt::format(
      "cd '{}' && cp -L --parents /usr/bin/python3 "
      "$(ldd /usr/bin/python3 | grep -o '/[^ ]*') . && mkdir -p usr/lib && "
      "cp -r /usr/lib/python3.* usr/lib && rm -rf usr/lib/python3.*/test",
      folder.path().string());
  if (std::system(copy.c_str()) != 0) {
    throw std::runtime_error("cannot copy this machine's Python");
  }
  ApiRequest request;
  request.method = "POST";
  request.path = std::string("/build?t=") + kImage;
  request.content_type = "application/x-tar";
  request.body = build_context(
      folder.path(),
      {{"Dockerfile", "FROM scratch\nCOPY . /\nENV PATH=/usr/bin\n"}},
      "Dockerfile");
  request.timeout = std::chrono::minutes(5);
  DockerStream stream;
  request.on_data = [&](std::string_view bytes) {
    stream.feed(bytes);
    return true;
  };
  if (!engine.call(request).ok() || !stream.error.empty()) {
    throw std::runtime_error("cannot build the image: " + stream.log);
  }
}

}  // namespace rung::bench
