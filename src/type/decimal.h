#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "type/data_type.h"

namespace emery::type {

/// Decimals are unscaled integers: 1.50 as decimal(5,2) is 150. At most 38 digits.
constexpr int kMaxDecimalPrecision = 38;
constexpr int kMaxDecimalScale = 38;
/// Digits that an int64 always holds.
constexpr int kMaxLongDigits = 18;

/// 10^exponent, 0 <= exponent <= 38.
int128_t PowerOfTen(int exponent);

/// The most significant part of |value| has no more than `precision` digits.
inline bool FitsPrecision(int128_t value, int precision) {
  const int128_t limit = PowerOfTen(precision);
  return value < limit && value > -limit;
}

/// `value` of scale `from` brought to scale `to`, rounding half away from zero (HALF_UP); none if
/// it has more than `precision` digits then.
std::optional<int128_t> RescaleDecimal(int128_t value, int from, int to, int precision = 38);

/// a * b with the last `drop` digits rounded away (half up): the product of scales sa and sb at
/// scale sa + sb - drop. The product is computed exactly in 256 bits. None if the result has more
/// than 38 digits.
std::optional<int128_t> MultiplyDecimal(int128_t a, int128_t b, int drop);

/// a * 10^shift / b, half up; `shift` may be up to 76. `b` is not 0. None if the result has more
/// than 38 digits.
std::optional<int128_t> DivideDecimal(int128_t a, int128_t b, int shift);
/// The same, cut towards zero: what `div` needs.
std::optional<int128_t> DivideDecimalTruncated(int128_t a, int128_t b, int shift);

/// "123.45", ".5", "-1.2e3", blanks around allowed (as Java's BigDecimal after trim, so no "1_0",
/// no suffix), rounded half up to `scale`. none: malformed, or too many digits; `*malformed` tells
/// which (may be null).
std::optional<int128_t> ParseDecimal(std::string_view text, int precision, int scale,
                                     bool* malformed = nullptr);

/// The digits of a number literal as they stand: "1.50" → 150 with precision 3, scale 2; none: more
/// than 38 digits.
struct DecimalParts {
  int128_t unscaled = 0;
  int precision = 1;
  int scale = 0;
};

std::optional<DecimalParts> ParseDecimalParts(std::string_view text);

/// Plain notation with exactly `scale` digits behind the point (what CAST AS STRING gives under
/// ANSI).
std::string FormatDecimal(int128_t value, int scale);
/// As Java's BigDecimal.toString: scientific where the adjusted exponent is below -6.
std::string FormatDecimalScientific(int128_t value, int scale);
std::string FormatInt128(int128_t value);

double DecimalToDouble(int128_t value, int scale);
/// The nearest decimal to the shortest text of the double (Spark goes through BigDecimal.valueOf);
/// none: NaN, infinite, or too many digits.
std::optional<int128_t> DoubleToDecimal(double value, int precision, int scale);

/// The decimal that holds every value of an integral type: byte (3,0), short (5,0), int (10,0),
/// long (20,0); float (14,7), double (30,15); a decimal is itself; null otherwise.
TypePtr DecimalForType(const DataType& type);

/// Result types of Spark's DecimalPrecision. `allow_loss` is
/// spark.sql.decimalOperations.allowPrecisionLoss: true keeps at least 6 digits of scale when 38 do
/// not suffice, false cuts precision and scale at 38 each.
TypePtr DecimalAddType(const DataType& a, const DataType& b, bool allow_loss);
TypePtr DecimalMultiplyType(const DataType& a, const DataType& b, bool allow_loss);
TypePtr DecimalDivideType(const DataType& a, const DataType& b, bool allow_loss);
/// % and pmod.
TypePtr DecimalRemainderType(const DataType& a, const DataType& b, bool allow_loss);
/// The type of the quotient of `div` before it becomes a long.
TypePtr DecimalIntegralDivideType(const DataType& a, const DataType& b, bool allow_loss);
/// The smallest decimal that holds both, cut at 38 digits (range first).
TypePtr WiderDecimalType(const DataType& a, const DataType& b);
/// decimal(precision, scale) cut to 38, keeping min(scale, 6) digits behind the point.
TypePtr AdjustedDecimal(int precision, int scale);
/// decimal(min(precision, 38), min(scale, 38)).
TypePtr BoundedDecimal(int precision, int scale);

}  // namespace emery::type
