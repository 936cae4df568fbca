// Walking and rewriting plans: one place that knows where each node keeps its expressions.

#include <map>
#include <utility>

#include "plan/command.h"
#include "plan/logical_plan.h"

namespace emery::plan {

namespace {

using TryMap = std::function<Result<ExpressionPtr>(const ExpressionPtr&)>;

template <class Visit>
struct SlotVisitor {
  const Visit& visit;

  template <class Slot>
  Status One(Slot& slot) const {
    return slot == nullptr ? Status::OK() : visit(slot);
  }

  template <class List>
  Status All(List& list) const {
    for (auto& slot : list) {
      ARROW_RETURN_NOT_OK(One(slot));
    }
    return Status::OK();
  }

  template <class Orders>
  Status Order(Orders& orders) const {
    for (auto& order : orders) {
      ARROW_RETURN_NOT_OK(One(order.expression));
    }
    return Status::OK();
  }

  template <class Lists>
  Status Rows(Lists& lists) const {
    for (auto& list : lists) {
      ARROW_RETURN_NOT_OK(All(list));
    }
    return Status::OK();
  }

  template <class Spec>
  Status Window(Spec& spec) const {
    ARROW_RETURN_NOT_OK(All(spec.partition_by));
    ARROW_RETURN_NOT_OK(Order(spec.order_by));
    if (spec.frame) {
      ARROW_RETURN_NOT_OK(One(spec.frame->start.offset));
      ARROW_RETURN_NOT_OK(One(spec.frame->end.offset));
    }
    return Status::OK();
  }

