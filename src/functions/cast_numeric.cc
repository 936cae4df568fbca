#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "functions/cast_internal.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using type::int128_t;
using type::TypeId;

namespace {

/// As Java's (int) and (long) of a double: NaN is 0, out of range is the nearest end.
template <class Int, class Float>
Int SaturatingCast(Float value) {
  if (std::isnan(value)) {
    return 0;
  }
  constexpr auto kLow = static_cast<double>(std::numeric_limits<Int>::min());
  // The smallest double above the range: 2^31 or 2^63.
  constexpr double kEnd = -kLow;
  const auto wide = static_cast<double>(value);
  if (wide < kLow) {
    return std::numeric_limits<Int>::min();
  }
  if (wide >= kEnd) {
    return std::numeric_limits<Int>::max();
  }
  return static_cast<Int>(wide);
}

template <class Int>
Int FloatToIntLegacy(double value) {
  if constexpr (sizeof(Int) == 8) {
    return SaturatingCast<int64_t>(value);
  } else {
    // Byte and short go through int and keep its low bits.
    return static_cast<Int>(SaturatingCast<int32_t>(value));
  }
}

template <class Int>
bool FloatFits(double value) {
  // Spark: floor(x) <= MAX and ceil(x) >= MIN, where MAX is rounded to double for long.
  return std::floor(value) <= static_cast<double>(std::numeric_limits<Int>::max()) &&
         std::ceil(value) >= static_cast<double>(std::numeric_limits<Int>::min());
}

template <class From, class To>
Result<VectorPtr> IntToInt(const CastCall& call) {
  if constexpr (sizeof(To) >= sizeof(From)) {
    return MapCast(call, [](From v) -> To { return v; });
  } else {
    if (!call.strict()) {
      return MapCast(call, [](From v) -> To { return static_cast<To>(v); });
    }
    return MapCast(
        call,
        [](From v, To& out) {
          out = static_cast<To>(v);
          return out == v ? Row::kValue : Row::kError;
        },
        CastOverflowError{call});
  }
}

template <class From, class To>
Result<VectorPtr> FloatToInt(const CastCall& call) {
  if (!call.strict()) {
    return MapCast(call, [](From v) -> To { return FloatToIntLegacy<To>(v); });
  }
  return MapCast(
      call,
      [](From v, To& out) {
        if (!FloatFits<To>(v)) {
          return Row::kError;
        }
        out = SaturatingCast<To>(v);
        return Row::kValue;
      },
      CastOverflowError{call});
}

template <class Storage, class To>
Result<VectorPtr> DecimalToInt(const CastCall& call) {
  const int128_t power = type::PowerOfTen(call.from.scale());
  if (!call.strict()) {
    return MapCast(call, [=](Storage v) -> To {
      return static_cast<To>(static_cast<int64_t>(v / static_cast<Storage>(power)));
    });
  }
  return MapCast(
      call,
      [=](Storage v, To& out) {
        const int128_t whole = v / power;
        out = static_cast<To>(whole);
        return out == whole ? Row::kValue : Row::kError;
      },
      CastOverflowError{call});
}

template <class To>
Result<VectorPtr> StringToInt(const CastCall& call) {
  const bool fraction = !call.strict();
  return MapCast(
      call,
      [=](std::string_view s, To& out) {
        const std::optional<int64_t> value = type::ParseInteger(
            s, std::numeric_limits<To>::min(), std::numeric_limits<To>::max(), fraction);
        if (!value.has_value()) {
          return Row::kError;
        }
        out = static_cast<To>(*value);
        return Row::kValue;
      },
      InvalidInputError{call});
}

/// Units of an interval's last field: what one is worth in months or microseconds.
int64_t FieldUnit(const type::DataType& interval) {
  if (interval.is(TypeId::kYearMonthInterval)) {
    return interval.end_field() == type::IntervalField::kYear ? 12 : 1;
  }
  switch (static_cast<int>(interval.end_field())) {
    case 0:
      return type::kMicrosPerDay;
    case 1:
      return type::kMicrosPerHour;
    case 2:
      return type::kMicrosPerMinute;
    default:
      return type::kMicrosPerSecond;
  }
}

template <class From, class To>
Result<VectorPtr> IntervalToInt(const CastCall& call) {
  const int64_t unit = FieldUnit(call.from);
  return MapCast(
      call,
      [=](From v, To& out) {
        const int64_t count = v / unit;
        out = static_cast<To>(count);
        return out == count ? Row::kValue : Row::kError;
      },
      CastOverflowError{call});
}

template <class To>
Result<VectorPtr> ToIntegral(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kBoolean:
      return MapCast(call, [](uint8_t v) -> To { return static_cast<To>(v); });
    case TypeId::kByte:
      return IntToInt<int8_t, To>(call);
    case TypeId::kShort:
      return IntToInt<int16_t, To>(call);
    case TypeId::kInt:
      return IntToInt<int32_t, To>(call);
    case TypeId::kLong:
      return IntToInt<int64_t, To>(call);
    case TypeId::kFloat:
      return FloatToInt<float, To>(call);
    case TypeId::kDouble:
      return FloatToInt<double, To>(call);
    case TypeId::kDecimal:
      return call.from.physical() == type::PhysicalType::kInt64 ? DecimalToInt<int64_t, To>(call)
                                                                : DecimalToInt<int128_t, To>(call);
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return StringToInt<To>(call);
    case TypeId::kDate:
      return Vector::MakeNull(call.to, call.vector->size());
    case TypeId::kTimestamp: {
      return MapCast(
          call,
          [](int64_t us, To& out) {
            const int64_t seconds = type::FloorDiv(us, type::kMicrosPerSecond);
            out = static_cast<To>(seconds);
            return out == seconds ? Row::kValue : Row::kError;
          },
          CastOverflowError{call});
    }
    case TypeId::kYearMonthInterval:
      return IntervalToInt<int32_t, To>(call);
    case TypeId::kDayTimeInterval:
      return IntervalToInt<int64_t, To>(call);
    default:
      return NoSuchCast(call);
  }
}

