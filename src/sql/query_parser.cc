// Queries: WITH, set operations, SELECT and its clauses, ordering.
#include <algorithm>
#include <functional>
#include <set>

#include "sql/parser_internal.h"

namespace emery::sql {

namespace {

constexpr int kChainMax = 4000;
// CUBE of n columns has 2^n sets; nobody means more than this.
constexpr size_t kGroupingSetsMax = 65536;

std::string LowerOf(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

using IndexSet = std::vector<int>;
using IndexSets = std::vector<IndexSet>;

}  // namespace

// [WITH …] term [ORDER BY …]
Result<PlanPtr> Parser::ParseQuery() {
  const Nesting nesting(this);
  ARROW_RETURN_NOT_OK(nesting.Check());
  const size_t first = at_;
  std::shared_ptr<plan::UnresolvedWith> with;
  if (At(kWith)) {
    ARROW_ASSIGN_OR_RAISE(with, ParseCtes());
  }
  ARROW_ASSIGN_OR_RAISE(PlanPtr query, ParseQueryTerm(0));
  ARROW_ASSIGN_OR_RAISE(query, ParseOrganization(std::move(query), first));
  if (with != nullptr) {
    with->inputs = {std::move(query)};
    return PlanPtr(Finish(std::move(with), first));
  }
  return query;
}

Result<std::shared_ptr<plan::UnresolvedWith>> Parser::ParseCtes() {
  const size_t first = at_;
  ARROW_RETURN_NOT_OK(Expect(kWith));
  auto with = std::make_shared<plan::UnresolvedWith>();
  if (At(kRecursive) && AtIdentifier(1) && !(At(kAs, 1) && At(TokenKind::kLeftParen, 2))) {
    Advance();
    with->recursive = true;
  }
  std::set<std::string> names;
  do {
    const size_t cte_first = at_;
    plan::CommonTableExpression cte;
    ARROW_ASSIGN_OR_RAISE(cte.name, CheckedIdentifier());
    if (At(TokenKind::kLeftParen) && !AtQueryInParens()) {
      ARROW_ASSIGN_OR_RAISE(cte.columns, IdentifierListInParens());
    }
    if (At(kMax) && At(kRecursion, 1)) {
      Advance();
      Advance();
      ARROW_RETURN_NOT_OK(Expect(kLevel));
      ARROW_ASSIGN_OR_RAISE(int64_t level, Integer());
      cte.max_recursion = level;
    }
    Accept(kAs);
    ARROW_ASSIGN_OR_RAISE(cte.plan, ParseQueryInParens());
    cte.position = Span(cte_first);
    if (!names.insert(LowerOf(cte.name)).second) {
      return base::UserError(
          "DUPLICATED_CTE_NAMES",
          "CTE definition can't have duplicate names: " + base::QuoteIdentifier(cte.name) + ".",
          {{"duplicateNames", base::QuoteIdentifier(cte.name)}}, Span(first));
    }
    with->expressions.push_back(std::move(cte));
  } while (Accept(TokenKind::kComma));
  return with;
}

// Set operations and pipes, by precedence: |> (1), UNION EXCEPT MINUS (2), INTERSECT (3).
Result<PlanPtr> Parser::ParseQueryTerm(int min_precedence) {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(PlanPtr left, ParseQueryPrimary());
  int chain = 0;
  while (true) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    if (At(TokenKind::kPipeOperator)) {
      if (min_precedence >= 1) {
        return left;
      }
      Advance();
      ARROW_ASSIGN_OR_RAISE(left, ParsePipe(std::move(left), first));
      continue;
    }
    if (!AtSetOperation()) {
      return left;
    }
    const Keyword keyword = Peek().keyword;
    const int precedence = keyword == kIntersect ? 3 : 2;
    if (precedence <= min_precedence) {
      return left;
    }
    Advance();
    auto operation = std::make_shared<plan::UnresolvedSetOperation>();
    operation->operation = keyword == kUnion       ? plan::SetOperationKind::kUnion
                           : keyword == kIntersect ? plan::SetOperationKind::kIntersect
                                                   : plan::SetOperationKind::kExcept;
    operation->all = Accept(kAll);
    if (!operation->all) {
      Accept(kDistinct);
    }
    const Nesting nesting(this);
    ARROW_RETURN_NOT_OK(nesting.Check());
    ARROW_ASSIGN_OR_RAISE(PlanPtr right, ParseQueryTerm(precedence));
    operation->inputs = {std::move(left), std::move(right)};
    left = Finish(std::move(operation), first);
  }
}

Result<PlanPtr> Parser::ParseQueryPrimary() {
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kSelect:
      if (At(kTransform, 1) && At(TokenKind::kLeftParen, 2) && Peek(2).match >= 0 &&
          (TokenAt(Peek(2).match + 1).keyword == kUsing ||
           TokenAt(Peek(2).match + 1).keyword == kRow)) {
        return NotSupported("SELECT TRANSFORM", at_);
      }
      return ParseSelect(nullptr);
    case kFrom:
      return ParseFromStatement();
    case kValues:
      return ParseInlineTable();
    case kTable:
      return ParseTableStatement();
    case kMap:
    case kReduce: {
      const bool map = At(kMap);
      // MAP a, b USING 'script'
      for (size_t i = at_ + 1; i < tokens_.size(); ++i) {
        if (TokenAt(i).keyword == kUsing && TokenAt(i + 1).kind == TokenKind::kString) {
          return NotSupported(map ? "MAP … USING" : "REDUCE … USING", at_);
        }
      }
      return SyntaxError();
    }
    default:
      break;
  }
  if (At(TokenKind::kLeftParen)) {
    return ParseQueryInParens();
  }
  return SyntaxError();
}

