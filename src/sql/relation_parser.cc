// FROM: tables, joins, table functions, aliases, lateral views, PIVOT, UNPIVOT, samples.
#include <charconv>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

constexpr int kChainMax = 4000;

}  // namespace

// FROM relation, … [LATERAL VIEW …] [PIVOT …] [UNPIVOT …]
Result<PlanPtr> Parser::ParseFrom() {
  ARROW_RETURN_NOT_OK(Expect(kFrom));
  const size_t first = at_;
  PlanPtr left;
  int chain = 0;
  do {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    bool lateral = false;
    ARROW_ASSIGN_OR_RAISE(PlanPtr right, ParseRelation(&lateral));
    if (left == nullptr) {
      left = std::move(right);
      continue;
    }
    auto join = std::make_shared<plan::UnresolvedJoin>();
    join->lateral = lateral;
    join->inputs = {std::move(left), std::move(right)};
    left = Finish(std::move(join), first);
  } while (Accept(TokenKind::kComma));
  while (At(kLateral) && At(kView, 1)) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    ARROW_ASSIGN_OR_RAISE(left, ParseLateralView(std::move(left), first));
  }
  while (AtPivot() || AtUnpivot()) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    if (AtPivot()) {
      ARROW_ASSIGN_OR_RAISE(left, ParsePivot(std::move(left), first));
    } else {
      ARROW_ASSIGN_OR_RAISE(left, ParseUnpivot(std::move(left), first));
    }
  }
  return left;
}

// [LATERAL] primary joins…
Result<PlanPtr> Parser::ParseRelation(bool* lateral) {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  *lateral = At(kLateral) && !At(kView, 1);
  if (*lateral) {
    Advance();
  }
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(PlanPtr primary, ParseRelationPrimary());
  return ParseJoins(std::move(primary), first);
}

bool Parser::AtJoin() const {
  if (!At(TokenKind::kWord)) {
    return false;
  }
  switch (Peek().keyword) {
    case kJoin:
    case kNatural:
      return true;
    case kInner:
    case kCross:
    case kSemi:
    case kAnti:
      return At(kJoin, 1);
    case kLeft:
      return At(kJoin, 1) || At(kOuter, 1) || At(kSemi, 1) || At(kAnti, 1);
    case kRight:
    case kFull:
      return At(kJoin, 1) || At(kOuter, 1);
    default:
      return false;
  }
}

Result<PlanPtr> Parser::ParseJoins(PlanPtr left, size_t first) {
  int chain = 0;
  while (true) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    if (AtPivot()) {
      ARROW_ASSIGN_OR_RAISE(left, ParsePivot(std::move(left), first));
    } else if (AtUnpivot()) {
      ARROW_ASSIGN_OR_RAISE(left, ParseUnpivot(std::move(left), first));
    } else if (AtJoin()) {
      ARROW_ASSIGN_OR_RAISE(left, ParseJoin(std::move(left), first));
    } else {
      return left;
    }
  }
}

