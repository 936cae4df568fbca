#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include "arrow/buffer.h"

#include "io/io_errors_internal.h"
#include "io/range_coalescing_internal.h"
#include "io/stores_internal.h"

namespace emery::io {

namespace {

struct MemoryObject {
  Bytes bytes;
  int64_t modified_us = 0;
};

class MemoryObjectStore;

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(MemoryObjectStore* store, std::string path)
      : store_(store), path_(std::move(path)) {}

  Status Write(std::string_view bytes) override {
    bytes_.append(bytes);
    return Status::OK();
  }

  Status Close() override;

  Status Abort() override {
    bytes_.clear();
    return Status::OK();
  }

  int64_t bytes_written() const override { return static_cast<int64_t>(bytes_.size()); }

 private:
  MemoryObjectStore* store_;
  std::string path_;
  std::string bytes_;
};

class MemoryObjectStore final : public ObjectStore {
 public:
  Result<ObjectInfo> Stat(const std::string& path) override {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(path);
    if (found != objects_.end()) {
      return ObjectInfo{path, found->second.bytes->size(), found->second.modified_us};
    }
    const std::string folder = AsFolder(path);
    const auto below = objects_.lower_bound(folder);
    if (below != objects_.end() && below->first.starts_with(folder)) {
      return ObjectInfo{folder, 0, 0};
    }
    return PathNotFound("memory:" + path);
  }

  Result<Bytes> Read(const std::string& path) override {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(path);
    if (found == objects_.end()) {
      return PathNotFound("memory:" + path);
    }
    return found->second.bytes;
  }

  std::vector<BytesFuture> ReadRanges(const std::string& path,
                                      const std::vector<ByteRange>& ranges) override {
    const Result<Bytes> bytes = Read(path);
    std::vector<BytesFuture> futures;
    for (const ByteRange& range : ranges) {
      std::promise<Result<Bytes>> promise;
      if (!bytes.ok()) {
        promise.set_value(bytes.status());
      } else if (range.offset < 0 || range.length < 0 || range.offset > (*bytes)->size() ||
                 range.length > (*bytes)->size() - range.offset) {
        promise.set_value(StorageError("FAILED_READ_FILE.NO_HINT",
                                       "Cannot read memory:" + path + ": it is truncated.",
                                       {{"path", path}}));
      } else {
        promise.set_value(arrow::SliceBuffer(*bytes, range.offset, range.length));
      }
      futures.push_back(promise.get_future().share());
    }
    return futures;
  }

  Status Put(const std::string& path, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(MemoryObject object, MakeObject(bytes));
    std::lock_guard lock(mutex_);
    objects_[path] = std::move(object);
    return Status::OK();
  }

  Status CreateIfAbsent(const std::string& path, std::string_view bytes) override {
    ARROW_ASSIGN_OR_RAISE(MemoryObject object, MakeObject(bytes));
    std::lock_guard lock(mutex_);
    if (!objects_.emplace(path, std::move(object)).second) {
      return Status::AlreadyExists("There is already an object at memory:", path);
    }
    return Status::OK();
  }

  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& path) override {
    return std::make_unique<MemoryWriter>(this, path);
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, bool recursive) override {
    const std::string folder = AsFolder(prefix);
    std::lock_guard lock(mutex_);
    std::vector<ObjectInfo> found;
    for (auto it = objects_.lower_bound(folder);
         it != objects_.end() && it->first.starts_with(folder); ++it) {
      const size_t slash = it->first.find('/', folder.size());
      if (recursive || slash == std::string::npos) {
        found.push_back({it->first, it->second.bytes->size(), it->second.modified_us});
      } else {
        std::string below = it->first.substr(0, slash + 1);
        if (found.empty() || found.back().path != below) {
          found.push_back({std::move(below), 0, 0});
        }
      }
    }
    return found;
  }

  Status Delete(const std::vector<std::string>& paths) override {
    std::lock_guard lock(mutex_);
    for (const std::string& path : paths) {
      objects_.erase(path);
    }
    return Status::OK();
  }

  Status DeleteTree(const std::string& prefix) override {
    const std::string folder = AsFolder(prefix);
    std::lock_guard lock(mutex_);
    objects_.erase(prefix);
    auto it = objects_.lower_bound(folder);
    while (it != objects_.end() && it->first.starts_with(folder)) {
      it = objects_.erase(it);
    }
    return Status::OK();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    std::lock_guard lock(mutex_);
    std::map<std::string, MemoryObject> moved;
    const std::string folder = AsFolder(from);
    for (auto it = objects_.lower_bound(from); it != objects_.end();) {
      if (it->first == from || it->first.starts_with(folder)) {
        moved[to + it->first.substr(from.size())] = std::move(it->second);
        it = objects_.erase(it);
      } else if (!it->first.starts_with(from)) {
        break;
      } else {
        ++it;
      }
    }
    if (moved.empty()) {
      return PathNotFound("memory:" + from);
    }
    for (auto& [path, object] : moved) {
      objects_[path] = std::move(object);
    }
    return Status::OK();
  }

  Status CreateFolder(const std::string&) override { return Status::OK(); }

 private:
  static std::string AsFolder(const std::string& path) {
    return path.ends_with('/') ? path : path + "/";
  }

  static Result<MemoryObject> MakeObject(std::string_view bytes) {
    // Padded, as readers of ranges may look a little past their end.
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                          arrow::AllocateBuffer(static_cast<int64_t>(bytes.size()) + 64));
    std::copy(bytes.begin(), bytes.end(), buffer->mutable_data());
    std::fill_n(buffer->mutable_data() + bytes.size(), 64, uint8_t{0});
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return MemoryObject{arrow::SliceBuffer(buffer, 0, static_cast<int64_t>(bytes.size())),
                        std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  }

  std::mutex mutex_;  // guards objects_
  std::map<std::string, MemoryObject> objects_;
};

Status MemoryWriter::Close() {
  return store_->Put(path_, bytes_);
}

}  // namespace

std::shared_ptr<ObjectStore> MemoryStore() {
  static const auto store = std::make_shared<MemoryObjectStore>();
  return store;
}

}  // namespace emery::io
