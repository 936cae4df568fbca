// Data types.
#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

std::string UpperOf(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return upper;
}

}  // namespace

// '>' may be the first half of '>>', '>>>', '>=' …: then the rest stays.
Status Parser::ExpectCloseAngle() {
  Token& token = tokens_[at_];
  switch (token.kind) {
    case TokenKind::kGreater:
      Advance();
      return Status::OK();
    case TokenKind::kShiftRight:
      token.kind = TokenKind::kGreater;
      break;
    case TokenKind::kShiftRightUnsigned:
      token.kind = TokenKind::kShiftRight;
      break;
    case TokenKind::kGreaterEqual:
      if (Text(token) != ">=") {
        return SyntaxError();
      }
      token.kind = TokenKind::kEqual;
      break;
    default:
      return SyntaxError();
  }
  ++token.begin;
  ++token.column;
  return Status::OK();
}

Result<type::TypePtr> Parser::ParseType() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  const size_t first = at_;
  const auto incomplete = [&](const std::string& name, const std::string& example) {
    return base::UserError("INCOMPLETE_TYPE_DEFINITION." + name,
                           "Incomplete complex type: The definition of \"" + name +
                               "\" type is incomplete. For example: \"" + example + "\".",
                           {}, Span(first));
  };
  if (At(kArray)) {
    Advance();
    if (!Accept(TokenKind::kLess)) {
      return incomplete("ARRAY", "ARRAY<INT>");
    }
    ARROW_ASSIGN_OR_RAISE(type::TypePtr element, ParseType());
    ARROW_RETURN_NOT_OK(ExpectCloseAngle());
    return type::Array(std::move(element));
  }
  if (At(kMap)) {
    Advance();
    if (!Accept(TokenKind::kLess)) {
      return incomplete("MAP", "MAP<TIMESTAMP, INT>");
    }
    ARROW_ASSIGN_OR_RAISE(type::TypePtr key, ParseType());
    ARROW_RETURN_NOT_OK(Expect(TokenKind::kComma));
    ARROW_ASSIGN_OR_RAISE(type::TypePtr value, ParseType());
    ARROW_RETURN_NOT_OK(ExpectCloseAngle());
    return type::Map(std::move(key), std::move(value));
  }
  if (At(kStruct)) {
    Advance();
    if (At(TokenKind::kNotEqual) && Text(Peek()) == "<>") {
      Advance();
      return type::Struct({});
    }
    if (!Accept(TokenKind::kLess)) {
      return incomplete("STRUCT", "STRUCT<name: STRING, age: INT>");
    }
    std::vector<type::Field> fields;
    if (!At(TokenKind::kGreater)) {
      ARROW_ASSIGN_OR_RAISE(fields, ParseStructFields());
    }
    ARROW_RETURN_NOT_OK(ExpectCloseAngle());
    return type::Struct(std::move(fields));
  }
  return ParsePrimitiveType();
}

Result<std::vector<type::Field>> Parser::ParseStructFields() {
  std::vector<type::Field> fields;
  do {
    ARROW_ASSIGN_OR_RAISE(type::Field field, ParseColumn(true));
    fields.push_back(std::move(field));
  } while (Accept(TokenKind::kComma));
  return fields;
}

// name[:] type [NOT NULL] [COMMENT '…']
Result<type::Field> Parser::ParseColumn(bool colon) {
  type::Field field;
  ARROW_ASSIGN_OR_RAISE(field.name, CheckedIdentifier());
  if (colon) {
    Accept(TokenKind::kColon);
  }
  ARROW_ASSIGN_OR_RAISE(field.type, ParseType());
  if ((At(kNot) || At(TokenKind::kBang)) && At(kNull, 1)) {
    at_ += 2;
    field.nullable = false;
  }
  if (Accept(kComment)) {
    ARROW_ASSIGN_OR_RAISE(field.comment, String());
  }
  return field;
}