Result<PlanPtr> Parser::ParseJoin(PlanPtr left, size_t first) {
  auto join = std::make_shared<plan::UnresolvedJoin>();
  const size_t lateral_at = at_;
  join->natural = Accept(kNatural);
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kInner:
    case kCross:
      Advance();
      break;
    case kSemi:
      Advance();
      join->join_type = plan::JoinType::kLeftSemi;
      break;
    case kAnti:
      Advance();
      join->join_type = plan::JoinType::kLeftAnti;
      break;
    case kLeft:
      Advance();
      if (Accept(kSemi)) {
        join->join_type = plan::JoinType::kLeftSemi;
      } else if (Accept(kAnti)) {
        join->join_type = plan::JoinType::kLeftAnti;
      } else {
        Accept(kOuter);
        join->join_type = plan::JoinType::kLeft;
      }
      break;
    case kRight:
      Advance();
      Accept(kOuter);
      join->join_type = plan::JoinType::kRight;
      break;
    case kFull:
      Advance();
      Accept(kOuter);
      join->join_type = plan::JoinType::kFull;
      break;
    default:
      break;
  }
  ARROW_RETURN_NOT_OK(Expect(kJoin));
  join->lateral = Accept(kLateral);
  ARROW_ASSIGN_OR_RAISE(PlanPtr right, ParseRelationPrimary());
  if (join->lateral && join->join_type != plan::JoinType::kInner &&
      join->join_type != plan::JoinType::kLeft) {
    const char* name = join->join_type == plan::JoinType::kRight      ? "RIGHT OUTER"
                       : join->join_type == plan::JoinType::kFull     ? "FULL OUTER"
                       : join->join_type == plan::JoinType::kLeftSemi ? "LEFT SEMI"
                                                                      : "LEFT ANTI";
    return base::UserError("INVALID_LATERAL_JOIN_TYPE",
                           "The " + std::string(name) +
                               " JOIN with LATERAL correlation is not allowed because an OUTER "
                               "subquery cannot correlate to its join partner. Remove the LATERAL "
                               "correlation or use an INNER JOIN, or LEFT OUTER JOIN instead.",
                           {{"joinType", name}}, Span(lateral_at));
  }
  if (!join->natural) {
    if (Accept(kOn)) {
      ARROW_ASSIGN_OR_RAISE(join->condition, ParseExpression());
    } else if (At(kUsing) && At(TokenKind::kLeftParen, 1)) {
      Advance();
      if (join->lateral) {
        return base::UserError("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING",
                               "The feature is not supported: JOIN USING with LATERAL "
                               "correlation.",
                               {}, Span(lateral_at));
      }
      ARROW_ASSIGN_OR_RAISE(join->using_columns, IdentifierListInParens());
    }
  } else if (join->lateral) {
    return base::UserError("INCOMPATIBLE_JOIN_TYPES",
                           "The join types LATERAL and NATURAL are incompatible.",
                           {{"joinType1", "LATERAL"}, {"joinType2", "NATURAL"}}, Span(lateral_at));
  }
  join->inputs = {std::move(left), std::move(right)};
  return PlanPtr(Finish(std::move(join), first));
}

