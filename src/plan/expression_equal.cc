#include <algorithm>
#include <string>

#include "plan/expression.h"
#include "plan/logical_plan.h"

namespace emery::plan {

namespace {

bool EqualLists(const ExpressionList& a, const ExpressionList& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ExpressionPtr& x, const ExpressionPtr& y) { return Equal(x, y); });
}

bool EqualOrders(const std::vector<SortOrder>& a, const std::vector<SortOrder>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const SortOrder& x, const SortOrder& y) {
                      return x.ascending == y.ascending && x.nulls_first == y.nulls_first &&
                             Equal(x.expression, y.expression);
                    });
}

bool EqualBounds(const FrameBound& a, const FrameBound& b) {
  return a.kind == b.kind && Equal(a.offset, b.offset);
}

bool EqualSpecs(const WindowSpec& a, const WindowSpec& b) {
  return a.base_name == b.base_name && EqualLists(a.partition_by, b.partition_by) &&
         EqualOrders(a.order_by, b.order_by) && a.frame.has_value() == b.frame.has_value() &&
         (!a.frame ||
          (a.frame->unit == b.frame->unit && EqualBounds(a.frame->start, b.frame->start) &&
           EqualBounds(a.frame->end, b.frame->end)));
}

bool EqualTypes(const type::TypePtr& a, const type::TypePtr& b) {
  return a == b || (a != nullptr && b != nullptr && a->SameType(*b));
}

template <class T>
const T& To(const Expression& e) {
  return static_cast<const T&>(e);
}

bool EqualMembers(const Expression& a, const Expression& b) {
  switch (a.kind) {
    case ExpressionKind::kLiteral:
      return To<Literal>(a).value == To<Literal>(b).value;
    case ExpressionKind::kColumn:
      return To<Column>(a).id == To<Column>(b).id;
    case ExpressionKind::kOuterColumn:
      return To<OuterColumn>(a).id == To<OuterColumn>(b).id;
    case ExpressionKind::kOrdinal:
      return To<Ordinal>(a).index == To<Ordinal>(b).index;
    case ExpressionKind::kLambdaVariable:
      return To<LambdaVariable>(a).id == To<LambdaVariable>(b).id;
    case ExpressionKind::kLambda:
      return To<Lambda>(a).parameter_ids == To<Lambda>(b).parameter_ids &&
             To<Lambda>(a).parameter_names == To<Lambda>(b).parameter_names;
    case ExpressionKind::kCall:
      return To<Call>(a).name == To<Call>(b).name && To<Call>(a).mode == To<Call>(b).mode;
    case ExpressionKind::kCast:
      return To<Cast>(a).mode == To<Cast>(b).mode;
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
    case ExpressionKind::kCase:
    case ExpressionKind::kCoalesce:
    case ExpressionKind::kIn:
      return true;
    case ExpressionKind::kAlias:
      return To<Alias>(a).name == To<Alias>(b).name && To<Alias>(a).id == To<Alias>(b).id;
    case ExpressionKind::kAggregate: {
      const auto& x = To<Aggregate>(a);
      const auto& y = To<Aggregate>(b);
      return x.name == y.name && x.mode == y.mode && x.distinct == y.distinct &&
             x.ignore_nulls == y.ignore_nulls && Equal(x.filter, y.filter) &&
             EqualOrders(x.order_by, y.order_by);
    }
    case ExpressionKind::kWindow: {
      const auto& x = To<Window>(a);
      const auto& y = To<Window>(b);
      return x.name == y.name && x.mode == y.mode && x.is_aggregate == y.is_aggregate &&
             x.distinct == y.distinct && x.ignore_nulls == y.ignore_nulls &&
             Equal(x.filter, y.filter) && EqualSpecs(x.spec, y.spec);
    }
    case ExpressionKind::kGenerator:
      return To<Generator>(a).name == To<Generator>(b).name &&
             To<Generator>(a).outer == To<Generator>(b).outer;
    case ExpressionKind::kSubquery:
      return To<Subquery>(a).subquery_kind == To<Subquery>(b).subquery_kind &&
             Equal(To<Subquery>(a).plan, To<Subquery>(b).plan);
    case ExpressionKind::kUnresolvedColumn:
      return To<UnresolvedColumn>(a).parts == To<UnresolvedColumn>(b).parts &&
             To<UnresolvedColumn>(a).plan_id == To<UnresolvedColumn>(b).plan_id;
    case ExpressionKind::kUnresolvedStar:
      return To<UnresolvedStar>(a).qualifier == To<UnresolvedStar>(b).qualifier &&
             To<UnresolvedStar>(a).except == To<UnresolvedStar>(b).except;
    case ExpressionKind::kUnresolvedFunction: {
      const auto& x = To<UnresolvedFunction>(a);
      const auto& y = To<UnresolvedFunction>(b);
      return x.name == y.name && x.distinct == y.distinct && x.ignore_nulls == y.ignore_nulls &&
             Equal(x.filter, y.filter) && EqualOrders(x.within_group, y.within_group);
    }
    case ExpressionKind::kUnresolvedExtract:
      return To<UnresolvedExtract>(a).is_field == To<UnresolvedExtract>(b).is_field;
    case ExpressionKind::kUnresolvedSubquery:
      return To<UnresolvedSubquery>(a).subquery_kind == To<UnresolvedSubquery>(b).subquery_kind &&
             To<UnresolvedSubquery>(a).plan == To<UnresolvedSubquery>(b).plan;
    case ExpressionKind::kUnresolvedAlias:
      return To<UnresolvedAlias>(a).names == To<UnresolvedAlias>(b).names;
    case ExpressionKind::kUnresolvedWindow:
      return EqualSpecs(To<UnresolvedWindow>(a).spec, To<UnresolvedWindow>(b).spec);
    case ExpressionKind::kUnresolvedLiteral:
      return To<UnresolvedLiteral>(a).text == To<UnresolvedLiteral>(b).text;
    case ExpressionKind::kParameter:
      return To<Parameter>(a).name == To<Parameter>(b).name &&
             To<Parameter>(a).index == To<Parameter>(b).index;
    case ExpressionKind::kIdentifierClause:
      return To<IdentifierClause>(a).is_call == To<IdentifierClause>(b).is_call;
    case ExpressionKind::kNamedArgument:
      return To<NamedArgument>(a).name == To<NamedArgument>(b).name;
    case ExpressionKind::kDefault:
      return true;
  }
  return false;
}

