#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/error.h"
#include "functions/cast_internal.h"
#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::functions {

using type::int128_t;
using type::kMicrosPerDay;
using type::kMicrosPerSecond;
using type::TypeId;

namespace {

const type::TimeZone& Zone(const CastCall& call) {
  return call.context.time_zone != nullptr ? *call.context.time_zone : *type::TimeZone::Utc();
}

int64_t SaturatingSecondsToMicros(int64_t seconds) {
  int64_t us = 0;
  if (__builtin_mul_overflow(seconds, kMicrosPerSecond, &us)) {
    return seconds < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  return us;
}

template <class T>
Result<VectorPtr> IntegralToTimestamp(const CastCall& call) {
  return MapCast(call, [](T v) -> int64_t { return SaturatingSecondsToMicros(v); });
}

template <class T>
Result<VectorPtr> FloatingToTimestamp(const CastCall& call) {
  return MapCast(
      call,
      [](T v, int64_t& us) {
        if (!std::isfinite(v)) {
          return Row::kError;
        }
        const double exact = static_cast<double>(v) * 1e6;
        us = exact >= 0x1p63 ? std::numeric_limits<int64_t>::max()
                             : (exact < -0x1p63 ? std::numeric_limits<int64_t>::min()
                                                : static_cast<int64_t>(exact));
        return Row::kValue;
      },
      InvalidInputError{call});
}

}  // namespace

Result<VectorPtr> CastToDate(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return MapCast(
          call,
          [](std::string_view s, int32_t& out) {
            const std::optional<int32_t> days = type::ParseDate(s);
            out = days.value_or(0);
            return days.has_value() ? Row::kValue : Row::kError;
          },
          InvalidInputError{call});
    case TypeId::kTimestamp: {
      const type::TimeZone& zone = Zone(call);
      return MapCast(call, [&](int64_t us) -> int32_t {
        return static_cast<int32_t>(type::FloorDiv(zone.UtcToLocal(us), kMicrosPerDay));
      });
    }
    case TypeId::kTimestampNtz:
      return MapCast(call, [](int64_t us) -> int32_t {
        return static_cast<int32_t>(type::FloorDiv(us, kMicrosPerDay));
      });
    default:
      return NoSuchCast(call);
  }
}

Result<VectorPtr> CastToTimestamp(const CastCall& call) {
  const type::TimeZone& zone = Zone(call);
  switch (call.from.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: {
      const auto today = static_cast<int32_t>(
          type::FloorDiv(zone.UtcToLocal(call.context.query_start_us), kMicrosPerDay));
      return MapCast(
          call,
          [&](std::string_view s, int64_t& out) {
            const std::optional<int64_t> us = type::ParseTimestamp(s, zone, today);
            out = us.value_or(0);
            return us.has_value() ? Row::kValue : Row::kError;
          },
          InvalidInputError{call});
    }
    case TypeId::kBoolean:
      return MapCast(call, [](uint8_t v) -> int64_t { return v; });
    case TypeId::kByte:
      return IntegralToTimestamp<int8_t>(call);
    case TypeId::kShort:
      return IntegralToTimestamp<int16_t>(call);
    case TypeId::kInt:
      return IntegralToTimestamp<int32_t>(call);
    case TypeId::kLong:
      return IntegralToTimestamp<int64_t>(call);
    case TypeId::kFloat:
      return FloatingToTimestamp<float>(call);
    case TypeId::kDouble:
      return FloatingToTimestamp<double>(call);
    case TypeId::kDecimal: {
      const int scale = call.from.scale();
      // Digits below a microsecond are cut, as Java's longValue does.
      const auto to_us = [scale](int128_t v) -> int64_t {
        if (scale >= 6) {
          return static_cast<int64_t>(v / type::PowerOfTen(scale - 6));
        }
        return static_cast<int64_t>(static_cast<unsigned __int128>(v) *
                                    static_cast<unsigned __int128>(type::PowerOfTen(6 - scale)));
      };
      if (call.from.physical() == type::PhysicalType::kInt64) {
        return MapCast(call, [=](int64_t v) -> int64_t { return to_us(v); });
      }
      return MapCast(call, [=](int128_t v) -> int64_t { return to_us(v); });
    }
    case TypeId::kDate:
      return MapCast(
          call, [&](int32_t days) -> int64_t { return zone.LocalToUtc(days * kMicrosPerDay); });
    case TypeId::kTimestampNtz:
      return MapCast(call, [&](int64_t us) -> int64_t { return zone.LocalToUtc(us); });
    default:
      return NoSuchCast(call);
  }
}

Result<VectorPtr> CastToTimestampNtz(const CastCall& call) {
  switch (call.from.id()) {
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar:
      return MapCast(
          call,
          [](std::string_view s, int64_t& out) {
            const std::optional<int64_t> us = type::ParseTimestampNtz(s);
            out = us.value_or(0);
            return us.has_value() ? Row::kValue : Row::kError;
          },
          InvalidInputError{call});
    case TypeId::kDate:
      return MapCast(call, [](int32_t days) -> int64_t { return days * kMicrosPerDay; });
    case TypeId::kTimestamp: {
      const type::TimeZone& zone = Zone(call);
      return MapCast(call, [&](int64_t us) -> int64_t { return zone.UtcToLocal(us); });
    }
    default:
      return NoSuchCast(call);
  }
}

