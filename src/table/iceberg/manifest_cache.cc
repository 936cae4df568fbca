#include "table/iceberg/manifest_cache.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "io/object_store.h"

namespace emery::table::iceberg {

namespace {

constexpr int64_t kBytesMax = int64_t{128} << 20;
constexpr size_t kThreadsMax = 16;

/// Least recently used first to go.
template <class T>
class Cache {
 public:
  using Item = std::shared_ptr<const T>;

  Item Find(const std::string& key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = items_.find(key);
    if (found == items_.end()) {
      return nullptr;
    }
    order_.splice(order_.begin(), order_, found->second);
    return found->second->item;
  }

  void Add(const std::string& key, Item item, int64_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes > kBytesMax / 4 || items_.count(key) != 0) {
      return;
    }
    order_.push_front({key, std::move(item), bytes});
    items_[key] = order_.begin();
    bytes_ += bytes;
    while (bytes_ > kBytesMax) {
      bytes_ -= order_.back().bytes;
      items_.erase(order_.back().key);
      order_.pop_back();
    }
  }

 private:
  struct Kept {
    std::string key;
    Item item;
    int64_t bytes;
  };

  std::mutex mutex_;  // guards all below
  std::list<Kept> order_;
  std::unordered_map<std::string, typename std::list<Kept>::iterator> items_;
  int64_t bytes_ = 0;
};

/// One for each kind and process; threads may use it until the process ends.
template <class T>
Cache<T>& TheCache() {
  static auto* cache = new Cache<T>;
  return *cache;
}

Result<std::string> KeyOf(const std::string& location) {
  std::string path = location;
  ARROW_ASSIGN_OR_RAISE(const auto store, io::StoreFor(&path));
  ARROW_ASSIGN_OR_RAISE(const auto info, store->Stat(path));
  return location + "|" + std::to_string(info.size) + "|" + std::to_string(info.modified_us);
}

}  // namespace

Result<std::shared_ptr<const ManifestEntries>> CachedManifest(const ManifestFile& manifest,
                                                              const PartitionSpec& spec) {
  ARROW_ASSIGN_OR_RAISE(std::string key, KeyOf(manifest.manifest_path));
  // What entries inherit.
  key += "|" + std::to_string(spec.spec_id) + "|" + std::to_string(manifest.sequence_number) + "|" +
         std::to_string(manifest.added_snapshot_id.value) + "|" +
         std::to_string(manifest.first_row_id.value_or(-1));
  auto& cache = TheCache<ManifestEntries>();
  if (auto found = cache.Find(key)) {
    return found;
  }
  ARROW_ASSIGN_OR_RAISE(auto entries, ManifestEntries::Read(manifest, spec));
  cache.Add(key, entries, entries->memory_bytes());
  return entries;
}

Result<std::shared_ptr<const std::vector<ManifestFile>>> CachedManifestList(
    const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const std::string key, KeyOf(location));
  auto& cache = TheCache<std::vector<ManifestFile>>();
  if (auto found = cache.Find(key)) {
    return found;
  }
  ARROW_ASSIGN_OR_RAISE(auto read, ReadManifestList(location));
  int64_t bytes = 0;
  for (const auto& manifest : read) {
    bytes += static_cast<int64_t>(sizeof(manifest) + manifest.manifest_path.size() +
                                  manifest.partitions.size() * (sizeof(FieldSummary) + 32));
  }
  auto list = std::make_shared<const std::vector<ManifestFile>>(std::move(read));
  cache.Add(key, list, bytes);
  return list;
}

Status ForEachManifest(size_t count, const std::function<Status(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status first;
  const auto run = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      Status status = work(i);
      if (!status.ok()) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (first.ok()) {
          first = std::move(status);
        }
        next = count;
      }
    }
  };
  std::vector<std::thread> threads;
  const size_t wanted =
      std::min({count, kThreadsMax, static_cast<size_t>(std::thread::hardware_concurrency())});
  for (size_t i = 1; i < wanted; ++i) {
    threads.emplace_back(run);
  }
  run();
  for (auto& thread : threads) {
    thread.join();
  }
  return first;
}

}  // namespace emery::table::iceberg
