// Walking and rewriting expressions: one place that knows where each kind keeps its
// sub-expressions.

#include <string_view>
#include <utility>

#include "plan/expression.h"
#include "plan/logical_plan.h"

namespace emery::plan {

namespace {

using TryMap = std::function<Result<ExpressionPtr>(const ExpressionPtr&)>;

/// Calls `visit(ExpressionPtr&)` for each sub-expression slot of a node that may be written to.
/// `Node` is Expression or const Expression.
template <class OrderList, class Visit>
Status VisitOrders(OrderList& orders, const Visit& visit) {
  for (auto& order : orders) {
    if (order.expression != nullptr) {
      ARROW_RETURN_NOT_OK(visit(order.expression));
    }
  }
  return Status::OK();
}

template <class Spec, class Visit>
Status VisitSpec(Spec& spec, const Visit& visit) {
  for (auto& key : spec.partition_by) {
    ARROW_RETURN_NOT_OK(visit(key));
  }
  ARROW_RETURN_NOT_OK(VisitOrders(spec.order_by, visit));
  if (spec.frame) {
    if (spec.frame->start.offset != nullptr) {
      ARROW_RETURN_NOT_OK(visit(spec.frame->start.offset));
    }
    if (spec.frame->end.offset != nullptr) {
      ARROW_RETURN_NOT_OK(visit(spec.frame->end.offset));
    }
  }
  return Status::OK();
}

template <class T, class From>
auto& Get(From& e) {
  if constexpr (std::is_const_v<From>) {
    return static_cast<const T&>(e);
  } else {
    return static_cast<T&>(e);
  }
}

template <class Node, class Visit>
Status VisitSlots(Node& e, const Visit& visit) {
  for (auto& child : e.children) {
    ARROW_RETURN_NOT_OK(visit(child));
  }
  switch (e.kind) {
    case ExpressionKind::kAggregate: {
      auto& aggregate = Get<Aggregate>(e);
      if (aggregate.filter != nullptr) {
        ARROW_RETURN_NOT_OK(visit(aggregate.filter));
      }
      return VisitOrders(aggregate.order_by, visit);
    }
    case ExpressionKind::kWindow: {
      auto& window = Get<Window>(e);
      if (window.filter != nullptr) {
        ARROW_RETURN_NOT_OK(visit(window.filter));
      }
      return VisitSpec(window.spec, visit);
    }
    case ExpressionKind::kUnresolvedFunction: {
      auto& function = Get<UnresolvedFunction>(e);
      if (function.filter != nullptr) {
        ARROW_RETURN_NOT_OK(visit(function.filter));
      }
      return VisitOrders(function.within_group, visit);
    }
    case ExpressionKind::kUnresolvedWindow:
      return VisitSpec(Get<UnresolvedWindow>(e).spec, visit);
    default:
      return Status::OK();
  }
}

}  // namespace

void VisitChildren(const Expression& e, const std::function<void(const ExpressionPtr&)>& visit) {
  // The visitor gives no error, so neither does the walk.
  (void)VisitSlots(e, [&](const ExpressionPtr& child) {
    visit(child);
    return Status::OK();
  });
}

Result<ExpressionPtr> TryMapChildren(const ExpressionPtr& e, const TryMap& map) {
  ExpressionList mapped;
  bool changed = false;
  ARROW_RETURN_NOT_OK(VisitSlots(*e, [&](const ExpressionPtr& child) -> Status {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr result, map(child));
    changed = changed || result != child;
    mapped.push_back(std::move(result));
    return Status::OK();
  }));
  if (!changed) {
    return e;
  }
  std::shared_ptr<Expression> copy = e->Copy();
  size_t next = 0;
  ARROW_RETURN_NOT_OK(VisitSlots(*copy, [&](ExpressionPtr& slot) {
    slot = std::move(mapped[next++]);
    return Status::OK();
  }));
  return copy;
}

ExpressionPtr MapChildren(const ExpressionPtr& e,
                          const std::function<ExpressionPtr(const ExpressionPtr&)>& map) {
  return TryMapChildren(
             e, [&](const ExpressionPtr& child) -> Result<ExpressionPtr> { return map(child); })
      .ValueOrDie();
}

