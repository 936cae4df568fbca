#include "functions/scalar/datetime_pattern.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace emery::functions {

namespace {

using type::CivilTime;
using type::TimeZone;

constexpr const char* kMonths[] = {"January",   "February", "March",    "April",
                                   "May",       "June",     "July",     "August",
                                   "September", "October",  "November", "December"};
constexpr const char* kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                 "Friday", "Saturday", "Sunday"};

/// A pattern that java.time refuses: the condition depends on whether Java's older SimpleDateFormat
/// knows all its letters.
Status Refused(std::string_view pattern, char illegal = 0) {
  bool old_knows = true;
  bool quoted = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && std::isalpha(static_cast<unsigned char>(c)) != 0) {
      old_knows &= std::string_view("GyYMLwWDdFEuaHkKhmsSzZX").find(c) != std::string_view::npos;
    }
  }
  const std::string text = "'" + std::string(pattern) + "'";
  if ((!old_knows || quoted) && illegal != 0) {
    return base::UserError("INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
                           "Unrecognized datetime pattern: " + text +
                               ". Illegal pattern character found in datetime pattern: '" +
                               illegal + "'. Please provide legal character.",
                           {{"pattern", text}, {"c", std::string("'") + illegal + "'"}});
  }
  if (!old_knows || quoted) {
    return base::UserError(
        "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
        "Unrecognized datetime pattern: " + text +
            ". You can form a valid datetime pattern by following the guide "
            "of Spark's datetime patterns.",
        {{"pattern", text}, {"docroot", "https://spark.apache.org/docs/latest"}});
  }
  return base::UserError(
      "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
      "You may get a different result due to the upgrading to Spark >= 3.0: Fail to recognize " +
          text +
          " pattern in the DateTimeFormatter. 1) You can set \"spark.sql.legacy.timeParserPolicy\" "
          "to \"LEGACY\" to restore the "
          "behavior before Spark 3.0. 2) You can form a valid datetime pattern with the guide of "
          "Spark's datetime patterns.",
      {{"pattern", text}, {"config", "\"spark.sql.legacy.timeParserPolicy\""}});
}

bool IsNumber(char letter, int count) {
  switch (letter) {
    case 'y':
    case 'u':
    case 'd':
    case 'D':
    case 'H':
    case 'h':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'F':
      return true;
    case 'M':
    case 'L':
    case 'q':
    case 'Q':
      return count <= 2;
    default:
      return false;
  }
}

void AppendNumber(int64_t n, int width, std::string* out) {
  std::string digits = std::to_string(n < 0 ? -n : n);
  if (n < 0) {
    out->push_back('-');
  }
  if (static_cast<int>(digits.size()) < width) {
    out->append(width - digits.size(), '0');
  }
  out->append(digits);
}

// The long name of the zones that have short ones; others are called by what they have.
std::string_view ZoneName(std::string_view abbreviation) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"UTC", "Coordinated Universal Time"},    {"GMT", "Greenwich Mean Time"},
      {"PST", "Pacific Standard Time"},         {"PDT", "Pacific Daylight Time"},
      {"MST", "Mountain Standard Time"},        {"MDT", "Mountain Daylight Time"},
      {"CST", "Central Standard Time"},         {"CDT", "Central Daylight Time"},
      {"EST", "Eastern Standard Time"},         {"EDT", "Eastern Daylight Time"},
      {"AKST", "Alaska Standard Time"},         {"AKDT", "Alaska Daylight Time"},
      {"HST", "Hawaii-Aleutian Standard Time"}, {"WET", "Western European Standard Time"},
      {"WEST", "Western European Summer Time"}, {"CET", "Central European Standard Time"},
      {"CEST", "Central European Summer Time"}, {"EET", "Eastern European Standard Time"},
      {"EEST", "Eastern European Summer Time"}, {"BST", "British Summer Time"},
      {"MSK", "Moscow Standard Time"},          {"IST", "India Standard Time"},
      {"JST", "Japan Standard Time"},           {"KST", "Korean Standard Time"}};
  for (const auto& [known, name] : kNames) {
    if (known == abbreviation) {
      return name;
    }
  }
  return abbreviation;
}

