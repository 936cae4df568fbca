// Dates and timestamps from text and numbers and back: date_format, to_date, to_timestamp,
// unix_timestamp, from_unixtime, make_date, make_timestamp, make_interval and their kin.

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>

#include "functions/binding.h"
#include "functions/evaluator.h"
#include "functions/registry.h"
#include "functions/scalar/datetime_pattern.h"
#include "functions/vectorize.h"
#include "type/calendar.h"
#include "type/text.h"
#include "type/time_zone.h"

namespace emery::functions {
namespace {

using plan::EvalMode;
using std::string_view;
using type::TypeId;
using type::TypePtr;

constexpr const char* kDefaultFormat = "yyyy-MM-dd HH:mm:ss";

const type::TimeZone& Zone(const KernelArguments& a) {
  return a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
}

/// The pattern of an argument, made again only when the text changes.
class PatternOf {
 public:
  explicit PatternOf(bool parsing) : parsing_(parsing) {}

  const DateTimePattern* Get(string_view text) {
    if (pattern_ == nullptr || text != last_) {
      auto made = DateTimePattern::Make(text, parsing_);
      if (!made.ok()) {
        if (status_.ok()) {
          status_ = made.status();
        }
        return nullptr;
      }
      last_ = text;
      pattern_ = *made;
    }
    return pattern_.get();
  }

  const Status& status() const { return status_; }

 private:
  bool parsing_;
  std::string last_;
  std::shared_ptr<const DateTimePattern> pattern_;
  Status status_;
};

Status CannotParse(string_view text, string_view function) {
  return base::UserError("CANNOT_PARSE_TIMESTAMP",
                         "Text '" + std::string(text) + "' could not be parsed. Use `" +
                             std::string(function) +
                             "` to tolerate invalid input string and return NULL instead.",
                         {{"message", "Text '" + std::string(text) + "' could not be parsed"},
                          {"func", "`" + std::string(function) + "`"}});
}

// ---- date_format
// -----------------------------------------------------------------------------------------------------------------------

Result<BoundScalar> BindDateFormat(const BindInput& input) {
  const bool ntz = input.types[0]->is(TypeId::kTimestampNtz);
  const TypePtr t = ntz ? type::TimestampNtz() : type::Timestamp();
  ARROW_RETURN_NOT_OK(Require(input, 0, t).status());
  ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
  return MakeBound({t, type::String()}, type::String(),
                   [ntz](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = Zone(a);
                     PatternOf patterns(false);
                     ARROW_ASSIGN_OR_RAISE(
                         VectorPtr result,
                         Map(a, [&](int64_t us, string_view format, StringWriter& out) {
                           if (const DateTimePattern* p = patterns.Get(format)) {
                             if (ntz) {
                               p->FormatLocal(us, zone, &out.buffer());
                             } else {
                               p->Format(us, zone, &out.buffer());
                             }
                           }
                         }));
                     ARROW_RETURN_NOT_OK(patterns.status());
                     return result;
                   },
                   {.can_fail = true});
}

Result<BoundScalar> BindFromUnixTime(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Long()).status());
  std::vector<TypePtr> arguments = {type::Long()};
  if (input.types.size() > 1) {
    ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
    arguments.push_back(type::String());
  }
  return MakeBound(
      std::move(arguments), type::String(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        const type::TimeZone& zone = Zone(a);
        PatternOf patterns(false);
        const auto write = [&](int64_t seconds, string_view format, StringWriter& out) {
          if (const DateTimePattern* p = patterns.Get(format)) {
            p->Format(seconds * type::kMicrosPerSecond, zone, &out.buffer());
          }
        };
        Result<VectorPtr> result =
            a.arguments.size() > 1
                ? Map(a, [&](int64_t s, string_view f, StringWriter& out) { write(s, f, out); })
                : Map(a, [&](int64_t s, StringWriter& out) { write(s, kDefaultFormat, out); });
        ARROW_RETURN_NOT_OK(patterns.status());
        return result;
      },
      {.can_fail = true});
}

// ---- parsing with a format
// ----------------------------------------------------------------------------------------------------------------

enum class Parsed { kDate, kTimestamp, kTimestampNtz, kSeconds };

