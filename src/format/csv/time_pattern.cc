#include <algorithm>
#include <string>

#include "format/csv/time_pattern_internal.h"
#include "type/calendar.h"

namespace emery::format::csv {

Result<TimePattern> TimePattern::Make(std::string_view pattern) {
  TimePattern out;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) {
      size_t end = i;
      while (end < pattern.size() && pattern[end] == c) {
        ++end;
      }
      const int count = static_cast<int>(end - i);
      const bool text_month = c == 'M' && count > 2;
      if (std::string_view("yMdHmsS").find(c) == std::string_view::npos || text_month) {
        return base::Unsupported("the pattern \"" + std::string(pattern) + "\" of CSV times");
      }
      out.parts_.push_back({c, count, ""});
      i = end;
      continue;
    }
    Part part;
    if (c == '\'') {
      const size_t end = pattern.find('\'', i + 1);
      if (end == pattern.npos) {
        return base::Unsupported("the pattern \"" + std::string(pattern) + "\" of CSV times");
      }
      part.literal = end == i + 1 ? "'" : std::string(pattern.substr(i + 1, end - i - 1));
      i = end + 1;
    } else if (c == '[' || c == ']') {
      return base::Unsupported("the pattern \"" + std::string(pattern) + "\" of CSV times");
    } else {
      part.literal = c;
      ++i;
    }
    out.parts_.push_back(std::move(part));
  }
  return out;
}

std::optional<int64_t> TimePattern::Parse(std::string_view text) const {
  type::CivilTime time;
  for (size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    if (part.letter == 0) {
      if (!text.starts_with(part.literal)) {
        return std::nullopt;
      }
      text.remove_prefix(part.literal.size());
      continue;
    }
    // Digits that another number follows at once are counted; else one letter takes what is there.
    const bool next_is_number = p + 1 < parts_.size() && parts_[p + 1].letter != 0;
    size_t least = static_cast<size_t>(part.count);
    size_t most = part.count == 1 && !next_is_number ? (part.letter == 'y' ? 9 : 2) : least;
    if (part.letter == 'S') {
      most = least;
    }
    size_t digits = 0;
    int64_t value = 0;
    while (digits < most && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      value = value * 10 + (text[digits++] - '0');
    }
    if (digits < least) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
    const int32_t number = static_cast<int32_t>(std::min<int64_t>(value, INT32_MAX));
    switch (part.letter) {
      case 'y':
        time.date.year = part.count == 2 ? 2000 + number : number;
        break;
      case 'M':
        time.date.month = number;
        break;
      case 'd':
        time.date.day = number;
        break;
      case 'H':
        time.hour = number;
        break;
      case 'm':
        time.minute = number;
        break;
      case 's':
        time.second = number;
        break;
      default: {
        int64_t micros = value;
        for (size_t i = digits; i < 6; ++i) {
          micros *= 10;
        }
        for (size_t i = 6; i < digits; ++i) {
          micros /= 10;
        }
        time.microsecond = static_cast<int32_t>(micros);
      }
    }
  }
  int64_t micros = 0;
  if (!text.empty() || !type::IsValidDate(time.date.year, time.date.month, time.date.day) ||
      time.hour > 23 || time.minute > 59 || time.second > 59 ||
      !type::MicrosFromCivil(time, &micros)) {
    return std::nullopt;
  }
  return micros;
}

std::string TimePattern::Format(int64_t local_us) const {
  const type::CivilTime time = type::CivilFromMicros(local_us);
  std::string out;
  for (const Part& part : parts_) {
    int64_t value = 0;
    size_t width = static_cast<size_t>(part.count);
    switch (part.letter) {
      case 0:
        out += part.literal;
        continue;
      case 'y':
        value = part.count == 2 ? time.date.year % 100 : time.date.year;
        break;
      case 'M':
        value = time.date.month;
        break;
      case 'd':
        value = time.date.day;
        break;
      case 'H':
        value = time.hour;
        break;
      case 'm':
        value = time.minute;
        break;
      case 's':
        value = time.second;
        break;
      default: {
        std::string digits = std::to_string(1'000'000 + time.microsecond).substr(1);
        digits.resize(width, '0');
        out += digits;
        continue;
      }
    }
    const std::string digits = std::to_string(value);
    out.append(width > digits.size() ? width - digits.size() : 0, '0');
    out += digits;
  }
  return out;
}

}  // namespace emery::format::csv