size_t Combine(size_t seed, size_t hash) {
  return seed ^ (hash + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
}

/// The members that tell most nodes of a kind apart; equal nodes hash equally.
size_t HashMembers(const Expression& e) {
  const std::hash<std::string> text;
  switch (e.kind) {
    case ExpressionKind::kLiteral:
      return type::HashValue(To<Literal>(e).value);
    case ExpressionKind::kColumn:
      return static_cast<size_t>(To<Column>(e).id.value);
    case ExpressionKind::kOuterColumn:
      return static_cast<size_t>(To<OuterColumn>(e).id.value);
    case ExpressionKind::kOrdinal:
      return static_cast<size_t>(To<Ordinal>(e).index);
    case ExpressionKind::kLambdaVariable:
      return static_cast<size_t>(To<LambdaVariable>(e).id.value);
    case ExpressionKind::kCall:
      return text(To<Call>(e).name);
    case ExpressionKind::kAlias:
      return static_cast<size_t>(To<Alias>(e).id.value);
    case ExpressionKind::kAggregate:
      return text(To<Aggregate>(e).name);
    case ExpressionKind::kWindow:
      return text(To<Window>(e).name);
    case ExpressionKind::kGenerator:
      return text(To<Generator>(e).name);
    case ExpressionKind::kCast:
      return e.type == nullptr ? 0 : static_cast<size_t>(e.type->id());
    case ExpressionKind::kUnresolvedColumn:
      return text(To<UnresolvedColumn>(e).parts.back());
    case ExpressionKind::kUnresolvedFunction:
      return To<UnresolvedFunction>(e).name.empty() ? 0
                                                    : text(To<UnresolvedFunction>(e).name.back());
    case ExpressionKind::kUnresolvedLiteral:
      return text(To<UnresolvedLiteral>(e).text);
    default:
      return 0;
  }
}

}  // namespace

bool Equal(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == b) {
    return true;
  }
  return a != nullptr && b != nullptr && a->kind == b->kind && EqualTypes(a->type, b->type) &&
         EqualMembers(*a, *b) && EqualLists(a->children, b->children);
}

size_t Hash(const ExpressionPtr& e) {
  if (e == nullptr) {
    return 0;
  }
  size_t hash = Combine(static_cast<size_t>(e->kind), HashMembers(*e));
  for (const ExpressionPtr& child : e->children) {
    hash = Combine(hash, Hash(child));
  }
  return hash;
}

}  // namespace emery::plan
