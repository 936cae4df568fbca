// Operators, by precedence, loosest first:
//   OR; AND; NOT; predicates (BETWEEN, IN, LIKE, IS …, once per operand); comparisons; |; ^; &;
//   shifts;
//   + - ||; * / % DIV; unary + - ~; and then what follows an operand (COLLATE, ::, [], .field).
#include <array>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

// Operators of one level make a tree that leans to the left, as deep as it has operands. What works
// on trees recurses, so the depth is limited here too.
constexpr int kChainMax = 4000;

// Of literals, parameters and operators only.
bool IsConstant(const Expression& e) {
  switch (e.kind) {
    case plan::ExpressionKind::kLiteral:
    case plan::ExpressionKind::kUnresolvedLiteral:
    case plan::ExpressionKind::kParameter:
      return true;
    case plan::ExpressionKind::kUnresolvedFunction:
      if (!static_cast<const plan::UnresolvedFunction&>(e).is_operator) {
        return false;
      }
      break;
    case plan::ExpressionKind::kCast:
    case plan::ExpressionKind::kCase:
    case plan::ExpressionKind::kAnd:
    case plan::ExpressionKind::kOr:
    case plan::ExpressionKind::kIn:
      break;
    default:
      return false;
  }
  for (const ExpressionPtr& child : e.children) {
    if (!IsConstant(*child)) {
      return false;
    }
  }
  return true;
}

struct BinaryOperator {
  const char* name;
  int precedence;
};

// Precedence 0 where `token` is no binary operator on values.
BinaryOperator BinaryOf(const Token& token) {
  switch (token.kind) {
    case TokenKind::kStar:
      return {"*", 7};
    case TokenKind::kSlash:
      return {"/", 7};
    case TokenKind::kPercent:
      return {"%", 7};
    case TokenKind::kPlus:
      return {"+", 6};
    case TokenKind::kMinus:
      return {"-", 6};
    case TokenKind::kConcat:
      return {"concat", 6};
    case TokenKind::kShiftLeft:
      return {"<<", 5};
    case TokenKind::kShiftRight:
      return {">>", 5};
    case TokenKind::kShiftRightUnsigned:
      return {">>>", 5};
    case TokenKind::kAmpersand:
      return {"&", 4};
    case TokenKind::kCaret:
      return {"^", 3};
    case TokenKind::kPipe:
      return {"|", 2};
    case TokenKind::kEqual:
      return {"=", 1};
    case TokenKind::kNullSafeEqual:
      return {"<=>", 1};
    case TokenKind::kNotEqual:
      return {"!=", 1};
    case TokenKind::kLess:
      return {"<", 1};
    case TokenKind::kLessEqual:
      return {"<=", 1};
    case TokenKind::kGreater:
      return {">", 1};
    case TokenKind::kGreaterEqual:
      return {">=", 1};
    case TokenKind::kWord:
      return token.keyword == kDiv ? BinaryOperator{"div", 7} : BinaryOperator{"", 0};
    default:
      return {"", 0};
  }
}

}  // namespace

ExpressionPtr Parser::Operator(std::string name, ExpressionList arguments, size_t first) const {
  auto e = std::make_shared<plan::UnresolvedFunction>();
  e->name = {std::move(name)};
  e->children = std::move(arguments);
  e->is_operator = true;
  return Finish(std::move(e), first);
}

ExpressionPtr Parser::Function(std::string name, ExpressionList arguments, size_t first) const {
  auto e = std::make_shared<plan::UnresolvedFunction>();
  e->name = {std::move(name)};
  e->children = std::move(arguments);
  return Finish(std::move(e), first);
}

ExpressionPtr Parser::Negated(bool negate, ExpressionPtr e, size_t first) const {
  return negate ? Operator("not", {std::move(e)}, first) : e;
}

ExpressionPtr Parser::Literal(type::TypePtr type, type::Value value, size_t first) const {
  auto e = std::make_shared<plan::Literal>();
  e->nullable = value.is_null();
  e->type = std::move(type);
  e->value = std::move(value);
  return Finish(std::move(e), first);
}

ExpressionPtr Parser::StringLiteral(std::string value, size_t first) const {
  return Literal(type::String(), type::Value::String(std::move(value)), first);
}