Result<PlanPtr> Parser::ParseRelationPrimary() {
  const size_t first = at_;
  if (At(TokenKind::kLeftParen)) {
    const Nesting nesting(this);
    ARROW_RETURN_NOT_OK(nesting.Check());
    PlanPtr input;
    if (AtQueryInParens()) {
      ARROW_ASSIGN_OR_RAISE(input, ParseQueryInParens());
      // A subquery hides its names even without an alias.
      if (!AtSample() && !AtTableAlias()) {
        auto anonymous = std::make_shared<plan::UnresolvedSubqueryAlias>();
        anonymous->inputs = {std::move(input)};
        return PlanPtr(Finish(std::move(anonymous), first));
      }
    } else {
      Advance();
      bool lateral = false;
      ARROW_ASSIGN_OR_RAISE(input, ParseRelation(&lateral));
      ARROW_RETURN_NOT_OK(ExpectRightParen());
    }
    if (AtSample()) {
      ARROW_ASSIGN_OR_RAISE(input, ParseSample(std::move(input), first));
    }
    return ParseAlias(std::move(input), first);
  }
  if (At(kValues) && StartsQuery(at_)) {
    return ParseInlineTable();
  }
  if (At(TokenKind::kWord) && AtWord("STREAM") &&
      (AtIdentifier(1)
           ? !At(kAs, 1) && !AtClause(1) && IsStrictIdentifier(Peek(1)) &&
                 (AtIdentifier(2) || At(TokenKind::kDot, 2))
           : At(TokenKind::kLeftParen, 1) && AtIdentifier(2) && At(TokenKind::kRightParen, 3))) {
    return NotSupported("STREAM relations in SQL", first);
  }
  // name(…) is a table function; IDENTIFIER(…) only if an argument list follows.
  size_t name_end = 0;
  if (At(kIdentifier) && At(TokenKind::kLeftParen, 1)) {
    if (Peek(1).match >= 0 && TokenAt(Peek(1).match + 1).kind == TokenKind::kLeftParen) {
      return ParseTableFunction();
    }
  } else {
    while (AtIdentifier(name_end) && At(TokenKind::kDot, name_end + 1)) {
      name_end += 2;
    }
    const bool function_word = name_end == 0 && (At(kLeft) || At(kRight) || At(kFilter));
    if ((AtIdentifier(name_end) || function_word) && At(TokenKind::kLeftParen, name_end + 1)) {
      return ParseTableFunction();
    }
  }

  auto relation = std::make_shared<plan::UnresolvedRelation>();
  ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
  relation->name = std::move(name.parts);
  relation->identifier = std::move(name.identifier);
  const size_t travel = At(kFor) ? 1 : 0;
  if (At(kAs, travel + 1) && At(kOf, travel + 2)) {
    const bool version = At(kVersion, travel) || At(kSystemVersion, travel);
    if (version || At(kTimestamp, travel) || At(kSystemTime, travel)) {
      at_ += travel + 3;
      if (version) {
        const size_t version_at = at_;
        if (At(TokenKind::kInteger)) {
          ARROW_ASSIGN_OR_RAISE(relation->version, ParseNumber(version_at, false));
        } else if (At(TokenKind::kColon) || At(TokenKind::kQuestion)) {
          ARROW_ASSIGN_OR_RAISE(relation->version, ParseParameter());
        } else {
          ARROW_ASSIGN_OR_RAISE(std::string text, String());
          relation->version = StringLiteral(std::move(text), version_at);
        }
      } else {
        ARROW_ASSIGN_OR_RAISE(relation->timestamp, ParseValue());
      }
    }
  }
  if (At(kWith) && At(TokenKind::kLeftParen, 1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(relation->options, ParseProperties());
  }
  PlanPtr input = Finish(std::move(relation), first);
  if (AtSample()) {
    ARROW_ASSIGN_OR_RAISE(input, ParseSample(std::move(input), first));
  }
  return ParseAlias(std::move(input), first);
}

bool Parser::AtTableArgument(size_t ahead) const {
  return At(kTable, ahead) && (AtIdentifier(ahead + 1) || At(TokenKind::kLeftParen, ahead + 1));
}

// TABLE t, TABLE(t), TABLE(query), with PARTITION BY and ORDER BY: the plan goes to `inputs`.
Result<ExpressionPtr> Parser::ParseTableArgument(std::vector<PlanPtr>* inputs) {
  const size_t first = at_;
  Advance();
  PlanPtr input;
  if (AtQueryInParens()) {
    ARROW_ASSIGN_OR_RAISE(input, ParseQueryInParens());
  } else {
    const bool parens = Accept(TokenKind::kLeftParen);
    auto relation = std::make_shared<plan::UnresolvedRelation>();
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    relation->name = std::move(name.parts);
    relation->identifier = std::move(name.identifier);
    if (!parens) {
      const std::string name_text = TextOf(first + 1, at_);
      return InvalidSyntax("INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES",
                           "Syntax error: call to table-valued function is invalid because "
                           "parentheses are missing around the provided TABLE argument " +
                               name_text + "; please surround this with parentheses and try again.",
                           {{"argumentName", name_text}}, first);
    }
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    input = Finish(std::move(relation), first);
  }
  if ((At(kWith) && At(kSingle, 1)) || ((At(kPartition) || At(kDistribute)) && At(kBy, 1))) {
    return NotSupported("PARTITION BY and WITH SINGLE PARTITION of a TABLE argument", at_);
  }
  inputs->push_back(input);
  auto e = std::make_shared<plan::UnresolvedSubquery>();
  e->plan = std::move(input);
  return ExpressionPtr(Finish(std::move(e), first));
}

Result<PlanPtr> Parser::ParseTableFunction() {
  const size_t first = at_;
  auto function = std::make_shared<plan::UnresolvedTableFunction>();
  if (At(kIdentifier) && At(TokenKind::kLeftParen, 1) && Peek(1).match >= 0 &&
      TokenAt(Peek(1).match + 1).kind == TokenKind::kLeftParen) {
    ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
    if (name.identifier != nullptr) {
      return NotSupported("IDENTIFIER(…) of an expression as a table function", first);
    }
    function->name = std::move(name.parts);
  } else {
    do {
      function->name.push_back(IdentifierText(Peek()));
      Advance();
    } while (Accept(TokenKind::kDot));
  }
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  if (!At(TokenKind::kRightParen)) {
    do {
      const size_t argument_first = at_;
      if (AtTableArgument(0)) {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseTableArgument(&function->inputs));
        function->arguments.push_back(std::move(e));
      } else if (AtIdentifier() && At(TokenKind::kFatArrow, 1) && AtTableArgument(2)) {
        auto named = std::make_shared<plan::NamedArgument>();
        ARROW_ASSIGN_OR_RAISE(named->name, Identifier());
        Advance();
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseTableArgument(&function->inputs));
        named->children = {std::move(e)};
        function->arguments.push_back(Finish(std::move(named), argument_first));
      } else {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseArgument());
        function->arguments.push_back(std::move(e));
      }
    } while (Accept(TokenKind::kComma));
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  return ParseAlias(Finish(std::move(function), first), first);
}

