// Files of this machine. Commits rest on link(2), which fails where the name is taken, and on
// rename(2), which replaces in one step; both after fsync of the data, and of the folder
// afterwards.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "arrow/buffer.h"

#include "io/io_errors_internal.h"
#include "io/range_coalescing_internal.h"
#include "io/stores_internal.h"

namespace emery::io {

namespace {

constexpr int64_t kGapMax = 64 << 10;
constexpr int64_t kReadMax = 8 << 20;
constexpr int64_t kPadding = 64;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}

  ~FileDescriptor() { Close(); }

  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }

  int Close() {
    const int result = fd_ >= 0 ? ::close(fd_) : 0;
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

int64_t ModifiedMicros(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1000;
}

std::string ParentFolder(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Status MakeFolders(const std::string& path) {
  if (path.empty() || path == "/") {
    return Status::OK();
  }
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) {
    return Status::OK();
  }
  if (errno != ENOENT) {
    return SystemError(errno, "create the folder", path);
  }
  ARROW_RETURN_NOT_OK(MakeFolders(ParentFolder(path)));
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) {
    return Status::OK();
  }
  return SystemError(errno, "create the folder", path);
}

/// A name beside `path` that nobody else uses. Hidden, so that listings of tables ignore what a
/// crash leaves.
std::string TemporaryName(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  const size_t slash = path.find_last_of('/');
  return path.substr(0, slash + 1) + "." + path.substr(slash + 1) + "." +
         std::to_string(::getpid()) + "." + std::to_string(counter.fetch_add(1)) + ".tmp";
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return SystemError(errno, "write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::OK();
}

Result<Bytes> ReadAt(int fd, ByteRange range, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(range.length + kPadding));
  int64_t done = 0;
  while (done < range.length) {
    const ssize_t n = ::pread(fd, buffer->mutable_data() + done,
                              static_cast<size_t>(range.length - done), range.offset + done);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return SystemError(errno, "read", path);
    }
    if (n == 0) {
      return StorageError("FAILED_READ_FILE.NO_HINT",
                          "Cannot read " + path + ": the file ends at byte " +
                              std::to_string(range.offset + done) + ", wanted up to " +
                              std::to_string(range.offset + range.length) +
                              ". It is truncated or was replaced.",
                          {{"path", path}});
    }
    done += n;
  }
  std::fill_n(buffer->mutable_data() + range.length, kPadding, uint8_t{0});
  return arrow::SliceBuffer(buffer, 0, range.length);
}

void SyncFolder(const std::string& path) {
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) {
    // Some file systems can't sync folders; the rename has happened in any case.
    (void)::fsync(folder.get());
  }
}

class LocalWriter final : public ObjectWriter {
 public:
  LocalWriter(std::string path, std::string temporary, int fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {
    buffer_.reserve(kBuffer);
  }

  ~LocalWriter() override {
    if (!done_) {
      (void)Abort();  // nobody is left to tell
    }
  }

  Status Write(std::string_view bytes) override {
    written_ += static_cast<int64_t>(bytes.size());
    if (buffer_.size() + bytes.size() > kBuffer) {
      ARROW_RETURN_NOT_OK(WriteAll(fd_.get(), buffer_, path_));
      buffer_.clear();
      if (bytes.size() >= kBuffer) {
        return WriteAll(fd_.get(), bytes, path_);
      }
    }
    buffer_.append(bytes);
    return Status::OK();
  }

  Status Close() override {
    ARROW_RETURN_NOT_OK(WriteAll(fd_.get(), buffer_, path_));
    buffer_.clear();
    if (::fdatasync(fd_.get()) != 0 || fd_.Close() != 0) {
      return SystemError(errno, "write", path_);
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return SystemError(errno, "write", path_);
    }
    done_ = true;
    return Status::OK();
  }

  Status Abort() override {
    done_ = true;
    fd_.Close();
    ::unlink(temporary_.c_str());
    return Status::OK();
  }

  int64_t bytes_written() const override { return written_; }

 private:
  static constexpr size_t kBuffer = 1 << 20;
  std::string path_;
  std::string temporary_;
  FileDescriptor fd_;
  std::string buffer_;
  int64_t written_ = 0;
  bool done_ = false;
};

class LocalObjectStore final : public ObjectStore {
 public:
  Result<ObjectInfo> Stat(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) {
      return SystemError(errno, "read", path);
    }
    ObjectInfo object{path, info.st_size, ModifiedMicros(info)};
    if (S_ISDIR(info.st_mode) && (path.empty() || path.back() != '/')) {
      object.path += '/';
      object.size = 0;
    }
    return object;
  }

  Result<Bytes> Read(const std::string& path) override {
    FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info;
    if (fd.get() < 0 || ::fstat(fd.get(), &info) != 0) {
      return SystemError(errno, "read", path);
    }
    return ReadAt(fd.get(), {0, info.st_size}, path);
  }

  std::vector<BytesFuture> ReadRanges(const std::string& path,
                                      const std::vector<ByteRange>& ranges) override {
    auto fd = std::make_shared<FileDescriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const int error_number = fd->get() < 0 ? errno : 0;
    return ReadCoalesced(ranges, kGapMax, kReadMax,
                         [fd, error_number, path](ByteRange range) -> Result<Bytes> {
                           if (error_number != 0) {
                             return SystemError(error_number, "read", path);
                           }
                           return ReadAt(fd->get(), range, path);
                         });
  }

