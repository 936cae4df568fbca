#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "type/data_type.h"
#include "type/time_zone.h"
#include "type/value.h"

namespace emery::type {

/// Spark's text forms of scalars: what CAST from and to STRING does, and with it literals,
/// partition values, CSV without a format, and messages. Parsers trim what Spark trims (control
/// characters and blanks at both ends) and give none for malformed text; callers choose between an
/// error and a null. All thread-safe and pure.

/// `text` without leading and trailing characters <= 0x20 (UTF8String.trimAll trims ISO control
/// characters too).
std::string_view TrimAll(std::string_view text);

/// t, true, y, yes, 1 / f, false, n, no, 0; any case.
std::optional<bool> ParseBoolean(std::string_view text);

/// Decimal digits with an optional sign, within [min, max]. `allow_fraction`: digits behind a point
/// are checked and dropped (casts without ANSI).
std::optional<int64_t> ParseInteger(std::string_view text, int64_t min = INT64_MIN,
                                    int64_t max = INT64_MAX, bool allow_fraction = false);

/// As Java's parseDouble after trim: "1", "1.", ".5e-3", "1d", "0x1p3", and Spark's "nan", "inf",
/// "+infinity" in any case.
std::optional<double> ParseDouble(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);

/// As Java's Double.toString: shortest digits that read back, "1.0E10", "NaN", "-Infinity".
std::string FormatDouble(double value);
std::string FormatFloat(float value);

/// [+-]y…[-m[m][-d[d]]], then nothing, or ' ' or 'T' and anything. Years have 4 to 7 digits. Days
/// since 1970-01-01.
std::optional<int32_t> ParseDate(std::string_view text);
/// "2020-01-31"; years beyond 9999 with a sign, before 0 as -0001.
std::string FormatDate(int32_t days);

/// What Spark's stringToTimestamp accepts: a date in the forms above, or with a time behind 'T' or
/// ' ': [h]h:[m]m:[s]s[.fraction][zone], also a time alone ("T12:00" or "12:00", the date of
/// `today`). Without a zone in the text `zone` is used. Micros since the epoch. `today`: days in
/// the zone, for a time alone; none then fails.
std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone,
                                      std::optional<int32_t> today = {});
/// `allow_zone`: a zone in the text is read and ignored (casts), else it fails (literals).
std::optional<int64_t> ParseTimestampNtz(std::string_view text, bool allow_zone = true);
/// Whether the timestamp text names a zone: decides the type of TIMESTAMP '…' under
/// spark.sql.timestampType=TIMESTAMP_NTZ.
bool TimestampTextHasZone(std::string_view text);

/// "2020-01-31 01:02:03.5", trailing zeros of the fraction left out.
std::string FormatTimestamp(int64_t micros, const TimeZone& zone);
std::string FormatTimestampNtz(int64_t micros);

/// epoch, today, yesterday, tomorrow, now: of DATE '…' and TIMESTAMP '…' literals. `now`: micros
/// since the epoch.
std::optional<int32_t> ParseSpecialDate(std::string_view text, int64_t now, const TimeZone& zone);
std::optional<int64_t> ParseSpecialTimestamp(std::string_view text, int64_t now,
                                             const TimeZone& zone);

/// Interval text of the fields start to end: "1-2", "3" … or the whole ANSI form "INTERVAL '1-2'
/// YEAR TO MONTH". Months, or microseconds.
std::optional<int32_t> ParseYearMonthInterval(std::string_view text, IntervalField start,
                                              IntervalField end);
std::optional<int64_t> ParseDayTimeInterval(std::string_view text, IntervalField start,
                                            IntervalField end);
/// "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '1 02:03:04.5' DAY TO SECOND": what CAST AS STRING
/// gives.
std::string FormatYearMonthInterval(int32_t months, IntervalField start, IntervalField end);
std::string FormatDayTimeInterval(int64_t micros, IntervalField start, IntervalField end);
/// "1 year 2 days -3 hours 1.5 seconds", with or without "interval" before it; any order, any case,
/// plural or not.
std::optional<CalendarInterval> ParseCalendarInterval(std::string_view text);
/// "1 years 2 months 3 days 4 hours 5 minutes 6.7 seconds"; "0 seconds" for none.
std::string FormatCalendarInterval(const CalendarInterval& interval);

/// Upper-case hexadecimal digits, two a byte.
std::string FormatHex(std::string_view bytes);

/// A scalar value as CAST(value AS STRING) gives it; null gives none. Nested values in Spark's
/// display form
/// ("[1, 2]", "{a -> 1}", "{1, x}").
std::optional<std::string> ValueToText(const DataType& type, const Value& value,
                                       const TimeZone& zone);
/// A scalar of `type` from its text as CAST reads it, for partition values and defaults; none:
/// malformed.
std::optional<Value> ValueFromText(const DataType& type, std::string_view text,
                                   const TimeZone& zone);

}  // namespace emery::type