// "+HH:MM" and its kin. `letter` X writes Z for no offset.
void AppendOffset(int32_t seconds, char letter, int count, std::string* out) {
  if (letter == 'X' && seconds == 0) {
    out->push_back('Z');
    return;
  }
  const int32_t magnitude = seconds < 0 ? -seconds : seconds;
  const int hours = magnitude / 3600;
  const int minutes = magnitude / 60 % 60;
  const int rest = magnitude % 60;
  if (letter == 'O' || (letter == 'Z' && count == 4)) {
    out->append("GMT");
    if (seconds == 0) {
      return;
    }
    out->push_back(seconds < 0 ? '-' : '+');
    if (letter == 'O' && count == 1) {
      out->append(std::to_string(hours));
      if (minutes != 0) {
        out->push_back(':');
        AppendNumber(minutes, 2, out);
      }
    } else {
      AppendNumber(hours, 2, out);
      out->push_back(':');
      AppendNumber(minutes, 2, out);
    }
    return;
  }
  if (letter == 'Z' && count == 5 && seconds == 0) {
    out->push_back('Z');
    return;
  }
  out->push_back(seconds < 0 ? '-' : '+');
  AppendNumber(hours, 2, out);
  const bool colon = letter == 'Z' ? count == 5 : count == 3 || count == 5;
  if (letter != 'Z' && count == 1 && minutes == 0) {
    return;
  }
  if (colon) {
    out->push_back(':');
  }
  AppendNumber(minutes, 2, out);
  if ((letter != 'Z' && count >= 4 && rest != 0) || (letter == 'Z' && count == 5 && rest != 0)) {
    if (colon) {
      out->push_back(':');
    }
    AppendNumber(rest, 2, out);
  }
}

bool SameLetters(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) ==
                  std::tolower(static_cast<unsigned char>(b));
         });
}

}  // namespace

Result<std::shared_ptr<const DateTimePattern>> DateTimePattern::Make(std::string_view pattern,
                                                                     bool for_parsing) {
  auto made = std::make_shared<DateTimePattern>();
  made->text_ = pattern;
  std::vector<Item>& items = made->items_;
  bool in_quotes = false;
  for (const char c : pattern) {
    in_quotes ^= c == '\'';
    if (!in_quotes &&
        std::string_view(for_parsing ? "ABnNpEFqQ" : "ABnNp").find(c) != std::string_view::npos) {
      return Refused(pattern, c);
    }
  }
  const auto literal = [&](char c) {
    if (items.empty() || items.back().letter != 0) {
      items.push_back({});
    }
    items.back().literal.push_back(c);
  };
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        literal('\'');
        i += 2;
        continue;
      }
      size_t end = i + 1;
      while (true) {
        if (end >= pattern.size()) {
          return Refused(pattern);
        }
        if (pattern[end] == '\'') {
          if (end + 1 < pattern.size() && pattern[end + 1] == '\'') {
            literal('\'');
            end += 2;
            continue;
          }
          break;
        }
        literal(pattern[end++]);
      }
      i = end + 1;
      continue;
    }
    if (c == '[' || c == ']') {
      items.push_back({.letter = c});
      ++i;
      continue;
    }
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) {
      if (c == '{' || c == '}' || c == '#') {
        return Refused(pattern);
      }
      literal(c);
      ++i;
      continue;
    }
    int count = 0;
    while (i < pattern.size() && pattern[i] == c) {
      ++count;
      ++i;
    }
    switch (c) {
      case 'Y':
      case 'w':
      case 'W':
      case 'e':
      case 'c':
      case 'A':
      case 'B':
      case 'n':
      case 'N':
      case 'p':
        return Refused(pattern);
      case 'E':
        if (for_parsing) {
          return Refused(pattern);
        }
        if (count > 4) {
          return Refused(pattern);
        }
        break;
      case 'u':
      case 'F':
      case 'Q':
      case 'q':
        if (for_parsing && c != 'u') {
          return Refused(pattern);
        }
        if (c == 'u') {
          return Refused(pattern);
        }
        if (count > (c == 'F' ? 1 : 4)) {
          return Refused(pattern);
        }
        break;
      case 'G':
      case 'M':
      case 'L':
        if (count > 4) {
          return Refused(pattern);
        }
        break;
      case 'y':
        if (count > 6) {
          return Refused(pattern);
        }
        break;
      case 'd':
      case 'H':
      case 'h':
      case 'k':
      case 'K':
      case 'm':
      case 's':
        if (count > 2) {
          return Refused(pattern);
        }
        break;
      case 'D':
        if (count > 3) {
          return Refused(pattern);
        }
        break;
      case 'S':
        if (count > 9) {
          return Refused(pattern);
        }
        break;
      case 'a':
        if (count > 1) {
          return Refused(pattern);
        }
        break;
      case 'V':
        if (count != 2) {
          return Refused(pattern);
        }
        break;
      case 'z':
        if (count > 4) {
          return Refused(pattern);
        }
        break;
      case 'O':
        if (count != 1 && count != 4) {
          return Refused(pattern);
        }
        break;
      case 'X':
      case 'x':
      case 'Z':
        if (count > 5) {
          return Refused(pattern);
        }
        break;
      default:
        return Refused(pattern);
    }
    items.push_back({.letter = c, .count = count});
  }
  for (size_t i = 0; i + 1 < items.size(); ++i) {
    items[i].adjacent = items[i].letter != 0 && IsNumber(items[i].letter, items[i].count) &&
                        items[i + 1].letter != 0 &&
                        IsNumber(items[i + 1].letter, items[i + 1].count);
  }
  return std::shared_ptr<const DateTimePattern>(std::move(made));
}