ExpressionPtr TransformUp(const ExpressionPtr& e,
                          const std::function<ExpressionPtr(const ExpressionPtr&)>& rewrite) {
  return rewrite(
      MapChildren(e, [&](const ExpressionPtr& child) { return TransformUp(child, rewrite); }));
}

ExpressionPtr TransformDown(const ExpressionPtr& e,
                            const std::function<ExpressionPtr(const ExpressionPtr&)>& rewrite) {
  if (ExpressionPtr replaced = rewrite(e)) {
    return replaced;
  }
  return MapChildren(e, [&](const ExpressionPtr& child) { return TransformDown(child, rewrite); });
}

bool AnyOf(const ExpressionPtr& e, const std::function<bool(const Expression&)>& test) {
  if (e == nullptr) {
    return false;
  }
  if (test(*e)) {
    return true;
  }
  bool found = false;
  VisitChildren(*e, [&](const ExpressionPtr& child) { found = found || AnyOf(child, test); });
  return found;
}

namespace {

/// Outer columns in `plan` and below, subqueries in it included. Those of nested subqueries may be
/// columns of `plan` itself: harmless for readers, who look up ids of the columns they know.
void CollectOuterColumns(const LogicalPlan& plan, std::vector<ColumnId>* ids) {
  VisitExpressions(plan, [&](const ExpressionPtr& e) {
    (void)AnyOf(e, [&](const Expression& node) {
      if (const auto* outer = As<OuterColumn>(&node)) {
        ids->push_back(outer->id);
      } else if (const auto* subquery = As<Subquery>(&node)) {
        CollectOuterColumns(*subquery->plan, ids);
      }
      return false;
    });
  });
  for (const PlanPtr& input : plan.inputs) {
    CollectOuterColumns(*input, ids);
  }
}

}  // namespace

void CollectColumns(const ExpressionPtr& e, std::vector<ColumnId>* ids) {
  (void)AnyOf(e, [&](const Expression& node) {
    if (const auto* column = As<Column>(&node)) {
      ids->push_back(column->id);
    } else if (const auto* subquery = As<Subquery>(&node)) {
      CollectOuterColumns(*subquery->plan, ids);
    }
    return false;
  });
}

bool IsDeterministic(const ExpressionPtr& e) {
  return !AnyOf(e, [](const Expression& node) {
    const auto* call = As<Call>(&node);
    if (call == nullptr) {
      return false;
    }
    static constexpr std::string_view kNames[] = {"rand",
                                                  "random",
                                                  "randn",
                                                  "randstr",
                                                  "uniform",
                                                  "uuid",
                                                  "shuffle",
                                                  "spark_partition_id",
                                                  "monotonically_increasing_id",
                                                  "input_file_name",
                                                  "input_file_block_start",
                                                  "input_file_block_length"};
    for (std::string_view name : kNames) {
      if (call->name == name) {
        return true;
      }
    }
    return false;
  });
}

namespace {

bool Foldable(const Expression& e, std::vector<ColumnId>* bound) {
  switch (e.kind) {
    case ExpressionKind::kLiteral:
      return true;
    case ExpressionKind::kLambdaVariable: {
      const ColumnId id = static_cast<const LambdaVariable&>(e).id;
      for (ColumnId known : *bound) {
        if (known == id) {
          return true;
        }
      }
      return false;
    }
    case ExpressionKind::kLambda:
      for (ColumnId id : static_cast<const Lambda&>(e).parameter_ids) {
        bound->push_back(id);
      }
      break;
    case ExpressionKind::kCall:
    case ExpressionKind::kCast:
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
    case ExpressionKind::kCase:
    case ExpressionKind::kCoalesce:
    case ExpressionKind::kIn:
    case ExpressionKind::kAlias:
      break;
    default:
      return false;
  }
  // Lambdas come behind the arguments that they range over, so a plain walk in order binds their
  // variables in time.
  for (const ExpressionPtr& child : e.children) {
    if (!Foldable(*child, bound)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool IsFoldable(const ExpressionPtr& e) {
  std::vector<ColumnId> bound;
  return Foldable(*e, &bound) && IsDeterministic(e);
}

}  // namespace emery::plan