// TABLE name
Result<PlanPtr> Parser::ParseTableStatement() {
  const size_t first = at_;
  Advance();
  ARROW_ASSIGN_OR_RAISE(NameReference name, Reference());
  auto relation = std::make_shared<plan::UnresolvedRelation>();
  relation->name = std::move(name.parts);
  relation->identifier = std::move(name.identifier);
  return PlanPtr(Finish(std::move(relation), first));
}

// VALUES row, … [AS alias (columns)]
Result<PlanPtr> Parser::ParseInlineTable() {
  const size_t first = at_;
  Advance();
  auto table = std::make_shared<plan::UnresolvedInlineTable>();
  do {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr row, ParseExpression());
    // (1, 2) and struct(1, 2) are rows of two, anything else a row of one.
    const auto* call = plan::As<plan::UnresolvedFunction>(row);
    if (call != nullptr && call->name.size() == 1 && call->name[0] == "struct" &&
        !call->children.empty()) {
      table->rows.push_back(call->children);
      for (ExpressionPtr& value : table->rows.back()) {
        if (const auto* alias = plan::As<plan::Alias>(value)) {
          value = ExpressionPtr(alias->children[0]);
        }
      }
    } else {
      table->rows.push_back({std::move(row)});
    }
  } while (Accept(TokenKind::kComma));
  const std::vector<ExpressionList> rows = table->rows;
  ARROW_ASSIGN_OR_RAISE(PlanPtr plan, ParseAlias(Finish(std::move(table), first), first));
  const auto* alias = plan::As<plan::UnresolvedSubqueryAlias>(plan);
  const size_t width =
      alias != nullptr && !alias->columns.empty() ? alias->columns.size() : rows[0].size();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() != width) {
      return base::UserError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                             "Invalid inline table. Inline table expected " +
                                 std::to_string(width) + " columns but found " +
                                 std::to_string(rows[i].size()) + " columns in row " +
                                 std::to_string(i) + ".",
                             {{"expectedNumCols", std::to_string(width)},
                              {"actualNumCols", std::to_string(rows[i].size())},
                              {"rowIndex", std::to_string(i)}},
                             Span(first));
    }
  }
  return plan;
}

