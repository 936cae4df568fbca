// Literals but intervals: strings, numbers, typed literals, parameters.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "sql/parser_internal.h"
#include "type/text.h"
#include "type/time_zone.h"

namespace emery::sql {

namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return upper;
}

// A decimal as written: digits without leading zeros, and how many of them lie behind the point.
struct DecimalText {
  std::string digits;
  int64_t scale = 0;
};

DecimalText ReadDecimal(std::string_view text) {
  DecimalText decimal;
  bool point = false;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    if (!decimal.digits.empty() || text[i] != '0') {
      decimal.digits.push_back(text[i]);
    }
    decimal.scale += point ? 1 : 0;
  }
  if (i < text.size()) {
    int64_t exponent = 0;
    std::string_view rest = text.substr(i + 1);
    if (!rest.empty() && rest[0] == '+') {
      rest.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || exponent > 100000 || exponent < -100000) {
      exponent = rest[0] == '-' ? -100000 : 100000;
    }
    decimal.scale -= exponent;
  }
  // 10^n has digits of its own; a huge exponent is out of range anyway.
  for (; decimal.scale < 0 && decimal.digits.size() < 100; ++decimal.scale) {
    if (decimal.digits.empty()) {
      decimal.scale = 0;
      break;
    }
    decimal.digits.push_back('0');
  }
  return decimal;
}

type::int128_t ToInt128(std::string_view digits) {
  type::int128_t value = 0;
  for (const char c : digits) {
    value = value * 10 + (c - '0');
  }
  return value;
}