// (text, format) to a date, a timestamp, or seconds.
BoundScalar ParseBound(Parsed what, bool null_on_error, size_t num_arguments) {
  std::vector<TypePtr> arguments(num_arguments, type::String());
  const TypePtr result = what == Parsed::kDate        ? type::Date()
                         : what == Parsed::kTimestamp ? type::Timestamp()
                         : what == Parsed::kSeconds   ? type::Long()
                                                      : type::TimestampNtz();
  SignatureOptions options{.can_fail = true, .nullable = true};
  return MakeBound(
      std::move(arguments), result,
      [what, null_on_error](const KernelArguments& a) -> Result<VectorPtr> {
        const type::TimeZone& zone = Zone(a);
        PatternOf patterns(true);
        Status failed;
        const auto parse = [&](string_view text, string_view format, int64_t& out) -> bool {
          const DateTimePattern* p = patterns.Get(format);
          if (p == nullptr) {
            return false;
          }
          std::optional<int64_t> value;
          if (what == Parsed::kTimestampNtz) {
            if (const auto parsed = p->Parse(text)) {
              value = parsed->local_micros;
            }
          } else {
            value = p->ParseInstant(text, zone);
          }
          if (!value.has_value()) {
            if (!null_on_error && a.mode == EvalMode::kAnsi && failed.ok()) {
              failed =
                  CannotParse(text, what == Parsed::kDate ? "try_to_date" : "try_to_timestamp");
            }
            return false;
          }
          switch (what) {
            case Parsed::kDate:
              out = zone.LocalDays(*value);
              break;
            case Parsed::kSeconds:
              out = type::FloorDiv(*value, type::kMicrosPerSecond);
              break;
            default:
              out = *value;
          }
          return true;
        };
        Result<VectorPtr> result = VectorPtr();
        if (what == Parsed::kDate) {
          result = Map(a, [&](string_view text, string_view format, int32_t& out) -> bool {
            int64_t days = 0;
            const bool ok = parse(text, format, days);
            out = static_cast<int32_t>(days);
            return ok;
          });
        } else if (a.arguments.size() == 1) {
          result = Map(a, [&](string_view text, int64_t& out) -> bool {
            return parse(text, kDefaultFormat, out);
          });
        } else {
          result = Map(a, [&](string_view text, string_view format, int64_t& out) -> bool {
            return parse(text, format, out);
          });
        }
        ARROW_RETURN_NOT_OK(patterns.status());
        ARROW_RETURN_NOT_OK(failed);
        return result;
      },
      options);
}

BoundScalar SameValue(const TypePtr& t, size_t num_arguments) {
  std::vector<TypePtr> arguments(num_arguments, type::String());
  arguments[0] = t;
  return MakeBound(std::move(arguments), t,
                   [](const KernelArguments& a) -> Result<VectorPtr> { return a.arguments[0]; });
}

// to_date, to_timestamp and their try_ forms. With one argument they are casts.
template <Parsed kWhat, bool kTry>
Result<BoundScalar> BindParse(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is_datetime() || (t->is_numeric() && kWhat == Parsed::kTimestamp)) {
    // The format has no say where there is nothing to parse.
    return SameValue(kWhat == Parsed::kDate        ? type::Date()
                     : kWhat == Parsed::kTimestamp ? type::Timestamp()
                                                   : type::TimestampNtz(),
                     input.types.size());
  }
  for (int i = 0; i < 2; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::String()).status());
  }
  return ParseBound(kWhat, kTry, 2);
}

// unix_timestamp([time[, format]])
Result<BoundScalar> BindUnixTimestamp(const BindInput& input) {
  if (input.types.empty()) {
    return MakeBound(
        {}, type::Long(),
        [](const KernelArguments& a) -> Result<VectorPtr> {
          return Vector::MakeConstant(
              a.return_type,
              type::Value::Int(type::FloorDiv(a.context.query_start_us, type::kMicrosPerSecond)),
              a.num_rows);
        },
        {.nullable = false});
  }
  const TypePtr& t = input.types[0];
  std::vector<TypePtr> arguments(input.types.size(), type::String());
  if (t->is(TypeId::kDate) || t->is(TypeId::kTimestampNtz) || t->is(TypeId::kTimestamp)) {
    arguments[0] = type::Timestamp();
    return MakeBound(
        std::move(arguments), type::Long(), [](const KernelArguments& a) -> Result<VectorPtr> {
          return Map(
              a, [](int64_t us) -> int64_t { return type::FloorDiv(us, type::kMicrosPerSecond); });
        });
  }
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), type::String()).status());
  }
  return ParseBound(Parsed::kSeconds, false, input.types.size());
}

// ---- make_date, make_timestamp
// ---------------------------------------------------------------------------------------------------------

