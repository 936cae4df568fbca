// Operands: literals, names, calls, parentheses, and the functions with a syntax of their own.
#include <string>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

}  // namespace

Result<ExpressionPtr> Parser::ParsePrimary() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  const size_t first = at_;
  switch (Peek().kind) {
    case TokenKind::kLeftParen:
      return ParseParenthesised();
    case TokenKind::kString: {
      ARROW_ASSIGN_OR_RAISE(std::string value, String());
      return StringLiteral(std::move(value), first);
    }
    case TokenKind::kMinus:
      Advance();
      return ParseNumber(first, true);
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kExponent:
    case TokenKind::kTinyint:
    case TokenKind::kSmallint:
    case TokenKind::kBigint:
    case TokenKind::kFloat:
    case TokenKind::kDouble:
    case TokenKind::kBigDecimal:
      return ParseNumber(first, false);
    case TokenKind::kStar:
      Advance();
      return ParseStarWithExcept({}, first);
    case TokenKind::kQuestion:
    case TokenKind::kColon:
      return ParseParameter();
    case TokenKind::kQuotedName:
      return ParseNameOrCall();
    case TokenKind::kWord: {
      bool found = true;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseWordPrimary(&found));
      if (found) {
        return e;
      }
      return ParseNameOrCall();
    }
    default:
      return SyntaxError();
  }
}

// Looks at the arguments of the call that the current word begins, not into parentheses within
// them.
size_t Parser::CountInCall(bool (*matches)(const Token&)) const {
  const int32_t close = Peek(1).match;
  size_t count = 0;
  for (size_t i = at_ + 2; close >= 0 && i < static_cast<size_t>(close); ++i) {
    const Token& token = TokenAt(i);
    count += matches(token) ? 1 : 0;
    if (token.kind == TokenKind::kLeftParen && token.match >= 0) {
      i = token.match;
    }
  }
  return count;
}

bool Parser::CallHas(Keyword keyword) const {
  switch (keyword) {
    case kIn:
      return CountInCall([](const Token& t) { return t.keyword == kIn; }) > 0;
    case kFrom: {
      // IS [NOT] DISTINCT FROM has a FROM of its own.
      const size_t all = CountInCall([](const Token& t) { return t.keyword == kFrom; });
      return all > CountInCall([](const Token& t) {
               return t.keyword == kFrom && (&t - 1)->keyword == kDistinct;
             });
    }
    default:
      return CountInCall([](const Token& t) { return t.keyword == kPlacing; }) > 0;
  }
}

// What begins with a keyword. `*found` is false, and nothing taken, where the word is a plain name.
Result<ExpressionPtr> Parser::ParseWordPrimary(bool* found) {
  const size_t first = at_;
  const bool call = At(TokenKind::kLeftParen, 1);
  switch (Peek().keyword) {
    case kNull:
      if (call || At(TokenKind::kDot, 1)) {
        break;
      }
      Advance();
      return Literal(type::Null(), type::Value(), first);
    case kTrue:
    case kFalse:
      if (call || At(TokenKind::kDot, 1)) {
        break;
      }
      Advance();
      return Literal(type::Boolean(), type::Value::Bool(TokenAt(first).keyword == kTrue), first);
    case kCase:
      if (StartsExpression(1) && !At(kFrom, 1) && !At(kAs, 1) && !At(TokenKind::kStar, 1)) {
        return ParseCase();
      }
      break;
    case kCast:
    case kTryCast:
      if (call) {
        return ParseCast();
      }
      break;
    case kStruct:
      if (call) {
        return ParseStruct();
      }
      break;
    case kIdentifier:
      if (call) {
        return ParseIdentifierClause();
      }
      break;
    case kExtract:
      if (call && AtIdentifier(2) && At(kFrom, 3)) {
        return ParseExtract();
      }
      break;
    case kPosition:
      if (call && CallHas(kIn)) {
        return ParsePosition();
      }
      break;
    case kSubstr:
    case kSubstring:
      if (call && CallHas(kFrom)) {
        return ParseSubstring();
      }
      break;
    case kTrim:
      if (call && CallHas(kFrom)) {
        return ParseTrim();
      }
      break;
    case kOverlay:
      if (call && CallHas(kPlacing)) {
        return ParseOverlay();
      }
      break;
    case kTimestampadd:
    case kDateadd:
    case kDateAdd:
    case kTimestampdiff:
    case kDatediff:
    case kDateDiff:
    case kTimediff:
      if (call && (AtDatetimeUnit(2) || AtString(2)) && At(TokenKind::kComma, 3)) {
        // With three arguments the first is a unit; with two they are plain functions of that name.
        if (CountInCall([](const Token& t) { return t.kind == TokenKind::kComma; }) == 2) {
          return ParseTimestampAddOrDiff();
        }
      }
      break;
    case kCurrentDate:
    case kCurrentTimestamp:
    case kCurrentUser:
    case kCurrentTime:
      if (!call && !At(TokenKind::kDot, 1) && !At(TokenKind::kArrow, 1)) {
        Advance();
        return Function(Lower(Text(TokenAt(first))), {}, first);
      }
      break;
    case kUser:
    case kSessionUser:
      if (!call && options_.enforce_reserved_keywords) {
        Advance();
        return Function(Lower(Text(TokenAt(first))), {}, first);
      }
      break;
    case kDefault:
      if (default_allowed_ &&
          (At(TokenKind::kComma, 1) || At(TokenKind::kRightParen, 1) || At(TokenKind::kEnd, 1) ||
           At(TokenKind::kSemicolon, 1) || At(kWhere, 1) || At(kWhen, 1) || At(kFrom, 1))) {
        Advance();
        return ExpressionPtr(Finish(std::make_shared<plan::DefaultValue>(), first));
      }
      break;
    case kInterval:
      if (AtInterval()) {
        return ParseInterval();
      }
      break;
    default:
      break;
  }
  if (AtString(1)) {
    bool typed = true;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseTypedLiteral(&typed));
    if (typed) {
      return e;
    }
  }
  *found = false;
  return ExpressionPtr();
}

