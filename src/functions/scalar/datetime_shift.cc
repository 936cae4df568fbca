// Moving and comparing dates and timestamps: date_add, add_months, datediff, months_between,
// next_day, last_day, trunc, date_trunc, timestampadd, timestampdiff, time zones, and numbers since
// the epoch.

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "functions/binding.h"
#include "functions/registry.h"
#include "functions/vectorize.h"
#include "type/calendar.h"
#include "type/text.h"
#include "type/time_zone.h"

namespace emery::functions {
namespace {

using std::string_view;
using type::TypeId;
using type::TypePtr;

const type::TimeZone& Zone(const KernelArguments& a) {
  return a.context.time_zone != nullptr ? *a.context.time_zone : *type::TimeZone::Utc();
}

std::string Upper(string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

Status DateOverflow(const KernelArguments&, int64_t) {
  return base::UserError(
      "DATETIME_OVERFLOW",
      "Datetime operation overflow: the result is out of the range of its type.");
}

// ---- days
// ---------------------------------------------------------------------------------------------------------------------------

int32_t AddDays(int32_t date, int32_t days) {
  return static_cast<int32_t>(static_cast<uint32_t>(date) + static_cast<uint32_t>(days));
}

int32_t SubDays(int32_t date, int32_t days) {
  return static_cast<int32_t>(static_cast<uint32_t>(date) - static_cast<uint32_t>(days));
}

int32_t DateDiff(int32_t end, int32_t start) {
  return SubDays(end, start);
}

Status IntegerOverflow(const KernelArguments&, int64_t) {
  return base::UserError("ARITHMETIC_OVERFLOW",
                         "integer overflow. If necessary set \"spark.sql.ansi.enabled\" to "
                         "\"false\" to bypass this error.",
                         {{"message", "integer overflow"},
                          {"alternative", ""},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

Row AddMonths(int32_t date, int32_t months, int32_t& out) {
  const int64_t moved = type::AddMonths(date, months);
  out = static_cast<int32_t>(moved);
  return moved == out ? Row::kValue : Row::kError;
}

int32_t LastDay(int32_t date) {
  return static_cast<int32_t>(type::LastDayOfMonth(date));
}

// 0 Monday … 6 Sunday, -1 for no day's name.
int DayOfName(string_view name) {
  static constexpr const char* kNames[7][3] = {
      {"MO", "MON", "MONDAY"},   {"TU", "TUE", "TUESDAY"}, {"WE", "WED", "WEDNESDAY"},
      {"TH", "THU", "THURSDAY"}, {"FR", "FRI", "FRIDAY"},  {"SA", "SAT", "SATURDAY"},
      {"SU", "SUN", "SUNDAY"}};
  const std::string upper = Upper(name);
  for (int d = 0; d < 7; ++d) {
    for (const char* n : kNames[d]) {
      if (upper == n) {
        return d;
      }
    }
  }
  return -1;
}

Row NextDay(int32_t date, string_view name, int32_t& out) {
  const int day = DayOfName(name);
  if (day < 0) {
    return Row::kError;
  }
  out = date + 1 + static_cast<int32_t>(type::FloorMod(day - type::WeekDay(int64_t{date} + 1), 7));
  return Row::kValue;
}

Status NoSuchDay(const KernelArguments& a, int64_t row) {
  const std::string text(Argument<string_view>(a, 1, row));
  return base::UserError("ILLEGAL_DAY_OF_WEEK", "Illegal input for day of week: " + text + ".",
                         {{"string", text}});
}

// ---- units
// --------------------------------------------------------------------------------------------------------------------------

enum class Unit {
  kNone,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond
};

Unit TruncUnit(string_view text) {
  const std::string u = Upper(text);

  struct Entry {
    const char* name;
    Unit unit;
  };

  static constexpr Entry kUnits[] = {{"YEAR", Unit::kYear},
                                     {"YYYY", Unit::kYear},
                                     {"YY", Unit::kYear},
                                     {"QUARTER", Unit::kQuarter},
                                     {"MONTH", Unit::kMonth},
                                     {"MON", Unit::kMonth},
                                     {"MM", Unit::kMonth},
                                     {"WEEK", Unit::kWeek},
                                     {"DAY", Unit::kDay},
                                     {"DD", Unit::kDay},
                                     {"HOUR", Unit::kHour},
                                     {"MINUTE", Unit::kMinute},
                                     {"SECOND", Unit::kSecond},
                                     {"MILLISECOND", Unit::kMillisecond},
                                     {"MICROSECOND", Unit::kMicrosecond}};
  for (const Entry& e : kUnits) {
    if (u == e.name) {
      return e.unit;
    }
  }
  return Unit::kNone;
}

int64_t TruncDays(int64_t days, Unit unit) {
  const type::CivilDate d = type::CivilFromDays(days);
  switch (unit) {
    case Unit::kYear:
      return type::DaysFromCivil(d.year, 1, 1);
    case Unit::kQuarter:
      return type::DaysFromCivil(d.year, (d.month - 1) / 3 * 3 + 1, 1);
    case Unit::kMonth:
      return type::DaysFromCivil(d.year, d.month, 1);
    case Unit::kWeek:
      return days - type::WeekDay(days);
    default:
      return days;
  }
}

bool TruncDate(int32_t date, string_view format, int32_t& out) {
  const Unit unit = TruncUnit(format);
  if (unit == Unit::kNone || unit > Unit::kWeek) {
    return false;
  }
  out = static_cast<int32_t>(TruncDays(date, unit));
  return true;
}

int64_t TruncMicros(int64_t us, Unit unit, const type::TimeZone& zone) {
  switch (unit) {
    case Unit::kMicrosecond:
      return us;
    case Unit::kMillisecond:
      return us - type::FloorMod(us, 1000);
    case Unit::kSecond:
      return us - type::FloorMod(us, type::kMicrosPerSecond);
    case Unit::kMinute:
      return us - type::FloorMod(us, type::kMicrosPerMinute);
    case Unit::kHour: {
      const int64_t local = zone.UtcToLocal(us);
      return us - type::FloorMod(local, type::kMicrosPerHour);
    }
    default: {
      const int64_t days =
          TruncDays(type::FloorDiv(zone.UtcToLocal(us), type::kMicrosPerDay), unit);
      return zone.StartOfDay(days);
    }
  }
}

Result<BoundScalar> BindDateTrunc(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::String()).status());
  const TypePtr& t = type::Timestamp();  // of one without zone, too
  ARROW_RETURN_NOT_OK(Require(input, 1, t).status());
  return MakeBound({type::String(), t}, t,
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = Zone(a);
                     std::string last;
                     Unit unit = Unit::kNone;
                     return Map(a, [&](string_view format, int64_t us, int64_t& out) -> bool {
                       if (format != last || unit == Unit::kNone) {
                         last = format;
                         unit = TruncUnit(format);
                       }
                       if (unit == Unit::kNone) {
                         return false;
                       }
                       out = TruncMicros(us, unit, zone);
                       return true;
                     });
                   },
                   {.nullable = true});
}

// ---- months_between
// ---------------------------------------------------------------------------------------------------------------------

double MonthsBetween(int64_t local1, int64_t local2, bool round) {
  const int64_t days1 = type::FloorDiv(local1, type::kMicrosPerDay);
  const int64_t days2 = type::FloorDiv(local2, type::kMicrosPerDay);
  const type::CivilDate d1 = type::CivilFromDays(days1);
  const type::CivilDate d2 = type::CivilFromDays(days2);
  const double months = (d1.year * 12.0 + d1.month) - (d2.year * 12.0 + d2.month);
  const bool last1 = d1.day == type::DaysInMonth(d1.year, d1.month);
  const bool last2 = d2.day == type::DaysInMonth(d2.year, d2.month);
  if (d1.day == d2.day || (last1 && last2)) {
    return months;
  }
  const int64_t second1 = (local1 - days1 * type::kMicrosPerDay) / type::kMicrosPerSecond;
  const int64_t second2 = (local2 - days2 * type::kMicrosPerDay) / type::kMicrosPerSecond;
  const int64_t seconds = (d1.day - d2.day) * int64_t{86400} + second1 - second2;
  const double diff = months + static_cast<double>(seconds) / (31 * 86400.0);
  return round ? std::floor(diff * 1e8 + 0.5) / 1e8 : diff;
}

Result<BoundScalar> BindMonthsBetween(const BindInput& input) {
  for (int i = 0; i < 2; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::Timestamp()).status());
  }
  std::vector<TypePtr> arguments = {type::Timestamp(), type::Timestamp()};
  if (input.types.size() == 3) {
    ARROW_RETURN_NOT_OK(Require(input, 2, type::Boolean()).status());
    arguments.push_back(type::Boolean());
  }
  return MakeBound(std::move(arguments), type::Double(),
                   [](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = Zone(a);
                     if (a.arguments.size() == 3) {
                       return Map(a, [&](int64_t x, int64_t y, bool round) -> double {
                         return MonthsBetween(zone.UtcToLocal(x), zone.UtcToLocal(y), round);
                       });
                     }
                     return Map(a, [&](int64_t x, int64_t y) -> double {
                       return MonthsBetween(zone.UtcToLocal(x), zone.UtcToLocal(y), true);
                     });
                   });
}

// ---- timestampadd, timestampdiff
// ------------------------------------------------------------------------------------------------------

Result<Unit> UnitOf(const BindInput& input) {
  const auto text = LiteralString(input, 0);
  std::string u = text.has_value() ? Upper(*text) : "";
  if (u == "DAYOFYEAR") {
    u = "DAY";
  }
  static constexpr std::pair<const char*, Unit> kUnits[] = {{"YEAR", Unit::kYear},
                                                            {"QUARTER", Unit::kQuarter},
                                                            {"MONTH", Unit::kMonth},
                                                            {"WEEK", Unit::kWeek},
                                                            {"DAY", Unit::kDay},
                                                            {"HOUR", Unit::kHour},
                                                            {"MINUTE", Unit::kMinute},
                                                            {"SECOND", Unit::kSecond},
                                                            {"MILLISECOND", Unit::kMillisecond},
                                                            {"MICROSECOND", Unit::kMicrosecond}};
  for (const auto& [name, unit] : kUnits) {
    if (u == name) {
      return unit;
    }
  }
  return base::UserError("INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                         "The value of parameter(s) `unit` in `" + std::string(input.name) +
                             "` is invalid: expects one of the units "
                             "without quotes YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, "
                             "MINUTE, SECOND, MILLISECOND, "
                             "MICROSECOND, but got the string literal '" +
                             text.value_or("") + "'.",
                         {{"parameter", "`unit`"},
                          {"functionName", "`" + std::string(input.name) + "`"},
                          {"invalidValue", "'" + text.value_or("") + "'"}});
}

int64_t MicrosOf(Unit unit) {
  switch (unit) {
    case Unit::kHour:
      return type::kMicrosPerHour;
    case Unit::kMinute:
      return type::kMicrosPerMinute;
    case Unit::kSecond:
      return type::kMicrosPerSecond;
    case Unit::kMillisecond:
      return 1000;
    default:
      return 1;
  }
}

int64_t MonthsOf(Unit unit) {
  return unit == Unit::kYear ? 12 : unit == Unit::kQuarter ? 3 : 1;
}

bool AddUnits(int64_t us, int64_t quantity, Unit unit, const type::TimeZone& zone, int64_t* out) {
  if (unit >= Unit::kHour) {
    int64_t delta;
    return !__builtin_mul_overflow(quantity, MicrosOf(unit), &delta) &&
           !__builtin_add_overflow(us, delta, out);
  }
  const int64_t local = zone.UtcToLocal(us);
  int64_t day = type::FloorDiv(local, type::kMicrosPerDay);
  const int64_t of_day = local - day * type::kMicrosPerDay;
  if (quantity > 100000000 || quantity < -100000000) {
    return false;
  }
  if (unit <= Unit::kMonth) {
    day = type::AddMonths(day, quantity * MonthsOf(unit));
  } else {
    day += quantity * (unit == Unit::kWeek ? 7 : 1);
  }
  int64_t moved;
  if (__builtin_mul_overflow(day, type::kMicrosPerDay, &moved) ||
      __builtin_add_overflow(moved, of_day, &moved)) {
    return false;
  }
  *out = zone.LocalToUtc(moved);
  return true;
}

// Whole units from a to b, cut towards zero, on the local clock.
int64_t DiffUnits(int64_t a, int64_t b, Unit unit) {
  if (unit >= Unit::kHour) {
    return (b - a) / MicrosOf(unit);
  }
  if (unit >= Unit::kWeek) {
    return (b - a) / (type::kMicrosPerDay * (unit == Unit::kWeek ? 7 : 1));
  }
  const int64_t day_a = type::FloorDiv(a, type::kMicrosPerDay);
  const int64_t day_b = type::FloorDiv(b, type::kMicrosPerDay);
  const type::CivilDate x = type::CivilFromDays(day_a);
  const type::CivilDate y = type::CivilFromDays(day_b);
  int64_t months = (y.year - x.year) * int64_t{12} + (y.month - x.month);
  const int64_t rest_a = x.day * type::kMicrosPerDay + (a - day_a * type::kMicrosPerDay);
  const int64_t rest_b = y.day * type::kMicrosPerDay + (b - day_b * type::kMicrosPerDay);
  if (months > 0 && rest_b < rest_a) {
    --months;
  } else if (months < 0 && rest_b > rest_a) {
    ++months;
  }
  return months / MonthsOf(unit);
}

Result<BoundScalar> BindTimestampAdd(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const Unit unit, UnitOf(input));
  ARROW_RETURN_NOT_OK(Require(input, 1, type::Long()).status());
  const bool ntz = input.types[2]->is(TypeId::kTimestampNtz);
  const TypePtr t = ntz ? type::TimestampNtz() : type::Timestamp();
  ARROW_RETURN_NOT_OK(Require(input, 2, t).status());
  return MakeBound({type::String(), type::Long(), t}, t,
                   [unit, ntz](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = ntz ? *type::TimeZone::Utc() : Zone(a);
                     return Map(
                         a,
                         [&](string_view, int64_t n, int64_t us, int64_t& out) -> Row {
                           return AddUnits(us, n, unit, zone, &out) ? Row::kValue : Row::kError;
                         },
                         DateOverflow);
                   },
                   {.can_fail = true});
}

