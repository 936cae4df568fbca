#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"
#include "functions/evaluator.h"
#include "functions/operators_internal.h"
#include "type/calendar.h"
#include "type/decimal.h"

/// + and - of dates, timestamps and intervals; intervals times and by numbers.
namespace emery::functions {

using type::CalendarInterval;
using type::DataType;
using type::IntervalField;
using type::kMicrosPerDay;
using type::TypeId;
using type::TypePtr;

namespace {

Status DatetimeOverflow() {
  return base::UserError(
      "DATETIME_OVERFLOW",
      "Datetime operation overflow: the result is out of the range of its type.");
}

struct OverflowError {
  std::string_view try_function;

  Status operator()(const KernelArguments& a, int64_t) const {
    return a.return_type->is_interval() ? IntervalArithmeticOverflow(try_function)
                                        : DatetimeOverflow();
  }
};

const type::TimeZone& ZoneFor(const DataType& t, const QueryContext& context) {
  return t.is(TypeId::kTimestampNtz) || context.time_zone == nullptr ? *type::TimeZone::Utc()
                                                                     : *context.time_zone;
}

/// Adds in java.time's order: months, then days, both on the local clock, then microseconds on the
/// time line.
bool AddToTimestamp(const type::TimeZone& zone, int64_t us, int64_t months, int64_t days,
                    int64_t micros, int64_t* out) {
  if (months != 0 || days != 0) {
    const int64_t local = zone.UtcToLocal(us);
    int64_t day = type::FloorDiv(local, kMicrosPerDay);
    const int64_t of_day = local - day * kMicrosPerDay;
    if (months != 0) {
      day = type::AddMonths(day, months);
    }
    day += days;
    int64_t moved = 0;
    if (__builtin_mul_overflow(day, kMicrosPerDay, &moved) ||
        __builtin_add_overflow(moved, of_day, &moved)) {
      return false;
    }
    us = zone.LocalToUtc(moved);
  }
  return !__builtin_add_overflow(us, micros, out);
}

bool FitsInt(int64_t v) {
  return v == static_cast<int32_t>(v);
}

/// The interval operand's value as months, days and microseconds.
CalendarInterval Parts(int32_t months) {
  return {months, 0, 0};
}

CalendarInterval Parts(int64_t micros) {
  return {0, static_cast<int32_t>(micros / kMicrosPerDay), micros % kMicrosPerDay};
}

const CalendarInterval& Parts(const CalendarInterval& v) {
  return v;
}

template <class Interval, bool kIntervalFirst>
Result<VectorPtr> AddToTimestamps(const KernelArguments& a, int sign) {
  const type::TimeZone& zone = ZoneFor(*a.return_type, a.context);
  const auto add = [&zone, sign](int64_t us, const Interval& interval, int64_t& out) {
    const CalendarInterval& parts = Parts(interval);
    return AddToTimestamp(zone, us, sign * int64_t{parts.months}, sign * int64_t{parts.days},
                          sign * parts.microseconds, &out)
               ? Row::kValue
               : Row::kError;
  };
  if constexpr (kIntervalFirst) {
    return Map(
        a,
        [&](const Interval& interval, int64_t us, int64_t& out) { return add(us, interval, out); },
        OverflowError{});
  } else {
    return Map(
        a,
        [&](int64_t us, const Interval& interval, int64_t& out) { return add(us, interval, out); },
        OverflowError{});
  }
}

Status MicrosecondsInDateAddition() {
  return base::UserError(
      "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION",
      "Cannot add an interval to a date because its microseconds part is not 0. If necessary set "
      "\"spark.sql.ansi.enabled\" to \"false\" to bypass this error.");
}

template <class Interval, bool kIntervalFirst>
Result<VectorPtr> AddToDates(const KernelArguments& a, int sign) {
  const bool strict = a.mode != plan::EvalMode::kLegacy;
  const type::TimeZone& zone = ZoneFor(*a.return_type, a.context);
  const auto add = [&zone, sign, strict](int32_t days, const Interval& interval, int32_t& out) {
    const CalendarInterval& parts = Parts(interval);
    int64_t day = days;
    if (parts.microseconds != 0) {
      int64_t us = 0;
      if (strict ||
          !AddToTimestamp(zone, zone.LocalToUtc(day * kMicrosPerDay), sign * int64_t{parts.months},
                          sign * int64_t{parts.days}, sign * parts.microseconds, &us)) {
        return Row::kError;
      }
      day = type::FloorDiv(zone.UtcToLocal(us), kMicrosPerDay);
    } else {
      if (parts.months != 0) {
        day = type::AddMonths(day, sign * int64_t{parts.months});
      }
      day += sign * int64_t{parts.days};
    }
    out = static_cast<int32_t>(day);
    return FitsInt(day) ? Row::kValue : Row::kError;
  };
  const auto error = [](const KernelArguments& k, int64_t row) {
    if constexpr (std::is_same_v<Interval, CalendarInterval>) {
      if (Argument<CalendarInterval>(k, kIntervalFirst ? 0 : 1, row).microseconds != 0) {
        return MicrosecondsInDateAddition();
      }
    }
    return DatetimeOverflow();
  };
  if constexpr (kIntervalFirst) {
    return Map(
        a,
        [&](const Interval& interval, int32_t days, int32_t& out) {
          return add(days, interval, out);
        },
        error);
  } else {
    return Map(
        a,
        [&](int32_t days, const Interval& interval, int32_t& out) {
          return add(days, interval, out);
        },
        error);
  }
}

/// The kernel of datetime ± interval by the interval's storage. `dates`: result is a date.
ScalarKernel AddInterval(const DataType& interval, bool interval_first, bool dates, int sign) {
  const auto make = [&]<class Interval>(std::type_identity<Interval>) -> ScalarKernel {
    if (dates) {
      return interval_first ? ScalarKernel([sign](const KernelArguments& a) {
        return AddToDates<Interval, true>(a, sign);
      })
                            : ScalarKernel([sign](const KernelArguments& a) {
                                return AddToDates<Interval, false>(a, sign);
                              });
    }
    return interval_first ? ScalarKernel([sign](const KernelArguments& a) {
      return AddToTimestamps<Interval, true>(a, sign);
    })
                          : ScalarKernel([sign](const KernelArguments& a) {
                              return AddToTimestamps<Interval, false>(a, sign);
                            });
  };
  if (interval.is(TypeId::kYearMonthInterval)) {
    return make(std::type_identity<int32_t>{});
  }
  if (interval.is(TypeId::kDayTimeInterval)) {
    return make(std::type_identity<int64_t>{});
  }
  return make(std::type_identity<CalendarInterval>{});
}

TypePtr UnionOfFields(const DataType& a, const DataType& b) {
  const auto start = a.start_field() < b.start_field() ? a.start_field() : b.start_field();
  const auto end = a.end_field() > b.end_field() ? a.end_field() : b.end_field();
  return a.is(TypeId::kYearMonthInterval) ? type::YearMonthInterval(start, end)
                                          : type::DayTimeInterval(start, end);
}

template <class T>
Result<VectorPtr> AddIntervals(const KernelArguments& a, bool subtract) {
  return Map(
      a,
      [subtract](T x, T y, T& out) {
        const bool bad =
            subtract ? __builtin_sub_overflow(x, y, &out) : __builtin_add_overflow(x, y, &out);
        return bad ? Row::kError : Row::kValue;
      },
      OverflowError{subtract ? "try_subtract" : "try_add"});
}

Result<VectorPtr> AddCalendarIntervals(const KernelArguments& a, bool subtract) {
  return Map(
      a,
      [subtract](const CalendarInterval& x, const CalendarInterval& y, CalendarInterval& out) {
        const bool bad =
            subtract ? (__builtin_sub_overflow(x.months, y.months, &out.months) |
                        __builtin_sub_overflow(x.days, y.days, &out.days) |
                        __builtin_sub_overflow(x.microseconds, y.microseconds, &out.microseconds))
                     : (__builtin_add_overflow(x.months, y.months, &out.months) |
                        __builtin_add_overflow(x.days, y.days, &out.days) |
                        __builtin_add_overflow(x.microseconds, y.microseconds, &out.microseconds));
        return bad ? Row::kError : Row::kValue;
      },
      OverflowError{subtract ? "try_subtract" : "try_add"});
}

bool IsTimestamp(const DataType& t) {
  return t.is(TypeId::kTimestamp) || t.is(TypeId::kTimestampNtz);
}

/// date ± days.
ScalarKernel AddDays(bool days_first, int sign) {
  if (days_first) {
    return MakeKernel([](int32_t days, int32_t date) -> int32_t {
      return static_cast<int32_t>(static_cast<uint32_t>(date) + static_cast<uint32_t>(days));
    });
  }
  return MakeKernel([sign](int32_t date, int32_t days) -> int32_t {
    return static_cast<int32_t>(static_cast<uint32_t>(date) +
                                static_cast<uint32_t>(sign) * static_cast<uint32_t>(days));
  });
}

}  // namespace

std::optional<Result<BoundScalar>> BindDatetimeArithmetic(const BindInput& input, bool subtract) {
  TypePtr left = input.types[0];
  TypePtr right = input.types[1];
  if (!left->is_datetime() && !left->is_interval() && !right->is_datetime() &&
      !right->is_interval()) {
    return std::nullopt;
  }
  const int sign = subtract ? -1 : 1;
  // A void operand: an interval to add, or something of the same kind to subtract.
  if (left->is_null() || right->is_null()) {
    const TypePtr known = left->is_null() ? right : left;
    const TypePtr assumed = known->is_datetime() && !subtract ? type::DayTimeInterval() : known;
    (left->is_null() ? left : right) = assumed;
  }
  // interval ± interval
  if (left->is_interval() && right->is_interval()) {
    if (left->id() != right->id()) {
      return Result<BoundScalar>(UnexpectedInputType(
          input,
          left->is(TypeId::kYearMonthInterval) && !right->is(TypeId::kYearMonthInterval) ? 0 : 0,
          "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\")"));
    }
    if (left->is(TypeId::kCalendarInterval)) {
      return Result<BoundScalar>(Bound(
          {left, right}, left,
          [subtract](const KernelArguments& a) { return AddCalendarIntervals(a, subtract); },
          true));
    }
    const TypePtr result = UnionOfFields(*left, *right);
    ScalarKernel kernel = left->is(TypeId::kYearMonthInterval)
                              ? ScalarKernel([subtract](const KernelArguments& a) {
                                  return AddIntervals<int32_t>(a, subtract);
                                })
                              : ScalarKernel([subtract](const KernelArguments& a) {
                                  return AddIntervals<int64_t>(a, subtract);
                                });
    return Result<BoundScalar>(Bound({left, right}, result, std::move(kernel), true));
  }
  // datetime ± interval, interval + datetime
  if (left->is_interval() || right->is_interval()) {
    const bool interval_first = left->is_interval();
    const TypePtr& interval = interval_first ? left : right;
    TypePtr datetime = interval_first ? right : left;
    if (interval_first && subtract) {
      return Result<BoundScalar>(OperandTypesDiffer(input));
    }
    const bool from_string = datetime->is_string();
    if (from_string) {
      datetime = type::Timestamp();
    }
    if (!datetime->is_datetime()) {
      return Result<BoundScalar>(OperandTypesDiffer(input));
    }
    const bool whole_days = !interval->is(TypeId::kDayTimeInterval) ||
                            (interval->start_field() == IntervalField::kDay &&
                             interval->end_field() == IntervalField::kDay);
    const bool dates = datetime->is(TypeId::kDate) && whole_days;
    if (datetime->is(TypeId::kDate) && !dates) {
      datetime = type::Timestamp();
    }
    ScalarKernel kernel = AddInterval(*interval, interval_first, dates, sign);
    std::vector<TypePtr> types = interval_first ? std::vector<TypePtr>{interval, datetime}
                                                : std::vector<TypePtr>{datetime, interval};
    if (from_string) {
      // Spark gives back the type that came in.
      ScalarKernel to_text = [kernel](const KernelArguments& a) -> Result<VectorPtr> {
        const TypePtr timestamp = type::Timestamp();
        ARROW_ASSIGN_OR_RAISE(VectorPtr moved,
                              kernel(KernelArguments{a.arguments, a.num_rows, timestamp, a.state,
                                                     a.context, a.mode}));
        return CastVector(moved, type::String(), a.mode, a.context);
      };
      return Result<BoundScalar>(Bound(std::move(types), type::String(), std::move(to_text), true));
    }
    return Result<BoundScalar>(Bound(std::move(types), datetime, std::move(kernel), true));
  }
  // timestamp - timestamp (a date or a string beside one becomes one)
  if (subtract && (IsTimestamp(*left) || IsTimestamp(*right))) {
    const bool both_plain = (left->is(TypeId::kTimestampNtz) || left->is(TypeId::kDate)) &&
                            (right->is(TypeId::kTimestampNtz) || right->is(TypeId::kDate));
    const TypePtr common = both_plain ? type::TimestampNtz() : type::Timestamp();
    if ((!left->is_datetime() && !left->is_string()) ||
        (!right->is_datetime() && !right->is_string())) {
      return Result<BoundScalar>(OperandTypesDiffer(input));
    }
    ScalarKernel kernel = [plain = both_plain](const KernelArguments& a) {
      const type::TimeZone& zone =
          plain || a.context.time_zone == nullptr ? *type::TimeZone::Utc() : *a.context.time_zone;
      return Map(
          a,
          [&zone](int64_t x, int64_t y, int64_t& out) {
            return __builtin_sub_overflow(zone.UtcToLocal(x), zone.UtcToLocal(y), &out)
                       ? Row::kError
                       : Row::kValue;
          },
          OverflowError{});
    };
    return Result<BoundScalar>(
        Bound({common, common}, type::DayTimeInterval(), std::move(kernel), true));
  }
  // date - date
  if (subtract && right->is(TypeId::kDate) && (left->is(TypeId::kDate) || left->is_string())) {
    ScalarKernel kernel = MakeKernel(
        [](int32_t x, int32_t y) -> int64_t { return (int64_t{x} - y) * kMicrosPerDay; });
    return Result<BoundScalar>(Bound(
        {type::Date(), type::Date()},
        type::DayTimeInterval(IntervalField::kDay, IntervalField::kDay), std::move(kernel), false));
  }
  // date ± days, days + date
  const auto is_days = [](const DataType& t) { return t.is_integral() && !t.is(TypeId::kLong); };
  if (left->is(TypeId::kDate) && is_days(*right)) {
    return Result<BoundScalar>(Bound({left, type::Int()}, left, AddDays(false, sign), false));
  }
  if (!subtract && right->is(TypeId::kDate) && is_days(*left)) {
    return Result<BoundScalar>(Bound({type::Int(), right}, right, AddDays(true, 1), false));
  }
  if (left->is(TypeId::kDate) && !right->is_string()) {
    return Result<BoundScalar>(
        UnexpectedInputType(input, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")"));
  }
  if (right->is(TypeId::kDate) && !left->is_string()) {
    return Result<BoundScalar>(UnexpectedInputType(
        input, 0, subtract ? "\"DATE\"" : "(\"INT\" or \"SMALLINT\" or \"TINYINT\")"));
  }
  return Result<BoundScalar>(OperandTypesDiffer(input));
}

namespace {

/// Rounds half away from zero; false out of the range of Int.
template <class Int>
bool RoundToInt(double value, Int* out) {
  const double rounded = std::round(value);
  if (!(rounded >= -0x1p63 && rounded < 0x1p63)) {
    return false;
  }
  const auto wide = static_cast<int64_t>(rounded);
  *out = static_cast<Int>(wide);
  return *out == wide;
}

/// interval * number or interval / number, by the number's storage N. The result has the interval's
/// storage I.
template <class I, class N>
Row Scale(I interval, const N& number, int scale, bool divide, I* out) {
  if constexpr (std::is_floating_point_v<N>) {
    if (divide && number == 0) {
      return Row::kError;
    }
    const double exact = divide ? static_cast<double>(interval) / static_cast<double>(number)
                                : static_cast<double>(interval) * static_cast<double>(number);
    return RoundToInt(exact, out) ? Row::kValue : Row::kError;
  } else {
    std::optional<type::int128_t> exact;
    if (divide) {
      if (number == 0) {
        return Row::kError;
      }
      exact = type::DivideDecimal(interval, number, scale);
    } else {
      exact = type::MultiplyDecimal(interval, number, scale);
    }
    if (!exact.has_value()) {
      return Row::kError;
    }
    *out = static_cast<I>(*exact);
    return *out == *exact ? Row::kValue : Row::kError;
  }
}

template <class I, class N>
ScalarKernel ScaleKernel(bool number_first, bool divide, int scale) {
  const auto error = [=](const KernelArguments& a, int64_t row) {
    if (divide && Argument<N>(a, 1, row) == 0) {
      return IntervalDividedByZero();
    }
    return IntervalArithmeticOverflow(divide ? "try_divide" : "try_multiply");
  };
  if (number_first) {
    return MakeKernel([=](N number, I interval,
                          I& out) { return Scale<I, N>(interval, number, scale, divide, &out); },
                      error);
  }
  return MakeKernel([=](I interval, N number,
                        I& out) { return Scale<I, N>(interval, number, scale, divide, &out); },
                    error);
}

template <class I>
ScalarKernel ScaleKernelFor(const DataType& number, bool number_first, bool divide) {
  if (number.is_decimal()) {
    return number.physical() == type::PhysicalType::kInt64
               ? ScaleKernel<I, int64_t>(number_first, divide, number.scale())
               : ScaleKernel<I, type::int128_t>(number_first, divide, number.scale());
  }
  return DispatchNumber(number, [&]<class N>(std::type_identity<N>) {
    return ScaleKernel<I, N>(number_first, divide, 0);
  });
}

ScalarKernel ScaleCalendar(bool number_first, bool divide) {
  const auto scale = [divide](const CalendarInterval& v, double number, CalendarInterval& out) {
    if (divide && number == 0) {
      return Row::kError;
    }
    const double months = divide ? v.months / number : v.months * number;
    const double days = divide ? v.days / number : v.days * number;
    const double micros = divide ? static_cast<double>(v.microseconds) / number
                                 : static_cast<double>(v.microseconds) * number;
    if (!(std::fabs(months) < 0x1p31 && std::fabs(days) < 0x1p31)) {
      return Row::kError;
    }
    out.months = static_cast<int32_t>(months);
    out.days = static_cast<int32_t>(days);
    return RoundToInt(micros + static_cast<double>(kMicrosPerDay) * (days - out.days),
                      &out.microseconds)
               ? Row::kValue
               : Row::kError;
  };
  const auto error = [=](const KernelArguments& a, int64_t row) {
    if (divide && Argument<double>(a, 1, row) == 0) {
      return IntervalDividedByZero();
    }
    return IntervalArithmeticOverflow("");
  };
  if (number_first) {
    return MakeKernel([=](double number, const CalendarInterval& v,
                          CalendarInterval& out) { return scale(v, number, out); },
                      error);
  }
  return MakeKernel([=](const CalendarInterval& v, double number,
                        CalendarInterval& out) { return scale(v, number, out); },
                    error);
}

}  // namespace

std::optional<Result<BoundScalar>> BindIntervalScaling(const BindInput& input, bool divide) {
  TypePtr left = input.types[0];
  TypePtr right = input.types[1];
  if (left->is_interval() == right->is_interval() || (divide && right->is_interval())) {
    return std::nullopt;
  }
  const bool number_first = right->is_interval();
  const TypePtr& interval = number_first ? right : left;
  TypePtr number = number_first ? left : right;
  if (number->is_null() || number->is_string()) {
    number = type::Double();
  }
  if (!number->is_numeric()) {
    return std::nullopt;
  }
  if (interval->is(TypeId::kCalendarInterval)) {
    number = type::Double();
  }
  ScalarKernel kernel;
  TypePtr result = interval;
  if (interval->is(TypeId::kYearMonthInterval)) {
    kernel = ScaleKernelFor<int32_t>(*number, number_first, divide);
    result = type::YearMonthInterval();
  } else if (interval->is(TypeId::kDayTimeInterval)) {
    kernel = ScaleKernelFor<int64_t>(*number, number_first, divide);
    result = type::DayTimeInterval();
  } else {
    kernel = ScaleCalendar(number_first, divide);
  }
  std::vector<TypePtr> types = number_first ? std::vector<TypePtr>{number, interval}
                                            : std::vector<TypePtr>{interval, number};
  return Result<BoundScalar>(Bound(std::move(types), result, std::move(kernel), true));
}

}  // namespace emery::functions