Result<ExpressionPtr> Parser::ParseNameOrCall() {
  const size_t first = at_;
  if (At(TokenKind::kArrow, 1)) {
    return ParseLambda();
  }
  if (!AtIdentifier()) {
    // Reserved words that are function names as well.
    if (!((At(kLeft) || At(kRight) || At(kFilter)) && At(TokenKind::kLeftParen, 1))) {
      return SyntaxError();
    }
    Name name = {IdentifierText(Peek())};
    Advance();
    return ParseCall(std::move(name), nullptr, first);
  }
  Name parts;
  while (true) {
    std::string part;
    if (!parts.empty() && At(kIdentifier) && At(TokenKind::kLeftParen, 1)) {
      part = IdentifierText(Peek());  // t.IDENTIFIER(…) is a call, as in Spark
      Advance();
    } else {
      ARROW_ASSIGN_OR_RAISE(part, Identifier());
    }
    parts.push_back(std::move(part));
    if (!At(TokenKind::kDot)) {
      break;
    }
    if (At(TokenKind::kStar, 1)) {
      Advance();
      Advance();
      return ParseStarWithExcept(std::move(parts), first);
    }
    Advance();
  }
  if (At(TokenKind::kLeftParen)) {
    return ParseCall(std::move(parts), nullptr, first);
  }
  auto column = std::make_shared<plan::UnresolvedColumn>();
  column->parts = std::move(parts);
  return ExpressionPtr(Finish(std::move(column), first));
}

