// The query's time (current_date, now …) and the fields of dates, timestamps and intervals: year()
// … second(), extract, date_part.

#include <algorithm>
#include <array>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"
#include "type/calendar.h"
#include "type/time_zone.h"

namespace emery::functions {
namespace {

using type::CalendarInterval;
using type::TypeId;
using type::TypePtr;

const type::TimeZone& Zone(const KernelArguments& a) {
  return a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
}

// ---- now
// ------------------------------------------------------------------------------------------------------------------------

template <class F>
Bind QueryConstant(TypePtr t, F value) {
  return [t, value](const BindInput&) -> Result<BoundScalar> {
    return MakeBound({}, t,
                     [value](const KernelArguments& a) -> Result<VectorPtr> {
                       return Vector::MakeConstant(a.return_type, value(a), a.num_rows);
                     },
                     {.nullable = false});
  };
}

type::Value Now(const KernelArguments& a) {
  return type::Value::Int(a.context.query_start_us);
}

type::Value LocalNow(const KernelArguments& a) {
  return type::Value::Int(Zone(a).UtcToLocal(a.context.query_start_us));
}

type::Value Today(const KernelArguments& a) {
  return type::Value::Int(Zone(a).LocalDays(a.context.query_start_us));
}

type::Value ZoneId(const KernelArguments& a) {
  return type::Value::String(a.context.session_time_zone);
}

// ---- fields of dates
// ----------------------------------------------------------------------------------------------------------------

using DateField = int32_t (*)(int64_t days);

int32_t Year(int64_t d) {
  return type::CivilFromDays(d).year;
}

int32_t Month(int64_t d) {
  return type::CivilFromDays(d).month;
}

int32_t Day(int64_t d) {
  return type::CivilFromDays(d).day;
}

int32_t Quarter(int64_t d) {
  return (Month(d) - 1) / 3 + 1;
}

int32_t DayOfWeek(int64_t d) {
  return type::DayOfWeek(d);
}

int32_t WeekDay(int64_t d) {
  return type::WeekDay(d);
}

int32_t DayOfWeekIso(int64_t d) {
  return type::WeekDay(d) + 1;
}

int32_t DayOfYear(int64_t d) {
  return type::DayOfYear(d);
}

int32_t Week(int64_t d) {
  return type::IsoWeek(d);
}

int32_t YearOfWeek(int64_t d) {
  return type::IsoYear(d);
}

// A date, or the local day of a timestamp.
template <DateField kField>
BoundScalar DateFieldBound(const TypePtr& t) {
  if (t->is(TypeId::kTimestamp)) {
    return MakeBound({t}, type::Int(), [](const KernelArguments& a) -> Result<VectorPtr> {
      const type::TimeZone& zone = Zone(a);
      return Map(a, [&](int64_t us) -> int32_t { return kField(zone.LocalDays(us)); });
    });
  }
  if (t->is(TypeId::kTimestampNtz)) {
    return MakeBound({t}, type::Int(), MakeKernel([](int64_t us) -> int32_t {
                       return kField(type::FloorDiv(us, type::kMicrosPerDay));
                     }));
  }
  return MakeBound({type::Date()}, type::Int(),
                   MakeKernel([](int32_t d) -> int32_t { return kField(d); }));
}

template <DateField kField>
Result<BoundScalar> BindDateField(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is(TypeId::kTimestamp) || t->is(TypeId::kTimestampNtz)) {
    return DateFieldBound<kField>(t);
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr date, Require(input, 0, type::Date()));
  return DateFieldBound<kField>(date);
}

// ---- fields of times
// -----------------------------------------------------------------------------------------------------------------

using TimeField = int64_t (*)(int64_t micros_of_day);

int64_t Hour(int64_t us) {
  return us / type::kMicrosPerHour;
}

int64_t Minute(int64_t us) {
  return us / type::kMicrosPerMinute % 60;
}

int64_t Second(int64_t us) {
  return us / type::kMicrosPerSecond % 60;
}

int64_t SecondWithFraction(int64_t us) {
  return us % type::kMicrosPerMinute;
}

template <TimeField kField, class R>
BoundScalar TimeFieldBound(const TypePtr& t, const TypePtr& result) {
  if (t->is(TypeId::kTimestampNtz)) {
    return MakeBound({t}, result, MakeKernel([](int64_t us) -> R {
                       return static_cast<R>(kField(type::FloorMod(us, type::kMicrosPerDay)));
                     }));
  }
  return MakeBound({type::Timestamp()}, result, [](const KernelArguments& a) -> Result<VectorPtr> {
    const type::TimeZone& zone = Zone(a);
    return Map(a, [&](int64_t us) -> R {
      return static_cast<R>(kField(type::FloorMod(zone.UtcToLocal(us), type::kMicrosPerDay)));
    });
  });
}

template <TimeField kField>
Result<BoundScalar> BindTimeField(const BindInput& input) {
  if (input.types[0]->is(TypeId::kTimestampNtz)) {
    return TimeFieldBound<kField, int32_t>(input.types[0], type::Int());
  }
  ARROW_ASSIGN_OR_RAISE(const TypePtr t, Require(input, 0, type::Timestamp()));
  return TimeFieldBound<kField, int32_t>(t, type::Int());
}

// ---- extract
// --------------------------------------------------------------------------------------------------------------------------

std::string Upper(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

bool OneOf(const std::string& s, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* n) { return s == n; });
}

