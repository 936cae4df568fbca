#include "format/parquet/bit_unpacking_internal.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace emery::format::parquet {

namespace {

#ifdef __AVX2__

// Eight values of up to 25 bits: each 128-bit lane is loaded so that its four values start within
// its first byte; a byte shuffle brings the four bytes that hold a value into its 32-bit place,
// where it is shifted and masked.
struct UnpackTables {
  alignas(32) int8_t shuffle[26][32];
  alignas(32) int32_t shift[26][8];
};

constexpr UnpackTables MakeTables() {
  UnpackTables tables{};
  for (int width = 0; width <= 25; ++width) {
    for (int i = 0; i < 8; ++i) {
      const int lane_base = i < 4 ? 0 : width * 4 / 8;
      const int first = i * width / 8 - lane_base;
      for (int b = 0; b < 4; ++b) {
        tables.shuffle[width][i * 4 + b] = static_cast<int8_t>(first + b);
      }
      tables.shift[width][i] = i * width % 8;
    }
  }
  return tables;
}

constexpr UnpackTables kTables = MakeTables();

void UnpackNarrow(const uint8_t* in, int width, int64_t count, uint32_t* out) {
  const __m256i shuffle =
      _mm256_load_si256(reinterpret_cast<const __m256i*>(kTables.shuffle[width]));
  const __m256i shift = _mm256_load_si256(reinterpret_cast<const __m256i*>(kTables.shift[width]));
  const __m256i mask = _mm256_set1_epi32(static_cast<int>((uint32_t{1} << width) - 1));
  const int upper = width * 4 / 8;
  for (int64_t i = 0; i < count; i += 8, in += width) {
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + upper));
    __m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    v = _mm256_shuffle_epi8(v, shuffle);
    v = _mm256_and_si256(_mm256_srlv_epi32(v, shift), mask);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), v);
  }
}

#endif

}  // namespace

void UnpackBits32(const uint8_t* in, int width, int64_t count, uint32_t* out) {
  if (width == 0) {
    std::fill_n(out, count, 0U);
    return;
  }
#ifdef __AVX2__
  if (width <= 25) {
    UnpackNarrow(in, width, count, out);
    return;
  }
#endif
  const uint64_t mask = width == 32 ? 0xffffffffULL : (uint64_t{1} << width) - 1;
  int64_t bit = 0;
  for (int64_t i = 0; i < count; ++i, bit += width) {
    uint64_t word;
    std::memcpy(&word, in + (bit >> 3), 8);
    out[i] = static_cast<uint32_t>((word >> (bit & 7)) & mask);
  }
}

void CopyBits(const uint8_t* in, int64_t in_bit, uint64_t* out, int64_t out_bit, int64_t count) {
  while (count > 0) {
    const int offset = static_cast<int>(out_bit & 63);
    const int n = static_cast<int>(std::min<int64_t>(64 - offset, count));
    const uint64_t bits = UnpackOne(in, in_bit, n);
    const uint64_t mask = (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << offset;
    uint64_t& word = out[out_bit >> 6];
    word = (word & ~mask) | (bits << offset);
    in_bit += n;
    out_bit += n;
    count -= n;
  }
}

void FillBits(uint64_t* out, int64_t out_bit, int64_t count, bool value) {
  while (count > 0) {
    const int offset = static_cast<int>(out_bit & 63);
    const int n = static_cast<int>(std::min<int64_t>(64 - offset, count));
    const uint64_t mask = (n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1) << offset;
    uint64_t& word = out[out_bit >> 6];
    word = value ? word | mask : word & ~mask;
    out_bit += n;
    count -= n;
  }
}

int64_t CountBits(const uint64_t* words, int64_t begin, int64_t count) {
  int64_t total = 0;
  while (count > 0) {
    const int offset = static_cast<int>(begin & 63);
    const int n = static_cast<int>(std::min<int64_t>(64 - offset, count));
    const uint64_t mask = n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
    total += std::popcount((words[begin >> 6] >> offset) & mask);
    begin += n;
    count -= n;
  }
  return total;
}

}  // namespace emery::format::parquet