void DateTimePattern::Format(int64_t micros, const TimeZone& zone, std::string* out) const {
  const int64_t seconds = type::FloorDiv(micros, type::kMicrosPerSecond);
  const int32_t offset = zone.OffsetAt(seconds);
  FormatCivil(micros + offset * type::kMicrosPerSecond, offset, zone, seconds, out);
}

void DateTimePattern::FormatLocal(int64_t local_micros, const TimeZone& zone,
                                  std::string* out) const {
  const int64_t utc = zone.LocalToUtc(local_micros);
  const int64_t seconds = type::FloorDiv(utc, type::kMicrosPerSecond);
  FormatCivil(local_micros, zone.OffsetAt(seconds), zone, seconds, out);
}

void DateTimePattern::FormatCivil(int64_t local_micros, int32_t offset, const TimeZone& zone,
                                  int64_t utc_seconds, std::string* out) const {
  const CivilTime t = type::CivilFromMicros(local_micros);
  const int64_t days = type::FloorDiv(local_micros, type::kMicrosPerDay);
  for (const Item& item : items_) {
    switch (item.letter) {
      case 0:
        out->append(item.literal);
        break;
      case '[':
      case ']':
        break;
      case 'G':
        out->append(item.count == 4 ? (t.date.year > 0 ? "Anno Domini" : "Before Christ")
                                    : (t.date.year > 0 ? "AD" : "BC"));
        break;
      case 'y': {
        const int32_t year = t.date.year;
        if (item.count == 2) {
          AppendNumber(type::FloorMod(year, 100), 2, out);
        } else {
          if (year > 9999 && item.count >= 4) {
            out->push_back('+');
          }
          AppendNumber(year, item.count, out);
        }
        break;
      }
      case 'M':
      case 'L': {
        const std::string_view name = kMonths[t.date.month - 1];
        if (item.count <= 2) {
          AppendNumber(t.date.month, item.count, out);
        } else {
          out->append(item.count == 3 ? name.substr(0, 3) : name);
        }
        break;
      }
      case 'd':
        AppendNumber(t.date.day, item.count, out);
        break;
      case 'D':
        AppendNumber(type::DayOfYear(days), item.count, out);
        break;
      case 'F':
        AppendNumber((t.date.day - 1) % 7 + 1, item.count, out);
        break;
      case 'E': {
        const std::string_view name = kDays[type::WeekDay(days)];
        out->append(item.count == 4 ? name : name.substr(0, 3));
        break;
      }
      case 'Q':
      case 'q': {
        const int quarter = (t.date.month - 1) / 3 + 1;
        static constexpr const char* kNames[] = {"1st quarter", "2nd quarter", "3rd quarter",
                                                 "4th quarter"};
        if (item.count <= 2) {
          AppendNumber(quarter, item.count, out);
        } else if (item.count == 3) {
          out->append("Q" + std::to_string(quarter));
        } else {
          out->append(kNames[quarter - 1]);
        }
        break;
      }
      case 'a':
        out->append(t.hour < 12 ? "AM" : "PM");
        break;
      case 'H':
        AppendNumber(t.hour, item.count, out);
        break;
      case 'k':
        AppendNumber(t.hour == 0 ? 24 : t.hour, item.count, out);
        break;
      case 'K':
        AppendNumber(t.hour % 12, item.count, out);
        break;
      case 'h':
        AppendNumber(t.hour % 12 == 0 ? 12 : t.hour % 12, item.count, out);
        break;
      case 'm':
        AppendNumber(t.minute, item.count, out);
        break;
      case 's':
        AppendNumber(t.second, item.count, out);
        break;
      case 'S': {
        std::string digits;
        AppendNumber(int64_t{t.microsecond} * 1000, 9, &digits);
        out->append(digits, 0, item.count);
        break;
      }
      case 'V':
        out->append(zone.id());
        break;
      case 'z':
        out->append(item.count < 4 ? zone.AbbreviationAt(utc_seconds)
                                   : ZoneName(zone.AbbreviationAt(utc_seconds)));
        break;
      default:
        AppendOffset(offset, item.letter, item.count, out);
    }
  }
}