Status FieldOutOfBounds(const std::string& message, const char* suggestion) {
  return base::UserError(
      "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
      message + ". If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error.",
      {{"rangeMessage", message},
       {"ansiConfig", "\"spark.sql.ansi.enabled\""},
       {"suggestion", suggestion}});
}

std::string RangeMessage(int64_t month, int64_t day, int64_t hour, int64_t minute, int64_t second) {
  const auto message = [](const char* field, const char* range, int64_t value) {
    return std::string("Invalid value for ") + field + " (valid values " + range +
           "): " + std::to_string(value);
  };
  if (month < 1 || month > 12) {
    return message("MonthOfYear", "1 - 12", month);
  }
  if (day < 1 || day > 31) {
    return message("DayOfMonth", "1 - 28/31", day);
  }
  if (hour < 0 || hour > 23) {
    return message("HourOfDay", "0 - 23", hour);
  }
  if (minute < 0 || minute > 59) {
    return message("MinuteOfHour", "0 - 59", minute);
  }
  if (second < 0 || second > 59) {
    return message("SecondOfMinute", "0 - 59", second);
  }
  static constexpr const char* kMonths[] = {"JANUARY",   "FEBRUARY", "MARCH",    "APRIL",
                                            "MAY",       "JUNE",     "JULY",     "AUGUST",
                                            "SEPTEMBER", "OCTOBER",  "NOVEMBER", "DECEMBER"};
  if (month == 2 && day == 29) {
    return "Invalid date 'February 29' as the year is not a leap year";
  }
  return "Invalid date '" + std::string(kMonths[month - 1]) + " " + std::to_string(day) + "'";
}

Row MakeDate(int32_t year, int32_t month, int32_t day, int32_t& out) {
  if (!type::IsValidDate(year, month, day)) {
    return Row::kError;
  }
  out = static_cast<int32_t>(type::DaysFromCivil(year, month, day));
  return Row::kValue;
}

Status MakeDateError(const KernelArguments& a, int64_t row) {
  return FieldOutOfBounds(
      RangeMessage(Argument<int32_t>(a, 1, row), Argument<int32_t>(a, 2, row), 0, 0, 0),
      "`try_make_date`");
}

// Seconds come as decimal(16,6), in micros; 60 is allowed as a whole.
enum class Made { kValue, kOutOfBounds, kBadFraction };

Made MakeLocal(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
               int64_t seconds, int64_t* out) {
  if (!type::IsValidDate(year, month, day) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      seconds < 0) {
    return Made::kOutOfBounds;
  }
  if (seconds > 60 * type::kMicrosPerSecond) {
    return seconds < 61 * type::kMicrosPerSecond ? Made::kBadFraction : Made::kOutOfBounds;
  }
  type::CivilTime t;
  t.date = {year, month, day};
  t.hour = hour;
  t.minute = minute;
  int64_t base = 0;
  if (!type::MicrosFromCivil(t, &base)) {
    return Made::kOutOfBounds;
  }
  *out = base + seconds;
  return Made::kValue;
}

// make_timestamp(y, m, d, h, min, s[, zone]); make_timestamp(date, time) is not in this version.
template <bool kNtz, bool kTry>
Result<BoundScalar> BindMakeTimestamp(const BindInput& input) {
  std::vector<TypePtr> arguments(5, type::Int());
  arguments.push_back(type::Decimal(16, 6));
  if (input.types.size() == 7) {
    arguments.push_back(type::String());
  }
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), arguments[i]).status());
  }
  return MakeBound(
      std::move(arguments), kNtz ? type::TimestampNtz() : type::Timestamp(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        const type::TimeZone* zone = kNtz ? type::TimeZone::Utc() : &Zone(a);
        std::vector<VectorReader<int32_t>> fields;
        for (int i = 0; i < 5; ++i) {
          fields.emplace_back(*a.arguments[i]);
        }
        const VectorReader<int64_t> seconds(*a.arguments[5]);
        std::string last;
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (std::any_of(a.arguments.begin(), a.arguments.end(),
                          [&](const VectorPtr& v) { return v->IsNull(i); })) {
            out.SetNull(i);
            continue;
          }
          if (a.arguments.size() == 7) {
            const StringView& id = VectorReader<StringView>(*a.arguments[6])[i];
            if (last != id.view() || last.empty()) {
              last = id.view();
              auto found = type::TimeZone::Find(last);
              if (!found.ok()) {
                if (kTry || a.mode != EvalMode::kAnsi) {
                  last.clear();
                  out.SetNull(i);
                  continue;
                }
                return found.status();
              }
              zone = *found;
            }
          }
          int64_t local = 0;
          const Made made = MakeLocal(fields[0][i], fields[1][i], fields[2][i], fields[3][i],
                                      fields[4][i], seconds[i], &local);
          if (made == Made::kValue) {
            out.values<int64_t>()[i] =
                kNtz && a.arguments.size() < 7 ? local : zone->LocalToUtc(local);
            continue;
          }
          if (kTry || a.mode != EvalMode::kAnsi) {
            out.SetNull(i);
            continue;
          }
          if (made == Made::kBadFraction) {
            const std::string text = std::to_string(seconds[i] / 1000000);
            return base::UserError(
                "INVALID_FRACTION_OF_SECOND",
                "Valid range for seconds is [0, 60] (inclusive), but the provided value is " +
                    text +
                    ". To avoid this error, use `try_make_timestamp`, which returns NULL on error.",
                {{"secAndMicros", text}});
          }
          return FieldOutOfBounds(
              RangeMessage(fields[1][i], fields[2][i], fields[3][i], fields[4][i],
                           type::FloorDiv(seconds[i], type::kMicrosPerSecond)),
              "`try_make_timestamp`");
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true, .nullable = true});
}