Result<BoundScalar> BindTimestampDiff(const BindInput& input) {
  ARROW_ASSIGN_OR_RAISE(const Unit unit, UnitOf(input));
  for (int i = 1; i < 3; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::Timestamp()).status());
  }
  return MakeBound({type::String(), type::Timestamp(), type::Timestamp()}, type::Long(),
                   [unit](const KernelArguments& a) -> Result<VectorPtr> {
                     const type::TimeZone& zone = Zone(a);
                     return Map(a, [&](string_view, int64_t x, int64_t y) -> int64_t {
                       return unit >= Unit::kHour
                                  ? DiffUnits(x, y, unit)
                                  : DiffUnits(zone.UtcToLocal(x), zone.UtcToLocal(y), unit);
                     });
                   });
}

Result<BoundScalar> BindDateAdd(const BindInput& input, bool subtract) {
  if (input.types.size() == 3) {
    return BindTimestampAdd(input);
  }
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Date()).status());
  const TypePtr& days = input.types[1];
  if (!days->is_integral() && !days->is_string() && !days->is_null()) {
    return UnexpectedType(input, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")");
  }
  if (days->is(TypeId::kLong)) {
    return UnexpectedType(input, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")");
  }
  return MakeBound({type::Date(), type::Int()}, type::Date(),
                   subtract ? MakeKernel(&SubDays) : MakeKernel(&AddDays));
}

