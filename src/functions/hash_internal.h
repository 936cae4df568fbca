#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "columnar/string_view.h"
#include "type/data_type.h"

namespace emery::functions {

/// Multiplies to 128 bits and folds the halves: the mixing step of wyhash (Wang Yi).
inline uint64_t MixHash(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline constexpr uint64_t kHashSeed1 = 0xa0761d6478bd642fULL;
inline constexpr uint64_t kHashSeed2 = 0xe7037ed1a0b428dbULL;
inline constexpr uint64_t kNullHash = 0x9e3779b97f4a7c15ULL;

inline uint64_t HashInteger(uint64_t value) {
  return MixHash(value ^ kHashSeed1, kHashSeed2);
}

inline uint64_t HashBytes(const char* data, size_t size) {
  uint64_t hash = size ^ kHashSeed1;
  while (size > 16) {
    uint64_t a;
    uint64_t b;
    std::memcpy(&a, data, 8);
    std::memcpy(&b, data + 8, 8);
    hash = MixHash(a ^ hash, b ^ kHashSeed2);
    data += 16;
    size -= 16;
  }
  uint64_t a = 0;
  uint64_t b = 0;
  if (size >= 8) {
    std::memcpy(&a, data, 8);
    std::memcpy(&b, data + size - 8, 8);
  } else if (size >= 4) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, data, 4);
    std::memcpy(&high, data + size - 4, 4);
    a = low;
    b = high;
  } else if (size > 0) {
    a = (static_cast<uint64_t>(static_cast<uint8_t>(data[0])) << 16) |
        (static_cast<uint64_t>(static_cast<uint8_t>(data[size >> 1])) << 8) |
        static_cast<uint8_t>(data[size - 1]);
  }
  return MixHash(MixHash(a ^ kHashSeed1, b ^ hash), kHashSeed2);
}

/// The bits by which equal doubles are equal: one NaN, one zero.
inline uint64_t CanonicalBits(double value) {
  if (value == 0) {
    return 0;
  }
  if (std::isnan(value)) {
    return 0x7ff8000000000000ULL;
  }
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits;
}

/// Hash of one scalar of a physical type, by grouping equality.
template <class T>
uint64_t HashScalar(const T& value) {
  if constexpr (std::is_same_v<T, columnar::StringView>) {
    return HashBytes(value.data(), value.size());
  } else if constexpr (std::is_floating_point_v<T>) {
    return HashInteger(CanonicalBits(static_cast<double>(value)));
  } else if constexpr (std::is_same_v<T, type::int128_t>) {
    return MixHash(
               static_cast<uint64_t>(value) ^ kHashSeed1,
               static_cast<uint64_t>(static_cast<unsigned __int128>(value) >> 64) ^ kHashSeed2) ^
           HashInteger(static_cast<uint64_t>(value));
  } else if constexpr (std::is_same_v<T, type::CalendarInterval>) {
    return MixHash(static_cast<uint64_t>(value.months) ^ (static_cast<uint64_t>(value.days) << 32) ^
                       kHashSeed1,
                   static_cast<uint64_t>(value.microseconds) ^ kHashSeed2);
  } else {
    return HashInteger(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
}

}  // namespace emery::functions