// epoch, now, today, tomorrow, yesterday, with or without a zone behind: they depend on the
// session.
bool IsSpecialDatetime(std::string_view text) {
  const std::string upper = Upper(text);
  size_t begin = 0;
  while (begin < upper.size() && static_cast<unsigned char>(upper[begin]) <= ' ') {
    ++begin;
  }
  const std::string_view rest = std::string_view(upper).substr(begin);
  for (const std::string_view word : {"EPOCH", "NOW", "TODAY", "TOMORROW", "YESTERDAY"}) {
    if (rest.substr(0, word.size()) == word &&
        (rest.size() == word.size() || static_cast<unsigned char>(rest[word.size()]) <= ' ')) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool Parser::AtNumber(size_t ahead) const {
  const TokenKind kind = Peek(ahead).kind;
  return kind >= TokenKind::kInteger && kind <= TokenKind::kBigDecimal;
}

Result<std::string> Parser::String() {
  if (!AtString()) {
    return SyntaxError();
  }
  std::string value;
  while (AtString()) {
    value += UnquoteString(Text(Peek()), options_.escaped_string_literals);
    Advance();
  }
  return value;
}

Result<std::optional<std::string>> Parser::OptionalString() {
  if (!AtString()) {
    return std::optional<std::string>();
  }
  ARROW_ASSIGN_OR_RAISE(std::string value, String());
  return std::optional<std::string>(std::move(value));
}

/// An integer token, in clauses that take nothing else.
Result<int64_t> Parser::Integer() {
  if (!At(TokenKind::kInteger)) {
    return SyntaxError();
  }
  const std::string_view text = Text(Peek());
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) {
    return SyntaxError();
  }
  Advance();
  return value;
}

// The number at the current token; `first` is the token of its sign, if any.
Result<ExpressionPtr> Parser::ParseNumber(size_t first, bool negative) {
  const Token& token = Peek();
  const TokenKind kind = token.kind;
  std::string_view text = Text(token);
  Advance();
  const size_t suffix =
      kind == TokenKind::kBigDecimal ? 2
      : kind == TokenKind::kInteger || kind == TokenKind::kDecimal || kind == TokenKind::kExponent
          ? 0
          : 1;
  text.remove_suffix(suffix);
  const std::string written = (negative ? "-" : "") + std::string(text);

  const auto out_of_range = [&](std::string min, std::string max, std::string type_name) {
    return base::UserError("INVALID_NUMERIC_LITERAL_RANGE",
                           "Numeric literal " + written + " is outside the valid range for " +
                               type_name + " with minimum value of " + min +
                               " and maximum value of " + max +
                               ". Please adjust the value accordingly.",
                           {{"rawStrippedQualifier", written},
                            {"minValue", min},
                            {"maxValue", max},
                            {"typeName", type_name}},
                           Span(first));
  };

  if (kind == TokenKind::kFloat || kind == TokenKind::kDouble ||
      (kind == TokenKind::kExponent && !options_.exponent_literal_as_decimal)) {
    const std::string digits(text);
    if (kind == TokenKind::kFloat) {
      const float value = std::strtof(digits.c_str(), nullptr);
      if (std::strtod(digits.c_str(), nullptr) > 3.4028234663852886E+38) {
        return out_of_range("-3.4028234663852886E+38", "3.4028234663852886E+38", "float");
      }
      return Literal(type::Float(), type::Value::Float(negative ? -value : value), first);
    }
    const double value = std::strtod(digits.c_str(), nullptr);
    if (std::isinf(value)) {
      return out_of_range("-1.7976931348623157E+308", "1.7976931348623157E+308", "double");
    }
    return Literal(type::Double(), type::Value::Double(negative ? -value : value), first);
  }

  const DecimalText decimal = ReadDecimal(text);
  const bool integral = kind == TokenKind::kInteger || kind == TokenKind::kTinyint ||
                        kind == TokenKind::kSmallint || kind == TokenKind::kBigint;
  if (integral) {
    const bool fits = decimal.digits.size() <= 20;
    type::int128_t value = fits ? ToInt128(decimal.digits) : 0;
    value = negative ? -value : value;
    const auto within = [&](int64_t min, int64_t max) {
      return fits && value >= min && value <= max;
    };
    if (kind == TokenKind::kTinyint) {
      if (!within(INT8_MIN, INT8_MAX)) {
        return out_of_range("-128", "127", "tinyint");
      }
      return Literal(type::Byte(), type::Value::Int(static_cast<int64_t>(value)), first);
    }
    if (kind == TokenKind::kSmallint) {
      if (!within(INT16_MIN, INT16_MAX)) {
        return out_of_range("-32768", "32767", "smallint");
      }
      return Literal(type::Short(), type::Value::Int(static_cast<int64_t>(value)), first);
    }
    if (kind == TokenKind::kBigint) {
      if (!within(INT64_MIN, INT64_MAX)) {
        return out_of_range("-9223372036854775808", "9223372036854775807", "bigint");
      }
      return Literal(type::Long(), type::Value::Int(static_cast<int64_t>(value)), first);
    }
    if (within(INT32_MIN, INT32_MAX)) {
      return Literal(type::Int(), type::Value::Int(static_cast<int64_t>(value)), first);
    }
    if (within(INT64_MIN, INT64_MAX)) {
      return Literal(type::Long(), type::Value::Int(static_cast<int64_t>(value)), first);
    }
  }

  const auto digits = static_cast<int64_t>(decimal.digits.size());
  const int64_t precision = std::max({digits, decimal.scale, int64_t{1}});
  if (decimal.scale < 0 || precision > 38) {
    return base::UserError(
        "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
        "Decimal precision " + std::to_string(precision) + " exceeds max precision 38.",
        {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}}, Span(first));
  }
  const type::int128_t unscaled = ToInt128(decimal.digits);
  return Literal(type::Decimal(static_cast<int>(precision), static_cast<int>(decimal.scale)),
                 type::Value::Decimal(negative ? -unscaled : unscaled), first);
}

