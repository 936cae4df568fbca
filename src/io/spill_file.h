#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "io/object_store.h"

namespace arrow::util {
class Codec;
}

namespace emery::io {

/// Where a block of a spill file lies.
struct SpillBlock {
  int64_t offset = 0;
  int64_t stored_bytes = 0;
  int64_t bytes = 0;  // before compression; equal to stored_bytes: stored as it is
};

/// State of an operator moved to disk: blocks appended one after another, each compressed with LZ4,
/// read back in any order. The file has no name from the moment it is open, so it goes when it is
/// closed, even by a crash. Append is confined to one thread; Read may run on several at once, also
/// while another appends. Errors: a full disk (TASK_WRITE_FAILED naming the folder), I/O errors.
class SpillFile {
 public:
  /// In `folder`, which is created where it is missing; empty: DefaultSpillFolder().
  static Result<std::unique_ptr<SpillFile>> Create(const std::string& folder = "");
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  Result<SpillBlock> Append(std::string_view bytes);
  /// The block's bytes, with 64 readable bytes behind them.
  Result<Bytes> Read(const SpillBlock& block) const;
  /// Reads on an I/O thread. The file must stay alive until the future is ready.
  BytesFuture ReadAhead(const SpillBlock& block) const;

  int64_t bytes_on_disk() const { return end_; }

 private:
  SpillFile(int fd, std::string folder, std::unique_ptr<arrow::util::Codec> codec);
  int fd_;
  std::string folder_;
  std::unique_ptr<arrow::util::Codec> codec_;
  std::vector<char> scratch_;
  int64_t end_ = 0;
};

/// $TMPDIR, else /tmp.
std::string DefaultSpillFolder();

}  // namespace emery::io