double TextToDouble(int128_t value, int scale) {
  return type::DecimalToDouble(value, scale);
}

template <class To>
Result<VectorPtr> ToFloating(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kBoolean:
      return MapCast(call, [](uint8_t v) -> To { return static_cast<To>(v); });
    case TypeId::kByte:
      return MapCast(call, [](int8_t v) -> To { return static_cast<To>(v); });
    case TypeId::kShort:
      return MapCast(call, [](int16_t v) -> To { return static_cast<To>(v); });
    case TypeId::kInt:
      return MapCast(call, [](int32_t v) -> To { return static_cast<To>(v); });
    case TypeId::kLong:
      return MapCast(call, [](int64_t v) -> To { return static_cast<To>(v); });
    case TypeId::kFloat:
      return MapCast(call, [](float v) -> To { return static_cast<To>(v); });
    case TypeId::kDouble:
      return MapCast(call, [](double v) -> To { return static_cast<To>(v); });
    case TypeId::kDecimal: {
      const int scale = call.from.scale();
      if (call.from.physical() == type::PhysicalType::kInt64) {
        if constexpr (std::is_same_v<To, double>) {
          // Both the digits and the power are exact in a double up to 2^53 and 10^22: one rounding,
          // as it should be.
          if (call.from.precision() <= 15 && scale <= 22) {
            const auto power = static_cast<double>(type::PowerOfTen(scale));
            return MapCast(call,
                           [=](int64_t v) -> double { return static_cast<double>(v) / power; });
          }
        }
        return MapCast(call,
                       [=](int64_t v) -> To { return static_cast<To>(TextToDouble(v, scale)); });
      }
      return MapCast(call,
                     [=](int128_t v) -> To { return static_cast<To>(TextToDouble(v, scale)); });
    }
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return MapCast(
          call,
          [](std::string_view s, To& out) {
            if constexpr (std::is_same_v<To, float>) {
              const std::optional<float> value = type::ParseFloat(s);
              out = value.value_or(0);
              return value.has_value() ? Row::kValue : Row::kError;
            } else {
              const std::optional<double> value = type::ParseDouble(s);
              out = value.value_or(0);
              return value.has_value() ? Row::kValue : Row::kError;
            }
          },
          InvalidInputError{call});
    case TypeId::kDate:
      return Vector::MakeNull(call.to, call.vector->size());
    case TypeId::kTimestamp:
      return MapCast(
          call, [](int64_t us) -> To { return static_cast<To>(static_cast<double>(us) / 1e6); });
    default:
      return NoSuchCast(call);
  }
}

