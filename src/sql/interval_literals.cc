// Interval literals: INTERVAL 3 DAYS 2 HOURS, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 day 2
// hours'.
#include <array>
#include <utility>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

using type::int128_t;
using type::IntervalField;

struct Unit {
  std::string_view name;
  bool year_month;
  IntervalField field;
  int64_t size;  // in months or microseconds; 0 for nanoseconds
};

constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

constexpr Unit kUnits[] = {
    {"year", true, IntervalField::kYear, 12},
    {"month", true, IntervalField::kMonth, 1},
    {"week", false, IntervalField::kDay, 7 * kMicrosPerDay},
    {"day", false, IntervalField::kDay, kMicrosPerDay},
    {"hour", false, IntervalField::kHour, kMicrosPerHour},
    {"minute", false, IntervalField::kMinute, kMicrosPerMinute},
    {"second", false, IntervalField::kSecond, kMicrosPerSecond},
    {"millisecond", false, IntervalField::kSecond, 1000},
    {"microsecond", false, IntervalField::kSecond, 1},
    {"nanosecond", false, IntervalField::kSecond, 0},
};

// The unit that `word` names, in singular or plural, any case; null if none.
const Unit* FindUnit(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  std::string_view name = lower;
  for (const Unit& unit : kUnits) {
    if (name == unit.name || (name.size() == unit.name.size() + 1 && name.back() == 's' &&
                              name.substr(0, unit.name.size()) == unit.name)) {
      return &unit;
    }
  }
  return nullptr;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
    text.remove_suffix(1);
  }
  return text;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct Number {
  bool negative = false;
  int128_t whole = 0;
  int64_t nanoseconds = 0;  // the fraction, to nine digits
  bool fraction = false;
};

// [+|-]digits[.digits]; nothing if `text` is something else.
std::optional<Number> ReadNumber(std::string_view text) {
  text = Trim(text);
  Number number;
  while (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative ^= text[0] == '-';
    text.remove_prefix(1);
    text = Trim(text);
  }
  size_t i = 0;
  while (i < text.size() && IsDigit(text[i])) {
    if (i > 30) {
      return std::nullopt;
    }
    number.whole = number.whole * 10 + (text[i] - '0');
    ++i;
  }
  const size_t whole_digits = i;
  if (i < text.size() && text[i] == '.') {
    ++i;
    number.fraction = true;
    int64_t unit = 100000000;
    const size_t begin = i;
    while (i < text.size() && IsDigit(text[i])) {
      number.nanoseconds += (text[i] - '0') * unit;
      unit /= 10;
      ++i;
    }
    if (i - begin > 9 || (i == begin && whole_digits == 0)) {
      return std::nullopt;
    }
  } else if (whole_digits == 0) {
    return std::nullopt;
  }
  if (i != text.size()) {
    return std::nullopt;
  }
  return number;
}

Status InvalidFormat(std::string sub, const std::string& input, const std::string& why,
                     base::ErrorParameters parameters, Position position) {
  parameters.insert(parameters.begin(), {"input", "'" + input + "'"});
  return base::UserError("INVALID_INTERVAL_FORMAT." + std::move(sub),
                         "Error parsing '" + input +
                             "' to interval. Please ensure that the value provided is in a valid "
                             "format for defining an interval. " +
                             why,
                         std::move(parameters), position);
}

Status Overflow(const std::string& input, Position position) {
  return InvalidFormat("ARITHMETIC_EXCEPTION", input,
                       "Uncaught arithmetic exception while parsing '" + input + "'.", {},
                       position);
}

}  // namespace

// INTERVAL here begins a literal with units, and isn't a column or the type before a single string.
bool Parser::AtInterval() const {
  size_t ahead = 1;
  if (At(TokenKind::kMinus, ahead) || At(TokenKind::kPlus, ahead)) {
    ++ahead;
  }
  if (!At(TokenKind::kInteger, ahead) && !At(TokenKind::kDecimal, ahead) && !AtString(ahead)) {
    return false;
  }
  while (AtString(ahead) && AtString(ahead + 1)) {
    ++ahead;
  }
  return Peek(ahead + 1).kind == TokenKind::kWord && FindUnit(Text(Peek(ahead + 1))) != nullptr;
}

