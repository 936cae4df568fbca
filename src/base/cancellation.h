#pragma once

#include <atomic>

#include "base/error.h"

namespace emery::base {

/// Set once, from any thread or signal handler, to stop a query; operators look at it for every
/// batch.
class CancellationToken {
 public:
  void Cancel() { canceled_.store(true, std::memory_order_relaxed); }

  bool canceled() const { return canceled_.load(std::memory_order_relaxed); }

  Status Check() const { return canceled() ? Canceled() : Status::OK(); }

 private:
  std::atomic<bool> canceled_{false};
};

}  // namespace emery::base
