#pragma once

#include <cstdint>

namespace emery::type {

/// Arithmetic of the proleptic Gregorian calendar (ISO 8601, year 0 exists), as java.time has it.
/// Days count from 1970-01-01, microseconds from its midnight. Nothing here knows of time zones.

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

constexpr int64_t FloorDiv(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? q - 1 : q;
}

constexpr int64_t FloorMod(int64_t a, int64_t b) {
  return a - FloorDiv(a, b) * b;
}

struct CivilDate {
  int32_t year = 1970;
  int32_t month = 1;  // 1 to 12
  int32_t day = 1;    // 1 to 31
};

/// A date and a time of day without a zone.
struct CivilTime {
  CivilDate date;
  int32_t hour = 0;
  int32_t minute = 0;
  int32_t second = 0;
  int32_t microsecond = 0;
};

constexpr bool IsLeapYear(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int DaysInMonth(int64_t year, int month) {
  constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

/// Days of a date that need not be in range of int32 (callers check). month 1 to 12; day may run
/// over the month. After Howard Hinnant, "chrono-compatible low-level date algorithms".
constexpr int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr CivilDate CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = FloorDiv(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2)), month, day};
}

constexpr bool IsValidDate(int64_t year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= DaysInMonth(year, month);
}

constexpr CivilTime CivilFromMicros(int64_t micros) {
  const int64_t days = FloorDiv(micros, kMicrosPerDay);
  int64_t rest = micros - days * kMicrosPerDay;
  CivilTime time;
  time.date = CivilFromDays(days);
  time.hour = static_cast<int32_t>(rest / kMicrosPerHour);
  rest %= kMicrosPerHour;
  time.minute = static_cast<int32_t>(rest / kMicrosPerMinute);
  rest %= kMicrosPerMinute;
  time.second = static_cast<int32_t>(rest / kMicrosPerSecond);
  time.microsecond = static_cast<int32_t>(rest % kMicrosPerSecond);
  return time;
}

/// False: the result does not fit into int64.
inline bool MicrosFromCivil(const CivilTime& time, int64_t* micros) {
  const int64_t days = DaysFromCivil(time.date.year, time.date.month, time.date.day);
  const int64_t of_day = time.hour * kMicrosPerHour + time.minute * kMicrosPerMinute +
                         time.second * kMicrosPerSecond + time.microsecond;
  // A day earlier and the remainder negative, so that the first representable day is not lost to
  // overflow.
  if (days < 0) {
    return !__builtin_mul_overflow(days + 1, kMicrosPerDay, micros) &&
           !__builtin_add_overflow(*micros, of_day - kMicrosPerDay, micros);
  }
  return !__builtin_mul_overflow(days, kMicrosPerDay, micros) &&
         !__builtin_add_overflow(*micros, of_day, micros);
}

/// 1 = Sunday … 7 = Saturday, as Spark's dayofweek().
constexpr int DayOfWeek(int64_t days) {
  return static_cast<int>(FloorMod(days + 4, 7)) + 1;
}

/// 0 = Monday … 6 = Sunday, as Spark's weekday().
constexpr int WeekDay(int64_t days) {
  return static_cast<int>(FloorMod(days + 3, 7));
}

/// 1 to 366.
constexpr int DayOfYear(int64_t days) {
  return static_cast<int>(days - DaysFromCivil(CivilFromDays(days).year, 1, 1)) + 1;
}

/// The year that owns the ISO 8601 week of the day (the year of the week's Thursday).
constexpr int IsoYear(int64_t days) {
  return CivilFromDays(days - WeekDay(days) + 3).year;
}

/// ISO 8601 week number, 1 to 53.
constexpr int IsoWeek(int64_t days) {
  const int64_t thursday = days - WeekDay(days) + 3;
  return (DayOfYear(thursday) - 1) / 7 + 1;
}

/// The date `months` later, the day cut to the month's length (2020-01-31 + 1 = 2020-02-29).
constexpr int64_t AddMonths(int64_t days, int64_t months) {
  const CivilDate date = CivilFromDays(days);
  const int64_t total = date.year * int64_t{12} + (date.month - 1) + months;
  const int64_t year = FloorDiv(total, 12);
  const int month = static_cast<int>(FloorMod(total, 12)) + 1;
  const int last = DaysInMonth(year, month);
  return DaysFromCivil(year, month, date.day < last ? date.day : last);
}

constexpr int64_t LastDayOfMonth(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return days + DaysInMonth(date.year, date.month) - date.day;
}

}  // namespace emery::type
