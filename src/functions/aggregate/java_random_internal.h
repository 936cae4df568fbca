#pragma once

#include <cstdint>

namespace emery::functions {

/// java.util.Random: the numbers that Java's algorithms draw from a seed. Confined to one thread.
class JavaRandom {
 public:
  explicit JavaRandom(uint64_t seed) : state_((seed ^ 0x5DEECE66DULL) & kMask) {}

  double NextDouble() {
    const uint64_t high = Next(26);
    return static_cast<double>((high << 27) + Next(27)) * 0x1.0p-53;
  }

  /// In [0, bound), for a bound that is no power of 2.
  int32_t NextInt(int32_t bound) {
    while (true) {
      const auto bits = static_cast<int64_t>(Next(31));
      const int64_t value = bits % bound;
      if (bits - value + (bound - 1) <= INT32_MAX) {
        return static_cast<int32_t>(value);
      }
    }
  }

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;

  uint64_t Next(int bits) {
    state_ = (state_ * 0x5DEECE66DULL + 0xB) & kMask;
    return state_ >> (48 - bits);
  }

  uint64_t state_;
};

}  // namespace emery::functions