Result<std::vector<int64_t>> Parser::TypeArguments(size_t max) {
  std::vector<int64_t> arguments;
  if (!At(TokenKind::kLeftParen)) {
    return arguments;
  }
  Advance();
  do {
    if (arguments.size() == max) {
      return SyntaxError();
    }
    ARROW_ASSIGN_OR_RAISE(int64_t argument, Integer());
    arguments.push_back(argument);
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return arguments;
}

Result<type::TypePtr> Parser::ParsePrimitiveType() {
  const size_t first = at_;
  if (!AtIdentifier()) {
    return SyntaxError();
  }
  const Keyword keyword = At(TokenKind::kWord) ? Peek().keyword : kNone;
  const std::string name = UpperOf(IdentifierText(Peek()));
  Advance();
  switch (keyword) {
    case kBoolean:
      return type::Boolean();
    case kTinyint:
    case kByte:
      return type::Byte();
    case kSmallint:
    case kShort:
      return type::Short();
    case kInt:
    case kInteger:
      return type::Int();
    case kBigint:
    case kLong:
      return type::Long();
    case kFloat:
    case kReal:
      return type::Float();
    case kDouble:
      return type::Double();
    case kBinary:
      return type::Binary();
    case kDate:
      return type::Date();
    case kVoid:
      return type::Null();
    case kTimestampLtz:
      return type::Timestamp();
    case kTimestampNtz:
      return type::TimestampNtz();
    case kTimestamp:
      if (At(kWithout) && At(kTime, 1) && At(kZone, 2)) {
        at_ += 3;
        return type::TimestampNtz();
      }
      return options_.timestamp_ntz ? type::TimestampNtz() : type::Timestamp();
    case kString:
      if (Accept(kCollate)) {
        ARROW_ASSIGN_OR_RAISE(Name collation, MultipartName());
        if (UpperOf(collation.back()) != "UTF8_BINARY") {
          return NotSupported("the collation " + collation.back(), first);
        }
      }
      return type::String();
    case kChar:
    case kCharacter:
    case kVarchar: {
      ARROW_ASSIGN_OR_RAISE(std::vector<int64_t> arguments, TypeArguments(1));
      if (arguments.empty()) {
        return base::UserError("DATATYPE_MISSING_SIZE",
                               "DataType \"" + name +
                                   "\" requires a length parameter, for example \"" + name +
                                   "\"(10). Please specify the length.",
                               {{"type", "\"" + name + "\""}}, Span(first));
      }
      if (arguments[0] > INT32_MAX) {
        return base::UserError("UNSUPPORTED_DATATYPE",
                               "The length of " + name + " must not exceed 2147483647.",
                               {{"typeName", "\"" + TextOf(first, at_) + "\""}}, Span(first));
      }
      const int length = static_cast<int>(arguments[0]);
      return keyword == kVarchar ? type::Varchar(length) : type::Char(length);
    }
    case kDecimal:
    case kDec:
    case kNumeric: {
      ARROW_ASSIGN_OR_RAISE(std::vector<int64_t> arguments, TypeArguments(2));
      const int64_t precision = arguments.empty() ? 10 : arguments[0];
      const int64_t scale = arguments.size() < 2 ? 0 : arguments[1];
      if (precision > 38) {
        return base::UserError(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            "Decimal precision " + std::to_string(precision) + " exceeds max precision 38.",
            {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}}, Span(first));
      }
      if (scale > precision) {
        return base::UserError(
            "_LEGACY_ERROR_TEMP_1228",
            "Decimal scale (" + std::to_string(scale) + ") cannot be greater than precision (" +
                std::to_string(precision) + ").",
            {{"scale", std::to_string(scale)}, {"precision", std::to_string(precision)}},
            Span(first));
      }
      if (precision < 1) {
        return NotSupported("DECIMAL of precision 0", first);
      }
      return type::Decimal(static_cast<int>(precision), static_cast<int>(scale));
    }
    case kInterval:
      return ParseIntervalType(first);
    case kTime:
    case kVariant:
    case kGeography:
    case kGeometry: {
      if (At(TokenKind::kLeftParen) && Peek().match >= 0) {
        at_ = Peek().match + 1;
      }
      return NotSupported("the data type " + name, first);
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(std::vector<int64_t> arguments, TypeArguments(16));
      std::string written = name;
      for (size_t i = 0; i < arguments.size(); ++i) {
        written += (i == 0 ? "(" : ",") + std::to_string(arguments[i]);
      }
      written += arguments.empty() ? "" : ")";
      return base::UserError("UNSUPPORTED_DATATYPE", "Unsupported data type \"" + written + "\".",
                             {{"typeName", "\"" + written + "\""}}, Span(first));
    }
  }
}

// Behind INTERVAL: nothing, one field, or field TO field.
Result<type::TypePtr> Parser::ParseIntervalType(size_t first) {
  using type::IntervalField;

  struct Named {
    bool year_month;
    IntervalField field;
  };

  const auto field = [&]() -> std::optional<Named> {
    switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
      case kYear:
        return Named{true, IntervalField::kYear};
      case kMonth:
        return Named{true, IntervalField::kMonth};
      case kDay:
        return Named{false, IntervalField::kDay};
      case kHour:
        return Named{false, IntervalField::kHour};
      case kMinute:
        return Named{false, IntervalField::kMinute};
      case kSecond:
        return Named{false, IntervalField::kSecond};
      default:
        return std::nullopt;
    }
  };
  const std::optional<Named> start = field();
  if (!start.has_value()) {
    return type::CalendarIntervalType();
  }
  Advance();
  std::optional<Named> end = start;
  if (Accept(kTo)) {
    end = field();
    if (!end.has_value() || end->year_month != start->year_month) {
      return SyntaxError();
    }
    Advance();
    if (end->field <= start->field) {
      return base::UserError("INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION",
                             "Intervals from " + std::string(Text(TokenAt(first + 1))) + " to " +
                                 std::string(Text(TokenAt(first + 3))) + " are not supported.",
                             {{"from", std::string(Text(TokenAt(first + 1)))},
                              {"to", std::string(Text(TokenAt(first + 3)))}},
                             Span(first));
    }
  }
  return start->year_month ? type::YearMonthInterval(start->field, end->field)
                           : type::DayTimeInterval(start->field, end->field);
}

}  // namespace emery::sql
