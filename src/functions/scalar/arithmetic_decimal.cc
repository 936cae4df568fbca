#include <optional>
#include <string>

#include "functions/int256_internal.h"
#include "functions/operators_internal.h"
#include "type/decimal.h"

/// Decimal arithmetic. Most columns have few digits, so each operator has a loop without checks for
/// types whose result always fits (int64 or int128), and another that works through 256 bits and
/// rounds half up.
namespace emery::functions {

using type::DataType;
using type::int128_t;

namespace {

/// Calls f with the storage types of left, right and result.
template <class F>
ScalarKernel DispatchStorage(const DataType& left, const DataType& right, const DataType& result,
                             F&& f) {
  const auto with = [](const DataType& t, auto&& g) -> ScalarKernel {
    if (t.physical() == type::PhysicalType::kInt64) {
      return g(std::type_identity<int64_t>{});
    }
    return g(std::type_identity<int128_t>{});
  };
  return with(left, [&](auto a) {
    return with(right, [&](auto b) { return with(result, [&](auto r) { return f(a, b, r); }); });
  });
}

std::optional<int128_t> AddExactly(int128_t a, int a_up, int128_t b, int b_up, int down,
                                   int precision) {
  Int256 sum(a);
  sum.ScaleUp(a_up);
  Int256 other(b);
  other.ScaleUp(b_up);
  sum.Add(other);
  sum.ScaleDown(down);
  const std::optional<int128_t> result = sum.ToInt128();
  return result.has_value() && type::FitsPrecision(*result, precision) ? result : std::nullopt;
}

/// The result as digits, for the message.
std::string ExactText(DecimalOperator op, int128_t a, int scale_a, int128_t b, int scale_b) {
  const int scale = scale_a > scale_b ? scale_a : scale_b;
  switch (op) {
    case DecimalOperator::kAdd:
    case DecimalOperator::kSubtract: {
      Int256 sum(a);
      sum.ScaleUp(scale - scale_a);
      Int256 other(op == DecimalOperator::kAdd ? b : -b);
      other.ScaleUp(scale - scale_b);
      sum.Add(other);
      const auto value = sum.ToInt128();
      return value.has_value() ? type::FormatDecimal(*value, scale) : "sum";
    }
    case DecimalOperator::kMultiply: {
      const auto value = type::MultiplyDecimal(a, b, 0);
      return value.has_value() ? type::FormatDecimal(*value, scale_a + scale_b) : "product";
    }
    default:
      return "result";
  }
}

template <class A, class B>
struct OutOfRangeError {
  DecimalOperator op;
  int scale_a;
  int scale_b;