// ---- parsing
// -----------------------------------------------------------------------------------------------------------------------

struct DateTimePattern::Fields {
  std::optional<int64_t> year;
  std::optional<int> month;
  std::optional<int> day;
  std::optional<int> day_of_year;
  std::optional<int> hour;          // 0-23
  std::optional<int> hour_of_half;  // 0-11
  std::optional<int> half;          // 0 AM, 1 PM
  std::optional<int> minute;
  std::optional<int> second;
  std::optional<int> micros;
  bool before_christ = false;
  const TimeZone* zone = nullptr;
};

namespace {

// Digits [least, most] at *at; false where there are fewer.
bool ReadDigits(std::string_view text, size_t* at, int least, int most, int64_t* value) {
  int n = 0;
  int64_t v = 0;
  while (n < most && *at + n < text.size() && text[*at + n] >= '0' && text[*at + n] <= '9') {
    v = v * 10 + (text[*at + n] - '0');
    ++n;
  }
  if (n < least) {
    return false;
  }
  *at += n;
  *value = v;
  return true;
}

bool ReadOffset(std::string_view text, size_t* at, char letter, int count, std::string* id) {
  if (*at < text.size() && text[*at] == 'Z' && (letter == 'X' || (letter == 'Z' && count == 5))) {
    ++*at;
    *id = "Z";
    return true;
  }
  size_t p = *at;
  if ((letter == 'O' || (letter == 'Z' && count == 4))) {
    if (text.substr(p, 3) != "GMT") {
      return false;
    }
    p += 3;
    if (p >= text.size() || (text[p] != '+' && text[p] != '-')) {
      *at = p;
      *id = "Z";
      return true;
    }
  }
  if (p >= text.size() || (text[p] != '+' && text[p] != '-')) {
    return false;
  }
  const char sign = text[p++];
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  const bool loose = letter == 'O' && count == 1;
  if (!ReadDigits(text, &p, loose ? 1 : 2, 2, &hours)) {
    return false;
  }
  const bool colon = letter == 'O' || (letter == 'Z' ? count >= 4 : count == 3 || count == 5);
  size_t q = p;
  bool has_minutes = true;
  if (colon) {
    if (q < text.size() && text[q] == ':') {
      ++q;
    } else {
      has_minutes = false;
    }
  }
  if (has_minutes && ReadDigits(text, &q, 2, 2, &minutes)) {
    p = q;
    if (count >= 4 && letter != 'O') {
      size_t r = p;
      if ((!colon || (r < text.size() && text[r++] == ':')) &&
          ReadDigits(text, &r, 2, 2, &seconds)) {
        p = r;
      }
    }
  } else if (!loose && !(letter != 'Z' && count == 1)) {
    return false;
  }
  if (hours > 18 || minutes > 59 || seconds > 59) {
    return false;
  }
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%c%02d:%02d:%02d", sign, static_cast<int>(hours),
                static_cast<int>(minutes), static_cast<int>(seconds));
  *id = seconds == 0 ? std::string(buffer, 6) : std::string(buffer);
  *at = p;
  return true;
}

}  // namespace

