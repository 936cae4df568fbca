#include <algorithm>

#include "plan/command.h"
#include "plan/logical_plan.h"

namespace emery::plan {

namespace {

bool EqualColumns(const Columns& a, const Columns& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const ColumnInfo& x, const ColumnInfo& y) {
                      return x.id == y.id && x.name == y.name && x.nullable == y.nullable &&
                             x.type->SameType(*y.type);
                    });
}

template <class T>
const T& To(const LogicalPlan& p) {
  return static_cast<const T&>(p);
}

/// Members that are not expressions. Unresolved nodes and commands are equal to themselves only.
bool EqualMembers(const LogicalPlan& a, const LogicalPlan& b) {
  switch (a.kind) {
    case PlanKind::kScan: {
      const auto& x = To<Scan>(a);
      const auto& y = To<Scan>(b);
      return x.table == y.table && x.field_indexes == y.field_indexes &&
             EqualColumns(x.columns, y.columns);
    }
    case PlanKind::kValues:
      return EqualColumns(To<Values>(a).columns, To<Values>(b).columns) &&
             To<Values>(a).rows.size() == To<Values>(b).rows.size();
    case PlanKind::kRange: {
      const auto& x = To<Range>(a);
      const auto& y = To<Range>(b);
      return x.column.id == y.column.id && x.start == y.start && x.end == y.end && x.step == y.step;
    }
    case PlanKind::kProject:
    case PlanKind::kFilter:
    case PlanKind::kAggregate:
    case PlanKind::kWindow:
    case PlanKind::kDistinct:
      return true;
    case PlanKind::kJoin: {
      const auto& x = To<Join>(a);
      const auto& y = To<Join>(b);
      return x.join_type == y.join_type && x.hint == y.hint && x.lateral == y.lateral &&
             x.mark.has_value() == y.mark.has_value() && (!x.mark || x.mark->id == y.mark->id) &&
             (x.condition == nullptr) == (y.condition == nullptr);
    }
    case PlanKind::kSort: {
      const auto& x = To<Sort>(a);
      const auto& y = To<Sort>(b);
      return x.global == y.global &&
             std::equal(x.order.begin(), x.order.end(), y.order.begin(), y.order.end(),
                        [](const SortOrder& p, const SortOrder& q) {
                          return p.ascending == q.ascending && p.nulls_first == q.nulls_first;
                        });
    }
    case PlanKind::kLimit:
      return To<Limit>(a).limit == To<Limit>(b).limit && To<Limit>(a).offset == To<Limit>(b).offset;
    case PlanKind::kSetOperation:
      return To<SetOperation>(a).operation == To<SetOperation>(b).operation &&
             To<SetOperation>(a).all == To<SetOperation>(b).all &&
             EqualColumns(To<SetOperation>(a).columns, To<SetOperation>(b).columns);
    case PlanKind::kGenerate:
      return To<Generate>(a).outer == To<Generate>(b).outer &&
             EqualColumns(To<Generate>(a).columns, To<Generate>(b).columns);
    case PlanKind::kExpand:
      return To<Expand>(a).projections.size() == To<Expand>(b).projections.size() &&
             EqualColumns(To<Expand>(a).columns, To<Expand>(b).columns);
    case PlanKind::kSample: {
      const auto& x = To<Sample>(a);
      const auto& y = To<Sample>(b);
      return x.lower == y.lower && x.upper == y.upper && x.with_replacement == y.with_replacement &&
             x.seed == y.seed;
    }
    case PlanKind::kRecursive:
      return To<Recursive>(a).id == To<Recursive>(b).id;
    case PlanKind::kRecursiveReference:
      return To<RecursiveReference>(a).id == To<RecursiveReference>(b).id &&
             EqualColumns(To<RecursiveReference>(a).columns, To<RecursiveReference>(b).columns);
    case PlanKind::kShared:
      return To<Shared>(a).id == To<Shared>(b).id &&
             EqualColumns(To<Shared>(a).columns, To<Shared>(b).columns);
    default:
      return false;
  }
}

ExpressionList Expressions(const LogicalPlan& plan) {
  ExpressionList list;
  VisitExpressions(plan, [&](const ExpressionPtr& e) { list.push_back(e); });
  return list;
}

}  // namespace

bool Equal(const PlanPtr& a, const PlanPtr& b) {
  if (a == b) {
    return true;
  }
  if (a == nullptr || b == nullptr || a->kind != b->kind || !EqualMembers(*a, *b)) {
    return false;
  }
  const ExpressionList x = Expressions(*a);
  const ExpressionList y = Expressions(*b);
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](const ExpressionPtr& p, const ExpressionPtr& q) { return Equal(p, q); }) &&
         std::equal(a->inputs.begin(), a->inputs.end(), b->inputs.begin(), b->inputs.end(),
                    [](const PlanPtr& p, const PlanPtr& q) { return Equal(p, q); });
}

}  // namespace emery::plan