// DATE '…', TIMESTAMP '…', X'…', INTERVAL '…'. `*typed` is false, and nothing taken, where the word
// before the string is no type (SELECT a 'x' is then an error elsewhere).
Result<ExpressionPtr> Parser::ParseTypedLiteral(bool* typed) {
  const size_t first = at_;
  const Token& word = Peek();
  *typed = true;
  const std::string type_name = Upper(Text(word));
  const auto value = [&]() {
    Advance();
    std::string text = UnquoteString(Text(Peek()), options_.escaped_string_literals);
    Advance();
    return text;
  };
  const auto invalid = [&](const std::string& text) {
    return base::UserError(
        "INVALID_TYPED_LITERAL",
        "The value of the typed literal \"" + type_name + "\" is invalid: '" + text + "'.",
        {{"valueType", "\"" + type_name + "\""}, {"value", "'" + text + "'"}}, Span(first));
  };
  const auto unresolved = [&](type::TypePtr type, std::string text) {
    auto e = std::make_shared<plan::UnresolvedLiteral>();
    e->type = std::move(type);
    e->text = std::move(text);
    return ExpressionPtr(Finish(std::move(e), first));
  };
  switch (word.keyword) {
    case kDate: {
      std::string text = value();
      if (IsSpecialDatetime(text)) {
        return unresolved(type::Date(), std::move(text));
      }
      const std::optional<int32_t> days = type::ParseDate(text);
      if (!days.has_value()) {
        return invalid(text);
      }
      return Literal(type::Date(), type::Value::Int(*days), first);
    }
    case kTimestamp:
    case kTimestampLtz:
    case kTimestampNtz: {
      const Keyword keyword = word.keyword;
      std::string text = value();
      const bool ntz =
          keyword == kTimestampNtz ||
          (keyword == kTimestamp && options_.timestamp_ntz && !type::TimestampTextHasZone(text));
      // The value depends on the session's zone; whether there is one does not.
      const bool valid = IsSpecialDatetime(text) ||
                         (keyword == kTimestampNtz
                              ? type::ParseTimestampNtz(text, false).has_value()
                              : type::ParseTimestamp(text, *type::TimeZone::Utc(), 0).has_value());
      if (!valid) {
        return invalid(text);
      }
      return unresolved(ntz ? type::TimestampNtz() : type::Timestamp(), std::move(text));
    }
    case kTime:
      Advance();
      Advance();
      return NotSupported("the data type TIME", first);
    case kX: {
      std::string text = value();
      std::string bytes;
      if (text.size() % 2 == 1) {
        text.insert(text.begin(), '0');
      }
      for (size_t i = 0; i < text.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        if (error != std::errc() || end != text.data() + i + 2) {
          return invalid(text);
        }
        bytes.push_back(static_cast<char>(byte));
      }
      return Literal(type::Binary(), type::Value::String(std::move(bytes)), first);
    }
    case kInterval: {
      const std::string text = value();
      return IntervalOfText(text, first);
    }
    default:
      break;
  }
  if (!AtIdentifier()) {
    *typed = false;
    return ExpressionPtr();
  }
  Advance();
  Advance();
  return base::UserError(
      "UNSUPPORTED_TYPED_LITERAL",
      "Literals of the type \"" + type_name +
          "\" are not supported. Supported types are \"DATE\", \"TIMESTAMP_NTZ\", "
          "\"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\".",
      {{"unsupportedType", "\"" + type_name + "\""},
       {"supportedTypes",
        "\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", "
        "\"TIME\""}},
      Span(first));
}

// ? or :name
Result<ExpressionPtr> Parser::ParseParameter() {
  const size_t first = at_;
  auto parameter = std::make_shared<plan::Parameter>();
  if (Accept(TokenKind::kQuestion)) {
    parameter->index = next_parameter_++;
  } else {
    ARROW_RETURN_NOT_OK(Expect(TokenKind::kColon));
    ARROW_ASSIGN_OR_RAISE(parameter->name, Identifier());
  }
  return ExpressionPtr(Finish(std::move(parameter), first));
}

// A literal or parameter, nothing else: partition values.
Result<ExpressionPtr> Parser::ParseConstant() {
  const size_t first = at_;
  if (At(TokenKind::kQuestion) || At(TokenKind::kColon)) {
    return ParseParameter();
  }
  if (AtNumber() || (At(TokenKind::kMinus) && AtNumber(1))) {
    const bool negative = Accept(TokenKind::kMinus);
    return ParseNumber(first, negative);
  }
  if (At(TokenKind::kWord)) {
    const Keyword keyword = Peek().keyword;
    if (keyword == kNull || keyword == kTrue || keyword == kFalse || keyword == kInterval ||
        AtString(1)) {
      bool found = true;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseWordPrimary(&found));
      if (found) {
        return e;
      }
    }
    return SyntaxError();
  }
  ARROW_ASSIGN_OR_RAISE(std::string value, String());
  return StringLiteral(std::move(value), first);
}

}  // namespace emery::sql
