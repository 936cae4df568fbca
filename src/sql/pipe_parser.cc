// Pipe syntax: query |> operator |> operator, each translated to the clause it stands for.
#include "sql/parser_internal.h"

namespace emery::sql {

Result<PlanPtr> Parser::ParsePipe(PlanPtr input, size_t first) {
  const size_t operator_first = at_;
  const auto select = [&](ExpressionList items) {
    auto node = std::make_shared<plan::UnresolvedSelect>();
    node->items = std::move(items);
    node->inputs = {std::move(input)};
    return node;
  };
  switch (At(TokenKind::kWord) ? Peek().keyword : kNone) {
    case kSelect: {
      Advance();
      ARROW_ASSIGN_OR_RAISE(std::vector<Hint> hints, ParseHints());
      auto node = select({});
      if (At(kDistinct) && StartsExpression(1)) {
        Advance();
        node->distinct = true;
      } else if (At(kAll) && StartsExpression(1)) {
        Advance();
      }
      ARROW_ASSIGN_OR_RAISE(node->items, ParseNamedExpressions());
      if (At(kWindow) && AtIdentifier(1) && At(kAs, 2)) {
        ARROW_RETURN_NOT_OK(ParseWindowClause(&node->windows));
      }
      return WithHints(Finish(std::move(node), first), hints);
    }
    case kExtend: {
      Advance();
      ARROW_ASSIGN_OR_RAISE(ExpressionList items, ParseNamedExpressions());
      items.insert(items.begin(), Star(operator_first));
      return PlanPtr(Finish(select(std::move(items)), first));
    }
    case kSet: {
      Advance();
      // Later assignments see earlier ones: a projection each.
      do {
        const size_t item_first = at_;
        ARROW_ASSIGN_OR_RAISE(std::string name, CheckedIdentifier());
        if (At(TokenKind::kDot)) {
          return NotAllowed(
              "SQL pipe syntax |> SET operator with multi-part assignment key (only "
              "single-part keys are allowed)",
              item_first);
        }
        ARROW_RETURN_NOT_OK(Expect(TokenKind::kEqual));
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, ParseExpression());
        auto star = std::make_shared<plan::UnresolvedStar>();
        star->replace.emplace_back(std::move(name), std::move(value));
        auto node = std::make_shared<plan::UnresolvedSelect>();
        node->items = {Finish(std::move(star), item_first)};
        node->inputs = {std::move(input)};
        input = Finish(std::move(node), first);
      } while (Accept(TokenKind::kComma));
      return input;
    }
    case kDrop: {
      Advance();
      auto star = std::make_shared<plan::UnresolvedStar>();
      ARROW_ASSIGN_OR_RAISE(std::vector<std::string> names, IdentifierSequence());
      for (std::string& name : names) {
        star->except.push_back({std::move(name)});
      }
      return PlanPtr(Finish(select({Finish(std::move(star), operator_first)}), first));
    }
    case kAs: {
      Advance();
      auto alias = std::make_shared<plan::UnresolvedSubqueryAlias>();
      ARROW_ASSIGN_OR_RAISE(alias->alias, CheckedIdentifier());
      alias->inputs = {std::move(input)};
      return PlanPtr(Finish(std::move(alias), first));
    }
    case kWhere: {
      Advance();
      auto node = select({Star(operator_first)});
      ARROW_ASSIGN_OR_RAISE(node->where, ParseExpression());
      if (At(kWindow) && AtIdentifier(1) && At(kAs, 2)) {
        ARROW_RETURN_NOT_OK(ParseWindowClause(&node->windows));
      }
      return PlanPtr(Finish(std::move(node), first));
    }
    case kAggregate:
      return ParsePipeAggregate(std::move(input), first);
    case kUnion:
    case kExcept:
    case kIntersect:
    case kMinus: {
      auto operation = std::make_shared<plan::UnresolvedSetOperation>();
      operation->operation = At(kUnion)       ? plan::SetOperationKind::kUnion
                             : At(kIntersect) ? plan::SetOperationKind::kIntersect
                                              : plan::SetOperationKind::kExcept;
      Advance();
      operation->all = Accept(kAll);
      if (!operation->all) {
        Accept(kDistinct);
      }
      ARROW_ASSIGN_OR_RAISE(PlanPtr right, ParseQueryPrimary());
      operation->inputs = {std::move(input), std::move(right)};
      return PlanPtr(Finish(std::move(operation), first));
    }
    default:
      break;
  }
  if (AtPivot()) {
    ARROW_ASSIGN_OR_RAISE(input, ParsePivot(std::move(input), first));
    return AtUnpivot() ? ParseUnpivot(std::move(input), first) : Result<PlanPtr>(input);
  }
  if (AtUnpivot()) {
    ARROW_ASSIGN_OR_RAISE(input, ParseUnpivot(std::move(input), first));
    return AtPivot() ? ParsePivot(std::move(input), first) : Result<PlanPtr>(input);
  }
  if (AtSample()) {
    return ParseSample(std::move(input), first);
  }
  if (AtJoin()) {
    return ParseJoin(std::move(input), first);
  }
  if (AtOrganization()) {
    return ParseOrganization(std::move(input), first);
  }
  return SyntaxError();
}

// AGGREGATE [items] [GROUP BY groups]: gives the groups, then the items.
Result<PlanPtr> Parser::ParsePipeAggregate(PlanPtr input, size_t first) {
  const size_t operator_first = at_;
  Advance();
  auto node = std::make_shared<plan::UnresolvedSelect>();
  ExpressionList items;
  if (!StartsExpression(0)) {
    return NotAllowed(
        "The AGGREGATE clause requires a list of aggregate expressions or a list of "
        "grouping expressions, or both",
        0);
  }
  if (!(At(kGroup) && At(kBy, 1))) {
    ARROW_ASSIGN_OR_RAISE(items, ParseNamedExpressions());
  }
  if (At(kGroup) && At(kBy, 1)) {
    ARROW_RETURN_NOT_OK(ParseGroupBy(&node->grouping, &node->items));
    for (const ExpressionPtr& e : node->grouping.expressions) {
      if (e->kind == plan::ExpressionKind::kLiteral) {
        return NotSupported("positions in GROUP BY of |> AGGREGATE", operator_first);
      }
    }
  } else {
    // One row for the whole input.
    node->grouping.kind = plan::GroupingKind::kExpressions;
  }
  node->items.insert(node->items.end(), items.begin(), items.end());
  if (node->items.empty()) {
    return SyntaxError();
  }
  node->inputs = {std::move(input)};
  return PlanPtr(Finish(std::move(node), first));
}

}  // namespace emery::sql