ExpressionPtr Parser::Star(size_t first) const {
  return Finish(std::make_shared<plan::UnresolvedStar>(), first);
}

Result<ExpressionPtr> Parser::ParseExpression() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  return ParseOr();
}

Result<ExpressionPtr> Parser::ParseOr() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseAnd());
  if (!At(kOr) || !StartsExpression(1)) {
    return left;
  }
  auto e = std::make_shared<plan::Or>();
  e->children.push_back(std::move(left));
  while (At(kOr) && StartsExpression(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseAnd());
    e->children.push_back(std::move(right));
  }
  return Finish(std::move(e), first);
}

Result<ExpressionPtr> Parser::ParseAnd() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseNot());
  if (!At(kAnd) || !StartsExpression(1)) {
    return left;
  }
  auto e = std::make_shared<plan::And>();
  e->children.push_back(std::move(left));
  while (At(kAnd) && StartsExpression(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseNot());
    e->children.push_back(std::move(right));
  }
  return Finish(std::move(e), first);
}

Result<ExpressionPtr> Parser::ParseNot() {
  if (At(TokenKind::kBang) || (At(kNot) && StartsExpression(1))) {
    const Nesting nesting(this);
    ARROW_RETURN_NOT_OK(nesting.Check());
    const size_t first = at_;
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr child, ParseNot());
    return Operator("not", {std::move(child)}, first);
  }
  return ParsePredicated();
}

Result<ExpressionPtr> Parser::ParsePredicated() {
  const size_t first = at_;
  ExpressionPtr left;
  if (At(kExists) && AtQueryInParens(1)) {
    Advance();
    auto e = std::make_shared<plan::UnresolvedSubquery>();
    e->subquery_kind = plan::SubqueryKind::kExists;
    ARROW_ASSIGN_OR_RAISE(e->plan, ParseQueryInParens());
    return ExpressionPtr(Finish(std::move(e), first));
  }
  ARROW_ASSIGN_OR_RAISE(left, ParseValue());
  bool found = false;
  return ParsePredicate(std::move(left), first, &found);
}

Result<ExpressionPtr> Parser::ParsePredicate(ExpressionPtr left, size_t first, bool* found) {
  const size_t start = at_;
  *found = true;
  const bool negate =
      (At(kNot) || At(TokenKind::kBang)) &&
      (At(kBetween, 1) || At(kIn, 1) || At(kLike, 1) || At(kIlike, 1) || At(kRlike, 1));
  if (negate) {
    Advance();
  }
  if (At(kBetween) && StartsExpression(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr lower, ParseValue());
    ARROW_RETURN_NOT_OK(Expect(kAnd));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr upper, ParseValue());
    auto e = std::make_shared<plan::And>();
    e->children = {Operator(">=", {left, std::move(lower)}, first),
                   Operator("<=", {left, std::move(upper)}, first)};
    return Negated(negate, Finish(std::move(e), first), first);
  }
  if (At(kIn) && At(TokenKind::kLeftParen, 1)) {
    Advance();
    return ParseIn(std::move(left), first, negate);
  }
  if ((At(kLike) || At(kIlike)) && (StartsExpression(1))) {
    return ParseLike(std::move(left), first, negate);
  }
  if (At(kRlike) && StartsExpression(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr pattern, ParseValue());
    return Negated(negate, Operator("rlike", {std::move(left), std::move(pattern)}, first), first);
  }
  if (At(kIs)) {
    const bool is_not = At(kNot, 1) || At(TokenKind::kBang, 1);
    const size_t word = is_not ? 2 : 1;
    if (At(kNull, word)) {
      at_ += word + 1;
      return Operator(is_not ? "isnotnull" : "isnull", {std::move(left)}, first);
    }
    if (At(kUnknown, word)) {
      at_ += word + 1;
      auto cast = std::make_shared<plan::Cast>();
      cast->children = {std::move(left)};
      cast->type = type::Boolean();
      cast->implicit = true;
      cast->mode = options_.ansi ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy;
      return Operator(is_not ? "isnotnull" : "isnull", {Finish(std::move(cast), first)}, first);
    }
    if (At(kTrue, word) || At(kFalse, word)) {
      const size_t value_at = at_ + word;
      const bool value = At(kTrue, word);
      at_ += word + 1;
      ExpressionPtr literal = Literal(type::Boolean(), type::Value::Bool(value), value_at);
      return Negated(is_not, Operator("<=>", {std::move(left), std::move(literal)}, first), first);
    }
    if (At(kDistinct, word) && At(kFrom, word + 1)) {
      at_ += word + 2;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseValue());
      return Negated(!is_not, Operator("<=>", {std::move(left), std::move(right)}, first), first);
    }
  }
  if (negate) {
    return SyntaxError();
  }
  at_ = start;
  *found = false;
  return left;
}

