#include <algorithm>
#include <cctype>
#include <string>

#include "type/calendar.h"
#include "type/text.h"

namespace emery::type {

namespace {

constexpr int64_t kMaxDays = INT32_MAX;
constexpr int64_t kMinDays = INT32_MIN;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Segments: 0 year, 1 month, 2 day, 3 hour, 4 minute, 5 second, 6 fraction.
bool ValidDigits(int segment, int digits) {
  switch (segment) {
    case 0:
      return digits >= 4 && digits <= 7;
    case 6:
      return true;
    default:
      return digits >= 1 && digits <= 2;
  }
}

struct TimestampParts {
  int segments[7] = {1, 1, 1, 0, 0, 0, 0};
  int year_sign = 1;
  bool just_time = false;
  std::optional<std::string_view> zone;
};

/// Walks the text once, as Spark's parser does, so that the same oddities are accepted.
std::optional<TimestampParts> SplitTimestamp(std::string_view text) {
  text = TrimAll(text);
  if (text.empty()) {
    return std::nullopt;
  }
  TimestampParts parts;
  int i = 0;
  int value = 0;
  int digits = 0;
  int fraction_digits = 0;
  size_t j = 0;
  bool signed_year = false;
  if (text[0] == '-' || text[0] == '+') {
    signed_year = true;
    parts.year_sign = text[0] == '-' ? -1 : 1;
    j = 1;
  }
  const auto close = [&] {
    if (!ValidDigits(i, digits)) {
      return false;
    }
    parts.segments[i] = value;
    value = 0;
    digits = 0;
    ++i;
    return true;
  };
  for (; j < text.size(); ++j) {
    const char c = text[j];
    if (IsDigit(c)) {
      if (i == 6) {
        ++fraction_digits;
      }
      // Digits behind the microseconds are dropped; a year of eight digits fails when its segment
      // closes.
      if ((i != 6 && digits < 8) || (i == 6 && digits < 6)) {
        value = value * 10 + (c - '0');
      }
      ++digits;
      continue;
    }
    if (j == 0 && c == 'T') {
      parts.just_time = true;
      i = 3;
    } else if (i < 2) {
      if (c == '-') {
        if (!close()) {
          return std::nullopt;
        }
      } else if (i == 0 && c == ':' && !signed_year) {
        parts.just_time = true;
        if (!ValidDigits(3, digits)) {
          return std::nullopt;
        }
        parts.segments[3] = value;
        value = 0;
        digits = 0;
        i = 4;
      } else {
        return std::nullopt;
      }
    } else if (i == 2) {
      if ((c != ' ' && c != 'T') || !close()) {
        return std::nullopt;
      }
    } else if (i == 3 || i == 4) {
      if (c != ':' || !close()) {
        return std::nullopt;
      }
    } else if (c == '.' && i == 5) {
      if (!close()) {
        return std::nullopt;
      }
    } else {
      if (!ValidDigits(i, digits)) {
        return std::nullopt;
      }
      parts.segments[i] = value;
      parts.zone = TrimAll(text.substr(j));
      value = 0;
      digits = 0;
      i = 7;
      break;
    }
  }
  if (i < 7) {
    if (!ValidDigits(i, digits)) {
      return std::nullopt;
    }
    parts.segments[i] = value;
  }
  for (; fraction_digits > 0 && fraction_digits < 6; ++fraction_digits) {
    parts.segments[6] *= 10;
  }
  return parts;
}

/// The zone of a timestamp text: Spark also takes one-digit hours and minutes ("+1:2").
Result<const TimeZone*> ZoneOfText(std::string_view text) {
  return TimeZone::Find(text);
}

std::optional<int64_t> LocalMicros(const TimestampParts& parts, std::optional<int32_t> today) {
  CivilTime time;
  if (parts.just_time) {
    if (!today) {
      return std::nullopt;
    }
    time.date = CivilFromDays(*today);
  } else {
    time.date = {parts.year_sign * parts.segments[0], parts.segments[1], parts.segments[2]};
  }
  time.hour = parts.segments[3];
  time.minute = parts.segments[4];
  time.second = parts.segments[5];
  time.microsecond = parts.segments[6];
  if (!IsValidDate(time.date.year, time.date.month, time.date.day) || time.hour > 23 ||
      time.minute > 59 || time.second > 59) {
    return std::nullopt;
  }
  int64_t micros = 0;
  return MicrosFromCivil(time, &micros) ? std::optional(micros) : std::nullopt;
}

void AppendPadded(int64_t value, int width, std::string* text) {
  char digits[24];
  int n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0 || n < width);
  while (n > 0) {
    *text += digits[--n];
  }
}

void AppendDate(const CivilDate& date, std::string* text) {
  int64_t year = date.year;
  if (year < 0) {
    *text += '-';
    year = -year;
  } else if (year > 9999) {
    *text += '+';
  }
  AppendPadded(year, 4, text);
  *text += '-';
  AppendPadded(date.month, 2, text);
  *text += '-';
  AppendPadded(date.day, 2, text);
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view text) {
  text = TrimAll(text);
  if (text.empty()) {
    return std::nullopt;
  }
  int segments[3] = {1, 1, 1};
  int sign = 1;
  size_t j = 0;
  if (text[0] == '-' || text[0] == '+') {
    sign = text[0] == '-' ? -1 : 1;
    j = 1;
  }
  int i = 0;
  int value = 0;
  int digits = 0;
  while (j < text.size() && !(i == 2 && (text[j] == ' ' || text[j] == 'T'))) {
    const char c = text[j];
    if (i < 2 && c == '-') {
      if (!ValidDigits(i, digits)) {
        return std::nullopt;
      }
      segments[i++] = value;
      value = 0;
      digits = 0;
    } else if (IsDigit(c) && digits < 8) {
      value = value * 10 + (c - '0');
      ++digits;
    } else {
      return std::nullopt;
    }
    ++j;
  }
  if (!ValidDigits(i, digits) || (i < 2 && j < text.size())) {
    return std::nullopt;
  }
  segments[i] = value;
  if (!IsValidDate(sign * segments[0], segments[1], segments[2])) {
    return std::nullopt;
  }
  const int64_t days = DaysFromCivil(sign * segments[0], segments[1], segments[2]);
  return days >= kMinDays && days <= kMaxDays ? std::optional(static_cast<int32_t>(days))
                                              : std::nullopt;
}

std::string FormatDate(int32_t days) {
  std::string text;
  AppendDate(CivilFromDays(days), &text);
  return text;
}

std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone,
                                      std::optional<int32_t> today) {
  const std::optional<TimestampParts> parts = SplitTimestamp(text);
  if (!parts) {
    return std::nullopt;
  }
  const TimeZone* used = &zone;
  if (parts->zone) {
    const Result<const TimeZone*> named = ZoneOfText(*parts->zone);
    if (!named.ok()) {
      return std::nullopt;
    }
    used = *named;
  }
  const std::optional<int64_t> local = LocalMicros(*parts, today);
  if (!local) {
    return std::nullopt;
  }
  const int64_t utc = used->LocalToUtc(*local);
  // Wrapped around: the offset is never more than a day.
  if ((utc < 0) != (*local < 0) && std::min(utc, *local) < -kMicrosPerDay &&
      std::max(utc, *local) > kMicrosPerDay) {
    return std::nullopt;
  }
  return utc;
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text, bool allow_zone) {
  const std::optional<TimestampParts> parts = SplitTimestamp(text);
  if (!parts || parts->just_time || (parts->zone && !allow_zone)) {
    return std::nullopt;
  }
  if (parts->zone && !ZoneOfText(*parts->zone).ok()) {
    return std::nullopt;
  }
  return LocalMicros(*parts, std::nullopt);
}