Result<ExpressionPtr> Parser::ParseInterval() {
  const size_t first = at_;
  Advance();
  std::vector<IntervalPart> parts;
  while (true) {
    const size_t value_first = at_;
    size_t ahead = 0;
    if (At(TokenKind::kMinus) || At(TokenKind::kPlus)) {
      ahead = 1;
    }
    const bool string = AtString(ahead);
    if (!At(TokenKind::kInteger, ahead) && !At(TokenKind::kDecimal, ahead) && !string) {
      break;
    }
    size_t unit_at = ahead + 1;
    while (string && AtString(unit_at)) {
      ++unit_at;
    }
    const Unit* unit =
        Peek(unit_at).kind == TokenKind::kWord ? FindUnit(Text(Peek(unit_at))) : nullptr;
    if (unit == nullptr) {
      break;
    }
    if (At(kTo, unit_at + 1)) {
      if (!parts.empty()) {
        return base::UserError(
            "_LEGACY_ERROR_TEMP_0024",
            "Can only have a single from-to unit in the interval literal syntax.", {}, Span(first));
      }
      return ParseUnitToUnit(first);
    }
    std::string value = At(TokenKind::kMinus) ? "-" : "";
    at_ += ahead;
    if (string) {
      ARROW_ASSIGN_OR_RAISE(std::string text, String());
      value += text;
    } else {
      value += Text(Peek());
      Advance();
    }
    Advance();
    parts.push_back({std::move(value), std::string(unit->name)});
    if (string && !ReadNumber(parts.back().value).has_value()) {
      return base::UserError("_LEGACY_ERROR_TEMP_0026",
                             "Can only use numbers in the interval value part for multiple unit "
                             "value pairs interval form, but got invalid value: " +
                                 parts.back().value + ".",
                             {{"value", parts.back().value}}, Span(value_first));
    }
  }
  return IntervalOfParts(parts, first);
}

Result<ExpressionPtr> Parser::IntervalOfParts(const std::vector<IntervalPart>& parts,
                                              size_t first) {
  bool any_year_month = false;
  bool any_day_time = false;
  IntervalField start = IntervalField::kSecond;
  IntervalField end = IntervalField::kYear;
  int128_t total = 0;  // months or microseconds
  std::string all;
  for (const IntervalPart& part : parts) {
    all += (all.empty() ? "" : " ") + part.value + " " + part.unit;
  }
  for (const IntervalPart& part : parts) {
    const Unit* unit = FindUnit(part.unit);
    (unit->year_month ? any_year_month : any_day_time) = true;
    start = std::min(start, unit->field);
    end = std::max(end, unit->field);
    const std::optional<Number> number = ReadNumber(part.value);
    if (!number.has_value()) {
      return InvalidFormat("INVALID_VALUE", all,
                           "Found invalid value '" + part.value + "' in the interval string.",
                           {{"word", "'" + part.value + "'"}}, Span(first));
    }
    if (number->fraction && unit->name != "second") {
      return InvalidFormat("INVALID_FRACTION", all,
                           std::string(unit->name) + "s cannot have fractional part.",
                           {{"unit", std::string(unit->name) + "s"}}, Span(first));
    }
    if (number->whole > INT64_MAX) {
      return Overflow(all, Span(first));
    }
    int128_t value = unit->size == 0 ? number->whole / 1000
                                     : number->whole * unit->size + number->nanoseconds / 1000;
    total += number->negative ? -value : value;
  }
  if (any_year_month && any_day_time) {
    return base::UserError("_LEGACY_ERROR_TEMP_0029",
                           "Cannot mix year-month and day-time fields: " + TextOf(first, at_) + ".",
                           {{"literal", TextOf(first, at_)}}, Span(first));
  }
  if (any_year_month) {
    if (total > INT32_MAX || total < INT32_MIN) {
      return Overflow(all, Span(first));
    }
    return Literal(type::YearMonthInterval(start, end),
                   type::Value::Int(static_cast<int64_t>(total)), first);
  }
  if (total > INT64_MAX || total < INT64_MIN) {
    return Overflow(all, Span(first));
  }
  return Literal(type::DayTimeInterval(start, end), type::Value::Int(static_cast<int64_t>(total)),
                 first);
}

// The text of INTERVAL '1 day -2 hours': [interval] (sign? number unit)+
Result<ExpressionPtr> Parser::IntervalOfText(const std::string& text, size_t first) {
  const auto invalid = [&] {
    return base::UserError(
        "INVALID_TYPED_LITERAL",
        "The value of the typed literal \"INTERVAL\" is invalid: '" + text + "'.",
        {{"valueType", "\"INTERVAL\""}, {"value", "'" + text + "'"}}, Span(first));
  };
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ') {
      if (!word.empty()) {
        words.push_back(std::move(word));
        word.clear();
      }
    } else {
      word.push_back(c);
    }
  }
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  std::vector<IntervalPart> parts;
  size_t i = 0;
  if (!words.empty() && words[0].size() == 8) {
    std::string lower = words[0];
    for (char& c : lower) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    i = lower == "interval" ? 1 : 0;
  }
  while (i < words.size()) {
    std::string value = words[i++];
    if ((value == "-" || value == "+") && i < words.size()) {
      value += words[i++];
    }
    const Unit* unit = i < words.size() ? FindUnit(words[i]) : nullptr;
    ++i;
    const std::optional<Number> number = ReadNumber(value);
    if (unit == nullptr || !number.has_value() || (number->fraction && unit->name != "second")) {
      return invalid();
    }
    parts.push_back({std::move(value), std::string(unit->name)});
  }
  if (parts.empty()) {
    return invalid();
  }
  return IntervalOfParts(parts, first);
}

