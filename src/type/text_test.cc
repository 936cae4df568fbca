#include "type/text.h"

#include <limits>

#include <gtest/gtest.h>

#include "type/calendar.h"

namespace emery::type {
namespace {

const TimeZone& Zone(const char* id) {
  return **TimeZone::Find(id);
}

TEST(Text, NumbersAsJavaWritesThem) {
  EXPECT_EQ(FormatDouble(1e7), "1.0E7");
  EXPECT_EQ(FormatDouble(9999999), "9999999.0");
  EXPECT_EQ(FormatDouble(0.001), "0.001");
  EXPECT_EQ(FormatDouble(0.0001), "1.0E-4");
  EXPECT_EQ(FormatDouble(-0.0), "-0.0");
  EXPECT_EQ(FormatDouble(123456789.125), "1.23456789125E8");
  EXPECT_EQ(FormatFloat(3.4028235e38F), "3.4028235E38");
  EXPECT_EQ(ParseDouble(" 1.5d "), 1.5);
  EXPECT_EQ(ParseDouble("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseDouble("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseDouble("1e"), std::nullopt);
  EXPECT_EQ(ParseDouble(""), std::nullopt);
}

TEST(Text, Integers) {
  EXPECT_EQ(ParseInteger(" +12 "), 12);
  EXPECT_EQ(ParseInteger("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInteger("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ParseInteger("1.5"), std::nullopt);
  EXPECT_EQ(ParseInteger("1.5", INT64_MIN, INT64_MAX, true), 1);
  EXPECT_EQ(ParseInteger("128", -128, 127), std::nullopt);
  EXPECT_EQ(ParseInteger("-"), std::nullopt);
}

TEST(Text, Dates) {
  EXPECT_EQ(ParseDate("1970-01-02"), 1);
  EXPECT_EQ(ParseDate("2020"), DaysFromCivil(2020, 1, 1));
  EXPECT_EQ(ParseDate("2020-2"), DaysFromCivil(2020, 2, 1));
  EXPECT_EQ(ParseDate("2020-02-29T anything"), DaysFromCivil(2020, 2, 29));
  EXPECT_EQ(ParseDate("2021-02-29"), std::nullopt);
  EXPECT_EQ(ParseDate("2021-02x"), std::nullopt);
  EXPECT_EQ(ParseDate("20"), std::nullopt);
  EXPECT_EQ(FormatDate(static_cast<int32_t>(DaysFromCivil(12020, 1, 2))), "+12020-01-02");
  EXPECT_EQ(FormatDate(static_cast<int32_t>(DaysFromCivil(-1, 1, 2))), "-0001-01-02");
}

TEST(Text, Timestamps) {
  const TimeZone& utc = *TimeZone::Utc();
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01.5", utc), 1'500'000);
  EXPECT_EQ(ParseTimestamp("1970-1-1T1:2:3", utc), 3'723'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00+01:00", utc), -3'600'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00 America/New_York", utc), 18'000'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 24:00:00", utc), std::nullopt);
  EXPECT_EQ(ParseTimestamp("x", utc), std::nullopt);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00.1234567", utc), 123456);
  EXPECT_EQ(FormatTimestamp(1'500'000, Zone("+01:00")), "1970-01-01 01:00:01.5");
  EXPECT_EQ(FormatTimestampNtz(-1), "1969-12-31 23:59:59.999999");
}

TEST(Text, Intervals) {
  EXPECT_EQ(ParseDayTimeInterval("1 02:03:04.5", IntervalField::kDay, IntervalField::kSecond),
            93'784'500'000);
  EXPECT_EQ(ParseDayTimeInterval("INTERVAL -'1' DAY", IntervalField::kDay, IntervalField::kDay),
            -86'400'000'000);
  EXPECT_EQ(ParseYearMonthInterval("-1-2", IntervalField::kYear, IntervalField::kMonth), -14);
  EXPECT_EQ(FormatDayTimeInterval(93'784'500'000, IntervalField::kDay, IntervalField::kSecond),
            "INTERVAL '1 02:03:04.5' DAY TO SECOND");
  EXPECT_EQ(FormatDayTimeInterval(-3'600'000'000, IntervalField::kHour, IntervalField::kHour),
            "INTERVAL '-01' HOUR");
  EXPECT_EQ(FormatYearMonthInterval(-14, IntervalField::kYear, IntervalField::kMonth),
            "INTERVAL '-1-2' YEAR TO MONTH");
  const auto interval = ParseCalendarInterval("interval 1 year -2 days 1.5 seconds");
  ASSERT_TRUE(interval.has_value());
  EXPECT_EQ(*interval, (CalendarInterval{12, -2, 1'500'000}));
  EXPECT_EQ(FormatCalendarInterval(*interval), "1 years -2 days 1.5 seconds");
}

TEST(TimeZoneRules, GapsAndOverlapsAsJava) {
  const TimeZone& la = Zone("America/Los_Angeles");
  const auto local = [](int year, int month, int day, int hour, int minute) {
    int64_t micros = 0;
    EXPECT_TRUE(MicrosFromCivil({{year, month, day}, hour, minute, 0, 0}, &micros));
    return micros;
  };
  // 2:30 does not exist on 2020-03-08: it is 3:30 PDT.
  EXPECT_EQ(la.UtcToLocal(la.LocalToUtc(local(2020, 3, 8, 2, 30))), local(2020, 3, 8, 3, 30));
  // 1:30 comes twice on 2020-11-01: the first, PDT.
  EXPECT_EQ(la.LocalToUtc(local(2020, 11, 1, 1, 30)), local(2020, 11, 1, 8, 30));
  EXPECT_EQ(la.OffsetAt(local(2020, 7, 1, 0, 0) / kMicrosPerSecond), -7 * 3600);
  EXPECT_EQ(la.OffsetAt(local(2020, 1, 1, 0, 0) / kMicrosPerSecond), -8 * 3600);
  // Rules without an end hold for ever.
  EXPECT_EQ(la.OffsetAt(local(2999, 7, 1, 0, 0) / kMicrosPerSecond), -7 * 3600);
  EXPECT_EQ(la.OffsetAt(local(2999, 1, 1, 0, 0) / kMicrosPerSecond), -8 * 3600);
  // Before the first rule: local mean time.
  EXPECT_EQ(la.OffsetAt(local(1800, 1, 1, 0, 0) / kMicrosPerSecond), -28378);
  EXPECT_EQ(la.AbbreviationAt(local(2020, 7, 1, 0, 0) / kMicrosPerSecond), "PDT");
}

TEST(TimeZoneRules, IdsAsJava) {
  for (const char* id :
       {"UTC", "Z", "+01:00", "+1", "-08:30:15", "GMT+8", "UTC-03:30", "PST", "Europe/Berlin"}) {
    EXPECT_TRUE(TimeZone::Find(id).ok()) << id;
  }
  for (const char* id : {"", "Mars/Base", "+19:00", "+1:60", "../etc/passwd", "/etc/passwd"}) {
    EXPECT_FALSE(TimeZone::Find(id).ok()) << id;
  }
  EXPECT_EQ(Zone("GMT+8").OffsetAt(0), 8 * 3600);
}

TEST(Calendar, WeeksAndMonths) {
  const int64_t days = DaysFromCivil(2021, 1, 1);
  EXPECT_EQ(DayOfWeek(days), 6);
  EXPECT_EQ(IsoWeek(days), 53);
  EXPECT_EQ(IsoYear(days), 2020);
  EXPECT_EQ(AddMonths(DaysFromCivil(2020, 1, 31), 1), DaysFromCivil(2020, 2, 29));
  EXPECT_EQ(AddMonths(DaysFromCivil(2020, 3, 31), -13), DaysFromCivil(2019, 2, 28));
  for (int64_t day = -800'000; day < 800'000; day += 37) {
    const CivilDate date = CivilFromDays(day);
    ASSERT_EQ(DaysFromCivil(date.year, date.month, date.day), day);
  }
}

}  // namespace
}  // namespace emery::type