  Status operator()(const KernelArguments& arguments, int64_t row) const {
    const B divisor = Argument<B>(arguments, 1, row);
    const bool divides = op == DecimalOperator::kDivide || op == DecimalOperator::kIntegralDivide;
    const bool remainder = op == DecimalOperator::kRemainder || op == DecimalOperator::kPmod;
    if (divisor == 0 && divides) {
      return DivideByZero();
    }
    if (divisor == 0 && remainder) {
      return RemainderByZero();
    }
    if (op == DecimalOperator::kIntegralDivide) {
      return ArithmeticOverflow("Overflow in integral divide", "try_divide");
    }
    return DecimalValueOutOfRange(
        ExactText(op, Argument<A>(arguments, 0, row), scale_a, divisor, scale_b),
        *arguments.return_type);
  }
};

template <class A, class B, class R>
ScalarKernel AddKernel(DecimalOperator op, const DataType& left, const DataType& right,
                       const DataType& result) {
  const int sa = left.scale();
  const int sb = right.scale();
  const int scale = sa > sb ? sa : sb;
  const int integral = left.precision() - sa > right.precision() - sb ? left.precision() - sa
                                                                      : right.precision() - sb;
  const int exact_precision = integral + scale + 1;
  const bool subtract = op == DecimalOperator::kSubtract;
  if (exact_precision <= result.precision() && scale == result.scale()) {
    // Always fits: no digit of either operand, brought to the common scale, is lost in R.
    const R up_a = static_cast<R>(type::PowerOfTen(scale - sa));
    const R up_b = static_cast<R>(type::PowerOfTen(scale - sb));
    if (subtract) {
      return MakeKernel(
          [=](A a, B b) -> R { return static_cast<R>(a) * up_a - static_cast<R>(b) * up_b; });
    }
    return MakeKernel(
        [=](A a, B b) -> R { return static_cast<R>(a) * up_a + static_cast<R>(b) * up_b; });
  }
  const int down = scale - result.scale();
  const int precision = result.precision();
  const int a_up = scale - sa + (down < 0 ? -down : 0);
  const int b_up = scale - sb + (down < 0 ? -down : 0);
  const int drop = down > 0 ? down : 0;
  return MakeKernel(
      [=](A a, B b, R& out) {
        const int128_t right_value =
            subtract ? -static_cast<int128_t>(b) : static_cast<int128_t>(b);
        int128_t sum = 0;
        if (a_up == 0 && b_up == 0 && drop == 0 &&
            !__builtin_add_overflow(static_cast<int128_t>(a), right_value, &sum)) {
          out = static_cast<R>(sum);
          return type::FitsPrecision(sum, precision) ? Row::kValue : Row::kError;
        }
        const std::optional<int128_t> value =
            AddExactly(a, a_up, right_value, b_up, drop, precision);
        out = static_cast<R>(value.value_or(0));
        return value.has_value() ? Row::kValue : Row::kError;
      },
      OutOfRangeError<A, B>{op, sa, sb});
}

template <class A, class B, class R>
ScalarKernel MultiplyKernel(const DataType& left, const DataType& right, const DataType& result) {
  const int digits = left.precision() + right.precision();
  const int scale = left.scale() + right.scale();
  const int precision = result.precision();
  if (scale == result.scale() && digits <= precision) {
    if (digits <= type::kMaxLongDigits) {
      return MakeKernel([](A a, B b) -> R {
        return static_cast<R>(static_cast<int64_t>(a) * static_cast<int64_t>(b));
      });
    }
    return MakeKernel([](A a, B b) -> R { return static_cast<R>(static_cast<int128_t>(a) * b); });
  }
  const int drop = scale - result.scale();
  return MakeKernel(
      [=](A a, B b, R& out) {
        const std::optional<int128_t> value = type::MultiplyDecimal(a, b, drop);
        out = static_cast<R>(value.value_or(0));
        return value.has_value() && type::FitsPrecision(*value, precision) ? Row::kValue
                                                                           : Row::kError;
      },
      OutOfRangeError<A, B>{DecimalOperator::kMultiply, left.scale(), right.scale()});
}

/// a * 10^shift / b for numbers where the dividend fits into int64, half up.
inline int64_t DivideHalfUp(int64_t dividend, int64_t divisor) {
  const int64_t quotient = dividend / divisor;
  const int64_t remainder = dividend % divisor;
  const uint64_t magnitude =
      remainder < 0 ? -static_cast<uint64_t>(remainder) : static_cast<uint64_t>(remainder);
  const uint64_t by =
      divisor < 0 ? -static_cast<uint64_t>(divisor) : static_cast<uint64_t>(divisor);
  if (magnitude >= by - magnitude) {
    return (dividend < 0) != (divisor < 0) ? quotient - 1 : quotient + 1;
  }
  return quotient;
}

template <class A, class B, class R>
ScalarKernel DivideKernel(const DataType& left, const DataType& right, const DataType& result) {
  const int shift = result.scale() - left.scale() + right.scale();
  const int precision = result.precision();
  const OutOfRangeError<A, B> error{DecimalOperator::kDivide, left.scale(), right.scale()};
  if (shift >= 0 && left.precision() + shift <= type::kMaxLongDigits &&
      std::is_same_v<A, int64_t> && std::is_same_v<B, int64_t>) {
    const auto power = static_cast<int64_t>(type::PowerOfTen(shift));
    return MakeKernel(
        [=](A a, B b, R& out) {
          if (b == 0) {
            return Row::kError;
          }
          out = static_cast<R>(
              DivideHalfUp(static_cast<int64_t>(a) * power, static_cast<int64_t>(b)));
          return Row::kValue;
        },
        error);
  }
  const bool fits_128 = shift >= 0 && left.precision() + shift <= 38;
  const int128_t power = fits_128 ? type::PowerOfTen(shift) : 1;
  return MakeKernel(
      [=](A a, B b, R& out) {
        if (b == 0) {
          return Row::kError;
        }
        if (fits_128) {
          // Small numbers of wide types are common; a 64-bit division is several times cheaper.
          const int128_t dividend = static_cast<int128_t>(a) * power;
          const auto narrow = static_cast<int64_t>(dividend);
          const auto divisor = static_cast<int64_t>(b);
          if (narrow == dividend && divisor == b && divisor != -1) {
            out = static_cast<R>(DivideHalfUp(narrow, divisor));
            return type::FitsPrecision(out, precision) ? Row::kValue : Row::kError;
          }
        }
        const std::optional<int128_t> value = type::DivideDecimal(a, b, shift);
        out = static_cast<R>(value.value_or(0));
        return value.has_value() && type::FitsPrecision(*value, precision) ? Row::kValue
                                                                           : Row::kError;
      },
      error);
}

template <class A, class B>
ScalarKernel IntegralDivideKernel(const DataType& left, const DataType& right) {
  const int shift = right.scale() - left.scale();
  return MakeKernel(
      [=](A a, B b, int64_t& out) {
        if (b == 0) {
          return Row::kError;
        }
        const std::optional<int128_t> value = type::DivideDecimalTruncated(a, b, shift);
        out = static_cast<int64_t>(value.value_or(0));
        return value.has_value() && out == *value ? Row::kValue : Row::kError;
      },
      OutOfRangeError<A, B>{DecimalOperator::kIntegralDivide, left.scale(), right.scale()});
}

/// a rem b where both have to be brought to the larger scale first; done step by step where that
/// leaves 128 bits.
int128_t RemainderScaled(int128_t a, int a_up, int128_t b, int b_up) {
  int128_t divisor = 0;
  if (__builtin_mul_overflow(b, type::PowerOfTen(b_up), &divisor)) {
    return a;  // the divisor is larger than any dividend
  }
  // (a * 10^k) mod d, one digit at a time, so that nothing overflows: |r| < |d| < 2^127, r * 10
  // might.
  int128_t r = a % divisor;
  for (int i = 0; i < a_up; ++i) {
    int128_t next = 0;
    if (!__builtin_mul_overflow(r, static_cast<int128_t>(10), &next)) {
      r = next % divisor;
      continue;
    }
    int128_t sum = 0;
    for (int k = 0; k < 10; ++k) {
      // Both have the sign of `a`; take off a divisor before adding where the sum would pass it.
      const int128_t magnitude = divisor < 0 ? -divisor : divisor;
      if (r >= 0) {
        sum = sum >= magnitude - r ? sum - (magnitude - r) : sum + r;
      } else {
        sum = -sum >= magnitude + r ? sum + (magnitude + r) : sum + r;
      }
    }
    r = sum;
  }
  return r;
}

template <class A, class B, class R>
ScalarKernel RemainderKernel(DecimalOperator op, const DataType& left, const DataType& right,
                             const DataType& result) {
  const int scale = left.scale() > right.scale() ? left.scale() : right.scale();
  const int a_up = scale - left.scale();
  const int b_up = scale - right.scale();
  const int precision = result.precision();
  const int result_scale = result.scale();
  const bool positive = op == DecimalOperator::kPmod;
  return MakeKernel(
      [=](A a, B b, R& out) {
        if (b == 0) {
          return Row::kError;
        }
        int128_t r = RemainderScaled(a, a_up, b, b_up);
        if (positive && r < 0) {
          int128_t divisor = 0;
          if (__builtin_mul_overflow(static_cast<int128_t>(b), type::PowerOfTen(b_up), &divisor)) {
            return Row::kError;
          }
          r = (r + divisor) % divisor;
        }
        const std::optional<int128_t> value =
            type::RescaleDecimal(r, scale, result_scale, precision);
        out = static_cast<R>(value.value_or(0));
        return value.has_value() ? Row::kValue : Row::kError;
      },
      OutOfRangeError<A, B>{op, left.scale(), right.scale()});
}

}  // namespace

ScalarKernel DecimalKernel(DecimalOperator op, const DataType& left, const DataType& right,
                           const DataType& result) {
  return DispatchStorage(left, right, result,
                         [&]<class A, class B, class R>(
                             std::type_identity<A>, std::type_identity<B>, std::type_identity<R>) {
                           switch (op) {
                             case DecimalOperator::kAdd:
                             case DecimalOperator::kSubtract:
                               return AddKernel<A, B, R>(op, left, right, result);
                             case DecimalOperator::kMultiply:
                               return MultiplyKernel<A, B, R>(left, right, result);
                             case DecimalOperator::kDivide:
                               return DivideKernel<A, B, R>(left, right, result);
                             case DecimalOperator::kIntegralDivide:
                               return IntegralDivideKernel<A, B>(left, right);
                             case DecimalOperator::kRemainder:
                             case DecimalOperator::kPmod:
                               break;
                           }
                           return RemainderKernel<A, B, R>(op, left, right, result);
                         });
}

}  // namespace emery::functions