  template <class Named>
  Status Windows(Named& named) const {
    for (auto& [name, spec] : named) {
      ARROW_RETURN_NOT_OK(Window(spec));
    }
    return Status::OK();
  }
};

template <class T, class From>
auto& Get(From& p) {
  if constexpr (std::is_const_v<From>) {
    return static_cast<const T&>(p);
  } else {
    return static_cast<T&>(p);
  }
}

template <class Node, class Visit>
Status VisitCommandSlots(Node& p, const SlotVisitor<Visit>& v) {
  auto partitions = [&](auto& list) -> Status {
    for (auto& [name, value] : list) {
      ARROW_RETURN_NOT_OK(v.One(value));
    }
    return Status::OK();
  };
  auto assignments = [&](auto& list) -> Status {
    for (auto& assignment : list) {
      ARROW_RETURN_NOT_OK(v.One(assignment.value));
    }
    return Status::OK();
  };
  auto& command = Get<Command>(p);
  switch (command.command) {
    case CommandKind::kInsert: {
      auto& insert = Get<Insert>(p);
      ARROW_RETURN_NOT_OK(v.One(insert.table.identifier));
      ARROW_RETURN_NOT_OK(partitions(insert.partition));
      return v.One(insert.replace_where);
    }
    case CommandKind::kDelete:
      return v.One(Get<Delete>(p).condition);
    case CommandKind::kUpdate:
      ARROW_RETURN_NOT_OK(assignments(Get<Update>(p).assignments));
      return v.One(Get<Update>(p).condition);
    case CommandKind::kMerge:
      ARROW_RETURN_NOT_OK(v.One(Get<Merge>(p).condition));
      for (auto& clause : Get<Merge>(p).clauses) {
        ARROW_RETURN_NOT_OK(v.One(clause.condition));
        ARROW_RETURN_NOT_OK(assignments(clause.assignments));
      }
      return Status::OK();
    case CommandKind::kCall:
      return v.All(Get<CallProcedure>(p).arguments);
    case CommandKind::kSetTimeZone:
      return v.One(Get<SetTimeZone>(p).zone);
    case CommandKind::kDeclareVariable:
      return v.One(Get<DeclareVariable>(p).value);
    case CommandKind::kSetVariable:
      return v.All(Get<SetVariable>(p).values);
    case CommandKind::kExecuteImmediate:
      ARROW_RETURN_NOT_OK(v.One(Get<ExecuteImmediate>(p).statement));
      return v.All(Get<ExecuteImmediate>(p).arguments);
    default:
      return Status::OK();
  }
}

template <class Node, class Visit>
Status VisitSlots(Node& p, const Visit& visit) {
  const SlotVisitor<Visit> v{visit};
  switch (p.kind) {
    case PlanKind::kScan:
      return v.All(Get<Scan>(p).filter);
    case PlanKind::kValues:
      return v.Rows(Get<Values>(p).rows);
    case PlanKind::kProject:
      return v.All(Get<Project>(p).expressions);
    case PlanKind::kFilter:
      return v.One(Get<Filter>(p).condition);
    case PlanKind::kJoin:
      return v.One(Get<Join>(p).condition);
    case PlanKind::kAggregate:
      ARROW_RETURN_NOT_OK(v.All(Get<GroupBy>(p).groups));
      return v.All(Get<GroupBy>(p).aggregates);
    case PlanKind::kSort:
      return v.Order(Get<Sort>(p).order);
    case PlanKind::kWindow:
      return v.All(Get<WindowPlan>(p).windows);
    case PlanKind::kGenerate:
      return v.One(Get<Generate>(p).generator);
    case PlanKind::kExpand:
      return v.Rows(Get<Expand>(p).projections);
    case PlanKind::kRange:
    case PlanKind::kLimit:
    case PlanKind::kSetOperation:
    case PlanKind::kDistinct:
    case PlanKind::kSample:
    case PlanKind::kRecursive:
    case PlanKind::kRecursiveReference:
    case PlanKind::kShared:
      return Status::OK();
    case PlanKind::kCommand:
      return VisitCommandSlots(p, v);
    case PlanKind::kUnresolvedRelation: {
      auto& relation = Get<UnresolvedRelation>(p);
      ARROW_RETURN_NOT_OK(v.One(relation.identifier));
      ARROW_RETURN_NOT_OK(v.One(relation.version));
      return v.One(relation.timestamp);
    }
    case PlanKind::kUnresolvedTableFunction:
      return v.All(Get<UnresolvedTableFunction>(p).arguments);
    case PlanKind::kUnresolvedSelect: {
      auto& select = Get<UnresolvedSelect>(p);
      ARROW_RETURN_NOT_OK(v.All(select.items));
      ARROW_RETURN_NOT_OK(v.One(select.where));
      ARROW_RETURN_NOT_OK(v.All(select.grouping.expressions));
      ARROW_RETURN_NOT_OK(v.One(select.having));
      ARROW_RETURN_NOT_OK(v.One(select.qualify));
      return v.Windows(select.windows);
    }
    case PlanKind::kUnresolvedJoin:
      return v.One(Get<UnresolvedJoin>(p).condition);
    case PlanKind::kUnresolvedPivot: {
      auto& pivot = Get<UnresolvedPivot>(p);
      ARROW_RETURN_NOT_OK(v.All(pivot.aggregates));
      ARROW_RETURN_NOT_OK(v.All(pivot.columns));
      return v.All(pivot.values);
    }
    case PlanKind::kUnresolvedUnpivot:
      return v.Rows(Get<UnresolvedUnpivot>(p).groups);
    case PlanKind::kUnresolvedLateralView:
      return v.One(Get<UnresolvedLateralView>(p).generator);
    case PlanKind::kUnresolvedInlineTable:
      return v.Rows(Get<UnresolvedInlineTable>(p).rows);
    case PlanKind::kUnresolvedHint:
      return v.All(Get<UnresolvedHint>(p).arguments);
    case PlanKind::kUnresolvedOrdering: {
      auto& ordering = Get<UnresolvedOrdering>(p);
      ARROW_RETURN_NOT_OK(v.Order(ordering.order_by));
      ARROW_RETURN_NOT_OK(v.Order(ordering.sort_by));
      ARROW_RETURN_NOT_OK(v.All(ordering.distribute_by));
      ARROW_RETURN_NOT_OK(v.One(ordering.limit));
      ARROW_RETURN_NOT_OK(v.One(ordering.offset));
      return v.Windows(ordering.windows);
    }
    case PlanKind::kUnresolvedSample: {
      auto& rows = Get<UnresolvedSample>(p).clause.rows;
      return rows ? v.One(*rows) : Status::OK();
    }
    case PlanKind::kUnresolvedWith:
    case PlanKind::kUnresolvedSubqueryAlias:
    case PlanKind::kUnresolvedSetOperation:
      return Status::OK();
  }
  return Status::OK();
}

}  // namespace

PlanPtr WithInputs(const PlanPtr& plan, std::vector<PlanPtr> inputs) {
  if (plan->inputs == inputs) {
    return plan;
  }
  std::shared_ptr<LogicalPlan> copy = plan->Copy();
  copy->inputs = std::move(inputs);
  return copy;
}

void VisitExpressions(const LogicalPlan& plan,
                      const std::function<void(const ExpressionPtr&)>& visit) {
  // The visitor gives no error, so neither does the walk.
  (void)VisitSlots(plan, [&](const ExpressionPtr& e) {
    visit(e);
    return Status::OK();
  });
}

Result<PlanPtr> TryMapExpressions(const PlanPtr& plan, const TryMap& map) {
  ExpressionList mapped;
  bool changed = false;
  ARROW_RETURN_NOT_OK(VisitSlots(*plan, [&](const ExpressionPtr& e) -> Status {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr result, map(e));
    changed = changed || result != e;
    mapped.push_back(std::move(result));
    return Status::OK();
  }));
  if (!changed) {
    return plan;
  }
  std::shared_ptr<LogicalPlan> copy = plan->Copy();
  size_t next = 0;
  ARROW_RETURN_NOT_OK(VisitSlots(*copy, [&](ExpressionPtr& slot) {
    slot = std::move(mapped[next++]);
    return Status::OK();
  }));
  return copy;
}

PlanPtr MapExpressions(const PlanPtr& plan,
                       const std::function<ExpressionPtr(const ExpressionPtr&)>& map) {
  return TryMapExpressions(plan,
                           [&](const ExpressionPtr& e) -> Result<ExpressionPtr> { return map(e); })
      .ValueOrDie();
}

