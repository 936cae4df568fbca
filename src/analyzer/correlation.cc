// What Spark allows of subqueries that read an enclosing query. Emery could run more of them; a
// statement that Spark refuses is refused here too, under the same condition.

#include <algorithm>

#include "analyzer/query_analyzer_internal.h"

namespace emery::analyzer {

namespace {

constexpr const char* kUnsupported = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.";

void Collect(const PlanPtr& plan, std::set<ColumnId>* produced,
             std::map<ColumnId, std::string>* outer) {
  for (const plan::ColumnInfo& column : plan->Output()) {
    produced->insert(column.id);
  }
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    (void)plan::AnyOf(e, [&](const plan::Expression& node) {
      if (const auto* column = plan::As<plan::OuterColumn>(&node)) {
        outer->emplace(column->id, column->name);
      } else if (const auto* subquery = plan::As<plan::Subquery>(&node)) {
        Collect(subquery->plan, produced, outer);
      }
      return false;
    });
  });
  for (const PlanPtr& input : plan->inputs) {
    Collect(input, produced, outer);
  }
}

using Outer = std::map<ColumnId, std::string>;

bool Reads(const ExpressionPtr& e, const Outer& outer) {
  return plan::AnyOf(e, [&](const plan::Expression& node) {
    const auto* column = plan::As<plan::OuterColumn>(&node);
    return column != nullptr && outer.contains(column->id);
  });
}

bool PlanReads(const PlanPtr& plan, const Outer& outer) {
  bool found = false;
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) { found = found || Reads(e, outer); });
  return found || std::any_of(plan->inputs.begin(), plan->inputs.end(),
                              [&](const PlanPtr& input) { return PlanReads(input, outer); });
}

bool HasColumn(const plan::Expression& e) {
  bool found = false;
  plan::VisitChildren(e, [&](const ExpressionPtr& child) {
    found = found || plan::AnyOf(child, [](const plan::Expression& node) {
              return node.kind == plan::ExpressionKind::kColumn;
            });
  });
  return found;
}

Status CheckNode(const PlanPtr& plan, const Outer& outer, base::Position position) {
  Status status;
  const auto refuse = [&](const ExpressionPtr& e) {
    if (!status.ok() || !Reads(e, outer)) {
      return;
    }
    const bool mixed = plan::AnyOf(e, [&](const plan::Expression& node) {
      return node.kind == plan::ExpressionKind::kAggregate && HasColumn(node) &&
             Reads(node.Copy(), outer);
    });
    status =
        mixed ? base::UserError(
                    std::string(kUnsupported) + "AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES",
                    "Unsupported subquery expression: Found an aggregate function in a "
                    "correlated predicate that has both outer and local references, which is "
                    "not supported: " +
                        ExpressionText(e) + ".",
                    {{"function", ExpressionText(e)}}, e->position)
              : base::WithPosition(OuterReferenceError(e), position);
  };
  const auto refuse_in = [&](const PlanPtr& side) {
    if (status.ok() && PlanReads(side, outer)) {
      status = base::UserError(
          std::string(kUnsupported) + "ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
          "Unsupported subquery expression: Accessing outer query column is not allowed in this "
          "location: the side of an outer join that may be missing.",
          {{"treeNode", plan::NodeToString(*side)}}, position);
    }
  };
  switch (plan->kind) {
    case plan::PlanKind::kAggregate:
    case plan::PlanKind::kWindow:
    case plan::PlanKind::kSort:
      plan::VisitExpressions(*plan, refuse);
      break;
    case plan::PlanKind::kJoin: {
      const plan::JoinType type = static_cast<const plan::Join&>(*plan).join_type;
      if (type == plan::JoinType::kRight || type == plan::JoinType::kFull) {
        refuse_in(plan->inputs[0]);
      }
      if (type != plan::JoinType::kInner && type != plan::JoinType::kRight) {
        refuse_in(plan->inputs[1]);
      }
      break;
    }
    default:
      break;
  }
  return status;
}

Status CheckPlan(const PlanPtr& plan, const Outer& outer, base::Position position) {
  ARROW_RETURN_NOT_OK(CheckNode(plan, outer, position));
  for (const PlanPtr& input : plan->inputs) {
    ARROW_RETURN_NOT_OK(CheckPlan(input, outer, position));
  }
  return Status::OK();
}

