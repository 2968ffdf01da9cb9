#include "core/hunting/asked_again.hpp"

namespace rung {

void AskedAgain::add(const Proposal& proposal) {
  queue_.push_back(proposal);
  due_.insert(proposal.point);
}

Proposal AskedAgain::take() {
  Proposal first = queue_.front();
  queue_.pop_front();
  return first;
}

void AskedAgain::put_back(const Proposal& proposal) {
  queue_.push_front(proposal);
  due_.insert(proposal.point);
}

bool AskedAgain::due(const Point& point) {
  const auto it = due_.find(point);
  if (it == due_.end()) return false;
  due_.erase(it);
  return true;
}

}  // namespace rung
