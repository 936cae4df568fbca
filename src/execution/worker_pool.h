#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace emery::execution {

/// The threads on which queries of this process run. Threads are started when work finds none idle
/// and stay for later queries, so that a query costs no thread start. Thread-safe. Work may block:
/// as every submitted function gets a thread of its own, queries can't starve each other into a
/// deadlock; how many functions a query submits is its own limit.
class WorkerPool {
 public:
  /// Lives until the process ends.
  static WorkerPool& Instance();

  /// Runs `work` on some thread, soon.
  void Submit(std::function<void()> work);

 private:
  WorkerPool() = default;
  void Run();

  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::deque<std::function<void()>> work_;
  int idle_ = 0;
};

}  // namespace emery::execution
