#include "columnar/buffer.h"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace emery::columnar {

namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kPadding = 64;
constexpr size_t kBlockSizeMax = 1 << 20;

}  // namespace

Buffer::~Buffer() {
  if (owned_) {
    std::free(data_);
  }
}

std::shared_ptr<Buffer> Buffer::Allocate(size_t size) {
  std::shared_ptr<Buffer> buffer(new Buffer());
  const size_t bytes = (size + kPadding + kAlignment - 1) / kAlignment * kAlignment;
  buffer->data_ = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, bytes));
  if (buffer->data_ == nullptr) {
    std::abort();  // the budget keeps us from here; nothing could be done without memory
  }
  // The padding is read by kernels that work in whole words, so it has to hold something.
  std::memset(buffer->data_ + size, 0, bytes - size);
  buffer->size_ = size;
  buffer->owned_ = true;
  return buffer;
}

std::shared_ptr<Buffer> Buffer::AllocateZeroed(size_t size) {
  std::shared_ptr<Buffer> buffer = Allocate(size);
  std::memset(buffer->data_, 0, size);
  return buffer;
}

std::shared_ptr<Buffer> Buffer::Wrap(const void* data, size_t size,
                                     std::shared_ptr<const void> owner) {
  std::shared_ptr<Buffer> buffer(new Buffer());
  buffer->data_ = const_cast<uint8_t*>(static_cast<const uint8_t*>(data));
  buffer->size_ = size;
  buffer->owner_ = std::move(owner);
  return buffer;
}

char* StringHeap::Allocate(size_t size) {
  if (size > left_) {
    // A string of more than a quarter block gets its own, so that the rest of the current one isn't
    // lost.
    if (size > block_size_ / 4 && left_ > 0) {
      blocks_.push_back(Buffer::Allocate(size));
      allocated_bytes_ += size;
      return reinterpret_cast<char*>(blocks_.back()->mutable_data());
    }
    const size_t bytes = size > block_size_ ? size : block_size_;
    blocks_.push_back(Buffer::Allocate(bytes));
    allocated_bytes_ += bytes;
    next_ = reinterpret_cast<char*>(blocks_.back()->mutable_data());
    left_ = bytes;
    if (block_size_ < kBlockSizeMax) {
      block_size_ *= 2;
    }
  }
  char* result = next_;
  next_ += size;
  left_ -= size;
  return result;
}

}  // namespace emery::columnar