namespace {

int64_t EndUnit(const type::DataType& interval) {
  if (interval.is(TypeId::kYearMonthInterval)) {
    return interval.end_field() == type::IntervalField::kYear ? 12 : 1;
  }
  switch (static_cast<int>(interval.end_field())) {
    case 0:
      return kMicrosPerDay;
    case 1:
      return type::kMicrosPerHour;
    case 2:
      return type::kMicrosPerMinute;
    default:
      return kMicrosPerSecond;
  }
}

Status IntervalFormatError(const CastCall& call, int64_t row) {
  const std::string text(call.vector->values<StringView>()[row].view());
  const bool months = call.to->is(TypeId::kYearMonthInterval);
  const std::string form = months ? "year-month" : "day-time";
  std::string message = "Error parsing '" + text +
                        "' to interval. Interval string does not match " + form +
                        " format when cast to " + call.to->ToString() + ".";
  if (!months) {
    message +=
        " Set \"spark.sql.legacy.fromDayTimeString.enabled\" to \"true\" to restore the behavior "
        "before Spark 3.0.";
  }
  return base::UserError(
      months ? "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING"
             : "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE",
      message, {{"input", text}, {"intervalStr", form}, {"typeName", call.to->ToString()}});
}

template <class From, class To>
Result<VectorPtr> IntegralToInterval(const CastCall& call) {
  const int64_t unit = EndUnit(*call.to);
  return MapCast(
      call,
      [=](From v, To& out) {
        int64_t product = 0;
        if (__builtin_mul_overflow(static_cast<int64_t>(v), unit, &product)) {
          return Row::kError;
        }
        out = static_cast<To>(product);
        return out == product ? Row::kValue : Row::kError;
      },
      CastOverflowError{call});
}

template <class To>
Result<VectorPtr> ToInterval(const CastCall& call) {
  const int64_t unit = EndUnit(*call.to);
  switch (call.from.id()) {
    case TypeId::kByte:
      return IntegralToInterval<int8_t, To>(call);
    case TypeId::kShort:
      return IntegralToInterval<int16_t, To>(call);
    case TypeId::kInt:
      return IntegralToInterval<int32_t, To>(call);
    case TypeId::kLong:
      return IntegralToInterval<int64_t, To>(call);
    case TypeId::kDecimal: {
      const int scale = call.from.scale();
      const auto convert = [=](int128_t v, To& out) {
        const std::optional<int128_t> product = type::MultiplyDecimal(v, unit, scale);
        out = static_cast<To>(product.value_or(0));
        return product.has_value() && out == *product ? Row::kValue : Row::kError;
      };
      if (call.from.physical() == type::PhysicalType::kInt64) {
        return MapCast(
            call, [=](int64_t v, To& out) { return convert(v, out); }, CastOverflowError{call});
      }
      return MapCast(
          call, [=](int128_t v, To& out) { return convert(v, out); }, CastOverflowError{call});
    }
    case TypeId::kString:
    case TypeId::kChar:
    case TypeId::kVarchar: {
      const type::IntervalField start = call.to->start_field();
      const type::IntervalField end = call.to->end_field();
      return MapCast(
          call,
          [=](std::string_view s, To& out) {
            if constexpr (std::is_same_v<To, int32_t>) {
              const std::optional<int32_t> months = type::ParseYearMonthInterval(s, start, end);
              out = months.value_or(0);
              return months.has_value() ? Row::kValue : Row::kError;
            } else {
              const std::optional<int64_t> us = type::ParseDayTimeInterval(s, start, end);
              out = us.value_or(0);
              return us.has_value() ? Row::kValue : Row::kError;
            }
          },
          [&](const KernelArguments&, int64_t row) { return IntervalFormatError(call, row); });
    }
    default:
      if (call.from.id() == call.to->id()) {
        const int64_t last =
            call.to->is(TypeId::kDayTimeInterval) && unit == kMicrosPerSecond ? 1 : unit;
        return MapCast(call, [=](To v) -> To { return static_cast<To>(v - v % last); });
      }
      return NoSuchCast(call);
  }
}

}  // namespace

Result<VectorPtr> CastToInterval(const CastCall& call) {
  if (call.to->is(TypeId::kYearMonthInterval)) {
    return ToInterval<int32_t>(call);
  }
  if (call.to->is(TypeId::kDayTimeInterval)) {
    return ToInterval<int64_t>(call);
  }
  if (call.from.is_string()) {
    return MapCast(call, [](std::string_view s, type::CalendarInterval& out) {
      const std::optional<type::CalendarInterval> interval = type::ParseCalendarInterval(s);
      out = interval.value_or(type::CalendarInterval{});
      return interval.has_value() ? Row::kValue : Row::kNull;  // Spark gives null in every mode
    });
  }
  return NoSuchCast(call);
}

}  // namespace emery::functions