PlanPtr TransformPlanUp(const PlanPtr& plan,
                        const std::function<PlanPtr(const PlanPtr&)>& rewrite) {
  std::vector<PlanPtr> inputs;
  inputs.reserve(plan->inputs.size());
  for (const PlanPtr& input : plan->inputs) {
    inputs.push_back(TransformPlanUp(input, rewrite));
  }
  return rewrite(WithInputs(plan, std::move(inputs)));
}

namespace {

/// Copies plans bottom-up: what a node produces gets a new id in `mapping` before the nodes above
/// are copied. The left input comes before the right one, so outer columns of a lateral right side
/// find their new ids.
class Renewal {
 public:
  explicit Renewal(std::map<ColumnId, ColumnId>* mapping) : mapping_(mapping) {}

  PlanPtr Renew(const PlanPtr& plan) {
    if (plan->kind == PlanKind::kRecursive) {
      const auto& recursive = static_cast<const Recursive&>(*plan);
      recursions_[recursive.id] = NextColumnId().value;
    }
    std::vector<PlanPtr> inputs;
    inputs.reserve(plan->inputs.size());
    for (const PlanPtr& input : plan->inputs) {
      // What is shared is computed once: only the columns that this place gives are new.
      inputs.push_back(plan->kind == PlanKind::kShared ? input : Renew(input));
    }
    std::shared_ptr<LogicalPlan> copy = plan->Copy();
    copy->inputs = std::move(inputs);
    RenewProduced(copy.get());
    return MapExpressions(copy, [&](const ExpressionPtr& e) { return RenewExpression(e); });
  }

 private:
  ColumnId New(ColumnId id) {
    const ColumnId fresh = NextColumnId();
    (*mapping_)[id] = fresh;
    return fresh;
  }

  void RenewColumns(Columns* columns) {
    for (ColumnInfo& column : *columns) {
      column.id = New(column.id);
    }
  }

  void RenewProduced(LogicalPlan* plan) {
    switch (plan->kind) {
      case PlanKind::kScan:
        return RenewColumns(&static_cast<Scan*>(plan)->columns);
      case PlanKind::kValues:
        return RenewColumns(&static_cast<Values*>(plan)->columns);
      case PlanKind::kRange: {
        ColumnInfo& column = static_cast<Range*>(plan)->column;
        column.id = New(column.id);
        return;
      }
      case PlanKind::kJoin:
        if (auto& mark = static_cast<Join*>(plan)->mark) {
          mark->id = New(mark->id);
        }
        return;
      case PlanKind::kSetOperation:
        return RenewColumns(&static_cast<SetOperation*>(plan)->columns);
      case PlanKind::kGenerate:
        return RenewColumns(&static_cast<Generate*>(plan)->columns);
      case PlanKind::kExpand:
        return RenewColumns(&static_cast<Expand*>(plan)->columns);
      case PlanKind::kShared:
        return RenewColumns(&static_cast<Shared*>(plan)->columns);
      case PlanKind::kRecursive: {
        auto* recursive = static_cast<Recursive*>(plan);
        recursive->id = recursions_[recursive->id];
        return RenewColumns(&recursive->columns);
      }
      case PlanKind::kRecursiveReference: {
        auto* reference = static_cast<RecursiveReference*>(plan);
        const auto found = recursions_.find(reference->id);
        if (found != recursions_.end()) {
          reference->id = found->second;
        }
        return RenewColumns(&reference->columns);
      }
      default:
        return;  // the ids of aliases change with the expressions
    }
  }

  ExpressionPtr RenewExpression(const ExpressionPtr& e) {
    return TransformUp(e, [&](const ExpressionPtr& node) -> ExpressionPtr {
      switch (node->kind) {
        case ExpressionKind::kColumn:
          return Replace<Column>(node);
        case ExpressionKind::kOuterColumn:
          return Replace<OuterColumn>(node);
        case ExpressionKind::kAlias: {
          auto copy = std::make_shared<Alias>(static_cast<const Alias&>(*node));
          if (copy->id.valid()) {
            copy->id = New(copy->id);
          }
          return copy;
        }
        case ExpressionKind::kSubquery: {
          auto copy = std::make_shared<Subquery>(static_cast<const Subquery&>(*node));
          copy->plan = Renew(copy->plan);
          return copy;
        }
        default:
          return node;
      }
    });
  }

  template <class T>
  ExpressionPtr Replace(const ExpressionPtr& node) {
    const auto found = mapping_->find(static_cast<const T&>(*node).id);
    if (found == mapping_->end()) {
      return node;
    }
    auto copy = std::make_shared<T>(static_cast<const T&>(*node));
    copy->id = found->second;
    return copy;
  }

  std::map<ColumnId, ColumnId>* mapping_;
  std::map<int64_t, int64_t> recursions_;
};

}  // namespace

PlanPtr WithNewIds(const PlanPtr& plan, std::map<ColumnId, ColumnId>* mapping) {
  return Renewal(mapping).Renew(plan);
}

}  // namespace emery::plan
