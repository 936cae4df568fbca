#include "execution/worker_pool.h"

#include <utility>

namespace emery::execution {

WorkerPool& WorkerPool::Instance() {
  // Never destroyed: its threads may outlive every static object.
  static WorkerPool* const pool = new WorkerPool();
  return *pool;
}

void WorkerPool::Submit(std::function<void()> work) {
  bool start = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_.push_back(std::move(work));
    if (idle_ < static_cast<int>(work_.size())) {
      start = true;
      ++idle_;  // counts the new thread already
    }
  }
  if (start) {
    std::thread([this] { Run(); }).detach();
  } else {
    wake_.notify_one();
  }
}

void WorkerPool::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return !work_.empty(); });
    std::function<void()> work = std::move(work_.front());
    work_.pop_front();
    --idle_;
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
    ++idle_;
  }
}

}  // namespace emery::execution