/// Calls `visit` for each subquery in `e`, until one gives an error.
Status ForSubqueries(const ExpressionPtr& e,
                     const std::function<Status(const plan::Subquery&)>& visit) {
  Status status;
  (void)plan::AnyOf(e, [&](const plan::Expression& node) {
    if (const auto* subquery = plan::As<plan::Subquery>(&node);
        subquery != nullptr && status.ok()) {
      status = visit(*subquery);
    }
    return false;
  });
  return status;
}

Status CorrelatedScalarError(const plan::Subquery& subquery) {
  return base::UserError(
      std::string(kUnsupported) + "UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY",
      "Unsupported subquery expression: Correlated scalar subqueries can only be used in filters, "
      "aggregations, projections, and UPDATE/MERGE/DELETE commands.",
      {{"treeNode", ExpressionText(subquery.Copy())}}, subquery.position);
}

}  // namespace

std::map<ColumnId, std::string> OuterColumnsOf(const PlanPtr& plan) {
  std::set<ColumnId> produced;
  std::map<ColumnId, std::string> outer;
  Collect(plan, &produced, &outer);
  std::erase_if(outer, [&](const auto& column) { return produced.contains(column.first); });
  return outer;
}

bool HasSubquery(const ExpressionPtr& e) {
  return plan::AnyOf(
      e, [](const plan::Expression& node) { return node.kind == plan::ExpressionKind::kSubquery; });
}

Status OuterReferenceError(const ExpressionPtr& e) {
  return base::UserError(
      std::string(kUnsupported) + "CORRELATED_REFERENCE",
      "Unsupported subquery expression: Expressions referencing the outer query are not supported "
      "outside of WHERE/HAVING clauses: " +
          ExpressionText(e) + ".",
      {{"sqlExprs", ExpressionText(e)}}, e->position);
}

Status CheckCorrelation(const PlanPtr& plan, base::Position position) {
  const Outer outer = OuterColumnsOf(plan);
  return outer.empty() ? Status::OK() : CheckPlan(plan, outer, position);
}

Status CheckPlainSubqueries(const ExpressionPtr& e) {
  return ForSubqueries(e, [](const plan::Subquery& subquery) -> Status {
    if (subquery.subquery_kind != plan::SubqueryKind::kScalar) {
      return base::UserError(
          std::string(kUnsupported) + "UNSUPPORTED_IN_EXISTS_SUBQUERY",
          "Unsupported subquery expression: IN/EXISTS predicate subqueries can only be used in "
          "filters, joins, aggregations, window functions, projections, and UPDATE/MERGE/DELETE "
          "commands.",
          {{"treeNode", ExpressionText(subquery.Copy())}}, subquery.position);
    }
    return OuterColumnsOf(subquery.plan).empty() ? Status::OK() : CorrelatedScalarError(subquery);
  });
}

Status CheckJoinSubqueries(const ExpressionPtr& e, const plan::Columns& left,
                           const plan::Columns& right) {
  return ForSubqueries(e, [&](const plan::Subquery& subquery) -> Status {
    Outer read = OuterColumnsOf(subquery.plan);
    if (subquery.subquery_kind == plan::SubqueryKind::kScalar) {
      return read.empty() ? Status::OK() : CorrelatedScalarError(subquery);
    }
    std::vector<ColumnId> values;
    for (const ExpressionPtr& child : subquery.children) {
      plan::CollectColumns(child, &values);
    }
    for (const ColumnId id : values) {
      read.emplace(id, "");
    }
    const auto any_of = [&](const plan::Columns& side) {
      return std::any_of(side.begin(), side.end(),
                         [&](const plan::ColumnInfo& column) { return read.contains(column.id); });
    };
    if (any_of(left) && any_of(right)) {
      return base::UserError(
          std::string(kUnsupported) + "UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION",
          "Unsupported subquery expression: Correlated subqueries in the join predicate cannot "
          "reference both join inputs: " +
              ExpressionText(subquery.Copy()) + ".",
          {{"subqueryExpression", ExpressionText(subquery.Copy())}}, subquery.position);
    }
    return Status::OK();
  });
}

bool IsDeterministicPlan(const PlanPtr& plan) {
  bool deterministic = plan->kind != plan::PlanKind::kSample;
  plan::VisitExpressions(*plan, [&](const ExpressionPtr& e) {
    deterministic = deterministic && plan::IsDeterministic(e);
  });
  return deterministic &&
         std::all_of(plan->inputs.begin(), plan->inputs.end(), IsDeterministicPlan);
}

}  // namespace emery::analyzer