// ---- intervals
// --------------------------------------------------------------------------------------------------------------------------

Status IntervalOverflow(const char* function) {
  return base::UserError(std::string("INTERVAL_ARITHMETIC_OVERFLOW.") +
                             (*function != 0 ? "WITH_SUGGESTION" : "WITHOUT_SUGGESTION"),
                         "Integer overflow while operating with intervals.",
                         {{"functionName", function}});
}

/// Reads int argument `index` where it was given, else 0.
int64_t IntArgument(const KernelArguments& a, size_t index, int64_t row) {
  return index < a.arguments.size() ? VectorReader<int32_t>(*a.arguments[index])[row] : 0;
}

int64_t SecondsArgument(const KernelArguments& a, size_t index, int64_t row) {
  return index < a.arguments.size() ? VectorReader<int64_t>(*a.arguments[index])[row] : 0;
}

bool AnyNull(const KernelArguments& a, int64_t row) {
  return std::any_of(a.arguments.begin(), a.arguments.end(),
                     [&](const VectorPtr& v) { return v->IsNull(row); });
}

// `ints` int arguments, then seconds as decimal(18,6).
Result<std::vector<TypePtr>> IntervalArguments(const BindInput& input, size_t ints) {
  std::vector<TypePtr> arguments;
  for (size_t i = 0; i < input.types.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(TypePtr t, Require(input, static_cast<int>(i),
                                             i < ints ? type::Int() : type::Decimal(18, 6)));
    arguments.push_back(std::move(t));
  }
  return arguments;
}

template <bool kTry>
Result<BoundScalar> BindMakeInterval(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(std::vector<TypePtr> arguments, IntervalArguments(input, 6));
  return MakeBound(
      std::move(arguments), type::CalendarIntervalType(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (AnyNull(a, i)) {
            out.SetNull(i);
            continue;
          }
          type::CalendarInterval v;
          const int64_t months = IntArgument(a, 0, i) * 12 + IntArgument(a, 1, i);
          const int64_t days = IntArgument(a, 2, i) * 7 + IntArgument(a, 3, i);
          v.months = static_cast<int32_t>(months);
          v.days = static_cast<int32_t>(days);
          bool bad = v.months != months || v.days != days;
          v.microseconds = IntArgument(a, 4, i) * type::kMicrosPerHour;
          bad |= __builtin_add_overflow(
              v.microseconds, IntArgument(a, 5, i) * type::kMicrosPerMinute, &v.microseconds);
          bad |= __builtin_add_overflow(v.microseconds, SecondsArgument(a, 6, i), &v.microseconds);
          if (bad) {
            if (!kTry && a.mode == EvalMode::kAnsi) {
              return IntervalOverflow("`try_make_interval`");
            }
            out.SetNull(i);
            continue;
          }
          out.values<type::CalendarInterval>()[i] = v;
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true,
       .nullable =
           input.mode == EvalMode::kAnsi && !kTry ? std::nullopt : std::optional<bool>(true)});
}

