#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace emery::table::iceberg {

/// Murmur3, x86, 32 bits, seed 0 (Iceberg specification, appendix B).
inline uint32_t Murmur3(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  const auto rotate = [](uint32_t x, int r) { return (x << r) | (x >> (32 - r)); };
  constexpr uint32_t kC1 = 0xcc9e2d51;
  constexpr uint32_t kC2 = 0x1b873593;
  uint32_t hash = 0;
  const size_t blocks = size / 4;
  for (size_t i = 0; i < blocks; ++i) {
    uint32_t k;
    std::memcpy(&k, bytes + i * 4, 4);
    k = rotate(k * kC1, 15) * kC2;
    hash = rotate(hash ^ k, 13) * 5 + 0xe6546b64;
  }
  uint32_t tail = 0;
  for (size_t i = size & 3; i > 0; --i) {
    tail = (tail << 8) | bytes[blocks * 4 + i - 1];
  }
  if ((size & 3) != 0) {
    hash ^= rotate(tail * kC1, 15) * kC2;
  }
  hash ^= static_cast<uint32_t>(size);
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  hash ^= hash >> 16;
  return hash;
}

}  // namespace emery::table::iceberg