bool DateTimePattern::ParseItems(std::string_view text, size_t* at, size_t item, size_t end,
                                 Fields* f) const {
  for (size_t i = item; i < end; ++i) {
    const Item& it = items_[i];
    int64_t n = 0;
    const auto number = [&](int most) {
      // In a row of numbers without anything between each takes its own width.
      return it.adjacent || it.count > 1
                 ? ReadDigits(text, at, it.count,
                              it.adjacent ? it.count : std::max(it.count, it.count), &n)
                 : ReadDigits(text, at, 1, most, &n);
    };
    switch (it.letter) {
      case 0:
        if (text.substr(*at, it.literal.size()) != it.literal) {
          // Letters are matched whatever their case.
          if (!SameLetters(text.substr(std::min(*at, text.size())), it.literal)) {
            return false;
          }
        }
        *at += it.literal.size();
        break;
      case '[': {
        size_t close = i + 1;
        for (int depth = 1; close < end; ++close) {
          depth += items_[close].letter == '[' ? 1 : items_[close].letter == ']' ? -1 : 0;
          if (depth == 0) {
            break;
          }
        }
        const size_t mark = *at;
        const Fields before = *f;
        if (!ParseItems(text, at, i + 1, std::min(close, end), f)) {
          *at = mark;
          *f = before;
        }
        i = close;
        break;
      }
      case ']':
        break;
      case 'G': {
        static constexpr std::pair<const char*, bool> kEras[] = {
            {"Anno Domini", false}, {"Before Christ", true}, {"AD", false}, {"BC", true}};
        bool found = false;
        for (const auto& [name, bc] : kEras) {
          if (SameLetters(text.substr(std::min(*at, text.size())), name)) {
            *at += std::string_view(name).size();
            f->before_christ = bc;
            found = true;
            break;
          }
        }
        if (!found) {
          return false;
        }
        break;
      }
      case 'y':
      case 'u': {
        bool negative = false;
        const bool sign = *at < text.size() && (text[*at] == '-' || text[*at] == '+');
        if (sign && it.count >= 3) {
          negative = text[*at] == '-';
          ++*at;
        }
        const size_t start = *at;
        if (it.count == 2) {
          if (!ReadDigits(text, at, 2, 2, &n)) {
            return false;
          }
          n += 2000;
        } else {
          int most = 10;
          if (it.adjacent) {
            // A year takes all digits but those that the numbers right behind it are sure to need.
            size_t run = *at;
            while (run < text.size() && text[run] >= '0' && text[run] <= '9') {
              ++run;
            }
            most = static_cast<int>(run - *at);
            for (size_t k = i + 1; k < end && items_[k - 1].adjacent; ++k) {
              most -= items_[k].count;
            }
          }
          if (most < it.count || !ReadDigits(text, at, it.count, most, &n)) {
            return false;
          }
          // More digits than letters need a plus.
          if (it.count >= 4 && static_cast<int>(*at - start) > it.count && !sign) {
            return false;
          }
        }
        f->year = negative ? -n : n;
        break;
      }
      case 'M':
      case 'L':
        if (it.count <= 2) {
          if (!number(2)) {
            return false;
          }
          f->month = static_cast<int>(n);
        } else {
          bool found = false;
          for (int m = 0; m < 12 && !found; ++m) {
            const std::string_view name =
                it.count == 3 ? std::string_view(kMonths[m]).substr(0, 3) : kMonths[m];
            if (SameLetters(text.substr(std::min(*at, text.size())), name)) {
              f->month = m + 1;
              *at += name.size();
              found = true;
            }
          }
          if (!found) {
            return false;
          }
        }
        break;
      case 'd':
        if (!number(2)) {
          return false;
        }
        f->day = static_cast<int>(n);
        break;
      case 'D':
        if (!(it.adjacent || it.count == 3 ? ReadDigits(text, at, it.count, it.count, &n)
                                           : ReadDigits(text, at, it.count, 3, &n))) {
          return false;
        }
        f->day_of_year = static_cast<int>(n);
        break;
      case 'H':
      case 'k':
        if (!number(2) || n > (it.letter == 'H' ? 23 : 24) || (it.letter == 'k' && n == 0)) {
          return false;
        }
        f->hour = static_cast<int>(n % 24);
        break;
      case 'h':
      case 'K':
        if (!number(2) || n > (it.letter == 'h' ? 12 : 11) || (it.letter == 'h' && n == 0)) {
          return false;
        }
        f->hour_of_half = static_cast<int>(n % 12);
        break;
      case 'a':
        if (SameLetters(text.substr(std::min(*at, text.size())), "AM")) {
          f->half = 0;
        } else if (SameLetters(text.substr(std::min(*at, text.size())), "PM")) {
          f->half = 1;
        } else {
          return false;
        }
        *at += 2;
        break;
      case 'm':
        if (!number(2) || n > 59) {
          return false;
        }
        f->minute = static_cast<int>(n);
        break;
      case 's':
        if (!number(2) || n > 59) {
          return false;
        }
        f->second = static_cast<int>(n);
        break;
      case 'S': {
        // Spark reads a fraction of up to `count` digits, whatever follows them.
        const size_t start = *at;
        const bool exact = it.adjacent;
        if (!ReadDigits(text, at, exact ? it.count : 1, it.count, &n)) {
          return false;
        }
        for (auto digits = static_cast<int>(*at - start); digits < 9; ++digits) {
          n *= 10;
        }
        f->micros = static_cast<int>(n / 1000);
        break;
      }
      case 'V':
      case 'z': {
        size_t stop = *at;
        while (stop < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[stop])) != 0 || text[stop] == '/' ||
                text[stop] == '_' || text[stop] == '+' || text[stop] == '-' || text[stop] == ':')) {
          ++stop;
        }
        // The longest prefix that is a zone.
        while (stop > *at) {
          auto zone = TimeZone::Find(text.substr(*at, stop - *at));
          if (zone.ok()) {
            f->zone = *zone;
            break;
          }
          --stop;
        }
        if (stop == *at) {
          return false;
        }
        *at = stop;
        break;
      }
      default: {
        std::string id;
        if (!ReadOffset(text, at, it.letter, it.count, &id)) {
          return false;
        }
        auto zone = TimeZone::Find(id);
        if (!zone.ok()) {
          return false;
        }
        f->zone = *zone;
      }
    }
  }
  return true;
}