  Status Put(const std::string& path, std::string_view bytes) override {
    const std::string temporary = TemporaryName(path);
    ARROW_RETURN_NOT_OK(WriteTemporary(temporary, path, bytes));
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      const int error_number = errno;
      ::unlink(temporary.c_str());
      return SystemError(error_number, "write", path);
    }
    SyncFolder(ParentFolder(path));
    return Status::OK();
  }

  Status CreateIfAbsent(const std::string& path, std::string_view bytes) override {
    const std::string temporary = TemporaryName(path);
    ARROW_RETURN_NOT_OK(WriteTemporary(temporary, path, bytes));
    const int linked = ::link(temporary.c_str(), path.c_str());
    const int error_number = linked == 0 ? 0 : errno;
    ::unlink(temporary.c_str());
    if (error_number == EEXIST) {
      return Status::AlreadyExists("There is already a file at ", path);
    }
    if (error_number != 0) {
      return SystemError(error_number, "create", path);
    }
    SyncFolder(ParentFolder(path));
    return Status::OK();
  }

  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& path) override {
    ARROW_RETURN_NOT_OK(MakeFolders(ParentFolder(path)));
    std::string temporary = TemporaryName(path);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
      return SystemError(errno, "write", path);
    }
    return std::make_unique<LocalWriter>(path, std::move(temporary), fd);
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, bool recursive) override {
    std::string folder = prefix;
    while (folder.size() > 1 && folder.back() == '/') {
      folder.pop_back();
    }
    std::vector<ObjectInfo> objects;
    ARROW_RETURN_NOT_OK(ListInto(folder, recursive, 0, &objects));
    std::sort(objects.begin(), objects.end(),
              [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; });
    return objects;
  }

  Status Delete(const std::vector<std::string>& paths) override {
    for (const std::string& path : paths) {
      if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
        return SystemError(errno, "delete", path);
      }
    }
    return Status::OK();
  }

  Status DeleteTree(const std::string& prefix) override {
    struct stat info;
    if (::lstat(prefix.c_str(), &info) != 0) {
      return errno == ENOENT ? Status::OK() : SystemError(errno, "delete", prefix);
    }
    if (!S_ISDIR(info.st_mode)) {
      return Delete({prefix});
    }
    DIR* folder = ::opendir(prefix.c_str());
    if (folder == nullptr) {
      return SystemError(errno, "delete", prefix);
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        names.emplace_back(name);
      }
    }
    ::closedir(folder);
    for (const std::string& name : names) {
      ARROW_RETURN_NOT_OK(DeleteTree(prefix + "/" + name));
    }
    if (::rmdir(prefix.c_str()) != 0 && errno != ENOENT) {
      return SystemError(errno, "delete", prefix);
    }
    return Status::OK();
  }

  Status Rename(const std::string& from, const std::string& to) override {
    ARROW_RETURN_NOT_OK(MakeFolders(ParentFolder(to)));
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return SystemError(errno, "rename", from);
    }
    SyncFolder(ParentFolder(to));
    return Status::OK();
  }

  Status CreateFolder(const std::string& path) override { return MakeFolders(path); }

 private:
  static constexpr int kDepthMax = 64;  // links may make a circle

  static Status WriteTemporary(const std::string& temporary, const std::string& path,
                               std::string_view bytes) {
    ARROW_RETURN_NOT_OK(MakeFolders(ParentFolder(path)));
    FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd.get() < 0) {
      return SystemError(errno, "write", path);
    }
    Status status = WriteAll(fd.get(), bytes, path);
    if (status.ok() && (::fsync(fd.get()) != 0 || fd.Close() != 0)) {
      status = SystemError(errno, "write", path);
    }
    if (!status.ok()) {
      ::unlink(temporary.c_str());
    }
    return status;
  }

  static Status ListInto(const std::string& folder, bool recursive, int depth,
                         std::vector<ObjectInfo>* objects) {
    if (depth > kDepthMax) {
      return StorageError("FAILED_READ_FILE.NO_HINT",
                          "Cannot list " + folder + ": folders are nested too deeply.",
                          {{"path", folder}});
    }
    DIR* handle = ::opendir(folder.c_str());
    if (handle == nullptr) {
      return SystemError(errno, "list", folder);
    }
    std::vector<std::string> folders;
    while (const dirent* entry = ::readdir(handle)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") {
        continue;
      }
      std::string path = folder == "/" ? "/" + std::string(name) : folder + "/" + entry->d_name;
      struct stat info;
      if (::stat(path.c_str(), &info) != 0) {
        continue;  // deleted meanwhile, or a link to nothing
      }
      if (S_ISDIR(info.st_mode)) {
        if (recursive) {
          folders.push_back(std::move(path));
        } else {
          objects->push_back({path + "/", 0, ModifiedMicros(info)});
        }
      } else {
        objects->push_back({std::move(path), info.st_size, ModifiedMicros(info)});
      }
    }
    ::closedir(handle);
    for (const std::string& path : folders) {
      ARROW_RETURN_NOT_OK(ListInto(path, recursive, depth + 1, objects));
    }
    return Status::OK();
  }
};

}  // namespace

std::shared_ptr<ObjectStore> LocalStore() {
  static const auto store = std::make_shared<LocalObjectStore>();
  return store;
}

}  // namespace emery::io
