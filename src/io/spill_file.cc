#include "io/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <utility>

#include "arrow/buffer.h"
#include "arrow/util/compression.h"

#include "io/io_errors_internal.h"
#include "io/stores_internal.h"

namespace emery::io {

namespace {

// Less than this is not worth a codec's call.
constexpr size_t kCompressMin = 256;

Status SpillError(int error_number, std::string_view doing, const std::string& folder) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return StorageError("TASK_WRITE_FAILED",
                        "Cannot spill to " + folder +
                            ": the disk is full. Free space there, or set another folder with "
                            "spark.local.dir.",
                        {{"path", folder}});
  }
  return SystemError(error_number, doing, folder);
}

}  // namespace

std::string DefaultSpillFolder() {
  const char* folder = ::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

SpillFile::SpillFile(int fd, std::string folder, std::unique_ptr<arrow::util::Codec> codec)
    : fd_(fd), folder_(std::move(folder)), codec_(std::move(codec)) {}

SpillFile::~SpillFile() {
  ::close(fd_);
}

Result<std::unique_ptr<SpillFile>> SpillFile::Create(const std::string& folder) {
  const std::string place = folder.empty() ? DefaultSpillFolder() : folder;
  ARROW_RETURN_NOT_OK(LocalStore()->CreateFolder(place));
  std::string name = place + "/emery-spill-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    return SpillError(errno, "spill to", place);
  }
  ::unlink(name.c_str());
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::util::Codec> codec,
                        arrow::util::Codec::Create(arrow::Compression::LZ4));
  return std::unique_ptr<SpillFile>(new SpillFile(fd, place, std::move(codec)));
}

Result<SpillBlock> SpillFile::Append(std::string_view bytes) {
  SpillBlock block{end_, static_cast<int64_t>(bytes.size()), static_cast<int64_t>(bytes.size())};
  std::string_view stored = bytes;
  if (bytes.size() >= kCompressMin) {
    const auto* input = reinterpret_cast<const uint8_t*>(bytes.data());
    const int64_t room = codec_->MaxCompressedLen(block.bytes, input);
    scratch_.resize(static_cast<size_t>(room));
    ARROW_ASSIGN_OR_RAISE(
        const int64_t size,
        codec_->Compress(block.bytes, input, room, reinterpret_cast<uint8_t*>(scratch_.data())));
    if (size < block.bytes) {
      stored = {scratch_.data(), static_cast<size_t>(size)};
      block.stored_bytes = size;
    }
  }
  size_t done = 0;
  while (done < stored.size()) {
    const ssize_t n = ::pwrite(fd_, stored.data() + done, stored.size() - done,
                               end_ + static_cast<int64_t>(done));
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return SpillError(errno, "spill to", folder_);
    }
    done += static_cast<size_t>(n);
  }
  end_ += block.stored_bytes;
  return block;
}

Result<Bytes> SpillFile::Read(const SpillBlock& block) const {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> stored,
                        arrow::AllocateBuffer(block.stored_bytes + 64));
  int64_t done = 0;
  while (done < block.stored_bytes) {
    const ssize_t n = ::pread(fd_, stored->mutable_data() + done,
                              static_cast<size_t>(block.stored_bytes - done), block.offset + done);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return SpillError(n < 0 ? errno : EIO, "read", folder_);
    }
    done += n;
  }
  if (block.stored_bytes == block.bytes) {
    return arrow::SliceBuffer(stored, 0, block.bytes);
  }
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> plain,
                        arrow::AllocateBuffer(block.bytes + 64));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, codec_->Decompress(block.stored_bytes, stored->data(),
                                                               block.bytes, plain->mutable_data()));
  if (size != block.bytes) {
    return base::InternalError("a spilled block came back shorter than it was written");
  }
  return arrow::SliceBuffer(plain, 0, block.bytes);
}

BytesFuture SpillFile::ReadAhead(const SpillBlock& block) const {
  auto promise = std::make_shared<std::promise<Result<Bytes>>>();
  BytesFuture future = promise->get_future().share();
  RunOnIoThread([this, block, promise] { promise->set_value(Read(block)); });
  return future;
}

}  // namespace emery::io