Result<ExpressionPtr> Parser::ParseIn(ExpressionPtr left, size_t first, bool negate) {
  if (AtQueryInParens()) {
    auto e = std::make_shared<plan::UnresolvedSubquery>();
    e->subquery_kind = plan::SubqueryKind::kIn;
    // (a, b) IN (query) compares column by column.
    const auto* row = plan::As<plan::UnresolvedFunction>(left);
    if (row != nullptr && row->is_operator && row->name.size() == 1 && row->name[0] == "struct") {
      e->children = row->children;
    } else {
      e->children = {std::move(left)};
    }
    ARROW_ASSIGN_OR_RAISE(e->plan, ParseQueryInParens());
    return Negated(negate, Finish(std::move(e), first), first);
  }
  if (At(TokenKind::kRightParen, 1)) {
    return SyntaxError();
  }
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  auto e = std::make_shared<plan::In>();
  ARROW_ASSIGN_OR_RAISE(e->children, ParseExpressions());
  e->children.insert(e->children.begin(), std::move(left));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return Negated(negate, Finish(std::move(e), first), first);
}

// LIKE and ILIKE: one pattern with ESCAPE, or ANY / SOME / ALL of several, which is spelled out
// here.
Result<ExpressionPtr> Parser::ParseLike(ExpressionPtr left, size_t first, bool negate) {
  const size_t predicate_first = negate ? at_ - 1 : at_;
  const std::string name = At(kIlike) ? "ilike" : "like";
  Advance();
  if ((At(kAny) || At(kSome) || At(kAll)) && At(TokenKind::kLeftParen, 1)) {
    const bool all = At(kAll);
    Advance();
    Advance();
    if (At(TokenKind::kRightParen)) {
      Advance();
      return base::UserError("_LEGACY_ERROR_TEMP_0064", "Expected something between '(' and ')'.",
                             {{"msg", "Expected something between '(' and ')'."}},
                             Span(predicate_first));
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionList patterns, ParseExpressions());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    ExpressionList matches;
    for (ExpressionPtr& pattern : patterns) {
      matches.push_back(Negated(negate, Operator(name, {left, std::move(pattern)}, first), first));
    }
    if (matches.size() == 1) {
      return matches[0];
    }
    std::shared_ptr<Expression> e;
    if (all) {
      e = std::make_shared<plan::And>();
    } else {
      e = std::make_shared<plan::Or>();
    }
    e->children = std::move(matches);
    return Finish(std::move(e), first);
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr pattern, ParseValue());
  ExpressionList arguments = {std::move(left), std::move(pattern)};
  if (At(kEscape) && AtString(1)) {
    Advance();
    const size_t escape_at = at_;
    ARROW_ASSIGN_OR_RAISE(std::string escape, String());
    size_t characters = 0;
    for (const char c : escape) {
      characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    }
    if (characters != 1) {
      return base::UserError("INVALID_ESC",
                             "Found an invalid escape string: '" + escape +
                                 "'. The escape string must contain only one character.",
                             {{"invalidEscape", "'" + escape + "'"}}, Span(predicate_first));
    }
    arguments.push_back(StringLiteral(std::move(escape), escape_at));
  }
  return Negated(negate, Operator(name, std::move(arguments), first), first);
}

