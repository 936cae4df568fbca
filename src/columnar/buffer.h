#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace emery::columnar {

/// A block of bytes, 64-byte aligned and padded with at least 64 readable bytes behind `size`.
/// Immutable once shared. It either owns its memory or keeps somebody else's alive (an Arrow
/// buffer, a decompressed page).
class Buffer {
 public:
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  /// Uninitialised memory of `size` bytes. Aborts only where the system itself is out of memory.
  static std::shared_ptr<Buffer> Allocate(size_t size);
  static std::shared_ptr<Buffer> AllocateZeroed(size_t size);
  /// Memory that `owner` keeps alive. Alignment and padding are then the owner's: kernels that read
  /// past the end must not be given it without padding.
  static std::shared_ptr<Buffer> Wrap(const void* data, size_t size,
                                      std::shared_ptr<const void> owner);

  const uint8_t* data() const { return data_; }

  uint8_t* mutable_data() { return data_; }

  size_t size() const { return size_; }

 private:
  Buffer() = default;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  bool owned_ = false;
  std::shared_ptr<const void> owner_;
};

using BufferPtr = std::shared_ptr<Buffer>;

/// Append-only storage for string bytes: blocks that grow from 4 KiB to 1 MiB, never moved.
/// Confined to one thread.
class StringHeap {
 public:
  /// Room for `size` bytes that stays where it is.
  char* Allocate(size_t size);

  /// The blocks so far; give them to the vector that holds views into them.
  const std::vector<BufferPtr>& blocks() const { return blocks_; }

  size_t allocated_bytes() const { return allocated_bytes_; }

 private:
  std::vector<BufferPtr> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t block_size_ = 4096;
  size_t allocated_bytes_ = 0;
};

}  // namespace emery::columnar
