#include "tests/fakes/fake_docker_engine.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <poll.h>

#include <array>
#include <sstream>
#include <thread>

#include "adapters/process/sockets.hpp"

namespace rung::fakes {
namespace {

using nlohmann::json;

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(
          std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string query(const std::string& target, const std::string& key) {
  for (const std::string& start : {"?" + key + "=", "&" + key + "="}) {
    const auto at = target.find(start);
    if (at == std::string::npos) continue;
    const auto from = at + start.size();
    return decoded(std::string_view(target).substr(
        from, target.find('&', from) - from));
  }
  return "";
}

std::map<std::string, std::string> untarred(const std::string& bytes) {
  std::map<std::string, std::string> files;
  archive* tar = archive_read_new();
  archive_read_support_format_tar(tar);
  archive_read_open_memory(tar, bytes.data(), bytes.size());
  archive_entry* entry = nullptr;
  while (archive_read_next_header(tar, &entry) == ARCHIVE_OK) {
    std::string content(static_cast<std::size_t>(archive_entry_size(entry)),
                        '\0');
    if (archive_read_data(tar, content.data(), content.size()) >= 0) {
      files[archive_entry_pathname(entry)] = content;
    }
  }
  archive_read_free(tar);
  return files;
}

bool has_label(const json& labels, const std::string& filters) {
  const json wanted = json::parse(filters, nullptr, false);
  if (!wanted.is_object() || !wanted.contains("label")) return true;
  for (const json& pair : wanted["label"]) {
    const auto text = pair.get<std::string>();
    const auto equals = text.find('=');
    if (labels.value(text.substr(0, equals), "") != text.substr(equals + 1)) {
      return false;
    }
  }
  return true;
}

std::string frame(const std::string& text) {
  std::string out("\x02\0\0\0", 4);
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(text.size() >> static_cast<unsigned>(shift) & 255U);
  }
  return out + text;
}

std::string variable(const json& body, const std::string& name) {
  for (const json& entry : body.value("Env", json::array())) {
    const auto text = entry.get<std::string>();
    if (text.starts_with(name + "=")) return text.substr(name.size() + 1);
  }
  return "";
}

}  // namespace

FakeDockerEngine::FakeDockerEngine(std::filesystem::path socket)
    : server_(std::make_unique<UnixHttpServer>(
          std::move(socket),
          [this](const UnixRequest& request, const UnixPeer& peer) {
            handle(request, peer);
          })) {}

FakeDockerEngine::~FakeDockerEngine() {
  server_.reset();  // its threads use the rest
}

json FakeDockerEngine::said(const std::string& message) {
  return {{"message", message}};
}

FakeDockerEngine::Container* FakeDockerEngine::find(const std::string& name) {
  for (auto& [id, container] : containers_) {
    if (id == name || container.name == name) return &container;
  }
  return nullptr;
}

json FakeDockerEngine::inspected(const Container& container) const {
  return {{"Id", container.id},
          {"Name", "/" + container.name},
          {"Image", "sha256:" + container.body.value("Image", "")},
          {"State",
           {{"Status", container.status},
            {"Running", container.status == "running"},
            {"StartedAt", container.begun ? "2026-01-01T00:00:00Z"
                                          : "0001-01-01T00:00:00Z"},
            {"ExitCode", container.exit_code},
            {"OOMKilled", false},
            {"Error", container.error},
            {"Pid", 0}}},
          {"Config",
           {{"Tty", false},
            {"Labels", container.body.value("Labels", json::object())},
            {"Env", container.body.value("Env", json::array())}}},
          {"HostConfig", {{"RestartPolicy", {{"Name", container.policy}}}}},
          {"NetworkSettings", {{"Ports", nullptr}}}};
}

void FakeDockerEngine::handle(const UnixRequest& request,
                              const UnixPeer& peer) {
  std::string path = request.target.substr(0, request.target.find('?'));
  if (path.starts_with("/v1.")) path.erase(0, path.find('/', 1));
  if (path == "/_ping") {
    peer.reply(200, "OK", "Api-Version: 1.41\r\n");
    return;
  }
  if (path.starts_with("/containers/") && path.ends_with("/logs")) {
    follow(request, path.substr(12, path.size() - 17), peer);
    return;
  }
  Answer reply;
  {
    const std::lock_guard lock(mutex_);
    const bool read = request.method == "GET";
    const auto before = before_.find(request.target);
    const bool stale = read && stale_.exchange(false);
    if (stale && before != before_.end()) {
      reply = before->second;
    } else {
      reply = answer(request, path);
    }
    if (before_.size() > 200) before_.clear();
    if (read) before_[request.target] = reply;
  }
  peer.reply(reply.status, !reply.raw.empty()      ? reply.raw
                           : reply.body.is_null() ? ""
                                                  : reply.body.dump());
}

FakeDockerEngine::Answer FakeDockerEngine::answer(const UnixRequest& request,
                                                  const std::string& path) {
  if (path == "/info") {
    return {200, {{"DockerRootDir", "/nowhere"}, {"Swarm", nullptr}}};
  }
  if (path == "/build") return build(request);
  if (path == "/containers/create") return create(request);
  if (path == "/events") {
    std::string lines;
    for (const json& event : events_) {
      if (has_label(event["Actor"]["Attributes"],
                    query(request.target, "filters"))) {
        lines += event.dump() + "\n";
      }
    }
    return {200, {}, lines.empty() ? "\n" : lines};
  }
  if (path == "/containers/json") {
    json list = json::array();
    for (const auto& [id, container] : containers_) {
      const json labels = container.body.value("Labels", json::object());
      if (!has_label(labels, query(request.target, "filters"))) continue;
      list.push_back({{"Id", id},
                      {"Names", {"/" + container.name}},
                      {"ImageID", container.body.value("Image", "")},
                      {"State", container.status},
                      {"Created", 1},
                      {"Labels", labels}});
    }
    return {200, list};
  }
  if (path == "/images/json") {
    json list = json::array();
    for (const auto& [name, image] : images_) {
      list.push_back({{"RepoTags", {name}}, {"Created", image.created}});
    }
    return {200, list};
  }
  constexpr std::string_view kImages = "/images/";
  if (path.starts_with(kImages)) {
    const bool history = path.ends_with("/history");
    const std::string name =
        request.method == "DELETE"
            ? path.substr(kImages.size())
            : path.substr(kImages.size(), path.size() - kImages.size() -
                                              (history ? 8U : 5U));
    if (history) return {200, json::array()};
    const auto image = images_.find(name);
    if (image == images_.end()) return {404, said("No such image: " + name)};
    if (request.method == "DELETE") {
      images_.erase(image);
      return {200, json::array()};
    }
    return {200, {{"Id", "sha256:" + name}, {"Config", json::object()}}};
  }
  if (path.starts_with("/containers/")) {
    return on_container(request, path.substr(12));
  }
  return {404, said("page not found")};
}

FakeDockerEngine::Answer FakeDockerEngine::build(const UnixRequest& request) {
  const auto files = untarred(request.body);
  Image image;
  image.reference = query(request.target, "t");
  if (!files.contains("Dockerfile")) {
    return {500, said("Cannot locate specified Dockerfile: Dockerfile")};
  }
  image.dockerfile = files.at("Dockerfile");
  if (files.contains("behaviour")) image.behaviour = files.at("behaviour");
  image.created = static_cast<std::int64_t>(++count_);
  const auto line = [](const json& part) { return part.dump() + "\n"; };
  std::string out = line({{"stream", "Step 1/3 : FROM\n"}});
  std::string error;
  if (image.dockerfile.find("COPY not-there") != std::string::npos) {
    error = "COPY failed: file not found in build context";
  } else if (image.dockerfile.find("RUN [") != std::string::npos) {
    error = "OCI runtime create failed: exec: \"/not-there\": no such file";
  }
  if (!error.empty()) {
    return {200, {}, out + line({{"errorDetail", {{"message", error}}},
                                 {"error", error}})};
  }
  images_[image.reference] = image;
  out += line({{"aux", {{"ID", "sha256:" + image.reference}}}});
  return {200, {}, out + line({{"stream", "Successfully tagged\n"}})};
}

FakeDockerEngine::Answer FakeDockerEngine::create(const UnixRequest& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return {500, said("invalid character")};
  const std::string name = query(request.target, "name");
  if (body["HostConfig"].value("Memory", 8 << 20) < 6 << 20) {
    return {400, said("Minimum memory limit allowed is 6MB")};
  }
  if (!images_.contains(body.value("Image", ""))) {
    return {404, said("No such image: " + body.value("Image", ""))};
  }
  if (find(name) != nullptr) {
    return {409, said("Conflict. The container name is already in use")};
  }
  Container container;
  container.id = "c" + std::to_string(++count_) + "0000000000000";
  container.name = name;
  container.body = body;
  const std::string id = container.id;
  containers_[id] = std::move(container);
  return {201, {{"Id", id}, {"Warnings", json::array()}}};
}

FakeDockerEngine::Answer FakeDockerEngine::start(Container& container) {
  if (container.status == "running") return {304};
  const Image& image = images_[container.body.value("Image", "")];
  if (image.dockerfile.find("CMD [\"/not-there\"]") != std::string::npos) {
    container.exit_code = 127;
    container.error = "exec: \"/not-there\": no such file or directory";
    return {400, said("OCI runtime create failed: " + container.error)};
  }
  container.begun = true;
  ++starts_;
  // Thousands of runs ask for none of them.
  if (events_.size() > 1000) events_.clear();
  json attributes = container.body.value("Labels", json::object());
  events_.push_back({{"Type", "container"},
                     {"Action", "start"},
                     {"Actor", {{"Attributes", attributes}}}});
  std::istringstream lines(image.behaviour);
  int status = 200;
  bool listens = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("if-set ")) {
      const auto colon = line.find(": ");
      if (variable(container.body, line.substr(7, colon - 7)).empty()) continue;
      line = line.substr(colon + 2);
    }
    if (line.starts_with("port ")) listens = true;
    if (line.starts_with("status ")) status = std::stoi(line.substr(7));
    if (line.starts_with("log ")) container.log += line.substr(4) + "\n";
    if (line.starts_with("die ")) {
      container.exit_code = std::stoi(line.substr(4));
      container.log += line.substr(line.find(' ', 4) + 1) + "\n";
      container.status = "exited";
      return {204};
    }
  }
  container.status = "running";
  container.exit_code = 0;
  if (listens) {
    const auto port = static_cast<std::uint16_t>(
        std::stoi(variable(container.body, "PORT")));
    // Somebody else on this machine may have it for a moment.
    for (int i = 0; i < 1000 && !port_free(port); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    container.service = std::make_unique<HttpServer>(
        [status](const std::string&) {
          return http_reply(status, "{\"ok\": true}", "Connection: close\r\n");
        },
        port);
  }
  return {204};
}