Result<ExpressionPtr> Parser::ParseValue(int min_precedence) {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr left, ParseUnary());
  int chain = 0;
  while (true) {
    const BinaryOperator binary = BinaryOf(Peek());
    if (binary.precedence == 0 || binary.precedence <= min_precedence) {
      return left;
    }
    if (At(kDiv) && !StartsExpression(1)) {
      return left;
    }
    if (++chain > kChainMax) {
      return TooComplex();
    }
    Advance();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr right, ParseValue(binary.precedence));
    left = Operator(binary.name, {std::move(left), std::move(right)}, first);
  }
}

Result<ExpressionPtr> Parser::ParseUnary() {
  const size_t first = at_;
  const char* name = At(TokenKind::kMinus)   ? "negative"
                     : At(TokenKind::kPlus)  ? "positive"
                     : At(TokenKind::kTilde) ? "~"
                                             : nullptr;
  if (name == nullptr || (At(TokenKind::kMinus) && AtNumber(1))) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParsePrimary());
    return ParsePostfix(std::move(e), first);
  }
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  Advance();
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr child, ParseUnary());
  return Operator(name, {std::move(child)}, first);
}

Result<ExpressionPtr> Parser::ParsePostfix(ExpressionPtr e, size_t first) {
  int chain = 0;
  while (true) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    if (Accept(TokenKind::kDoubleColon)) {
      auto cast = std::make_shared<plan::Cast>();
      cast->mode = options_.ansi ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy;
      ARROW_ASSIGN_OR_RAISE(type::TypePtr type, ParseType());
      cast->type = type::ReplaceCharVarchar(type);
      cast->children = {std::move(e)};
      e = Finish(std::move(cast), first);
    } else if (At(TokenKind::kLeftBracket)) {
      Advance();
      auto extract = std::make_shared<plan::UnresolvedExtract>();
      const Nesting nesting(this);
      ARROW_RETURN_NOT_OK(nesting.Check());
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr index, ParseValue());
      ARROW_RETURN_NOT_OK(Expect(TokenKind::kRightBracket));
      extract->children = {std::move(e), std::move(index)};
      e = Finish(std::move(extract), first);
    } else if (At(TokenKind::kDot)) {
      Advance();
      const size_t name_at = at_;
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
      auto extract = std::make_shared<plan::UnresolvedExtract>();
      extract->is_field = true;
      extract->children = {std::move(e), StringLiteral(std::move(name), name_at)};
      e = Finish(std::move(extract), first);
    } else if (At(kCollate) && AtIdentifier(1)) {
      Advance();
      ARROW_ASSIGN_OR_RAISE(Name collation, MultipartName());
      std::string upper = collation.back();
      for (char& c : upper) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      }
      if (upper != "UTF8_BINARY") {
        return NotSupported("the collation " + collation.back(), first);
      }
    } else if (At(TokenKind::kColon) && (AtIdentifier(1) || At(TokenKind::kLeftBracket, 1))) {
      return NotSupported("reading a field of a VARIANT value with ':'", first);
    } else {
      return e;
    }
  }
}

Result<ExpressionList> Parser::ParseExpressions() {
  ExpressionList expressions;
  do {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
    expressions.push_back(std::move(e));
  } while (Accept(TokenKind::kComma));
  return expressions;
}

Result<ExpressionPtr> Parser::ParseNamedExpression() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
  const bool as = At(kAs) && (AtIdentifier(1) || At(TokenKind::kLeftParen, 1));
  if (as) {
    Advance();
  }
  if (At(TokenKind::kLeftParen) && AtIdentifier(1)) {
    ARROW_ASSIGN_OR_RAISE(std::vector<std::string> names, IdentifierListInParens());
    auto alias = std::make_shared<plan::UnresolvedAlias>();
    alias->names = std::move(names);
    alias->children = {std::move(e)};
    return ExpressionPtr(Finish(std::move(alias), first));
  }
  if (!as && (!AtIdentifier() || AtClause())) {
    return e;
  }
  ARROW_ASSIGN_OR_RAISE(std::string name, CheckedIdentifier());
  auto alias = std::make_shared<plan::Alias>();
  alias->name = std::move(name);
  alias->children = {std::move(e)};
  return ExpressionPtr(Finish(std::move(alias), first));
}

