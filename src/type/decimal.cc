#include "type/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "type/text.h"

namespace emery::type {

namespace {

using uint128_t = unsigned __int128;

struct PowersOfTen {
  int128_t values[39];

  constexpr PowersOfTen() : values() {
    int128_t power = 1;
    for (auto& value : values) {
      value = power;
      power = &value == &values[38] ? power : power * 10;
    }
  }
};

constexpr PowersOfTen kPowers;

uint128_t Magnitude(int128_t value) {
  return value < 0 ? ~static_cast<uint128_t>(value) + 1 : static_cast<uint128_t>(value);
}

struct Uint256 {
  uint128_t high = 0;
  uint128_t low = 0;
};

Uint256 MultiplyFull(uint128_t a, uint128_t b) {
  const uint128_t mask = ~uint64_t{0};
  const uint128_t a0 = a & mask;
  const uint128_t a1 = a >> 64;
  const uint128_t b0 = b & mask;
  const uint128_t b1 = b >> 64;
  const uint128_t low = a0 * b0;
  const uint128_t middle = a1 * b0 + (low >> 64);
  const uint128_t middle2 = a0 * b1 + (middle & mask);
  return {a1 * b1 + (middle >> 64) + (middle2 >> 64), (middle2 << 64) | (low & mask)};
}

struct Division {
  uint128_t quotient = 0;
  uint128_t remainder = 0;
  bool overflow = false;
};

/// Bit by bit; only for the rare operands that 128 bits do not hold. `divisor` < 2^127.
Division Divide(Uint256 value, uint128_t divisor) {
  Division result;
  if (value.high >= divisor) {
    result.overflow = true;
    return result;
  }
  uint128_t remainder = value.high;
  uint128_t low = value.low;
  for (int bit = 0; bit < 128; ++bit) {
    remainder = (remainder << 1) | (low >> 127);
    low <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      low |= 1;
    }
  }
  result.quotient = low;
  result.remainder = remainder;
  return result;
}

std::optional<int128_t> Signed(uint128_t magnitude, bool negative) {
  if (magnitude >= static_cast<uint128_t>(kPowers.values[38])) {
    return std::nullopt;
  }
  const auto value = static_cast<int128_t>(magnitude);
  return negative ? -value : value;
}

/// remainder * 2 >= divisor without overflow.
bool IsHalfOrMore(uint128_t remainder, uint128_t divisor) {
  return remainder >= divisor - remainder;
}

std::optional<int128_t> DivideScaled(int128_t a, int128_t b, int shift, bool round) {
  const bool negative = (a < 0) != (b < 0);
  const uint128_t divisor = Magnitude(b);
  uint128_t quotient = Magnitude(a) / divisor;
  uint128_t remainder = Magnitude(a) % divisor;
  const auto limit = static_cast<uint128_t>(kPowers.values[38]);
  while (shift > 0) {
    const int step = std::min(shift, 38);
    const auto power = static_cast<uint128_t>(kPowers.values[step]);
    if (quotient != 0 && quotient > limit / power) {
      return std::nullopt;
    }
    const Uint256 scaled = MultiplyFull(remainder, power);
    uint128_t digits = 0;
    if (scaled.high == 0) {
      digits = scaled.low / divisor;
      remainder = scaled.low % divisor;
    } else {
      const Division division = Divide(scaled, divisor);
      digits = division.quotient;
      remainder = division.remainder;
    }
    quotient = quotient * power + digits;
    shift -= step;
  }
  if (round && remainder != 0 && IsHalfOrMore(remainder, divisor)) {
    ++quotient;
  }
  return Signed(quotient, negative);
}

}  // namespace

int128_t PowerOfTen(int exponent) {
  return kPowers.values[exponent];
}

std::optional<int128_t> RescaleDecimal(int128_t value, int from, int to, int precision) {
  if (to >= from) {
    const int shift = to - from;
    if (value != 0 &&
        (shift > 38 ||
         Magnitude(value) > static_cast<uint128_t>(kPowers.values[38] / kPowers.values[shift]))) {
      return std::nullopt;
    }
    const int128_t scaled = value == 0 ? 0 : value * kPowers.values[shift];
    return FitsPrecision(scaled, precision) ? std::optional(scaled) : std::nullopt;
  }
  const int drop = from - to;
  if (drop > 38) {
    return int128_t{0};
  }
  const auto power = static_cast<uint128_t>(kPowers.values[drop]);
  const uint128_t magnitude = Magnitude(value);
  uint128_t quotient = magnitude / power;
  if (IsHalfOrMore(magnitude % power, power)) {
    ++quotient;
  }
  const std::optional<int128_t> result = Signed(quotient, value < 0);
  return result && FitsPrecision(*result, precision) ? result : std::nullopt;
}