FakeDockerEngine::Answer FakeDockerEngine::on_container(
    const UnixRequest& request, const std::string& rest) {
  const auto slash = rest.find('/');
  const std::string name = rest.substr(0, slash);
  const std::string verb =
      slash == std::string::npos ? "" : rest.substr(slash + 1);
  Container* container = find(name);
  if (container == nullptr) return {404, said("No such container: " + name)};
  const auto end = [&](int code) {
    if (container->status != "running") return false;
    container->service.reset();
    container->status = "exited";
    container->exit_code = code;
    return true;
  };
  if (request.method == "DELETE") {
    end(137);
    containers_.erase(container->id);
    return {204};
  }
  if (verb == "json") return {200, inspected(*container)};
  if (verb == "start") return start(*container);
  if (verb == "stop") return {end(143) ? 204 : 304};
  if (verb == "archive") return {200};
  if (verb == "update") {
    const json body = json::parse(request.body, nullptr, false);
    container->policy = body["RestartPolicy"]["Name"];
    return {200, {{"Warnings", nullptr}}};
  }
  if (verb == "rename") {
    const std::string to = query(request.target, "name");
    if (to == container->name) {
      return {400, said("Renaming a container with the same name")};
    }
    if (find(to) != nullptr) {
      return {409, said("Conflict. The container name is already in use")};
    }
    container->name = to;
    return {204};
  }
  return {404, said("page not found")};
}

void FakeDockerEngine::follow(const UnixRequest&, const std::string& id,
                              const UnixPeer& peer) {
  {
    const std::lock_guard lock(mutex_);
    const Container* container = find(id);
    if (container == nullptr) {
      peer.reply(404, said("No such container: " + id).dump());
      return;
    }
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    if (!container->log.empty()) peer.send(frame(container->log));
  }
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      const Container* container = find(id);
      if (container == nullptr || container->status != "running") return;
    }
    pollfd left{peer.fd(), POLLRDHUP, 0};
    if (::poll(&left, 1, 2) > 0) return;
  }
}

}  // namespace rung::fakes