Result<ExpressionList> Parser::ParseNamedExpressions() {
  ExpressionList expressions;
  do {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseNamedExpression());
    expressions.push_back(std::move(e));
  } while (Accept(TokenKind::kComma));
  return expressions;
}

// ---- order and windows
// -----------------------------------------------------------------------------------

Result<SortOrder> Parser::ParseSortItem() {
  SortOrder order;
  ARROW_ASSIGN_OR_RAISE(order.expression, ParseExpression());
  if (Accept(kDesc)) {
    order.ascending = false;
  } else {
    Accept(kAsc);
  }
  order.nulls_first = order.ascending;
  if (At(kNulls) && (At(kFirst, 1) || At(kLast, 1))) {
    Advance();
    order.nulls_first = At(kFirst);
    Advance();
  }
  return order;
}

Result<std::vector<SortOrder>> Parser::ParseSortItems() {
  std::vector<SortOrder> items;
  do {
    ARROW_ASSIGN_OR_RAISE(SortOrder item, ParseSortItem());
    items.push_back(std::move(item));
  } while (Accept(TokenKind::kComma));
  return items;
}

Result<plan::WindowSpec> Parser::ParseWindowSpec() {
  plan::WindowSpec spec;
  if (!At(TokenKind::kLeftParen)) {
    ARROW_ASSIGN_OR_RAISE(spec.base_name, CheckedIdentifier());
    return spec;
  }
  Advance();
  if (AtIdentifier() && At(TokenKind::kRightParen, 1)) {
    ARROW_ASSIGN_OR_RAISE(spec.base_name, Identifier());
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    return spec;
  }
  if (Accept(kCluster, kBy)) {
    ARROW_ASSIGN_OR_RAISE(spec.partition_by, ParseExpressions());
  } else {
    if (Accept(kPartition, kBy) || Accept(kDistribute, kBy)) {
      ARROW_ASSIGN_OR_RAISE(spec.partition_by, ParseExpressions());
    }
    if (Accept(kOrder, kBy) || Accept(kSort, kBy)) {
      ARROW_ASSIGN_OR_RAISE(spec.order_by, ParseSortItems());
    }
  }
  if (At(kRange) || At(kRows)) {
    ARROW_ASSIGN_OR_RAISE(spec.frame, ParseWindowFrame());
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return spec;
}

Result<plan::WindowFrame> Parser::ParseWindowFrame() {
  plan::WindowFrame frame;
  frame.unit = At(kRows) ? plan::FrameUnit::kRows : plan::FrameUnit::kRange;
  Advance();
  if (Accept(kBetween)) {
    ARROW_ASSIGN_OR_RAISE(frame.start, ParseFrameBound());
    ARROW_RETURN_NOT_OK(Expect(kAnd));
    ARROW_ASSIGN_OR_RAISE(frame.end, ParseFrameBound());
  } else {
    ARROW_ASSIGN_OR_RAISE(frame.start, ParseFrameBound());
    frame.end = {plan::BoundKind::kCurrentRow, nullptr};
  }
  return frame;
}

Result<plan::FrameBound> Parser::ParseFrameBound() {
  if (At(kUnbounded) && (At(kPreceding, 1) || At(kFollowing, 1))) {
    const auto kind = At(kPreceding, 1) ? plan::BoundKind::kUnboundedPreceding
                                        : plan::BoundKind::kUnboundedFollowing;
    at_ += 2;
    return plan::FrameBound{kind, nullptr};
  }
  if (Accept(kCurrent, kRow)) {
    return plan::FrameBound{plan::BoundKind::kCurrentRow, nullptr};
  }
  plan::FrameBound bound;
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(bound.offset, ParseExpression());
  if (!At(kPreceding) && !At(kFollowing)) {
    return SyntaxError();
  }
  if (!IsConstant(*bound.offset)) {
    Advance();
    return base::UserError("_LEGACY_ERROR_TEMP_0064", "Frame bound value must be a literal.",
                           {{"msg", "Frame bound value must be a literal."}}, Span(first));
  }
  if (Accept(kPreceding)) {
    bound.kind = plan::BoundKind::kPreceding;
  } else {
    Advance();
    bound.kind = plan::BoundKind::kFollowing;
  }
  return bound;
}

}  // namespace emery::sql