// FROM … , then any number of SELECT clauses (none: all columns).
Result<PlanPtr> Parser::ParseFromStatement() {
  const size_t first = at_;
  ARROW_ASSIGN_OR_RAISE(PlanPtr from, ParseFrom());
  if (At(kInsert)) {
    return ParseInserts(from);
  }
  if ((At(kMap) || At(kReduce)) && StartsExpression(1)) {
    return NotSupported("MAP and REDUCE with scripts", at_);
  }
  if (!At(kSelect)) {
    return from;
  }
  PlanPtr result;
  while (At(kSelect)) {
    const size_t select_first = at_;
    ARROW_ASSIGN_OR_RAISE(PlanPtr select, ParseSelect(from));
    ARROW_ASSIGN_OR_RAISE(select, ParseOrganization(std::move(select), select_first));
    if (result == nullptr) {
      result = std::move(select);
      continue;
    }
    auto all = std::make_shared<plan::UnresolvedSetOperation>();
    all->all = true;
    all->inputs = {std::move(result), std::move(select)};
    result = Finish(std::move(all), first);
  }
  return result;
}

// SELECT with all of its clauses up to QUALIFY and WINDOW. `from`, if any, was written before it.
Result<PlanPtr> Parser::ParseSelect(PlanPtr from) {
  const size_t first = at_;
  ARROW_RETURN_NOT_OK(Expect(kSelect));
  ARROW_ASSIGN_OR_RAISE(std::vector<Hint> hints, ParseHints());
  auto select = std::make_shared<plan::UnresolvedSelect>();
  if (At(kDistinct) && StartsExpression(1)) {
    Advance();
    select->distinct = true;
  } else if (At(kAll) && StartsExpression(1) && !AtClause(1)) {
    Advance();
  }
  ARROW_ASSIGN_OR_RAISE(select->items, ParseNamedExpressions());
  if (from == nullptr && At(kFrom)) {
    ARROW_ASSIGN_OR_RAISE(from, ParseFrom());
  }
  int chain = 0;
  while (At(kLateral) && At(kView, 1)) {
    if (++chain > kChainMax) {
      return TooComplex();
    }
    if (from == nullptr) {
      // Over one row without columns.
      auto one = std::make_shared<plan::UnresolvedInlineTable>();
      one->rows = {{}};
      from = Finish(std::move(one), at_);
    }
    ARROW_ASSIGN_OR_RAISE(from, ParseLateralView(std::move(from), at_));
  }
  if (from != nullptr) {
    select->inputs = {std::move(from)};
  }
  if (Accept(kWhere)) {
    ARROW_ASSIGN_OR_RAISE(select->where, ParseExpression());
  }
  if (At(kGroup) && At(kBy, 1)) {
    ARROW_RETURN_NOT_OK(ParseGroupBy(&select->grouping, nullptr));
  }
  if (Accept(kHaving)) {
    ARROW_ASSIGN_OR_RAISE(select->having, ParseExpression());
  }
  // QUALIFY may stand before or after WINDOW.
  for (int i = 0; i < 2; ++i) {
    if (select->qualify == nullptr && AtWord("QUALIFY")) {
      Advance();
      ARROW_ASSIGN_OR_RAISE(select->qualify, ParseExpression());
    }
    if (select->windows.empty() && At(kWindow) && AtIdentifier(1) && At(kAs, 2)) {
      ARROW_RETURN_NOT_OK(ParseWindowClause(&select->windows));
    }
  }
  return WithHints(Finish(std::move(select), first), hints);
}

Result<std::vector<Parser::Hint>> Parser::ParseHints() {
  std::vector<Hint> hints;
  while (Accept(TokenKind::kHintStart)) {
    do {
      const size_t first = at_;
      Hint hint;
      ARROW_ASSIGN_OR_RAISE(hint.name, Identifier());
      if (Accept(TokenKind::kLeftParen)) {
        do {
          const size_t argument_first = at_;
          ARROW_ASSIGN_OR_RAISE(ExpressionPtr argument, ParsePrimary());
          ARROW_ASSIGN_OR_RAISE(argument, ParsePostfix(std::move(argument), argument_first));
          hint.arguments.push_back(std::move(argument));
        } while (Accept(TokenKind::kComma));
        ARROW_RETURN_NOT_OK(ExpectRightParen());
      }
      hint.position = Span(first);
      hints.push_back(std::move(hint));
      Accept(TokenKind::kComma);
    } while (!At(TokenKind::kHintEnd));
    Advance();
  }
  return hints;
}

