#pragma once

#include <cstdint>
#include <cstring>

namespace emery::format::parquet {

/// Unpacks `count` (a multiple of 8) values of `width` bits (0 to 32), least significant bit first,
/// as the format packs them. Reads up to 16 bytes behind the last value's byte.
void UnpackBits32(const uint8_t* in, int width, int64_t count, uint32_t* out);

/// One value of `width` bits (0 to 64) at bit `bit`. Reads up to 16 bytes behind its first byte.
inline uint64_t UnpackOne(const uint8_t* in, int64_t bit, int width) {
  if (width == 0) {
    return 0;
  }
  const uint8_t* p = in + (bit >> 3);
  const int shift = static_cast<int>(bit & 7);
  uint64_t low;
  std::memcpy(&low, p, 8);
  low >>= shift;
  if (shift + width > 64) {
    low |= static_cast<uint64_t>(p[8]) << (64 - shift);
  }
  return width == 64 ? low : low & ((uint64_t{1} << width) - 1);
}

/// Copies `count` bits from bit `in_bit` of `in` to bit `out_bit` of `out`; the other bits of `out`
/// stay. Reads up to 16 bytes behind the last.
void CopyBits(const uint8_t* in, int64_t in_bit, uint64_t* out, int64_t out_bit, int64_t count);
void FillBits(uint64_t* out, int64_t out_bit, int64_t count, bool value);
/// Bits that are 1 in [begin, begin + count).
int64_t CountBits(const uint64_t* words, int64_t begin, int64_t count);

}  // namespace emery::format::parquet