// The current token is the value of: value unit TO unit.
Result<ExpressionPtr> Parser::ParseUnitToUnit(size_t first) {
  const size_t value_at = at_;
  bool negative = false;
  if (At(TokenKind::kMinus) || At(TokenKind::kPlus)) {
    negative = At(TokenKind::kMinus);
    Advance();
  }
  if (!AtString()) {
    Advance();
    return base::UserError("_LEGACY_ERROR_TEMP_0027", "The value of from-to unit must be a string.",
                           {}, Span(value_at));
  }
  ARROW_ASSIGN_OR_RAISE(std::string text, String());
  const std::string input = (negative ? "-" : "") + text;
  const Unit* from = FindUnit(Text(Peek()));
  Advance();
  Advance();  // TO
  const Unit* to = Peek().kind == TokenKind::kWord ? FindUnit(Text(Peek())) : nullptr;
  if (to == nullptr) {
    return SyntaxError();
  }
  Advance();
  if (At(TokenKind::kInteger) || AtString()) {
    if (Peek(1).kind == TokenKind::kWord && FindUnit(Text(Peek(1))) != nullptr) {
      return base::UserError("_LEGACY_ERROR_TEMP_0024",
                             "Can only have a single from-to unit in the interval literal syntax.",
                             {}, Span(first));
    }
  }
  const bool valid =
      from->year_month == to->year_month && from->field < to->field && from->name != "week";
  if (!valid) {
    return InvalidFormat("UNSUPPORTED_FROM_TO_EXPRESSION", text,
                         "Cannot support (interval '" + text + "' " + std::string(from->name) +
                             " to " + std::string(to->name) + ") expression.",
                         {{"from", std::string(from->name)}, {"to", std::string(to->name)}},
                         Span(value_at));
  }

  // sign, then the fields in order: y-m or d h:m:s.n, beginning and ending where the units say.
  const auto unmatched = [&] {
    return InvalidFormat(
        from->year_month ? "UNMATCHED_FORMAT_STRING" : "UNMATCHED_FORMAT_STRING_WITH_NOTICE", input,
        "Interval string does not match " +
            std::string(from->year_month ? "year-month" : "day-time") +
            " format when cast to interval " + std::string(from->name) + " to " +
            std::string(to->name) + ": " + input + ".",
        {}, Span(value_at));
  };
  std::string_view rest = Trim(text);
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative ^= rest[0] == '-';
    rest.remove_prefix(1);
  }
  const auto field_of = [](IntervalField f) { return static_cast<int>(f); };
  int128_t total = 0;
  for (int field = field_of(from->field); field <= field_of(to->field); ++field) {
    if (field > field_of(from->field)) {
      const char separator = from->year_month ? '-' : field == 1 ? ' ' : ':';
      if (rest.empty() || rest[0] != separator) {
        return unmatched();
      }
      rest.remove_prefix(1);
      if (separator == ' ') {
        rest = Trim(rest);
      }
    }
    size_t digits = 0;
    int64_t value = 0;
    while (digits < rest.size() && IsDigit(rest[digits]) && digits < 18) {
      value = value * 10 + (rest[digits] - '0');
      ++digits;
    }
    if (digits == 0) {
      return unmatched();
    }
    rest.remove_prefix(digits);
    const bool leading = field == field_of(from->field);
    const int64_t limit = from->year_month ? 11 : field == 1 ? 23 : 59;
    if (!leading && value > limit) {
      const std::string_view names[] = {"day", "hour", "minute", "second"};
      const std::string name = from->year_month ? "month" : std::string(names[field]);
      if (!from->year_month) {
        return base::UserError("_LEGACY_ERROR_TEMP_0063",
                               "requirement failed: " + name + " " + std::to_string(value) +
                                   " outside range [0, " + std::to_string(limit) + "].",
                               {}, Span(value_at));
      }
      return InvalidFormat(
          "INTERVAL_PARSING", input,
          name + " " + std::to_string(value) + " outside range [0, " + std::to_string(limit) + "].",
          {}, Span(value_at));
    }
    if (from->year_month) {
      total += static_cast<int128_t>(value) * (field == 0 ? 12 : 1);
    } else {
      const int64_t sizes[] = {kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute, kMicrosPerSecond};
      total += static_cast<int128_t>(value) * sizes[field];
      if (field == 3 && !rest.empty() && rest[0] == '.') {
        rest.remove_prefix(1);
        int64_t nanoseconds = 0;
        int64_t unit = 100000000;
        size_t n = 0;
        while (n < rest.size() && IsDigit(rest[n])) {
          nanoseconds += (rest[n] - '0') * unit;
          unit /= 10;
          ++n;
        }
        if (n > 9) {
          return unmatched();
        }
        rest.remove_prefix(n);
        total += nanoseconds / 1000;
      }
    }
  }
  if (!rest.empty()) {
    return unmatched();
  }
  total = negative ? -total : total;
  if (from->year_month) {
    if (total > INT32_MAX || total < INT32_MIN) {
      return Overflow(input, Span(value_at));
    }
    return Literal(type::YearMonthInterval(from->field, to->field),
                   type::Value::Int(static_cast<int64_t>(total)), first);
  }
  if (total > INT64_MAX || total < INT64_MIN) {
    return Overflow(input, Span(value_at));
  }
  return Literal(type::DayTimeInterval(from->field, to->field),
                 type::Value::Int(static_cast<int64_t>(total)), first);
}

}  // namespace emery::sql