PlanPtr Parser::WithHints(PlanPtr input, const std::vector<Hint>& hints) const {
  for (auto hint = hints.rbegin(); hint != hints.rend(); ++hint) {
    auto node = std::make_shared<plan::UnresolvedHint>();
    node->name = hint->name;
    node->arguments = hint->arguments;
    node->position = hint->position;
    node->inputs = {std::move(input)};
    input = std::move(node);
  }
  return input;
}

Status Parser::ParseWindowClause(std::vector<std::pair<std::string, plan::WindowSpec>>* windows) {
  const size_t first = at_;
  Advance();
  do {
    ARROW_ASSIGN_OR_RAISE(std::string name, CheckedIdentifier());
    ARROW_RETURN_NOT_OK(Expect(kAs));
    ARROW_ASSIGN_OR_RAISE(plan::WindowSpec spec, ParseWindowSpec());
    for (const auto& window : *windows) {
      if (LowerOf(window.first) == LowerOf(name)) {
        return InvalidSyntax(
            "REPETITIVE_WINDOW_DEFINITION",
            "The definition of window " + base::QuoteIdentifier(name) + " is repetitive.",
            {{"windowName", base::QuoteIdentifier(name)}}, first);
      }
    }
    windows->emplace_back(std::move(name), std::move(spec));
  } while (Accept(TokenKind::kComma));
  return Status::OK();
}

bool Parser::AtOrganization() const {
  return ((At(kOrder) || At(kSort) || At(kCluster) || At(kDistribute)) && At(kBy, 1)) ||
         ((At(kLimit) || At(kOffset)) && StartsExpression(1)) ||
         (At(kWindow) && AtIdentifier(1) && At(kAs, 2));
}

// ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT, OFFSET, in this order.
Result<PlanPtr> Parser::ParseOrganization(PlanPtr input, size_t first) {
  if (!AtOrganization()) {
    return input;
  }
  const size_t clause_first = at_;
  auto ordering = std::make_shared<plan::UnresolvedOrdering>();
  bool cluster = false;
  bool combined = false;  // of clauses that exclude each other
  if (Accept(kOrder, kBy)) {
    if (At(kAll) &&
        (!StartsExpression(1) || At(kAsc, 1) || At(kDesc, 1) || At(kNulls, 1) || At(kLimit, 1) ||
         At(kOffset, 1)) &&
        !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1) && !At(TokenKind::kLeftParen, 1)) {
      ARROW_ASSIGN_OR_RAISE(SortOrder all, ParseSortItem());
      all.expression = nullptr;
      ordering->order_by_all = true;
      ordering->order_by.push_back(std::move(all));
    } else {
      ARROW_ASSIGN_OR_RAISE(ordering->order_by, ParseSortItems());
    }
  }
  if (Accept(kCluster, kBy)) {
    cluster = true;
    ARROW_ASSIGN_OR_RAISE(ordering->distribute_by, ParseExpressions());
    for (const ExpressionPtr& e : ordering->distribute_by) {
      ordering->sort_by.push_back({e, true, true});
    }
  }
  if (Accept(kDistribute, kBy)) {
    ARROW_ASSIGN_OR_RAISE(ordering->distribute_by, ParseExpressions());
    combined = cluster;
  }
  if (Accept(kSort, kBy)) {
    ARROW_ASSIGN_OR_RAISE(ordering->sort_by, ParseSortItems());
    combined = combined || cluster;
  }
  if (combined || (!ordering->order_by.empty() &&
                   (!ordering->sort_by.empty() || !ordering->distribute_by.empty()))) {
    return base::UserError("UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES",
                           "Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER BY is not "
                           "supported.",
                           {}, Span(clause_first));
  }
  if (At(kWindow) && AtIdentifier(1) && At(kAs, 2)) {
    ARROW_RETURN_NOT_OK(ParseWindowClause(&ordering->windows));
  }
  if (Accept(kLimit)) {
    if (At(kAll) && (!StartsExpression(1) || At(kOffset, 1))) {
      Advance();
    } else {
      ARROW_ASSIGN_OR_RAISE(ordering->limit, ParseExpression());
    }
  }
  if (Accept(kOffset)) {
    ARROW_ASSIGN_OR_RAISE(ordering->offset, ParseExpression());
  }
  ordering->inputs = {std::move(input)};
  return PlanPtr(Finish(std::move(ordering), first));
}