Result<ExpressionPtr> Parser::ParseStarWithExcept(Name qualifier, size_t first) {
  auto star = std::make_shared<plan::UnresolvedStar>();
  star->qualifier = std::move(qualifier);
  if (At(kExcept) && At(TokenKind::kLeftParen, 1) && !AtQueryInParens(1)) {
    Advance();
    Advance();
    ARROW_ASSIGN_OR_RAISE(star->except, MultipartNames());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  return ExpressionPtr(Finish(std::move(star), first));
}

// The current token is the parenthesis behind the name.
Result<ExpressionPtr> Parser::ParseCall(Name name, ExpressionPtr identifier, size_t first) {
  auto e = std::make_shared<plan::UnresolvedFunction>();
  const bool takes_nulls_inside =
      name.size() == 1 &&
      (Lower(name[0]) == "first" || Lower(name[0]) == "last" || Lower(name[0]) == "any_value");
  e->name = std::move(name);
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  if (!At(TokenKind::kRightParen)) {
    if (At(kDistinct) && StartsExpression(1)) {
      Advance();
      e->distinct = true;
    } else if (At(kAll) && StartsExpression(1) && !At(TokenKind::kLeftParen, 1)) {
      Advance();
    }
    do {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr argument, ParseArgument());
      e->children.push_back(std::move(argument));
    } while (Accept(TokenKind::kComma));
    if (takes_nulls_inside && e->children.size() == 1 && Accept(kIgnore, kNulls)) {
      e->ignore_nulls = true;
    }
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  if (At(kWithin) && At(kGroup, 1)) {
    Advance();
    Advance();
    ARROW_RETURN_NOT_OK(ExpectLeftParen());
    ARROW_RETURN_NOT_OK(Expect(kOrder));
    ARROW_RETURN_NOT_OK(Expect(kBy));
    ARROW_ASSIGN_OR_RAISE(e->within_group, ParseSortItems());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  if (At(kFilter) && At(TokenKind::kLeftParen, 1) && At(kWhere, 2)) {
    at_ += 3;
    ARROW_ASSIGN_OR_RAISE(e->filter, ParseExpression());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  if ((At(kIgnore) || At(kRespect)) && At(kNulls, 1)) {
    e->ignore_nulls = At(kIgnore);
    at_ += 2;
  }
  ExpressionPtr result;
  if (identifier != nullptr) {
    if (e->distinct || e->filter != nullptr || !e->within_group.empty() || e->ignore_nulls) {
      return NotSupported("DISTINCT, FILTER and NULLS options of IDENTIFIER(…)(…)", first);
    }
    auto clause = std::make_shared<plan::IdentifierClause>();
    clause->is_call = true;
    clause->children = e->children;
    clause->children.insert(clause->children.begin(), std::move(identifier));
    result = Finish(std::move(clause), first);
  } else {
    result = Finish(std::move(e), first);
  }
  if (At(kOver) && (At(TokenKind::kLeftParen, 1) || AtIdentifier(1))) {
    Advance();
    auto window = std::make_shared<plan::UnresolvedWindow>();
    ARROW_ASSIGN_OR_RAISE(window->spec, ParseWindowSpec());
    window->children = {std::move(result)};
    result = Finish(std::move(window), first);
  }
  return result;
}

Result<ExpressionPtr> Parser::ParseArgument() {
  const size_t first = at_;
  if (AtIdentifier() && At(TokenKind::kFatArrow, 1)) {
    auto named = std::make_shared<plan::NamedArgument>();
    ARROW_ASSIGN_OR_RAISE(named->name, Identifier());
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression());
    named->children = {std::move(value)};
    return ExpressionPtr(Finish(std::move(named), first));
  }
  return ParseExpression();
}

// x -> body, or (x, y) -> body.
Result<ExpressionPtr> Parser::ParseLambda() {
  const size_t first = at_;
  auto lambda = std::make_shared<plan::Lambda>();
  if (Accept(TokenKind::kLeftParen)) {
    do {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
      lambda->parameter_names.push_back(std::move(name));
    } while (Accept(TokenKind::kComma));
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  } else {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    lambda->parameter_names.push_back(std::move(name));
  }
  ARROW_RETURN_NOT_OK(Expect(TokenKind::kArrow));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr body, ParseExpression());
  lambda->children = {std::move(body)};
  return ExpressionPtr(Finish(std::move(lambda), first));
}

Result<PlanPtr> Parser::ParseQueryInParens() {
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQuery());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return query;
}

// A subquery, a lambda's parameters, a row value, or an expression.
Result<ExpressionPtr> Parser::ParseParenthesised() {
  const size_t first = at_;
  if (AtQueryInParens()) {
    auto e = std::make_shared<plan::UnresolvedSubquery>();
    ARROW_ASSIGN_OR_RAISE(e->plan, ParseQueryInParens());
    return ExpressionPtr(Finish(std::move(e), first));
  }
  const int32_t close = Peek().match;
  if (close >= 0 && TokenAt(close + 1).kind == TokenKind::kArrow) {
    return ParseLambda();
  }
  Advance();
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseNamedExpression());
  if (Accept(TokenKind::kComma)) {
    ARROW_ASSIGN_OR_RAISE(ExpressionList rest, ParseNamedExpressions());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    rest.insert(rest.begin(), std::move(e));
    return Operator("struct", std::move(rest), first);
  }
  if (e->kind == plan::ExpressionKind::kAlias ||
      e->kind == plan::ExpressionKind::kUnresolvedAlias) {
    return SyntaxError();
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return e;
}

