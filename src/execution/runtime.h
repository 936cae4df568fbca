#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "execution/query.h"

namespace emery::functions {
class RuntimeFilter;
}

namespace emery::io {
class SpillFile;
}

namespace emery::execution {

/// An operator's metrics with what the executor needs beside them.
struct OperatorStatistics : OperatorMetrics {
  std::atomic<int64_t> memory_now{0};

  void AddMemory(int64_t delta) {
    const int64_t now = memory_now.fetch_add(delta, std::memory_order_relaxed) + delta;
    int64_t peak = memory_bytes.load(std::memory_order_relaxed);
    while (now > peak && !memory_bytes.compare_exchange_weak(peak, now)) {
    }
  }
};

/// What all threads of one query share: environment, the first error, metrics, runtime filters.
/// Thread-safe.
class Runtime {
 public:
  explicit Runtime(QueryEnvironment environment);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const std::shared_ptr<const functions::QueryContext>& context() const {
    return environment_.context;
  }

  base::MemoryBudget* budget() const { return environment_.budget; }

  int num_threads() const { return num_threads_; }

  int default_parallelism() const;

  /// Everything runs on the thread that asks for the results (plans that are not worth a second
  /// one).
  bool inline_execution() const { return inline_; }

  void set_inline_execution() {
    inline_ = true;
    num_threads_ = 1;
  }

  /// The error that stops this query, if there is one: its first error, or OPERATION_CANCELED.
  /// Cheap; asked once a batch.
  Status Check() const {
    if (stopped_.load(std::memory_order_relaxed)) {
      return StopReason();
    }
    if (environment_.cancellation != nullptr && environment_.cancellation->canceled()) {
      return base::Canceled();
    }
    return Status::OK();
  }

  /// The first call decides how the query ends.
  void Stop(const Status& reason);

  /// The statistics of `node`, made at the first call.
  OperatorStatistics* StatisticsOf(const physical::Node& node);
  std::vector<const OperatorMetrics*> metrics() const;

  /// The filter `id`, made by whoever asks first: the join that publishes it or the scan that reads
  /// it.
  std::shared_ptr<functions::RuntimeFilter> RuntimeFilterOf(int id, const type::TypePtr& type);

  /// Calls f(i) for all i in [0, count) on up to num_threads() threads, the calling one among them,
  /// in ascending order of start; the first error, after which no more calls start. `f` must be
  /// callable from several threads.
  Status ParallelFor(int64_t count, const std::function<Status(int64_t)>& f);
  /// Calls f(0) … f(threads - 1), each on its own thread, and waits for all. Errors go through Stop
  /// as well.
  Status RunThreads(int threads, const std::function<Status(int)>& f);

  /// A new file in the query's spill folder. Errors: those of making it.
  Result<std::unique_ptr<io::SpillFile>> NewSpillFile() const;

  // Progress, shown while the query runs.
  std::atomic<int64_t> tasks_total{0};
  std::atomic<int64_t> tasks_done{0};
  std::atomic<const OperatorStatistics*> running{nullptr};

 private:
  Status StopReason() const;

  QueryEnvironment environment_;
  int num_threads_;
  bool inline_ = false;
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;  // guards all below
  Status stop_reason_;
  std::map<int, std::unique_ptr<OperatorStatistics>> statistics_;
  std::map<int, std::shared_ptr<functions::RuntimeFilter>> filters_;
};

/// An operator's (or one of its threads') share of the memory budget. Released on destruction.
/// Confined to one thread, or locked by its owner.
class MemoryShare {
 public:
  MemoryShare(Runtime* runtime, OperatorStatistics* statistics)
      : reservation_(runtime->budget()), statistics_(statistics) {}

  ~MemoryShare() { Force(0); }

  /// False, and unchanged, where the budget is out: the caller spills or fails.
  bool TryResize(int64_t bytes) {
    const int64_t rounded = Rounded(bytes);
    const int64_t delta = rounded - reservation_.bytes();
    if (delta == 0) {
      return true;
    }
    if (!reservation_.TryResize(rounded)) {
      return false;
    }
    statistics_->AddMemory(delta);
    return true;
  }

  /// Takes it in any case.
  void Force(int64_t bytes) {
    const int64_t rounded = Rounded(bytes);
    const int64_t delta = rounded - reservation_.bytes();
    if (delta != 0) {
      reservation_.Resize(rounded);
      statistics_->AddMemory(delta);
    }
  }

  int64_t bytes() const { return reservation_.bytes(); }

 private:
  // In steps, so that the shared counters are touched rarely.
  static int64_t Rounded(int64_t bytes) { return (bytes + 65535) & ~int64_t{65535}; }

  base::MemoryReservation reservation_;
  OperatorStatistics* statistics_;
};

/// The budget is out and nothing is left to spill: condition UNABLE_TO_ACQUIRE_MEMORY.
Status OutOfMemory(const Runtime& runtime, int64_t requested_bytes);

}  // namespace emery::execution