Status InvalidField(const BindInput& input, const std::string& field) {
  return base::UserError(
      "INVALID_EXTRACT_FIELD",
      "Cannot extract `" + field + "` from an expression of type \"" + input.types[1]->Sql() +
          "\".",
      {{"field", "`" + field + "`"}, {"expr", "\"" + input.types[1]->Sql() + "\""}});
}

// The bound function takes the source alone; the field was a literal. So the kernel's arguments are
// shifted by one.
BoundScalar SkipField(BoundScalar bound) {
  bound.argument_types.insert(bound.argument_types.begin(), type::String());
  ScalarKernel inner = std::move(bound.kernel);
  bound.kernel = [inner](const KernelArguments& a) -> Result<VectorPtr> {
    const std::vector<VectorPtr> rest = {a.arguments[1]};
    return inner(KernelArguments{rest, a.num_rows, a.return_type, a.state, a.context, a.mode});
  };
  return bound;
}

Result<BoundScalar> BindExtract(const BindInput& input) {
  if (!IsLiteral(input, 0)) {
    return NotFoldable(input, 0, "field", "\"STRING\"");
  }
  const auto text = LiteralString(input, 0);
  if (!text.has_value()) {
    return SkipField(MakeBound({type::Date()}, type::Double(),
                               [](const KernelArguments& a) -> Result<VectorPtr> {
                                 return Vector::MakeNull(a.return_type, a.num_rows);
                               },
                               {.nullable = true}));
  }
  const std::string field = Upper(*text);
  TypePtr t = input.types[1];
  if (t->is(TypeId::kYearMonthInterval)) {
    if (OneOf(field, {"YEAR", "Y", "YEARS", "YR", "YRS"})) {
      return SkipField(
          MakeBound({t}, type::Int(), MakeKernel([](int32_t m) -> int32_t { return m / 12; })));
    }
    if (OneOf(field, {"MONTH", "MON", "MONS", "MONTHS"})) {
      return SkipField(MakeBound({t}, type::Byte(), MakeKernel([](int32_t m) -> int8_t {
                                   return static_cast<int8_t>(m % 12);
                                 })));
    }
    return InvalidField(input, *text);
  }
  if (t->is(TypeId::kDayTimeInterval)) {
    if (OneOf(field, {"DAY", "D", "DAYS"})) {
      return SkipField(MakeBound({t}, type::Int(), MakeKernel([](int64_t us) -> int32_t {
                                   return static_cast<int32_t>(us / type::kMicrosPerDay);
                                 })));
    }
    if (OneOf(field, {"HOUR", "H", "HOURS", "HR", "HRS"})) {
      return SkipField(MakeBound({t}, type::Byte(), MakeKernel([](int64_t us) -> int8_t {
                                   return static_cast<int8_t>(us / type::kMicrosPerHour % 24);
                                 })));
    }
    if (OneOf(field, {"MINUTE", "M", "MIN", "MINS", "MINUTES"})) {
      return SkipField(MakeBound({t}, type::Byte(), MakeKernel([](int64_t us) -> int8_t {
                                   return static_cast<int8_t>(us / type::kMicrosPerMinute % 60);
                                 })));
    }
    if (OneOf(field, {"SECOND", "S", "SEC", "SECONDS", "SECS"})) {
      return SkipField(MakeBound({t}, type::Decimal(8, 6), MakeKernel([](int64_t us) -> int64_t {
                                   return us % type::kMicrosPerMinute;
                                 })));
    }
    return InvalidField(input, *text);
  }
  if (t->is(TypeId::kCalendarInterval)) {
    using Part = int64_t (*)(const CalendarInterval&);

    struct Entry {
      std::initializer_list<const char*> names;
      TypePtr type;
      Part part;
    };

    const Entry entries[] = {{{"YEAR", "Y", "YEARS", "YR", "YRS"},
                              type::Int(),
                              [](const CalendarInterval& v) -> int64_t { return v.months / 12; }},
                             {{"MONTH", "MON", "MONS", "MONTHS"},
                              type::Byte(),
                              [](const CalendarInterval& v) -> int64_t { return v.months % 12; }},
                             {{"DAY", "D", "DAYS"},
                              type::Int(),
                              [](const CalendarInterval& v) -> int64_t { return v.days; }},
                             {{"HOUR", "H", "HOURS", "HR", "HRS"},
                              type::Byte(),
                              [](const CalendarInterval& v) -> int64_t {
                                return v.microseconds / type::kMicrosPerHour;
                              }},
                             {{"MINUTE", "M", "MIN", "MINS", "MINUTES"},
                              type::Byte(),
                              [](const CalendarInterval& v) -> int64_t {
                                return v.microseconds / type::kMicrosPerMinute % 60;
                              }},
                             {{"SECOND", "S", "SEC", "SECONDS", "SECS"},
                              type::Decimal(8, 6),
                              [](const CalendarInterval& v) -> int64_t {
                                return v.microseconds % type::kMicrosPerMinute;
                              }}};
    for (const Entry& entry : entries) {
      if (OneOf(field, entry.names)) {
        const Part part = entry.part;
        const auto physical = entry.type->physical();
        ScalarKernel kernel =
            physical == type::PhysicalType::kInt8
                ? MakeKernel([part](const CalendarInterval& v) -> int8_t {
                    return static_cast<int8_t>(part(v));
                  })
            : physical == type::PhysicalType::kInt32
                ? MakeKernel([part](const CalendarInterval& v) -> int32_t {
                    return static_cast<int32_t>(part(v));
                  })
                : MakeKernel([part](const CalendarInterval& v) -> int64_t { return part(v); });
        return SkipField(MakeBound({t}, entry.type, kernel));
      }
    }
    return InvalidField(input, *text);
  }
  if (!t->is_datetime()) {
    if (!t->is_string() && !t->is_null()) {
      return UnexpectedType(input, 1, "(\"DATE\" or \"TIMESTAMP\" or \"INTERVAL\")");
    }
    t = type::Timestamp();
  }
  const TypePtr time = t->is(TypeId::kDate) ? type::Timestamp() : t;
  if (OneOf(field, {"YEAR", "Y", "YEARS", "YR", "YRS"})) {
    return SkipField(DateFieldBound<Year>(t));
  }
  if (OneOf(field, {"YEAROFWEEK"})) {
    return SkipField(DateFieldBound<YearOfWeek>(t));
  }
  if (OneOf(field, {"QUARTER", "QTR"})) {
    return SkipField(DateFieldBound<Quarter>(t));
  }
  if (OneOf(field, {"MONTH", "MON", "MONS", "MONTHS"})) {
    return SkipField(DateFieldBound<Month>(t));
  }
  if (OneOf(field, {"WEEK", "W", "WEEKS"})) {
    return SkipField(DateFieldBound<Week>(t));
  }
  if (OneOf(field, {"DAY", "D", "DAYS"})) {
    return SkipField(DateFieldBound<Day>(t));
  }
  if (OneOf(field, {"DAYOFWEEK", "DOW"})) {
    return SkipField(DateFieldBound<DayOfWeek>(t));
  }
  if (OneOf(field, {"DAYOFWEEK_ISO", "DOW_ISO"})) {
    return SkipField(DateFieldBound<DayOfWeekIso>(t));
  }
  if (OneOf(field, {"DOY"})) {
    return SkipField(DateFieldBound<DayOfYear>(t));
  }
  if (OneOf(field, {"HOUR", "H", "HOURS", "HR", "HRS"})) {
    return SkipField(TimeFieldBound<Hour, int32_t>(time, type::Int()));
  }
  if (OneOf(field, {"MINUTE", "M", "MIN", "MINS", "MINUTES"})) {
    return SkipField(TimeFieldBound<Minute, int32_t>(time, type::Int()));
  }
  if (OneOf(field, {"SECOND", "S", "SEC", "SECONDS", "SECS"})) {
    return SkipField(TimeFieldBound<SecondWithFraction, int64_t>(time, type::Decimal(8, 6)));
  }
  return InvalidField(input, *text);
}