Result<ExpressionPtr> Parser::ParseCase() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  const size_t first = at_;
  Advance();
  ExpressionPtr value;
  if (!At(kWhen)) {
    ARROW_ASSIGN_OR_RAISE(value, ParseExpression());
  }
  auto e = std::make_shared<plan::Case>();
  do {
    const size_t when_at = at_;
    ARROW_RETURN_NOT_OK(Expect(kWhen));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr when, ParseExpression());
    if (value != nullptr) {
      when = Operator("=", {value, std::move(when)}, when_at + 1);
    }
    ARROW_RETURN_NOT_OK(Expect(kThen));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr then, ParseExpression());
    e->children.push_back(std::move(when));
    e->children.push_back(std::move(then));
  } while (At(kWhen));
  if (Accept(kElse)) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr otherwise, ParseExpression());
    e->children.push_back(std::move(otherwise));
  }
  ARROW_RETURN_NOT_OK(Expect(kEnd));
  return ExpressionPtr(Finish(std::move(e), first));
}

Result<ExpressionPtr> Parser::ParseCast() {
  const size_t first = at_;
  auto cast = std::make_shared<plan::Cast>();
  cast->mode = At(kTryCast)    ? plan::EvalMode::kTry
               : options_.ansi ? plan::EvalMode::kAnsi
                               : plan::EvalMode::kLegacy;
  Advance();
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr child, ParseExpression());
  ARROW_RETURN_NOT_OK(Expect(kAs));
  ARROW_ASSIGN_OR_RAISE(type::TypePtr type, ParseType());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  cast->type = type::ReplaceCharVarchar(type);
  cast->children = {std::move(child)};
  return ExpressionPtr(Finish(std::move(cast), first));
}

Result<ExpressionPtr> Parser::ParseStruct() {
  const size_t first = at_;
  Advance();
  Advance();
  ExpressionList fields;
  if (!At(TokenKind::kRightParen)) {
    ARROW_ASSIGN_OR_RAISE(fields, ParseNamedExpressions());
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Function("struct", std::move(fields), first);
}

// IDENTIFIER(expression) as a column's or function's name; a literal string is read at once.
Result<ExpressionPtr> Parser::ParseIdentifierClause() {
  const size_t first = at_;
  Advance();
  Advance();
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr name, ParseExpression());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  const auto* literal = plan::As<plan::Literal>(name);
  if (literal != nullptr && std::holds_alternative<std::string>(literal->value.payload())) {
    ARROW_ASSIGN_OR_RAISE(Name parts, SplitName(literal->value.string(), first));
    while (At(TokenKind::kDot) && AtIdentifier(1)) {
      Advance();
      ARROW_ASSIGN_OR_RAISE(std::string part, Identifier());
      parts.push_back(std::move(part));
    }
    if (At(TokenKind::kDot) && At(TokenKind::kStar, 1)) {
      Advance();
      Advance();
      return ParseStarWithExcept(std::move(parts), first);
    }
    if (At(TokenKind::kLeftParen)) {
      return ParseCall(std::move(parts), nullptr, first);
    }
    auto column = std::make_shared<plan::UnresolvedColumn>();
    column->parts = std::move(parts);
    return ExpressionPtr(Finish(std::move(column), first));
  }
  if (At(TokenKind::kLeftParen)) {
    return ParseCall({}, std::move(name), first);
  }
  auto clause = std::make_shared<plan::IdentifierClause>();
  clause->children = {std::move(name)};
  return ExpressionPtr(Finish(std::move(clause), first));
}

// ---- functions with a syntax of their own
// ----------------------------------------------------------------

Result<ExpressionPtr> Parser::ParseExtract() {
  const size_t first = at_;
  at_ += 2;
  const size_t field_at = at_;
  ARROW_ASSIGN_OR_RAISE(std::string field, Identifier());
  ExpressionPtr unit = StringLiteral(std::move(field), field_at);
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr source, ParseValue());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Function("extract", {std::move(unit), std::move(source)}, first);
}