Result<BoundScalar> BindDateDiff(const BindInput& input) {
  if (input.types.size() == 3) {
    return BindTimestampDiff(input);
  }
  for (int i = 0; i < 2; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, i, type::Date()).status());
  }
  return MakeBound({type::Date(), type::Date()}, type::Int(), MakeKernel(&DateDiff));
}

// ---- time zones
// -----------------------------------------------------------------------------------------------------------------------

/// Runs `body(zone, micros)` with the zone that a string argument names, remembered from row to
/// row.
Result<VectorPtr> WithZone(const KernelArguments& a, int zone_index, int time_index,
                           const std::function<int64_t(const type::TimeZone&, int64_t)>& body) {
  columnar::FlatWriter out(a.return_type, a.num_rows);
  const VectorReader<StringView> ids(*a.arguments[zone_index]);
  const VectorReader<int64_t> times(*a.arguments[time_index]);
  std::string last;
  const type::TimeZone* zone = nullptr;
  for (int64_t i = 0; i < a.num_rows; ++i) {
    if (ids.IsNull(i) || times.IsNull(i)) {
      out.SetNull(i);
      continue;
    }
    if (zone == nullptr || last != ids[i].view()) {
      last = ids[i].view();
      ARROW_ASSIGN_OR_RAISE(zone, type::TimeZone::Find(last));
    }
    out.values<int64_t>()[i] = body(*zone, times[i]);
  }
  return out.Finish(a.num_rows);
}

