#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "arrow/type_fwd.h"

#include "base/error.h"

namespace emery::io {

struct ByteRange {
  int64_t offset = 0;
  int64_t length = 0;
};

struct ObjectInfo {
  std::string path;
  int64_t size = 0;
  int64_t modified_us = 0;  // since the epoch
};

using Bytes = std::shared_ptr<arrow::Buffer>;
using BytesFuture = std::shared_future<Result<Bytes>>;

/// Writes one object. Nothing is visible under its path before Close returns OK; destruction
/// without Close leaves nothing. Confined to one thread.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Write(std::string_view bytes) = 0;
  virtual Status Close() = 0;
  virtual Status Abort() = 0;
  virtual int64_t bytes_written() const = 0;
};

/// A place that keeps objects by path. Thread-safe. Errors: arrow::Status::IOError with an
/// ErrorDetail (PATH_NOT_FOUND, FAILED_READ_FILE…, permission) that names the path; IsNotFound
/// below tells a missing object.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<ObjectInfo> Stat(const std::string& path) = 0;
  /// The whole object.
  virtual Result<Bytes> Read(const std::string& path) = 0;
  /// Starts reading `ranges` on I/O threads and returns at once; near ranges are read together. A
  /// range past the end is an error.
  virtual std::vector<BytesFuture> ReadRanges(const std::string& path,
                                              const std::vector<ByteRange>& ranges) = 0;
  /// Replaces the object in one step.
  virtual Status Put(const std::string& path, std::string_view bytes) = 0;
  /// Creates the object in one step; AlreadyExists where there is one, which then is unchanged.
  virtual Status CreateIfAbsent(const std::string& path, std::string_view bytes) = 0;
  virtual Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& path) = 0;
  /// Objects whose path starts with `prefix` + "/", by path; `recursive` or one level (folders then
  /// as paths that end in '/').
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix, bool recursive) = 0;
  /// Deletes what exists of `paths`; missing ones are no error.
  virtual Status Delete(const std::vector<std::string>& paths) = 0;
  /// Deletes all below a folder, and the folder.
  virtual Status DeleteTree(const std::string& prefix) = 0;
  /// Moves a whole object or folder where the store can do it in one step (local disks);
  /// NotImplemented elsewhere.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status CreateFolder(const std::string& path) = 0;
};

bool IsNotFound(const Status& status);

/// The store for a path: "file:/…", "file:///…", "/…", "memory:/…"; relative paths lie below the
/// working directory. `path` is changed to what the store itself takes. Errors: UNSUPPORTED_FEATURE
/// for schemes without a store.
Result<std::shared_ptr<ObjectStore>> StoreFor(std::string* path);

/// Paths that match a pattern with * ? [abc] {a,b} in any component, sorted; without a pattern, the
/// path itself if it exists.
Result<std::vector<ObjectInfo>> Glob(const std::string& pattern);

/// Runs on the I/O thread pool.
void RunOnIoThread(std::function<void()> work);

}  // namespace emery::io