// POSITION(a IN b) is locate(a, b, 1).
Result<ExpressionPtr> Parser::ParsePosition() {
  const size_t first = at_;
  at_ += 2;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr needle, ParseValue());
  ARROW_RETURN_NOT_OK(Expect(kIn));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr text, ParseValue());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  ExpressionPtr start = Literal(type::Int(), type::Value::Int(1), first);
  return Function("locate", {std::move(needle), std::move(text), std::move(start)}, first);
}

// SUBSTRING(a FROM b [FOR c]).
Result<ExpressionPtr> Parser::ParseSubstring() {
  const size_t first = at_;
  at_ += 2;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr text, ParseValue());
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr start, ParseValue());
  ExpressionPtr length;
  if (Accept(kFor) || Accept(TokenKind::kComma)) {
    ARROW_ASSIGN_OR_RAISE(length, ParseValue());
  } else {
    length = Literal(type::Int(), type::Value::Int(INT32_MAX), first);
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Function("substring", {std::move(text), std::move(start), std::move(length)}, first);
}

// TRIM([BOTH | LEADING | TRAILING] [a] FROM b): trim, ltrim or rtrim with the arguments a, b.
Result<ExpressionPtr> Parser::ParseTrim() {
  const size_t first = at_;
  at_ += 2;
  std::string name = "trim";
  if ((At(kBoth) || At(kLeading) || At(kTrailing)) && StartsExpression(1)) {
    name = At(kLeading) ? "ltrim" : At(kTrailing) ? "rtrim" : "trim";
    Advance();
  }
  ExpressionPtr characters;
  if (!(At(kFrom) && StartsExpression(1)) && StartsExpression(0)) {
    ARROW_ASSIGN_OR_RAISE(characters, ParseValue());
  }
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr text, ParseValue());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  ExpressionList arguments;
  if (characters != nullptr) {
    arguments.push_back(std::move(characters));
  }
  arguments.push_back(std::move(text));
  return Function(std::move(name), std::move(arguments), first);
}

Result<ExpressionPtr> Parser::ParseOverlay() {
  const size_t first = at_;
  at_ += 2;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr input, ParseValue());
  ARROW_RETURN_NOT_OK(Expect(kPlacing));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr replacement, ParseValue());
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr start, ParseValue());
  ExpressionPtr length;
  if (Accept(kFor)) {
    ARROW_ASSIGN_OR_RAISE(length, ParseValue());
  } else {
    length = Literal(type::Int(), type::Value::Int(-1), first);
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Function("overlay",
                  {std::move(input), std::move(replacement), std::move(start), std::move(length)},
                  first);
}

bool Parser::AtDatetimeUnit(size_t ahead) const {
  switch (Peek(ahead).keyword) {
    case kYear:
    case kQuarter:
    case kMonth:
    case kWeek:
    case kDay:
    case kDayofyear:
    case kHour:
    case kMinute:
    case kSecond:
    case kMillisecond:
    case kMicrosecond:
      return Peek(ahead).kind == TokenKind::kWord;
    default:
      return false;
  }
}

Result<ExpressionPtr> Parser::ParseTimestampAddOrDiff() {
  const size_t first = at_;
  const Keyword keyword = Peek().keyword;
  const bool add = keyword == kTimestampadd || keyword == kDateadd || keyword == kDateAdd;
  const std::string written(Text(Peek()));
  at_ += 2;
  if (AtString()) {
    const std::string unit(Text(Peek()));
    return base::UserError(
        "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
        "The value of parameter(s) `unit` in `" + written +
            "` is invalid: expects one of the units without quotes YEAR, "
            "QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, "
            "MILLISECOND, MICROSECOND, but got the string literal " +
            unit + ".",
        {{"functionName", "`" + written + "`"}, {"parameter", "`unit`"}, {"invalidValue", unit}},
        Span(first));
  }
  const size_t unit_at = at_;
  const std::string unit = Lower(Text(Peek()));
  Advance();
  std::string upper = unit;
  for (char& c : upper) {
    c = static_cast<char>(c - 'a' + 'A');
  }
  ExpressionPtr unit_literal = StringLiteral(std::move(upper), unit_at);
  ARROW_RETURN_NOT_OK(Expect(TokenKind::kComma));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr a, ParseValue());
  ARROW_RETURN_NOT_OK(Expect(TokenKind::kComma));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr b, ParseValue());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Function(add ? "timestampadd" : "timestampdiff",
                  {std::move(unit_literal), std::move(a), std::move(b)}, first);
}

}  // namespace emery::sql