// ---- GROUP BY
// --------------------------------------------------------------------------------------------

namespace {

// The grouping sets of one clause over indexes of the grouping expressions.
IndexSets RollupSets(const std::vector<IndexSet>& elements) {
  IndexSets sets;
  for (size_t n = elements.size() + 1; n > 0; --n) {
    IndexSet set;
    for (size_t i = 0; i + 1 < n; ++i) {
      set.insert(set.end(), elements[i].begin(), elements[i].end());
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

IndexSets CubeSets(const std::vector<IndexSet>& elements) {
  IndexSets sets;
  const uint64_t count = uint64_t{1} << elements.size();
  for (uint64_t mask = count; mask > 0; --mask) {
    IndexSet set;
    for (size_t i = 0; i < elements.size(); ++i) {
      // The first element changes slowest.
      if (((mask - 1) >> (elements.size() - 1 - i)) & 1) {
        set.insert(set.end(), elements[i].begin(), elements[i].end());
      }
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace

/// Reads the clauses of one GROUP BY; knows which expressions were already named.
class GroupingReader {
 public:
  explicit GroupingReader(plan::GroupingClause* grouping) : grouping_(grouping) {}

  // Index of the expression with this text among the grouping expressions, adding it if it is new.
  int IndexOf(const std::string& text, ExpressionPtr e) {
    const std::string key = LowerOf(text);
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (texts_[i] == key) {
        return static_cast<int>(i);
      }
    }
    texts_.push_back(key);
    grouping_->expressions.push_back(std::move(e));
    return static_cast<int>(texts_.size() - 1);
  }

 private:
  plan::GroupingClause* grouping_;
  std::vector<std::string> texts_;
};

// `named`, if given, receives the expressions as written, with their aliases (pipes), and no
// grouping analytics.
Status Parser::ParseGroupBy(plan::GroupingClause* grouping, ExpressionList* named) {
  const size_t first = at_;
  at_ += 2;
  if (named == nullptr && At(kAll) && (!StartsExpression(1) || AtClause(1)) &&
      !At(TokenKind::kComma, 1) && !At(TokenKind::kDot, 1) && !At(TokenKind::kLeftParen, 1)) {
    Advance();
    grouping->kind = plan::GroupingKind::kAll;
    return Status::OK();
  }
  GroupingReader reader(grouping);
  const auto too_many = [&] {
    return base::UserError(
        "GROUPING_SIZE_LIMIT_EXCEEDED",
        "GROUP BY has more than " + std::to_string(kGroupingSetsMax) + " grouping sets.",
        {{"maxSize", std::to_string(kGroupingSetsMax)}}, Span(first));
  };

  const auto expression = [&]() -> Result<int> {
    const size_t begin = at_;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
    return reader.IndexOf(TextOf(begin, at_), std::move(e));
  };
  // (a, b), () or a
  const auto element = [&]() -> Result<IndexSet> {
    IndexSet set;
    const bool list = At(TokenKind::kLeftParen) && Peek().match >= 0 &&
                      (TokenAt(Peek().match + 1).kind == TokenKind::kComma ||
                       TokenAt(Peek().match + 1).kind == TokenKind::kRightParen) &&
                      !AtQueryInParens();
    if (!list) {
      ARROW_ASSIGN_OR_RAISE(int index, expression());
      set.push_back(index);
      return set;
    }
    Advance();
    while (!At(TokenKind::kRightParen)) {
      ARROW_ASSIGN_OR_RAISE(int index, expression());
      set.push_back(index);
      if (!Accept(TokenKind::kComma)) {
        break;
      }
    }
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    return set;
  };
  const auto at_analytics = [&] {
    return ((At(kRollup) || At(kCube)) && At(TokenKind::kLeftParen, 1)) ||
           (At(kGrouping) && At(kSets, 1) && At(TokenKind::kLeftParen, 2));
  };
  // ROLLUP (…), CUBE (…), GROUPING SETS (…), the last with any of them inside.
  const std::function<Result<IndexSets>()> analytics = [&]() -> Result<IndexSets> {
    const Nesting nesting(this);
    ARROW_RETURN_NOT_OK(nesting.Check());
    const bool sets = At(kGrouping);
    const bool rollup = At(kRollup);
    at_ += sets ? 3 : 2;
    IndexSets result;
    std::vector<IndexSet> elements;
    do {
      if (sets && at_analytics()) {
        ARROW_ASSIGN_OR_RAISE(IndexSets inner, analytics());
        result.insert(result.end(), inner.begin(), inner.end());
      } else {
        ARROW_ASSIGN_OR_RAISE(IndexSet set, element());
        (sets ? result : elements).push_back(std::move(set));
      }
      if (result.size() > kGroupingSetsMax) {
        return too_many();
      }
    } while (Accept(TokenKind::kComma));
    ARROW_RETURN_NOT_OK(ExpectRightParen());
    if (sets) {
      return result;
    }
    // Each set of a CUBE has up to all elements; together they are what memory pays for.
    if (elements.size() > (rollup ? size_t{1024} : size_t{16})) {
      return too_many();
    }
    return rollup ? RollupSets(elements) : CubeSets(elements);
  };

  IndexSets product = {{}};
  const auto multiply = [&](const IndexSets& sets) -> Status {
    if (product.size() * sets.size() > kGroupingSetsMax) {
      return too_many();
    }
    IndexSets next;
    for (const IndexSet& left : product) {
      for (const IndexSet& right : sets) {
        IndexSet set = left;
        set.insert(set.end(), right.begin(), right.end());
        next.push_back(std::move(set));
      }
    }
    product = std::move(next);
    return Status::OK();
  };

  grouping->kind = plan::GroupingKind::kExpressions;
  do {
    if (at_analytics()) {
      if (named != nullptr) {
        return NotSupported("ROLLUP, CUBE and GROUPING SETS in |> AGGREGATE", first);
      }
      ARROW_ASSIGN_OR_RAISE(IndexSets sets, analytics());
      ARROW_RETURN_NOT_OK(multiply(sets));
      grouping->kind = plan::GroupingKind::kSets;
    } else if (named != nullptr) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseNamedExpression());
      grouping->expressions.push_back(e->kind == plan::ExpressionKind::kAlias ? e->children[0] : e);
      named->push_back(std::move(e));
    } else {
      const size_t begin = at_;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr e, ParseExpression());
      const int index = reader.IndexOf(TextOf(begin, at_), std::move(e));
      for (IndexSet& set : product) {
        set.push_back(index);
      }
    }
  } while (Accept(TokenKind::kComma));

  // Hive's forms: GROUP BY a, b WITH ROLLUP | WITH CUBE | GROUPING SETS (…).
  if (grouping->kind == plan::GroupingKind::kExpressions && named == nullptr) {
    const auto all = [&] {
      std::vector<IndexSet> elements;
      for (size_t i = 0; i < grouping->expressions.size(); ++i) {
        elements.push_back({static_cast<int>(i)});
      }
      return elements;
    };
    if (At(kWith) && (At(kRollup, 1) || At(kCube, 1))) {
      const bool rollup = At(kRollup, 1);
      at_ += 2;
      if (grouping->expressions.size() > (rollup ? size_t{1024} : size_t{16})) {
        return too_many();
      }
      product = rollup ? RollupSets(all()) : CubeSets(all());
      grouping->kind = plan::GroupingKind::kSets;
    } else if (at_analytics() && At(kGrouping)) {
      ARROW_ASSIGN_OR_RAISE(product, analytics());
      grouping->kind = plan::GroupingKind::kSets;
    }
  }
  if (grouping->kind == plan::GroupingKind::kSets) {
    for (IndexSet& set : product) {
      IndexSet unique;
      for (const int index : set) {
        if (std::find(unique.begin(), unique.end(), index) == unique.end()) {
          unique.push_back(index);
        }
      }
      grouping->sets.push_back(std::move(unique));
    }
  }
  return Status::OK();
}

}  // namespace emery::sql