Result<BoundScalar> BindMakeDayTime(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(std::vector<TypePtr> arguments, IntervalArguments(input, 3));
  return MakeBound(
      std::move(arguments), type::DayTimeInterval(),
      [](const KernelArguments& a) -> Result<VectorPtr> {
        columnar::FlatWriter out(a.return_type, a.num_rows);
        for (int64_t i = 0; i < a.num_rows; ++i) {
          if (AnyNull(a, i)) {
            out.SetNull(i);
            continue;
          }
          int64_t us;
          bool bad = __builtin_mul_overflow(IntArgument(a, 0, i), type::kMicrosPerDay, &us);
          bad |= __builtin_add_overflow(us, IntArgument(a, 1, i) * type::kMicrosPerHour, &us);
          bad |= __builtin_add_overflow(us, IntArgument(a, 2, i) * type::kMicrosPerMinute, &us);
          bad |= __builtin_add_overflow(us, SecondsArgument(a, 3, i), &us);
          if (bad) {
            return IntervalOverflow("");
          }
          out.values<int64_t>()[i] = us;
        }
        return out.Finish(a.num_rows);
      },
      {.can_fail = true});
}

Result<BoundScalar> BindMakeYearMonth(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(std::vector<TypePtr> arguments, IntervalArguments(input, 2));
  return MakeBound(std::move(arguments), type::YearMonthInterval(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     columnar::FlatWriter out(a.return_type, a.num_rows);
                     for (int64_t i = 0; i < a.num_rows; ++i) {
                       if (AnyNull(a, i)) {
                         out.SetNull(i);
                         continue;
                       }
                       const int64_t months = IntArgument(a, 0, i) * 12 + IntArgument(a, 1, i);
                       if (months != static_cast<int32_t>(months)) {
                         return IntervalOverflow("");
                       }
                       out.values<int32_t>()[i] = static_cast<int32_t>(months);
                     }
                     return out.Finish(a.num_rows);
                   },
                   {.can_fail = true});
}

// ---- registration
// -----------------------------------------------------------------------------------------------------------------------

// A parse with a format, or a cast without one.
template <Parsed kWhat, bool kTry>
ScalarFunction ParseFunction(std::string name, TypePtr target, std::string description,
                             std::string example, std::string result) {
  ScalarFunction f{.name = std::move(name),
                   .min_arguments = 1,
                   .max_arguments = 2,
                   .bind = nullptr,
                   .description = std::move(description),
                   .examples = {{std::move(example), std::move(result)}},
                   .since = "2.2.0"};
  f.bind = [target](const BindInput& input) -> Result<BoundScalar> {
    if (input.types.size() == 2) {
      return BindParse<kWhat, kTry>(input);
    }
    const TypePtr& t = input.types[0];
    if (!ImplicitlyCastable(*t, *target) && !(t->is_numeric() && kWhat == Parsed::kTimestamp)) {
      return UnexpectedType(input, 0, "\"" + target->Sql() + "\"");
    }
    const type::TypePtr from = t;
    BoundScalar bound = MakeBound({from}, target,
                                  [target](const KernelArguments& a) -> Result<VectorPtr> {
                                    return CastVector(a.arguments[0], target,
                                                      kTry ? EvalMode::kTry : a.mode, a.context);
                                  },
                                  {.can_fail = true});
    if (kTry || input.mode != EvalMode::kAnsi) {
      bound.nullable = true;
    }
    return bound;
  };
  return f;
}

ScalarFunction Function(std::string name, std::vector<std::string> aliases, int min, int max,
                        Bind bind, std::string description, std::string example,
                        std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .aliases = std::move(aliases),
                        .min_arguments = min,
                        .max_arguments = max,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "1.5.0"};
}

const Registration kDateFormat(Function("date_format", {}, 2, 2, BindDateFormat,
                                        "A timestamp as text, by a pattern.",
                                        "SELECT date_format('2016-04-08', 'y')", "2016"));
const Registration kFromUnixTime(Function("from_unixtime", {}, 1, 2, BindFromUnixTime,
                                          "Seconds since the epoch as text, by a pattern.",
                                          "SELECT from_unixtime(0, 'yyyy-MM-dd HH:mm:ss')",
                                          "1969-12-31 16:00:00"));
const Registration kToDate(ParseFunction<Parsed::kDate, false>(
    "to_date", type::Date(), "A date from text.", "SELECT to_date('2016-12-31', 'yyyy-MM-dd')",
    "2016-12-31"));
const Registration kTryToDate(ParseFunction<Parsed::kDate, true>(
    "try_to_date", type::Date(), "As to_date; null for bad text.",
    "SELECT try_to_date('foo', 'yyyy-MM-dd')", "NULL"));
