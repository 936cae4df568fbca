#pragma once

#include <cstdint>

#include "columnar/vector.h"

namespace emery::columnar {

/// Copies bits [from, from + count) of `source` to [to, to + count) of `target`; a null source
/// copies ones.
void CopyBits(const uint64_t* source, int64_t from, uint64_t* target, int64_t to, int64_t count);

/// Bits of the given rows; null where all are set.
BufferPtr GatherBits(const uint64_t* source, const int32_t* rows, int64_t count);

/// Bits [offset, offset + count) as a buffer that starts at bit 0; shares memory where the offset
/// allows it.
BufferPtr SliceBits(const BufferPtr& source, int64_t offset, int64_t count);

/// True where bits [0, count) are all set.
bool AllBitsSet(const uint64_t* words, int64_t count);

inline const uint64_t* BitsOf(const BufferPtr& buffer) {
  return buffer == nullptr ? nullptr : reinterpret_cast<const uint64_t*>(buffer->data());
}

inline uint64_t* MutableBitsOf(const BufferPtr& buffer) {
  return reinterpret_cast<uint64_t*>(buffer->mutable_data());
}

/// Appends those of `buffers` that `target` does not hold yet.
void MergeBuffers(const std::vector<BufferPtr>& buffers, std::vector<BufferPtr>* target);

}  // namespace emery::columnar