std::optional<int128_t> MultiplyDecimal(int128_t a, int128_t b, int drop) {
  const bool negative = (a < 0) != (b < 0);
  const Uint256 product = MultiplyFull(Magnitude(a), Magnitude(b));
  if (drop == 0) {
    return product.high != 0 ? std::nullopt : Signed(product.low, negative);
  }
  const auto power = static_cast<uint128_t>(kPowers.values[drop]);
  Division division;
  if (product.high == 0) {
    division.quotient = product.low / power;
    division.remainder = product.low % power;
  } else {
    division = Divide(product, power);
    if (division.overflow) {
      return std::nullopt;
    }
  }
  if (IsHalfOrMore(division.remainder, power)) {
    ++division.quotient;
  }
  return Signed(division.quotient, negative);
}

std::optional<int128_t> DivideDecimal(int128_t a, int128_t b, int shift) {
  if (shift < 0) {
    // Dividing by b * 10^-shift; where that leaves 128 bits the quotient is 0 or rounds to it.
    int128_t divisor = 0;
    if (-shift > 38 || __builtin_mul_overflow(b, kPowers.values[-shift], &divisor)) {
      return int128_t{0};
    }
    return DivideScaled(a, divisor, 0, true);
  }
  return DivideScaled(a, b, shift, true);
}

std::optional<int128_t> DivideDecimalTruncated(int128_t a, int128_t b, int shift) {
  if (shift < 0) {
    int128_t divisor = 0;
    if (-shift > 38 || __builtin_mul_overflow(b, kPowers.values[-shift], &divisor)) {
      return int128_t{0};
    }
    return DivideScaled(a, divisor, 0, false);
  }
  return DivideScaled(a, b, shift, false);
}

namespace {

struct NumberText {
  bool negative = false;
  std::string digits;    // without leading zeros
  int64_t exponent = 0;  // value = digits * 10^exponent
};

std::optional<NumberText> SplitNumber(std::string_view text) {
  NumberText number;
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
    number.negative = text[i] == '-';
    ++i;
  }
  bool any = false;
  bool fraction = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      any = true;
      if (!number.digits.empty() || c != '0') {
        number.digits += c;
      }
      number.exponent -= fraction ? 1 : 0;
    } else if (c == '.' && !fraction) {
      fraction = true;
    } else {
      break;
    }
  }
  if (!any) {
    return std::nullopt;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && text[i] == '+') {
      ++i;
      if (i < text.size() && text[i] == '-') {
        return std::nullopt;
      }
    }
    int32_t exponent = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) {
      return std::nullopt;
    }
    number.exponent += exponent;
    i = text.size();
  }
  return i == text.size() ? std::optional(std::move(number)) : std::nullopt;
}