// from_utc_timestamp: the wall time of the zone read as if in UTC; to_utc_timestamp is the inverse.
Result<BoundScalar> BindUtc(const BindInput& input) {
  ARROW_RETURN_NOT_OK(Require(input, 0, type::Timestamp()).status());
  ARROW_RETURN_NOT_OK(Require(input, 1, type::String()).status());
  const bool from = input.name == "from_utc_timestamp";
  return MakeBound({type::Timestamp(), type::String()}, type::Timestamp(),
                   [from](const KernelArguments& a) -> Result<VectorPtr> {
                     return WithZone(a, 1, 0, [from](const type::TimeZone& zone, int64_t us) {
                       return from ? zone.UtcToLocal(us) : zone.LocalToUtc(us);
                     });
                   },
                   {.can_fail = true});
}

// convert_timezone([source,] target, ntz)
Result<BoundScalar> BindConvertTimeZone(const BindInput& input) {
  const size_t n = input.types.size();
  std::vector<TypePtr> arguments(n, type::String());
  arguments.back() = type::TimestampNtz();
  for (size_t i = 0; i < n; ++i) {
    ARROW_RETURN_NOT_OK(Require(input, static_cast<int>(i), arguments[i]).status());
  }
  return MakeBound(
      std::move(arguments), type::TimestampNtz(),
      [n](const KernelArguments& a) -> Result<VectorPtr> {
        if (n == 2) {
          const type::TimeZone& source = Zone(a);
          return WithZone(a, 0, 1, [&](const type::TimeZone& target, int64_t local) {
            return target.UtcToLocal(source.LocalToUtc(local));
          });
        }
        ARROW_ASSIGN_OR_RAISE(const VectorPtr utc,
                              WithZone(a, 0, 2, [](const type::TimeZone& z, int64_t local) {
                                return z.LocalToUtc(local);
                              }));
        const std::vector<VectorPtr> rest = {a.arguments[1], utc};
        return WithZone(
            KernelArguments{rest, a.num_rows, a.return_type, a.state, a.context, a.mode}, 0, 1,
            [](const type::TimeZone& z, int64_t us) { return z.UtcToLocal(us); });
      },
      {.can_fail = true});
}

