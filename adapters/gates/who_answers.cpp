#include "adapters/gates/who_answers.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "adapters/gates/connection.hpp"
#include "adapters/process/listeners.hpp"
#include "adapters/process/tree.hpp"
#include "core/gates/whose_answer.hpp"

namespace rung {
namespace {

using Owner = PortListener::Owner;

/// What a trial's processes hold.
struct Held {
  std::map<Inode, std::set<std::int64_t>> inodes;  ///< -> its holders
  bool all_seen = true;  ///< no process of it is closed to this user
};

Held held_by(const std::vector<pid_t>& tree) {
  Held held;
  for (const pid_t pid : tree) {
    std::set<Inode> inodes;
    held.all_seen = add_sockets(pid, inodes) && held.all_seen;
    for (const Inode inode : inodes) held.inodes[inode].insert(pid);
  }
  return held;
}

std::vector<Listener> on_port(std::uint16_t port) {
  auto all = listeners_seen_by("self");
  std::erase_if(all, [&](const Listener& one) {
    return one.socket.port != port;
  });
  return all;
}

std::string peer_of(int connection) {
  Address peer;
  peer.size = sizeof peer.storage;
  if (getpeername(connection, reinterpret_cast<sockaddr*>(&peer.storage),
                  &peer.size) != 0) {
    return {};
  }
  return peer.text();
}

}  // namespace

std::vector<PortListener> port_listeners(
    std::uint16_t port, const std::function<std::vector<pid_t>()>& tree) {
  std::vector<PortListener> all;
  std::vector<Listener> sockets = on_port(port);
  if (sockets.empty()) return all;
  Held held = held_by(tree());
  const auto is_own = [&](const Listener& one) {
    return held.inodes.contains(one.inode);
  };
  if (!std::all_of(sockets.begin(), sockets.end(), is_own)) {
    sockets = on_port(port);
    held = held_by(tree());
  }
  std::set<Inode> others;
  for (const Listener& one : sockets) {
    if (!is_own(one)) others.insert(one.inode);
  }
  std::map<Inode, pid_t> holders;
  if (!others.empty()) {
    holders = socket_holders(std::move(others));
    // What nobody holds may have been closed meanwhile.
    std::set<Inode> open;
    for (const Listener& one : on_port(port)) open.insert(one.inode);
    std::erase_if(sockets, [&](const Listener& one) {
      return !open.contains(one.inode);
    });
  }
  for (const Listener& one : sockets) {
    PortListener listener;
    listener.socket = one.socket;
    listener.number = one.inode;
    if (is_own(one)) {
      listener.owner = Owner::trial;
      listener.held_by = held.inodes.at(one.inode);
    } else if (const auto holder = holders.find(one.inode);
               holder != holders.end()) {
      listener.owner = Owner::stranger;
      listener.pid = holder->second;
      listener.program = command_name(holder->second);
    } else if (held.all_seen) {
      listener.owner = Owner::stranger;
    }
    all.push_back(std::move(listener));
  }
  return all;
}

AnswerTie::AnswerTie(Deployment& deployment, std::uint16_t local_port,
                     int connection)
    : deployment_(deployment),
      port_(local_port == deployment.routed_port() ? local_port : 0),
      address_(port_ == 0 ? std::string() : peer_of(connection)),
      before_(stranger()) {}

std::optional<PortListener> AnswerTie::stranger() const {
  if (port_ == 0) return std::nullopt;
  const auto listeners = deployment_.listeners(port_);
  return listeners ? stranger_at(*listeners, address_) : std::nullopt;
}

CheckResult AnswerTie::tied(CheckResult result,
                            const std::string& asked) const {
  const auto other = before_ ? before_ : stranger();
  if (!other) return result;
  CheckResult untied;
  untied.kind = CheckResult::Kind::infra;
  untied.failure = stranger_failure(*other, asked);
  untied.local_port = result.local_port;
  return untied;
}

}  // namespace rung
