#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace emery::functions {

/// The generator behind Spark's rand(): a 64-bit xorshift (Marsaglia) whose seed is hashed, under
/// java.util.Random's rules for doubles and Gaussians. Confined to one thread.
class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed) : state_(HashSeed(static_cast<uint64_t>(seed))) {}

  int32_t Next(int bits) {
    uint64_t next = state_ ^ (state_ << 21);
    next ^= next >> 35;
    next ^= next << 4;
    state_ = next;
    return static_cast<int32_t>(next & ((uint64_t{1} << bits) - 1));
  }

  double NextDouble() {
    const int64_t high = static_cast<int64_t>(Next(26)) << 27;
    return static_cast<double>(high + Next(27)) * 0x1.0p-53;
  }

  double NextGaussian() {
    if (has_next_) {
      has_next_ = false;
      return next_;
    }
    double v1;
    double v2;
    double s;
    do {
      v1 = 2 * NextDouble() - 1;
      v2 = 2 * NextDouble() - 1;
      s = v1 * v1 + v2 * v2;
    } while (s >= 1 || s == 0);
    const double multiplier = std::sqrt(-2 * std::log(s) / s);
    next_ = v2 * multiplier;
    has_next_ = true;
    return v1 * multiplier;
  }

 private:
  /// Murmur3 of the seed's eight bytes, highest first.
  static uint32_t Hash(uint64_t value, uint32_t h) {
    for (int part = 0; part < 2; ++part) {
      const uint32_t k = __builtin_bswap32(static_cast<uint32_t>(value >> (part == 0 ? 32 : 0)));
      h = std::rotl(h ^ (std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U), 13) * 5 + 0xe6546b64U;
    }
    h ^= 8;
    h ^= h >> 16;
    h *= 0x85ebca6bU;
    h ^= h >> 13;
    h *= 0xc2b2ae35U;
    return h ^ (h >> 16);
  }

  static uint64_t HashSeed(uint64_t seed) {
    const uint32_t low = Hash(seed, 0x3c074a61U);
    return (static_cast<uint64_t>(Hash(seed, low)) << 32) | low;
  }

  uint64_t state_;
  double next_ = 0;
  bool has_next_ = false;
};

}  // namespace emery::functions