// ---- names
// ------------------------------------------------------------------------------------------------------------------------------

void DayName(int32_t d, StringWriter& out) {
  static constexpr const char* kNames[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  out.Refer(kNames[type::WeekDay(d)]);
}

void MonthName(int32_t d, StringWriter& out) {
  static constexpr const char* kNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  out.Refer(kNames[type::CivilFromDays(d).month - 1]);
}

ScalarFunction Field(std::string name, std::vector<std::string> aliases, Bind bind,
                     std::string description, std::string example, std::string result) {
  return ScalarFunction{.name = std::move(name),
                        .aliases = std::move(aliases),
                        .min_arguments = 1,
                        .max_arguments = 1,
                        .bind = std::move(bind),
                        .description = std::move(description),
                        .examples = {{std::move(example), std::move(result)}},
                        .since = "1.5.0"};
}

const Registration kNow(ScalarFunction{.name = "current_timestamp",
                                       .aliases = {"now"},
                                       .max_arguments = 0,
                                       .bind = QueryConstant(type::Timestamp(), Now),
                                       .description = "The time at which the query started.",
                                       .since = "1.5.0"});
const Registration kLocalNow(ScalarFunction{
    .name = "localtimestamp",
    .max_arguments = 0,
    .bind = QueryConstant(type::TimestampNtz(), LocalNow),
    .description = "The local time at which the query started, without zone.",
    .since = "3.4.0"});
const Registration kToday(ScalarFunction{.name = "current_date",
                                         .aliases = {"curdate"},
                                         .max_arguments = 0,
                                         .bind = QueryConstant(type::Date(), Today),
                                         .description = "The date on which the query started.",
                                         .since = "1.5.0"});
const Registration kZone(ScalarFunction{.name = "current_timezone",
                                        .max_arguments = 0,
                                        .bind = QueryConstant(type::String(), ZoneId),
                                        .description = "The session's time zone.",
                                        .since = "3.1.0"});
const Registration kYear(Field("year", {}, BindDateField<Year>, "The year.",
                               "SELECT year('2016-07-30')", "2016"));
const Registration kQuarter(Field("quarter", {}, BindDateField<Quarter>, "The quarter, 1 to 4.",
                                  "SELECT quarter('2016-08-31')", "3"));
const Registration kMonth(Field("month", {}, BindDateField<Month>, "The month, 1 to 12.",
                                "SELECT month('2016-07-30')", "7"));
const Registration kDay(Field("day", {"dayofmonth"}, BindDateField<Day>, "The day of the month.",
                              "SELECT day('2009-07-30')", "30"));
const Registration kDayOfWeek(Field("dayofweek", {}, BindDateField<DayOfWeek>,
                                    "The day of the week, 1 for Sunday.",
                                    "SELECT dayofweek('2009-07-30')", "5"));
const Registration kWeekDay(Field("weekday", {}, BindDateField<WeekDay>,
                                  "The day of the week, 0 for Monday.",
                                  "SELECT weekday('2009-07-30')", "3"));
const Registration kDayOfYear(Field("dayofyear", {}, BindDateField<DayOfYear>,
                                    "The day of the year.", "SELECT dayofyear('2016-04-09')",
                                    "100"));
const Registration kWeekOfYear(Field("weekofyear", {}, BindDateField<Week>,
                                     "The ISO week of the year.", "SELECT weekofyear('2008-02-20')",
                                     "8"));
const Registration kHour(Field("hour", {}, BindTimeField<Hour>, "The hour.",
                               "SELECT hour('2009-07-30 12:58:59')", "12"));
const Registration kMinute(Field("minute", {}, BindTimeField<Minute>, "The minute.",
                                 "SELECT minute('2009-07-30 12:58:59')", "58"));
const Registration kSecond(Field("second", {}, BindTimeField<Second>, "The second.",
                                 "SELECT second('2009-07-30 12:58:59')", "59"));
const Registration kDayName(Field("dayname", {},
                                  Signature({type::Date()}, type::String(), MakeKernel(&DayName)),
                                  "The day's name in three letters.",
                                  "SELECT dayname(DATE('2008-02-20'))", "Wed"));
const Registration kMonthName(
    Field("monthname", {}, Signature({type::Date()}, type::String(), MakeKernel(&MonthName)),
          "The month's name in three letters.", "SELECT monthname(DATE('2008-02-20'))", "Feb"));
const Registration kExtract(ScalarFunction{
    .name = "extract",
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindExtract,
    .description = "A field of a date, timestamp or interval.",
    .examples = {{"SELECT extract(YEAR FROM TIMESTAMP '2019-08-12 01:00:00.123456')", "2019"}},
    .since = "3.0.0"});
const Registration kDatePart(ScalarFunction{
    .name = "date_part",
    .aliases = {"datepart"},
    .min_arguments = 2,
    .max_arguments = 2,
    .bind = BindExtract,
    .description = "As extract: date_part('field', source).",
    .examples = {{"SELECT date_part('week', timestamp'2019-08-12 01:00:00.123456')", "33"}},
    .since = "3.0.0"});

}  // namespace
}  // namespace emery::functions