bool TimestampTextHasZone(std::string_view text) {
  const std::optional<TimestampParts> parts = SplitTimestamp(text);
  return parts && parts->zone.has_value();
}

std::string FormatTimestampNtz(int64_t micros) {
  const CivilTime time = CivilFromMicros(micros);
  std::string text;
  text.reserve(26);
  AppendDate(time.date, &text);
  text += ' ';
  AppendPadded(time.hour, 2, &text);
  text += ':';
  AppendPadded(time.minute, 2, &text);
  text += ':';
  AppendPadded(time.second, 2, &text);
  if (time.microsecond != 0) {
    text += '.';
    AppendPadded(time.microsecond, 6, &text);
    while (text.back() == '0') {
      text.pop_back();
    }
  }
  return text;
}

std::string FormatTimestamp(int64_t micros, const TimeZone& zone) {
  return FormatTimestampNtz(zone.UtcToLocal(micros));
}

namespace {

/// The word of a special value and a zone behind it, if any: "today", "now UTC".
struct SpecialText {
  std::string word;
  const TimeZone* zone;
};

std::optional<SpecialText> SplitSpecial(std::string_view text, const TimeZone& zone) {
  text = TrimAll(text);
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0) {
    return std::nullopt;
  }
  SpecialText special{{}, &zone};
  const size_t blank = text.find(' ');
  for (char c : text.substr(0, blank)) {
    special.word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (blank != std::string_view::npos) {
    const Result<const TimeZone*> named = TimeZone::Find(TrimAll(text.substr(blank)));
    if (!named.ok()) {
      return std::nullopt;
    }
    special.zone = *named;
  }
  return special;
}

}  // namespace

std::optional<int32_t> ParseSpecialDate(std::string_view text, int64_t now, const TimeZone& zone) {
  const std::optional<SpecialText> special = SplitSpecial(text, zone);
  if (!special) {
    return std::nullopt;
  }
  const int32_t today = special->zone->LocalDays(now);
  if (special->word == "epoch") {
    return 0;
  }
  if (special->word == "now" || special->word == "today") {
    return today;
  }
  if (special->word == "tomorrow") {
    return today + 1;
  }
  if (special->word == "yesterday") {
    return today - 1;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseSpecialTimestamp(std::string_view text, int64_t now,
                                             const TimeZone& zone) {
  const std::optional<SpecialText> special = SplitSpecial(text, zone);
  if (!special) {
    return std::nullopt;
  }
  if (special->word == "epoch") {
    return 0;
  }
  if (special->word == "now") {
    return now;
  }
  const int32_t today = special->zone->LocalDays(now);
  if (special->word == "today") {
    return special->zone->StartOfDay(today);
  }
  if (special->word == "tomorrow") {
    return special->zone->StartOfDay(today + 1);
  }
  if (special->word == "yesterday") {
    return special->zone->StartOfDay(today - 1);
  }
  return std::nullopt;
}

}  // namespace emery::type
