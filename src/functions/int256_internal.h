#pragma once

#include <cstdint>
#include <optional>

#include "type/decimal.h"

namespace emery::functions {

/// A signed number of 256 bits, for sums of decimals that leave 128 bits before they are rounded.
/// Sign and magnitude; rare, so simple rather than fast.
class Int256 {
 public:
  using uint128_t = unsigned __int128;

  explicit Int256(type::int128_t value) : negative_(value < 0) {
    const uint128_t magnitude =
        negative_ ? -static_cast<uint128_t>(value) : static_cast<uint128_t>(value);
    limbs_[0] = static_cast<uint64_t>(magnitude);
    limbs_[1] = static_cast<uint64_t>(magnitude >> 64);
  }

  /// Times 10^digits.
  void ScaleUp(int digits) {
    for (; digits > 0; digits -= 19) {
      const auto factor = static_cast<uint64_t>(type::PowerOfTen(digits < 19 ? digits : 19));
      uint64_t carry = 0;
      for (uint64_t& limb : limbs_) {
        const uint128_t product = static_cast<uint128_t>(limb) * factor + carry;
        limb = static_cast<uint64_t>(product);
        carry = static_cast<uint64_t>(product >> 64);
      }
    }
  }

  void Add(const Int256& other) {
    if (negative_ == other.negative_) {
      uint64_t carry = 0;
      for (int i = 0; i < 4; ++i) {
        const uint128_t sum = static_cast<uint128_t>(limbs_[i]) + other.limbs_[i] + carry;
        limbs_[i] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
      }
      return;
    }
    const bool smaller = Compare(other) < 0;
    const uint64_t* big = smaller ? other.limbs_ : limbs_;
    const uint64_t* small = smaller ? limbs_ : other.limbs_;
    uint64_t borrow = 0;
    uint64_t result[4];
    for (int i = 0; i < 4; ++i) {
      const uint128_t difference = static_cast<uint128_t>(big[i]) - small[i] - borrow;
      result[i] = static_cast<uint64_t>(difference);
      borrow = static_cast<uint64_t>(difference >> 64) & 1;
    }
    for (int i = 0; i < 4; ++i) {
      limbs_[i] = result[i];
    }
    negative_ = smaller ? other.negative_ : negative_;
  }

  /// Divides by 10^digits, rounding half away from zero.
  void ScaleDown(int digits) {
    if (digits <= 0) {
      return;
    }
    // Half up looks at the first dropped digit only.
    for (int left = digits - 1; left > 0; left -= 19) {
      Divide(static_cast<uint64_t>(type::PowerOfTen(left < 19 ? left : 19)));
    }
    const uint64_t last = Divide(10);
    if (last >= 5) {
      for (uint64_t& limb : limbs_) {
        if (++limb != 0) {
          break;
        }
      }
    }
  }

  std::optional<type::int128_t> ToInt128() const {
    if (limbs_[2] != 0 || limbs_[3] != 0 || (limbs_[1] >> 63) != 0) {
      return std::nullopt;
    }
    const auto magnitude =
        static_cast<type::int128_t>((static_cast<uint128_t>(limbs_[1]) << 64) | limbs_[0]);
    return negative_ ? -magnitude : magnitude;
  }

 private:
  int Compare(const Int256& other) const {
    for (int i = 3; i >= 0; --i) {
      if (limbs_[i] != other.limbs_[i]) {
        return limbs_[i] < other.limbs_[i] ? -1 : 1;
      }
    }
    return 0;
  }

  /// Divides the magnitude; gives the remainder.
  uint64_t Divide(uint64_t divisor) {
    uint64_t remainder = 0;
    for (int i = 3; i >= 0; --i) {
      const uint128_t part = (static_cast<uint128_t>(remainder) << 64) | limbs_[i];
      limbs_[i] = static_cast<uint64_t>(part / divisor);
      remainder = static_cast<uint64_t>(part % divisor);
    }
    return remainder;
  }

  uint64_t limbs_[4] = {0, 0, 0, 0};  // lowest first
  bool negative_;
};

}  // namespace emery::functions