std::optional<DateTimePattern::Parsed> DateTimePattern::Parse(std::string_view text) const {
  Fields f;
  size_t at = 0;
  if (!ParseItems(text, &at, 0, items_.size(), &f) || at != text.size()) {
    return std::nullopt;
  }
  CivilTime t;
  int64_t year = f.year.value_or(1970);
  if (f.before_christ) {
    year = 1 - year;
  }
  if (year < -999999 || year > 999999) {
    return std::nullopt;
  }
  t.date.year = static_cast<int32_t>(year);
  if (f.day_of_year.has_value() && !f.month.has_value()) {
    if (*f.day_of_year < 1 || *f.day_of_year > (type::IsLeapYear(year) ? 366 : 365)) {
      return std::nullopt;
    }
    t.date = type::CivilFromDays(type::DaysFromCivil(year, 1, 1) + *f.day_of_year - 1);
  } else {
    t.date.month = f.month.value_or(1);
    t.date.day = f.day.value_or(1);
    if (!type::IsValidDate(year, t.date.month, t.date.day)) {
      return std::nullopt;
    }
  }
  if (f.hour.has_value()) {
    t.hour = *f.hour;
  } else if (f.hour_of_half.has_value()) {
    t.hour = *f.hour_of_half + 12 * f.half.value_or(0);
  } else if (f.half.has_value()) {
    t.hour = 12 * *f.half;
  }
  t.minute = f.minute.value_or(0);
  t.second = f.second.value_or(0);
  t.microsecond = f.micros.value_or(0);
  Parsed parsed;
  parsed.zone = f.zone;
  if (!type::MicrosFromCivil(t, &parsed.local_micros)) {
    return std::nullopt;
  }
  return parsed;
}

std::optional<int64_t> DateTimePattern::ParseInstant(std::string_view text,
                                                     const TimeZone& zone) const {
  const auto parsed = Parse(text);
  if (!parsed.has_value()) {
    return std::nullopt;
  }
  return (parsed->zone != nullptr ? *parsed->zone : zone).LocalToUtc(parsed->local_micros);
}

}  // namespace emery::functions