/// At most 38 digits.
int128_t DigitsToInt(std::string_view digits) {
  int128_t value = 0;
  for (char c : digits) {
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<int128_t> ParseDecimal(std::string_view text, int precision, int scale,
                                     bool* malformed) {
  std::optional<NumberText> number = SplitNumber(TrimAll(text));
  if (malformed != nullptr) {
    *malformed = !number.has_value();
  }
  if (!number) {
    return std::nullopt;
  }
  if (number->digits.empty()) {
    return int128_t{0};
  }
  const int64_t shift = number->exponent + scale;
  const auto length = static_cast<int64_t>(number->digits.size());
  if (length + shift > 39) {
    return std::nullopt;
  }
  int128_t value = 0;
  if (shift >= 0) {
    if (length + shift > 38) {
      return std::nullopt;
    }
    value = DigitsToInt(number->digits) * kPowers.values[shift];
  } else {
    const int64_t kept = length + shift;
    if (kept < 0) {
      return int128_t{0};
    }
    if (kept > 38) {
      return std::nullopt;
    }
    value = DigitsToInt(std::string_view(number->digits).substr(0, static_cast<size_t>(kept)));
    if (number->digits[static_cast<size_t>(kept)] >= '5') {
      ++value;
    }
  }
  if (!FitsPrecision(value, precision)) {
    return std::nullopt;
  }
  return number->negative ? -value : value;
}

std::optional<DecimalParts> ParseDecimalParts(std::string_view text) {
  std::optional<NumberText> number = SplitNumber(text);
  if (!number) {
    return std::nullopt;
  }
  DecimalParts parts;
  int64_t scale = -number->exponent;
  std::string digits = number->digits;
  if (scale < 0) {
    if (static_cast<int64_t>(digits.size()) - scale > 38 && !digits.empty()) {
      return std::nullopt;
    }
    if (!digits.empty()) {
      digits.append(static_cast<size_t>(-scale), '0');
    }
    scale = 0;
  }
  if (digits.size() > 38 || scale > 38) {
    return std::nullopt;
  }
  parts.unscaled = DigitsToInt(digits);
  if (number->negative) {
    parts.unscaled = -parts.unscaled;
  }
  parts.scale = static_cast<int>(scale);
  parts.precision = std::max({static_cast<int>(digits.size()), parts.scale, 1});
  return parts;
}

std::string FormatInt128(int128_t value) {
  char buffer[48];
  char* end = buffer + sizeof(buffer);
  char* p = end;
  uint128_t magnitude = Magnitude(value);
  do {
    *--p = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  if (value < 0) {
    *--p = '-';
  }
  return std::string(p, end);
}

std::string FormatDecimal(int128_t value, int scale) {
  std::string digits = FormatInt128(value < 0 ? -value : value);
  if (scale > 0) {
    if (digits.size() <= static_cast<size_t>(scale)) {
      digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - static_cast<size_t>(scale), 1, '.');
  }
  return value < 0 ? "-" + digits : digits;
}

std::string FormatDecimalScientific(int128_t value, int scale) {
  std::string digits = FormatInt128(value < 0 ? -value : value);
  const int adjusted = static_cast<int>(digits.size()) - 1 - scale;
  if (adjusted >= -6) {
    return FormatDecimal(value, scale);
  }
  if (digits.size() > 1) {
    digits.insert(1, 1, '.');
  }
  return (value < 0 ? "-" : "") + digits + "E" + std::to_string(adjusted);
}

double DecimalToDouble(int128_t value, int scale) {
  // Both exact as doubles: one rounding.
  const uint128_t magnitude = Magnitude(value);
  if (magnitude < (uint128_t{1} << 53) && scale <= 22) {
    const auto exact = static_cast<double>(static_cast<int64_t>(value));
    return exact / static_cast<double>(static_cast<uint128_t>(kPowers.values[scale]));
  }
  const std::string text = FormatDecimal(value, scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<int128_t> DoubleToDecimal(double value, int precision, int scale) {
  if (!std::isfinite(value)) {
    return std::nullopt;
  }
  char buffer[40];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  return ParseDecimal(std::string_view(buffer, static_cast<size_t>(end - buffer)), precision,
                      scale);
}

TypePtr BoundedDecimal(int precision, int scale) {
  return Decimal(std::min(precision, 38), std::min(scale, 38));
}

TypePtr AdjustedDecimal(int precision, int scale) {
  if (precision <= 38) {
    return Decimal(precision, scale);
  }
  const int integral_digits = precision - scale;
  return Decimal(38, std::max(38 - integral_digits, std::min(scale, 6)));
}

TypePtr DecimalForType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return Decimal(3, 0);
    case TypeId::kShort:
      return Decimal(5, 0);
    case TypeId::kInt:
      return Decimal(10, 0);
    case TypeId::kLong:
      return Decimal(20, 0);
    case TypeId::kFloat:
      return Decimal(14, 7);
    case TypeId::kDouble:
      return Decimal(30, 15);
    case TypeId::kDecimal:
      return Decimal(type.precision(), type.scale());
    default:
      return nullptr;
  }
}

TypePtr DecimalAddType(const DataType& a, const DataType& b, bool allow_loss) {
  const int scale = std::max(a.scale(), b.scale());
  const int precision = std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1;
  return allow_loss ? AdjustedDecimal(precision, scale) : BoundedDecimal(precision, scale);
}

TypePtr DecimalMultiplyType(const DataType& a, const DataType& b, bool allow_loss) {
  const int scale = a.scale() + b.scale();
  const int precision = a.precision() + b.precision() + 1;
  return allow_loss ? AdjustedDecimal(precision, scale) : BoundedDecimal(precision, scale);
}

TypePtr DecimalDivideType(const DataType& a, const DataType& b, bool allow_loss) {
  const int integral_digits = a.precision() - a.scale() + b.scale();
  const int scale = std::max(6, a.scale() + b.precision() + 1);
  if (allow_loss) {
    return AdjustedDecimal(integral_digits + scale, scale);
  }
  int integral = std::min(38, integral_digits);
  int fraction = std::min(38, scale);
  const int excess = integral + fraction - 38;
  if (excess > 0) {
    fraction -= excess / 2 + 1;
    integral = 38 - fraction;
  }
  return BoundedDecimal(integral + fraction, fraction);
}

TypePtr DecimalRemainderType(const DataType& a, const DataType& b, bool allow_loss) {
  const int scale = std::max(a.scale(), b.scale());
  const int precision = std::min(a.precision() - a.scale(), b.precision() - b.scale()) + scale;
  return allow_loss ? AdjustedDecimal(precision, scale) : BoundedDecimal(precision, scale);
}

TypePtr DecimalIntegralDivideType(const DataType& a, const DataType& b, bool allow_loss) {
  const int digits = std::max(1, a.precision() - a.scale() + b.scale());
  return allow_loss ? AdjustedDecimal(digits, 0) : BoundedDecimal(digits, 0);
}

TypePtr WiderDecimalType(const DataType& a, const DataType& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int range = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  const int precision = range + scale;
  if (precision <= 38) {
    return Decimal(precision, scale);
  }
  return Decimal(38, std::max(0, scale - (precision - 38)));
}

}  // namespace emery::type
