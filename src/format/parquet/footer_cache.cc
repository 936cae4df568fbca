#include <algorithm>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "format/parquet/footer.h"

namespace emery::format::parquet {

namespace {

constexpr int64_t kBytesMax = 256 << 20;

class FooterCache {
 public:
  FooterPtr Find(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return found->second->second;
  }

  void Add(const std::string& key, const FooterPtr& footer) {
    std::lock_guard lock(mutex_);
    if (entries_.contains(key)) {
      return;
    }
    order_.emplace_front(key, footer);
    entries_[key] = order_.begin();
    bytes_ += footer->memory_bytes;
    while (bytes_ > kBytesMax && order_.size() > 1) {
      bytes_ -= order_.back().second->memory_bytes;
      entries_.erase(order_.back().first);
      order_.pop_back();
    }
  }

 private:
  using Order = std::list<std::pair<std::string, FooterPtr>>;
  std::mutex mutex_;  // guards all below
  Order order_;       // most recently used first
  std::unordered_map<std::string, Order::iterator> entries_;
  int64_t bytes_ = 0;
};

FooterCache& Cache() {
  static FooterCache* cache = new FooterCache;  // I/O threads may use it until the process ends
  return *cache;
}

}  // namespace

Result<FooterPtr> CachedFooter(const io::ObjectInfo& info) {
  const std::string key =
      info.path + "|" + std::to_string(info.size) + "|" + std::to_string(info.modified_us);
  if (FooterPtr cached = Cache().Find(key)) {
    return cached;
  }
  std::string path = info.path;
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<io::ObjectStore> store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(FooterPtr footer, ReadFooter(store.get(), path, info.size));
  Cache().Add(key, footer);
  return footer;
}

Result<std::vector<FooterPtr>> CachedFooters(const std::vector<io::ObjectInfo>& files) {
  std::vector<FooterPtr> footers(files.size());
  if (files.size() == 1) {
    ARROW_ASSIGN_OR_RAISE(footers[0], CachedFooter(files[0]));
    return footers;
  }
  // Stores read on the I/O threads, so what waits for them must not run there: a few threads of our
  // own.
  constexpr size_t kThreadsMax = 8;

  struct Work {
    std::mutex mutex;
    size_t next = 0;
    Status status;
  } work;

  const auto run = [&] {
    while (true) {
      size_t i;
      {
        std::lock_guard lock(work.mutex);
        if (!work.status.ok() || work.next >= files.size()) {
          return;
        }
        i = work.next++;
      }
      Result<FooterPtr> footer = CachedFooter(files[i]);
      if (footer.ok()) {
        footers[i] = *std::move(footer);
      } else {
        std::lock_guard lock(work.mutex);
        work.status = footer.status();
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t t = 1; t < std::min(kThreadsMax, files.size() / 8 + 1); ++t) {
    threads.emplace_back(run);
  }
  run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  ARROW_RETURN_NOT_OK(work.status);
  return footers;
}

}  // namespace emery::format::parquet