// ---- numbers since the epoch
// ---------------------------------------------------------------------------------------------------------

Status LongOverflow(const KernelArguments&, int64_t) {
  return base::UserError("ARITHMETIC_OVERFLOW",
                         "long overflow. If necessary set \"spark.sql.ansi.enabled\" to \"false\" "
                         "to bypass this error.",
                         {{"message", "long overflow"},
                          {"alternative", ""},
                          {"config", "\"spark.sql.ansi.enabled\""}});
}

template <int64_t kFactor>
Row ScaleUp(int64_t n, int64_t& out) {
  return __builtin_mul_overflow(n, kFactor, &out) ? Row::kError : Row::kValue;
}

Result<BoundScalar> BindTimestampSeconds(const BindInput& input) {
  const TypePtr& t = input.types[0];
  if (t->is_floating()) {
    return MakeBound({type::Double()}, type::Timestamp(),
                     MakeKernel([](double s, int64_t& out) -> bool {
                       if (!std::isfinite(s)) {
                         return false;
                       }
                       out = static_cast<int64_t>(s * 1e6);
                       return true;
                     }),
                     {.nullable = true});
  }
  if (t->is_decimal()) {
    return MakeBound({type::Decimal(38, 6)}, type::Timestamp(),
                     MakeKernel(
                         [](type::int128_t v, int64_t& out) -> Row {
                           out = static_cast<int64_t>(v);
                           return v == out ? Row::kValue : Row::kError;
                         },
                         LongOverflow),
                     {.can_fail = true});
  }
  if (!t->is_integral() && !t->is_null()) {
    return UnexpectedType(input, 0, "\"NUMERIC\"");
  }
  return MakeBound({type::Long()}, type::Timestamp(), MakeKernel(&ScaleUp<1000000>, LongOverflow),
                   {.can_fail = true});
}

