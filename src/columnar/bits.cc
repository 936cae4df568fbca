#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "columnar/bits_internal.h"

namespace emery::columnar {

int64_t CountSetBits(const uint64_t* words, int64_t num_bits) {
  int64_t count = 0;
  const int64_t whole = num_bits >> 6;
  for (int64_t i = 0; i < whole; ++i) {
    count += __builtin_popcountll(words[i]);
  }
  if ((num_bits & 63) != 0) {
    count += __builtin_popcountll(words[whole] & ((uint64_t{1} << (num_bits & 63)) - 1));
  }
  return count;
}

BufferPtr AllocateBits(int64_t num_bits, bool value) {
  const int64_t bytes = WordsForBits(num_bits) * 8;
  BufferPtr buffer = Buffer::Allocate(bytes);
  std::memset(buffer->mutable_data(), value ? 0xff : 0, bytes);
  return buffer;
}

bool AllBitsSet(const uint64_t* words, int64_t count) {
  const int64_t whole = count >> 6;
  uint64_t all = ~uint64_t{0};
  for (int64_t i = 0; i < whole; ++i) {
    all &= words[i];
  }
  if ((count & 63) != 0) {
    all &= words[whole] | ~((uint64_t{1} << (count & 63)) - 1);
  }
  return all == ~uint64_t{0};
}

void CopyBits(const uint64_t* source, int64_t from, uint64_t* target, int64_t to, int64_t count) {
  while (count > 0) {
    // One word of the target at a time; the source word may straddle two.
    const int64_t target_bit = to & 63;
    const int64_t n = std::min<int64_t>(64 - target_bit, count);
    uint64_t word = ~uint64_t{0};
    if (source != nullptr) {
      const int64_t source_bit = from & 63;
      word = source[from >> 6] >> source_bit;
      if (source_bit + n > 64) {
        word |= source[(from >> 6) + 1] << (64 - source_bit);
      }
    }
    const uint64_t mask = (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << target_bit;
    uint64_t& out = target[to >> 6];
    out = (out & ~mask) | ((word << target_bit) & mask);
    from += n;
    to += n;
    count -= n;
  }
}

BufferPtr GatherBits(const uint64_t* source, const int32_t* rows, int64_t count) {
  if (source == nullptr) {
    return nullptr;
  }
  BufferPtr buffer = Buffer::Allocate(WordsForBits(count) * 8);
  uint64_t* out = MutableBitsOf(buffer);
  uint64_t all = ~uint64_t{0};
  for (int64_t base = 0; base < count; base += 64) {
    const int64_t n = std::min<int64_t>(64, count - base);
    uint64_t word = 0;
    for (int64_t i = 0; i < n; ++i) {
      const int32_t row = rows[base + i];
      word |= ((source[row >> 6] >> (row & 63)) & 1) << i;
    }
    out[base >> 6] = word;
    all &= n == 64 ? word : word | ~((uint64_t{1} << n) - 1);
  }
  return all == ~uint64_t{0} ? nullptr : buffer;
}

BufferPtr SliceBits(const BufferPtr& source, int64_t offset, int64_t count) {
  if (source == nullptr) {
    return nullptr;
  }
  const int64_t bytes = WordsForBits(count) * 8;
  if ((offset & 63) == 0) {
    return offset == 0 ? source : Buffer::Wrap(source->data() + offset / 8, bytes, source);
  }
  BufferPtr buffer = Buffer::AllocateZeroed(bytes);
  CopyBits(BitsOf(source), offset, MutableBitsOf(buffer), 0, count);
  return buffer;
}

void MergeBuffers(const std::vector<BufferPtr>& buffers, std::vector<BufferPtr>* target) {
  if (target->empty()) {
    *target = buffers;
    return;
  }
  if (buffers.size() * target->size() <= 64) {
    for (const BufferPtr& buffer : buffers) {
      if (std::find(target->begin(), target->end(), buffer) == target->end()) {
        target->push_back(buffer);
      }
    }
    return;
  }
  std::unordered_set<BufferPtr> known(target->begin(), target->end());
  for (const BufferPtr& buffer : buffers) {
    if (known.insert(buffer).second) {
      target->push_back(buffer);
    }
  }
}

}  // namespace emery::columnar