bool Parser::AtTableAlias() const {
  if (At(kAs)) {
    return IsStrictIdentifier(Peek(1));
  }
  if (!IsStrictIdentifier(Peek()) || AtClause()) {
    return false;
  }
  // UPDATE t SET a = 1; MERGE … WHEN; CREATE … stop here as well.
  if (At(kSet) && AtIdentifier(1)) {
    return false;
  }
  return true;
}

// [AS] alias [(columns)]
Result<PlanPtr> Parser::ParseAlias(PlanPtr input, size_t first) {
  if (!AtTableAlias()) {
    return input;
  }
  Accept(kAs);
  auto alias = std::make_shared<plan::UnresolvedSubqueryAlias>();
  ARROW_ASSIGN_OR_RAISE(alias->alias, Identifier());
  if (At(TokenKind::kLeftParen) && AtIdentifier(1) &&
      (At(TokenKind::kComma, 2) || At(TokenKind::kRightParen, 2) || At(TokenKind::kMinus, 2))) {
    ARROW_ASSIGN_OR_RAISE(alias->columns, IdentifierListInParens());
  }
  alias->inputs = {std::move(input)};
  return PlanPtr(Finish(std::move(alias), first));
}

// LATERAL VIEW [OUTER] f(args) alias [AS a, b]
Result<PlanPtr> Parser::ParseLateralView(PlanPtr input, size_t first) {
  at_ += 2;
  auto view = std::make_shared<plan::UnresolvedLateralView>();
  if (At(kOuter) && AtIdentifier(1)) {
    Advance();
    view->outer = true;
  }
  const size_t call_first = at_;
  auto call = std::make_shared<plan::UnresolvedFunction>();
  do {
    ARROW_ASSIGN_OR_RAISE(std::string part, Identifier());
    call->name.push_back(std::move(part));
  } while (Accept(TokenKind::kDot));
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  if (!At(TokenKind::kRightParen)) {
    ARROW_ASSIGN_OR_RAISE(call->children, ParseExpressions());
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  view->generator = Finish(std::move(call), call_first);
  // The table's alias is not optional in Spark; LATERAL VIEW f() AS a is read as an alias AS.
  if (At(kAs) && AtIdentifier(1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(view->columns, IdentifierSequence());
  } else {
    ARROW_ASSIGN_OR_RAISE(view->alias, Identifier());
    if (At(kAs) || (AtIdentifier() && !AtClause() && !AtJoin())) {
      Accept(kAs);
      ARROW_ASSIGN_OR_RAISE(view->columns, IdentifierSequence());
    }
  }
  view->inputs = {std::move(input)};
  return PlanPtr(Finish(std::move(view), first));
}

// PIVOT (aggregates FOR column(s) IN (values))
Result<PlanPtr> Parser::ParsePivot(PlanPtr input, size_t first) {
  at_ += 2;
  auto pivot = std::make_shared<plan::UnresolvedPivot>();
  do {
    const size_t item_first = at_;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
    const bool as = Accept(kAs);
    if (as || (AtIdentifier() && !At(kFor))) {
      auto alias = std::make_shared<plan::Alias>();
      ARROW_ASSIGN_OR_RAISE(alias->name, CheckedIdentifier());
      alias->children = {std::move(e)};
      e = Finish(std::move(alias), item_first);
    }
    pivot->aggregates.push_back(std::move(e));
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(Expect(kFor));
  const bool several = Accept(TokenKind::kLeftParen);
  do {
    const size_t column_first = at_;
    auto column = std::make_shared<plan::UnresolvedColumn>();
    ARROW_ASSIGN_OR_RAISE(std::string name, CheckedIdentifier());
    column->parts = {std::move(name)};
    pivot->columns.push_back(Finish(std::move(column), column_first));
  } while (several && Accept(TokenKind::kComma));
  if (several) {
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  ARROW_RETURN_NOT_OK(Expect(kIn));
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  ARROW_ASSIGN_OR_RAISE(pivot->values, ParseNamedExpressions());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  pivot->inputs = {std::move(input)};
  return ParseAlias(Finish(std::move(pivot), first), first);
}

bool Parser::AtUnpivot() const {
  return At(kUnpivot) &&
         (At(TokenKind::kLeftParen, 1) || ((At(kInclude, 1) || At(kExclude, 1)) && At(kNulls, 2)));
}

// UNPIVOT [INCLUDE | EXCLUDE NULLS] (value FOR name IN (a [AS x], …)) or with lists ((v1, v2) FOR n
// IN ((a, b) AS x, …))
Result<PlanPtr> Parser::ParseUnpivot(PlanPtr input, size_t first) {
  Advance();
  auto unpivot = std::make_shared<plan::UnresolvedUnpivot>();
  if (At(kInclude) || At(kExclude)) {
    unpivot->include_nulls = At(kInclude);
    at_ += 2;
  }
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  const bool several = Accept(TokenKind::kLeftParen);
  do {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier());
    unpivot->value_names.push_back(std::move(name));
  } while (several && Accept(TokenKind::kComma));
  if (several) {
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  ARROW_RETURN_NOT_OK(Expect(kFor));
  ARROW_ASSIGN_OR_RAISE(unpivot->name_column, Identifier());
  ARROW_RETURN_NOT_OK(Expect(kIn));
  ARROW_RETURN_NOT_OK(ExpectLeftParen());
  do {
    const size_t group_first = at_;
    ExpressionList group;
    if (several) {
      ARROW_RETURN_NOT_OK(ExpectLeftParen());
    }
    do {
      const size_t column_first = at_;
      auto column = std::make_shared<plan::UnresolvedColumn>();
      ARROW_ASSIGN_OR_RAISE(column->parts, MultipartName());
      group.push_back(Finish(std::move(column), column_first));
    } while (several && Accept(TokenKind::kComma));
    if (several) {
      ARROW_RETURN_NOT_OK(ExpectRightParen());
    }
    if (group.size() != unpivot->value_names.size()) {
      return base::UserError("UNPIVOT_VALUE_SIZE_MISMATCH",
                             "All unpivot value columns must have the same size as there are "
                             "value column names (" +
                                 std::to_string(unpivot->value_names.size()) + ").",
                             {{"names", std::to_string(unpivot->value_names.size())}},
                             Span(group_first));
    }
    std::optional<std::string> alias;
    if (Accept(kAs) || AtIdentifier()) {
      ARROW_ASSIGN_OR_RAISE(alias, CheckedIdentifier());
    }
    unpivot->groups.push_back(std::move(group));
    unpivot->aliases.push_back(std::move(alias));
  } while (Accept(TokenKind::kComma));
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  unpivot->inputs = {std::move(input)};
  return ParseAlias(Finish(std::move(unpivot), first), first);
}

// TABLESAMPLE (n PERCENT | n ROWS | BUCKET x OUT OF y) [REPEATABLE (seed)]
Result<PlanPtr> Parser::ParseSample(PlanPtr input, size_t first) {
  const size_t clause_first = at_;
  at_ += 2;
  auto sample = std::make_shared<plan::UnresolvedSample>();
  plan::SampleClause& clause = sample->clause;
  const auto bad = [&](const std::string& message) {
    return base::UserError("_LEGACY_ERROR_TEMP_0064", message, {{"msg", message}},
                           Span(clause_first));
  };
  const bool negative = At(TokenKind::kMinus);
  const size_t number_at = negative ? 1 : 0;
  if (At(TokenKind::kRightParen)) {
    Advance();
    return base::UserError("_LEGACY_ERROR_TEMP_0014", "TABLESAMPLE does not accept empty inputs.",
                           {}, Span(clause_first));
  }
  if ((At(TokenKind::kInteger, number_at) || At(TokenKind::kDecimal, number_at)) &&
      At(kPercent, number_at + 1)) {
    at_ += number_at;
    double percent = 0;
    const std::string_view text = Text(Peek());
    std::from_chars(text.data(), text.data() + text.size(), percent);
    percent = negative ? -percent : percent;
    at_ += 2;
    // A little more than 100 is rounding.
    if (percent < -1e-4 || percent > 100 + 1e-4) {
      return bad("Sampling fraction (" + std::to_string(percent / 100) +
                 ") must be on interval [0, 1].");
    }
    clause.percent = percent;
  } else if (At(kBucket) && At(TokenKind::kInteger, 1)) {
    Advance();
    ARROW_ASSIGN_OR_RAISE(int64_t numerator, Integer());
    ARROW_RETURN_NOT_OK(Expect(kOut));
    ARROW_RETURN_NOT_OK(Expect(kOf));
    ARROW_ASSIGN_OR_RAISE(int64_t denominator, Integer());
    if (At(kOn)) {
      return NotSupported("TABLESAMPLE (BUCKET x OUT OF y ON …)", clause_first);
    }
    if (denominator < 1 || numerator < 1 || numerator > denominator || denominator > INT32_MAX) {
      return bad("Sampling fraction (" + std::to_string(numerator) + "/" +
                 std::to_string(denominator) + ") must be on interval [0, 1].");
    }
    clause.bucket = {static_cast<int>(numerator), static_cast<int>(denominator)};
  } else {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr rows, ParseExpression());
    if (!Accept(kRows)) {
      ARROW_RETURN_NOT_OK(ExpectRightParen());
      return base::UserError(rows->kind == plan::ExpressionKind::kLiteral
                                 ? "_LEGACY_ERROR_TEMP_0016"
                                 : "_LEGACY_ERROR_TEMP_0015",
                             "TABLESAMPLE with a number of bytes is not supported.",
                             {{"msg", "byteLengthLiteral"}}, Span(clause_first));
    }
    clause.rows = std::move(rows);
  }
  ARROW_RETURN_NOT_OK(ExpectRightParen());
  if (At(kRepeatable) && At(TokenKind::kLeftParen, 1)) {
    at_ += 2;
    ARROW_ASSIGN_OR_RAISE(int64_t seed, Integer());
    clause.seed = seed;
    ARROW_RETURN_NOT_OK(ExpectRightParen());
  }
  sample->inputs = {std::move(input)};
  return PlanPtr(Finish(std::move(sample), first));
}

}  // namespace emery::sql