template <int64_t kFactor>
Result<BoundScalar> BindTimestampFrom(const BindInput& input) {
  if (!input.types[0]->is_integral() && !input.types[0]->is_null()) {
    return UnexpectedType(input, 0, "\"INTEGRAL\"");
  }
  return MakeBound({type::Long()}, type::Timestamp(), MakeKernel(&ScaleUp<kFactor>, LongOverflow),
                   {.can_fail = true});
}

template <int64_t kFactor>
int64_t ScaleDown(int64_t us) {
  return type::FloorDiv(us, kFactor);
}

int32_t Same(int32_t d) {
  return d;
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

const Registration kDateAdd(Function(
    "date_add", {"dateadd"}, 2, 3, [](const BindInput& i) { return BindDateAdd(i, false); },
    "The date some days later.", "SELECT date_add('2016-07-30', 1)", "2016-07-31"));
const Registration kDateSub(Function(
    "date_sub", {}, 2, 2, [](const BindInput& i) { return BindDateAdd(i, true); },
    "The date some days before.", "SELECT date_sub('2016-07-30', 1)", "2016-07-29"));
const Registration kDateDiff(Function("datediff", {"date_diff"}, 2, 3, BindDateDiff,
                                      "Days from the second date to the first.",
                                      "SELECT datediff('2009-07-31', '2009-07-30')", "1"));
const Registration kAddMonths(Function("add_months", {}, 2, 2,
                                       Signature({type::Date(), type::Int()}, type::Date(),
                                                 MakeKernel(&AddMonths, IntegerOverflow),
                                                 {.can_fail = true}),
                                       "The date some months later.",
                                       "SELECT add_months('2016-08-31', 1)", "2016-09-30"));
const Registration kMonthsBetween(
    Function("months_between", {}, 2, 3, BindMonthsBetween,
             "Months from the second time to the first, with a fraction of 31 days.",
             "SELECT months_between('1997-02-28 10:30:00', '1996-10-30')", "3.94959677"));
const Registration kNextDay(Function("next_day", {}, 2, 2,
                                     Signature({type::Date(), type::String()}, type::Date(),
                                               MakeKernel(&NextDay, NoSuchDay),
                                               {.can_fail = true, .nullable = true}),
                                     "The first such weekday after the date.",
                                     "SELECT next_day('2015-01-14', 'TU')", "2015-01-20"));
const Registration kLastDay(Function("last_day", {}, 1, 1,
                                     Signature({type::Date()}, type::Date(), MakeKernel(&LastDay)),
                                     "The last day of the month.", "SELECT last_day('2009-01-12')",
                                     "2009-01-31"));
const Registration kTrunc(Function("trunc", {}, 2, 2,
                                   Signature({type::Date(), type::String()}, type::Date(),
                                             MakeKernel(&TruncDate), {.nullable = true}),
                                   "The date cut to a unit: year, quarter, month or week.",
                                   "SELECT trunc('2019-08-04', 'week')", "2019-07-29"));
const Registration kDateTrunc(Function("date_trunc", {}, 2, 2, BindDateTrunc,
                                       "The timestamp cut to a unit.",
                                       "SELECT date_trunc('HOUR', '2015-03-05T09:32:05.359')",
                                       "2015-03-05 09:00:00"));
const Registration kTimestampAdd(Function(
    "timestampadd", {}, 3, 3, BindTimestampAdd, "The timestamp some units later.",
    "SELECT timestampadd(HOUR, 8, TIMESTAMP_NTZ'2022-02-20 03:30:00')", "2022-02-20 11:30:00"));
const Registration kTimestampDiff(Function(
    "timestampdiff", {}, 3, 3, BindTimestampDiff, "Whole units from one time to another.",
    "SELECT timestampdiff(MONTH, TIMESTAMP'2021-02-28 12:00:00', TIMESTAMP'2021-03-28 12:00:00')",
    "1"));
const Registration kFromUtc(Function("from_utc_timestamp", {}, 2, 2, BindUtc,
                                     "UTC's wall time as the zone's.",
                                     "SELECT from_utc_timestamp('2016-08-31', 'Asia/Seoul')",
                                     "2016-08-31 09:00:00"));
const Registration kToUtc(Function("to_utc_timestamp", {}, 2, 2, BindUtc,
                                   "The zone's wall time as UTC's.",
                                   "SELECT to_utc_timestamp('2016-08-31', 'Asia/Seoul')",
                                   "2016-08-30 15:00:00"));
const Registration kConvert(Function(
    "convert_timezone", {}, 2, 3, BindConvertTimeZone, "Wall time from one zone to another.",
    "SELECT convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp_ntz'2021-12-06 "
    "00:00:00')",
    "2021-12-05 15:00:00"));
const Registration kTimestampSeconds(
    Function("timestamp_seconds", {}, 1, 1, BindTimestampSeconds,
             "The timestamp of a number of seconds since the epoch.", "SELECT timestamp_seconds(0)",
             "1969-12-31 16:00:00"));
const Registration kTimestampMillis(
    Function("timestamp_millis", {}, 1, 1, BindTimestampFrom<1000>,
             "The timestamp of a number of milliseconds since the epoch.",
             "SELECT timestamp_millis(0)", "1969-12-31 16:00:00"));
const Registration kTimestampMicros(
    Function("timestamp_micros", {}, 1, 1, BindTimestampFrom<1>,
             "The timestamp of a number of microseconds since the epoch.",
             "SELECT timestamp_micros(0)", "1969-12-31 16:00:00"));
const Registration kUnixSeconds(Function(
    "unix_seconds", {}, 1, 1,
    Signature({type::Timestamp()}, type::Long(), MakeKernel(&ScaleDown<1000000>)),
    "Seconds since the epoch.", "SELECT unix_seconds(TIMESTAMP('1970-01-01 00:00:01Z'))", "1"));
const Registration kUnixMillis(
    Function("unix_millis", {}, 1, 1,
             Signature({type::Timestamp()}, type::Long(), MakeKernel(&ScaleDown<1000>)),
             "Milliseconds since the epoch.",
             "SELECT unix_millis(TIMESTAMP('1970-01-01 00:00:01Z'))", "1000"));
const Registration kUnixMicros(
    Function("unix_micros", {}, 1, 1,
             Signature({type::Timestamp()}, type::Long(), MakeKernel(&ScaleDown<1>)),
             "Microseconds since the epoch.",
             "SELECT unix_micros(TIMESTAMP('1970-01-01 00:00:01Z'))", "1000000"));
const Registration kUnixDate(Function("unix_date", {}, 1, 1,
                                      Signature({type::Date()}, type::Int(), MakeKernel(&Same)),
                                      "Days since the epoch.",
                                      "SELECT unix_date(DATE('1970-01-02'))", "1"));
const Registration kDateFromUnix(Function("date_from_unix_date", {}, 1, 1,
                                          Signature({type::Int()}, type::Date(), MakeKernel(&Same)),
                                          "The date of a number of days since the epoch.",
                                          "SELECT date_from_unix_date(1)", "1970-01-02"));

}  // namespace
}  // namespace emery::functions
