#include <algorithm>
#include <cctype>
#include <limits>
#include <string>

#include "type/calendar.h"
#include "type/decimal.h"
#include "type/text.h"

namespace emery::type {

namespace {

constexpr const char* kYearMonthFields[] = {"YEAR", "MONTH"};
constexpr const char* kDayTimeFields[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
constexpr int64_t kFieldMicros[] = {kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute,
                                    kMicrosPerSecond};

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

struct AnsiText {
  std::string_view body;
  bool negative = false;
};

/// Takes INTERVAL [+-]'…' FIELD [TO FIELD] off the text, where it is there; the fields must be
/// those asked for.
std::optional<AnsiText> Unwrap(std::string_view text, const char* const* fields,
                               IntervalField start, IntervalField end) {
  text = TrimAll(text);
  if (text.size() < 9 || Upper(text.substr(0, 8)) != "INTERVAL") {
    return AnsiText{text, false};
  }
  AnsiText result;
  text = TrimAll(text.substr(8));
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    result.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t close = text.rfind('\'');
  if (text.empty() || text[0] != '\'' || close == 0) {
    return std::nullopt;
  }
  std::string wanted = fields[static_cast<int>(start)];
  if (start != end) {
    wanted += std::string(" TO ") + fields[static_cast<int>(end)];
  }
  std::string given;
  for (char c : Upper(TrimAll(text.substr(close + 1)))) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank || given.empty() || given.back() != ' ') {
      given += blank ? ' ' : c;
    }
  }
  if (given != wanted) {
    return std::nullopt;
  }
  result.body = text.substr(1, close - 1);
  return result;
}

bool TakeNumber(std::string_view* text, size_t max_digits, int64_t* value) {
  size_t n = 0;
  *value = 0;
  while (n < text->size() && (*text)[n] >= '0' && (*text)[n] <= '9') {
    if (__builtin_mul_overflow(*value, int64_t{10}, value) ||
        __builtin_add_overflow(*value, int64_t{(*text)[n] - '0'}, value)) {
      return false;
    }
    ++n;
  }
  text->remove_prefix(n);
  return n > 0 && n <= max_digits;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

bool TakeSign(std::string_view* text) {
  if (TakeChar(text, '-')) {
    return true;
  }
  TakeChar(text, '+');
  return false;
}

/// ".123456789": digits behind the ninth are refused, those behind the sixth dropped.
bool TakeFraction(std::string_view* text, int64_t* micros) {
  *micros = 0;
  if (!TakeChar(text, '.')) {
    return true;
  }
  int digits = 0;
  while (!text->empty() && text->front() >= '0' && text->front() <= '9') {
    if (digits < 6) {
      *micros = *micros * 10 + (text->front() - '0');
    }
    ++digits;
    text->remove_prefix(1);
  }
  for (int i = digits; i < 6; ++i) {
    *micros *= 10;
  }
  return digits <= 9;
}

std::string TwoDigits(uint64_t value) {
  return (value < 10 ? "0" : "") + std::to_string(value);
}

/// "03.5", without zeros at the end of the fraction.
std::string Seconds(uint64_t micros) {
  std::string text = TwoDigits(micros / 1'000'000);
  const uint64_t fraction = micros % 1'000'000;
  if (fraction != 0) {
    std::string digits = std::to_string(fraction);
    digits.insert(0, 6 - digits.size(), '0');
    while (digits.back() == '0') {
      digits.pop_back();
    }
    text += "." + digits;
  }
  return text;
}

uint64_t Magnitude(int64_t value) {
  return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

}  // namespace

std::optional<int32_t> ParseYearMonthInterval(std::string_view text, IntervalField start,
                                              IntervalField end) {
  const std::optional<AnsiText> ansi = Unwrap(text, kYearMonthFields, start, end);
  if (!ansi) {
    return std::nullopt;
  }
  std::string_view rest = TrimAll(ansi->body);
  const bool negative = TakeSign(&rest) != ansi->negative;
  int64_t first = 0;
  int64_t months = 0;
  if (!TakeNumber(&rest, 10, &first)) {
    return std::nullopt;
  }
  if (start == end) {
    months = start == IntervalField::kYear ? first * 12 : first;
  } else {
    int64_t second = 0;
    if (!TakeChar(&rest, '-') || !TakeNumber(&rest, 2, &second) || second > 11) {
      return std::nullopt;
    }
    months = first * 12 + second;
  }
  months = negative ? -months : months;
  if (!rest.empty() || months > std::numeric_limits<int32_t>::max() ||
      months < std::numeric_limits<int32_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int32_t>(months);
}

std::optional<int64_t> ParseDayTimeInterval(std::string_view text, IntervalField start,
                                            IntervalField end) {
  const std::optional<AnsiText> ansi = Unwrap(text, kDayTimeFields, start, end);
  if (!ansi) {
    return std::nullopt;
  }
  std::string_view rest = TrimAll(ansi->body);
  const bool negative = TakeSign(&rest) != ansi->negative;
  const int first = static_cast<int>(start);
  const int last = static_cast<int>(end);
  static constexpr int64_t kLimits[] = {INT64_MAX, 23, 59, 59};
  int64_t micros = 0;  // negative sums, whose range is the wider one
  for (int field = first; field <= last; ++field) {
    int64_t value = 0;
    if (field > first) {
      const bool separated =
          field == 1 ? (TakeChar(&rest, ' ') || TakeChar(&rest, 'T')) : TakeChar(&rest, ':');
      if (!separated) {
        return std::nullopt;
      }
    }
    if (!TakeNumber(&rest, field == first ? 19 : 2, &value) ||
        (field > first && value > kLimits[field])) {
      return std::nullopt;
    }
    int64_t part = 0;
    if (__builtin_mul_overflow(value, kFieldMicros[field], &part) ||
        __builtin_sub_overflow(micros, part, &micros)) {
      return std::nullopt;
    }
    if (field == 3) {
      int64_t fraction = 0;
      if (!TakeFraction(&rest, &fraction) || __builtin_sub_overflow(micros, fraction, &micros)) {
        return std::nullopt;
      }
    }
  }
  if (!rest.empty()) {
    return std::nullopt;
  }
  if (!negative) {
    if (micros == std::numeric_limits<int64_t>::min()) {
      return std::nullopt;
    }
    micros = -micros;
  }
  return micros;
}

std::string FormatYearMonthInterval(int32_t months, IntervalField start, IntervalField end) {
  const std::string sign = months < 0 ? "-" : "";
  const uint64_t magnitude = Magnitude(months);
  std::string body;
  if (start == end) {
    body = std::to_string(start == IntervalField::kYear ? magnitude / 12 : magnitude);
  } else {
    body = std::to_string(magnitude / 12) + "-" + std::to_string(magnitude % 12);
  }
  std::string text = "INTERVAL '" + sign + body + "' " + kYearMonthFields[static_cast<int>(start)];
  return start == end ? text : text + " TO " + kYearMonthFields[static_cast<int>(end)];
}

std::string FormatDayTimeInterval(int64_t micros, IntervalField start, IntervalField end) {
  const int first = static_cast<int>(start);
  const int last = static_cast<int>(end);
  uint64_t rest = Magnitude(micros);
  std::string body = micros < 0 ? "-" : "";
  for (int field = first; field <= last; ++field) {
    if (field > first) {
      body += field == 1 ? " " : ":";
    }
    if (field == 3) {
      body += Seconds(rest);
      break;
    }
    const auto unit = static_cast<uint64_t>(kFieldMicros[field]);
    body += field == 0 ? std::to_string(rest / unit) : TwoDigits(rest / unit);
    rest %= unit;
  }
  std::string text = "INTERVAL '" + body + "' " + kDayTimeFields[first];
  return first == last ? text : text + " TO " + kDayTimeFields[last];
}

std::optional<CalendarInterval> ParseCalendarInterval(std::string_view text) {
  text = TrimAll(text);
  if (text.size() > 8 && Upper(text.substr(0, 8)) == "INTERVAL" &&
      std::isspace(static_cast<unsigned char>(text[8])) != 0) {
    text = TrimAll(text.substr(8));
  }
  if (text.empty()) {
    return std::nullopt;
  }
  const auto skip_blanks = [&] {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) {
      text.remove_prefix(1);
    }
  };
  int64_t months = 0;
  int64_t days = 0;
  int64_t micros = 0;
  while (!text.empty()) {
    bool negative = false;
    if (text.front() == '-' || text.front() == '+') {
      negative = text.front() == '-';
      text.remove_prefix(1);
      skip_blanks();
    }
    int64_t value = 0;
    const bool leading_point = !text.empty() && text.front() == '.';
    if (!leading_point && !TakeNumber(&text, 19, &value)) {
      return std::nullopt;
    }
    const bool has_fraction = !text.empty() && text.front() == '.';
    int64_t fraction = 0;
    if (!TakeFraction(&text, &fraction)) {
      return std::nullopt;
    }
    if (text.empty() || static_cast<unsigned char>(text.front()) > 0x20) {
      return std::nullopt;
    }
    skip_blanks();
    size_t n = 0;
    while (n < text.size() && std::isalpha(static_cast<unsigned char>(text[n])) != 0) {
      ++n;
    }
    std::string unit = Upper(text.substr(0, n));
    text.remove_prefix(n);
    if (!text.empty() && static_cast<unsigned char>(text.front()) > 0x20) {
      return std::nullopt;
    }
    skip_blanks();
    if (unit.size() > 1 && unit.back() == 'S') {
      unit.pop_back();
    }
    if (has_fraction && unit != "SECOND") {
      return std::nullopt;
    }
    const int64_t sign = negative ? -1 : 1;
    const auto add = [&](int64_t scale, int64_t* total) {
      int64_t part = 0;
      return !__builtin_mul_overflow(value, scale * sign, &part) &&
             !__builtin_add_overflow(*total, part, total);
    };
    bool ok = true;
    if (unit == "YEAR") {
      ok = add(12, &months);
    } else if (unit == "MONTH") {
      ok = add(1, &months);
    } else if (unit == "WEEK") {
      ok = add(7, &days);
    } else if (unit == "DAY") {
      ok = add(1, &days);
    } else if (unit == "HOUR") {
      ok = add(kMicrosPerHour, &micros);
    } else if (unit == "MINUTE") {
      ok = add(kMicrosPerMinute, &micros);
    } else if (unit == "SECOND") {
      ok = add(kMicrosPerSecond, &micros) &&
           !__builtin_add_overflow(micros, sign * fraction, &micros);
    } else if (unit == "MILLISECOND") {
      ok = add(1000, &micros);
    } else if (unit == "MICROSECOND") {
      ok = add(1, &micros);
    } else {
      return std::nullopt;
    }
    if (!ok || months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN) {
      return std::nullopt;
    }
  }
  return CalendarInterval{static_cast<int32_t>(months), static_cast<int32_t>(days), micros};
}

std::string FormatCalendarInterval(const CalendarInterval& interval) {
  std::string text;
  const auto append = [&](int64_t value, const char* unit) {
    if (value != 0) {
      text += (text.empty() ? "" : " ") + std::to_string(value) + " " + unit;
    }
  };
  append(interval.months / 12, "years");
  append(interval.months % 12, "months");
  append(interval.days, "days");
  append(interval.microseconds / kMicrosPerHour, "hours");
  append(interval.microseconds % kMicrosPerHour / kMicrosPerMinute, "minutes");
  const int64_t rest = interval.microseconds % kMicrosPerMinute;
  if (rest != 0) {
    std::string seconds = FormatDecimal(rest, 6);
    while (seconds.back() == '0') {
      seconds.pop_back();
    }
    if (seconds.back() == '.') {
      seconds.pop_back();
    }
    text += (text.empty() ? "" : " ") + seconds + " seconds";
  }
  return text.empty() ? "0 seconds" : text;
}

}  // namespace emery::type