/// Decimals of up to 18 digits lie in int64.
template <class Body>
Result<VectorPtr> ToDecimalStorage(const CastCall& call, Body&& body) {
  if (call.to->physical() == type::PhysicalType::kInt64) {
    return body(std::type_identity<int64_t>{});
  }
  return body(std::type_identity<int128_t>{});
}

template <class From>
Result<VectorPtr> IntegerToDecimal(const CastCall& call, int digits) {
  const int128_t power = type::PowerOfTen(call.to->scale());
  const int precision = call.to->precision();
  return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
    if (precision - call.to->scale() >= digits) {
      const auto factor = static_cast<To>(power);
      return MapCast(call, [=](From v) -> To { return static_cast<To>(v) * factor; });
    }
    const int128_t limit = type::PowerOfTen(precision - call.to->scale());
    return MapCast(
        call,
        [=](From v, To& out) {
          if (v >= limit || v <= -limit) {
            return Row::kError;
          }
          out = static_cast<To>(static_cast<int128_t>(v) * power);
          return Row::kValue;
        },
        DecimalOutOfRangeError{call});
  });
}

template <class From>
Result<VectorPtr> DecimalToDecimal(const CastCall& call) {
  const int from_scale = call.from.scale();
  const int to_scale = call.to->scale();
  const int to_precision = call.to->precision();
  return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
    if (to_scale >= from_scale && to_precision - to_scale >= call.from.precision() - from_scale) {
      const auto factor = static_cast<To>(type::PowerOfTen(to_scale - from_scale));
      return MapCast(call, [=](From v) -> To { return static_cast<To>(v) * factor; });
    }
    return MapCast(
        call,
        [=](From v, To& out) {
          const std::optional<int128_t> value =
              type::RescaleDecimal(v, from_scale, to_scale, to_precision);
          out = static_cast<To>(value.value_or(0));
          return value.has_value() ? Row::kValue : Row::kError;
        },
        DecimalOutOfRangeError{call});
  });
}

template <class From>
Result<VectorPtr> FloatToDecimal(const CastCall& call) {
  const int precision = call.to->precision();
  const int scale = call.to->scale();
  return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
    return MapCast(
        call,
        [=](From v, To& out) {
          if (!std::isfinite(v)) {
            return Row::kNull;  // in every mode: Spark catches the failure to read "NaN" as a
                                // number
          }
          const std::optional<int128_t> value =
              type::DoubleToDecimal(static_cast<double>(v), precision, scale);
          out = static_cast<To>(value.value_or(0));
          return value.has_value() ? Row::kValue : Row::kError;
        },
        DecimalOutOfRangeError{call});
  });
}

}  // namespace

Result<VectorPtr> CastToIntegral(const CastCall& call) {
  switch (call.to->id()) {
    case TypeId::kByte:
      return ToIntegral<int8_t>(call);
    case TypeId::kShort:
      return ToIntegral<int16_t>(call);
    case TypeId::kInt:
      return ToIntegral<int32_t>(call);
    default:
      return ToIntegral<int64_t>(call);
  }
}

Result<VectorPtr> CastToFloating(const CastCall& call) {
  return call.to->id() == TypeId::kFloat ? ToFloating<float>(call) : ToFloating<double>(call);
}