const Registration kToTimestamp(ParseFunction<Parsed::kTimestamp, false>(
    "to_timestamp", type::Timestamp(), "A timestamp from text.",
    "SELECT to_timestamp('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00"));
const Registration kToTimestampLtz(ParseFunction<Parsed::kTimestamp, false>(
    "to_timestamp_ltz", type::Timestamp(), "A timestamp from text.",
    "SELECT to_timestamp_ltz('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00"));
const Registration kTryToTimestamp(ParseFunction<Parsed::kTimestamp, true>(
    "try_to_timestamp", type::Timestamp(), "As to_timestamp; null for bad text.",
    "SELECT try_to_timestamp('foo', 'yyyy-MM-dd')", "NULL"));
const Registration kToTimestampNtz(ParseFunction<Parsed::kTimestampNtz, false>(
    "to_timestamp_ntz", type::TimestampNtz(), "A timestamp without zone from text.",
    "SELECT to_timestamp_ntz('2016-12-31', 'yyyy-MM-dd')", "2016-12-31 00:00:00"));
const Registration kUnixTimestamp(Function("unix_timestamp", {}, 0, 2, BindUnixTimestamp,
                                           "Seconds since the epoch.",
                                           "SELECT unix_timestamp('2016-04-08', 'yyyy-MM-dd')",
                                           "1460098800"));
const Registration kToUnixTimestamp(Function("to_unix_timestamp", {}, 1, 2, BindUnixTimestamp,
                                             "Seconds since the epoch.",
                                             "SELECT to_unix_timestamp('2016-04-08', 'yyyy-MM-dd')",
                                             "1460098800"));
const Registration kMakeDate(Function("make_date", {}, 3, 3,
                                      Signature({type::Int(), type::Int(), type::Int()},
                                                type::Date(), MakeKernel(&MakeDate, MakeDateError),
                                                {.can_fail = true, .nullable = true}),
                                      "The date of year, month and day.",
                                      "SELECT make_date(2013, 7, 15)", "2013-07-15"));
const Registration kMakeTimestamp(
    Function("make_timestamp", {}, 6, 7, BindMakeTimestamp<false, false>,
             "The timestamp of its fields, in the session's or a given zone.",
             "SELECT make_timestamp(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"));
const Registration kMakeTimestampLtz(Function(
    "make_timestamp_ltz", {}, 6, 7, BindMakeTimestamp<false, false>, "The timestamp of its fields.",
    "SELECT make_timestamp_ltz(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"));
const Registration kMakeTimestampNtz(
    Function("make_timestamp_ntz", {}, 6, 6, BindMakeTimestamp<true, false>,
             "The timestamp without zone of its fields.",
             "SELECT make_timestamp_ntz(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"));
const Registration kTryMakeTimestamp(Function("try_make_timestamp", {"try_make_timestamp_ltz"}, 6,
                                              7, BindMakeTimestamp<false, true>,
                                              "As make_timestamp; null for impossible fields.",
                                              "SELECT try_make_timestamp(2024, 13, 22, 15, 30, 0)",
                                              "NULL"));
const Registration kTryMakeTimestampNtz(
    Function("try_make_timestamp_ntz", {}, 6, 6, BindMakeTimestamp<true, true>,
             "As make_timestamp_ntz; null for impossible fields.",
             "SELECT try_make_timestamp_ntz(2024, 13, 22, 15, 30, 0)", "NULL"));
const Registration kMakeInterval(
    Function("make_interval", {}, 0, 7, BindMakeInterval<false>,
             "An interval of years, months, weeks, days, hours, minutes and seconds.",
             "SELECT make_interval(100, 11, 1, 1, 12, 30, 01.001001)",
             "100 years 11 months 8 days 12 hours 30 minutes 1.001001 seconds"));
const Registration kTryMakeInterval(Function("try_make_interval", {}, 0, 7, BindMakeInterval<true>,
                                             "As make_interval; null on overflow.",
                                             "SELECT try_make_interval(2147483647)", "NULL"));
const Registration kMakeDayTime(Function("make_dt_interval", {}, 0, 4, BindMakeDayTime,
                                         "A day-time interval of days, hours, minutes and seconds.",
                                         "SELECT make_dt_interval(1, 12, 30, 01.001001)",
                                         "1 12:30:01.001001000"));
const Registration kMakeYearMonth(Function("make_ym_interval", {}, 0, 2, BindMakeYearMonth,
                                           "A year-month interval of years and months.",
                                           "SELECT make_ym_interval(1, 2)", "1-2"));

}  // namespace
}  // namespace emery::functions
