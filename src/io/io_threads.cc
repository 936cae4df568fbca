// The pool that waits for disks and networks so that no query thread has to. Threads start with the
// first piece of work and live as long as the process; nothing joins them, since at exit they only
// wait.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "io/object_store.h"

namespace emery::io {

namespace {

constexpr int kThreads = 6;

class IoPool {
 public:
  void Run(std::function<void()> work) {
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
      if (idle_ == 0 && threads_ < kThreads) {
        ++threads_;
        std::thread([this] { Loop(); }).detach();
      }
    }
    wake_.notify_one();
  }

 private:
  void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      while (queue_.empty()) {
        ++idle_;
        wake_.wait(lock);
        --idle_;
      }
      std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  int threads_ = 0;
  int idle_ = 0;
};

}  // namespace

void RunOnIoThread(std::function<void()> work) {
  static IoPool* pool = new IoPool;  // never destroyed: its threads outlive main
  pool->Run(std::move(work));
}

}  // namespace emery::io