Result<VectorPtr> CastToDecimal(const CastCall& call) {
  const int precision = call.to->precision();
  const int scale = call.to->scale();
  switch (call.from.id()) {
    case TypeId::kBoolean:
      return IntegerToDecimal<uint8_t>(call, 1);
    case TypeId::kByte:
      return IntegerToDecimal<int8_t>(call, 3);
    case TypeId::kShort:
      return IntegerToDecimal<int16_t>(call, 5);
    case TypeId::kInt:
      return IntegerToDecimal<int32_t>(call, 10);
    case TypeId::kLong:
      return IntegerToDecimal<int64_t>(call, 19);
    case TypeId::kFloat:
      return FloatToDecimal<float>(call);
    case TypeId::kDouble:
      return FloatToDecimal<double>(call);
    case TypeId::kDecimal:
      return call.from.physical() == type::PhysicalType::kInt64 ? DecimalToDecimal<int64_t>(call)
                                                                : DecimalToDecimal<int128_t>(call);
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
        return MapCast(
            call,
            [=](std::string_view s, To& out) {
              const std::optional<int128_t> value = type::ParseDecimal(s, precision, scale);
              out = static_cast<To>(value.value_or(0));
              return value.has_value() ? Row::kValue : Row::kError;
            },
            [&](const KernelArguments&, int64_t row) {
              bool malformed = false;
              const auto text = call.vector->values<StringView>()[row].view();
              (void)type::ParseDecimal(text, precision, scale, &malformed);
              if (malformed) {
                return InvalidInput(call, row);
              }
              if (!type::ParseDecimal(text, type::kMaxDecimalPrecision, 0).has_value()) {
                return base::UserError(
                    "NUMERIC_OUT_OF_SUPPORTED_RANGE",
                    "The value " + std::string(text) +
                        " cannot be interpreted as a numeric since it has more than 38 digits.",
                    {{"value", std::string(text)}});
              }
              return DecimalOutOfRange(call, row);
            });
      });
    case TypeId::kDate:
      return Vector::MakeNull(call.to, call.vector->size());
    case TypeId::kTimestamp:
      return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
        return MapCast(
            call,
            [=](int64_t us, To& out) {
              const std::optional<int128_t> value = type::RescaleDecimal(us, 6, scale, precision);
              out = static_cast<To>(value.value_or(0));
              return value.has_value() ? Row::kValue : Row::kError;
            },
            DecimalOutOfRangeError{call});
      });
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval: {
      const bool months = call.from.is(TypeId::kYearMonthInterval);
      const bool seconds = !months && call.from.end_field() == type::IntervalField::kSecond;
      const int64_t unit = seconds ? 1 : FieldUnit(call.from);
      const int value_scale = seconds ? 6 : 0;
      return ToDecimalStorage(call, [&]<class To>(std::type_identity<To>) -> Result<VectorPtr> {
        const auto convert = [=](int64_t v, To& out) {
          const std::optional<int128_t> value =
              type::RescaleDecimal(v / unit, value_scale, scale, precision);
          out = static_cast<To>(value.value_or(0));
          return value.has_value() ? Row::kValue : Row::kError;
        };
        if (months) {
          return MapCast(
              call, [=](int32_t v, To& out) { return convert(v, out); },
              DecimalOutOfRangeError{call});
        }
        return MapCast(
            call, [=](int64_t v, To& out) { return convert(v, out); },
            DecimalOutOfRangeError{call});
      });
    }
    default:
      return NoSuchCast(call);
  }
}

Result<VectorPtr> CastToBoolean(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kByte:
      return MapCast(call, [](int8_t v) -> bool { return v != 0; });
    case TypeId::kShort:
      return MapCast(call, [](int16_t v) -> bool { return v != 0; });
    case TypeId::kInt:
      return MapCast(call, [](int32_t v) -> bool { return v != 0; });
    case TypeId::kLong:
    case TypeId::kTimestamp:
      return MapCast(call, [](int64_t v) -> bool { return v != 0; });
    case TypeId::kFloat:
      return MapCast(call, [](float v) -> bool { return v != 0; });
    case TypeId::kDouble:
      return MapCast(call, [](double v) -> bool { return v != 0; });
    case TypeId::kDecimal:
      if (call.from.physical() == type::PhysicalType::kInt64) {
        return MapCast(call, [](int64_t v) -> bool { return v != 0; });
      }
      return MapCast(call, [](int128_t v) -> bool { return v != 0; });
    case TypeId::kDate:
      return Vector::MakeNull(call.to, call.vector->size());
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return MapCast(
          call,
          [](std::string_view s, bool& out) {
            const std::optional<bool> value = type::ParseBoolean(s);
            out = value.value_or(false);
            return value.has_value() ? Row::kValue : Row::kError;
          },
          InvalidInputError{call});
    default:
      return NoSuchCast(call);
  }
}

}  // namespace emery::functions
