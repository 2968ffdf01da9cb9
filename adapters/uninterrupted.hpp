#pragma once

#include "adapters/interruption.hpp"

namespace rung {

/// While it lives a wish to stop that came before waits: what is half done is
/// put right first. One that comes meanwhile is obeyed at once.
class Uninterrupted {
 public:
  Uninterrupted() : wanted_(Interruption::requested()) {
    if (wanted_) Interruption::clear();
  }
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
  ~Uninterrupted() {
    if (wanted_) Interruption::request();
  }

 private:
  bool wanted_;
};

}  // namespace rung
