// A constant that fails makes the statement fail, even if no row would ever ask for it: Spark folds
// constants before it sees that a filter lets nothing through. What is not folded there is left
// alone: branches of CASE, IF and COALESCE, columns that nobody reads, and projections right above
// literal rows, which run first.

#include "functions/evaluator.h"
#include "optimizer/rule.h"

namespace emery::optimizer {

using plan::As;
using plan::ExpressionKind;
using plan::ExpressionPtr;
using plan::PlanKind;
using plan::PlanPtr;

namespace {

/// Functions that Spark does not call a constant, whatever their arguments.
bool IsNeverFolded(const plan::Expression& e) {
  const auto* call = As<plan::Call>(&e);
  if (call == nullptr) {
    return e.kind == ExpressionKind::kLambda || e.kind == ExpressionKind::kLambdaVariable;
  }
  return call->name == "raise_error" || call->name == "assert_true" || call->name == "sequence" ||
         call->name == "repeat" || call->name == "array_repeat";
}

/// The error of the first constant in `e` that fails.
Status CheckConstants(const ExpressionPtr& e, bool in_branch, RuleContext& context) {
  if (e == nullptr || e->kind == ExpressionKind::kLiteral || e->kind == ExpressionKind::kColumn) {
    return Status::OK();
  }
  const bool foldable = plan::IsFoldable(e) && !plan::AnyOf(e, IsNeverFolded);
  if (foldable) {
    const Status status = functions::EvaluateConstant(e, context.query).status();
    const bool users = !status.ok() && base::GetErrorDetail(status) != nullptr;
    return users && !in_branch ? status : Status::OK();
  }
  const bool branches = e->kind == ExpressionKind::kCase || e->kind == ExpressionKind::kCoalesce ||
                        (As<plan::Call>(e) != nullptr && As<plan::Call>(e)->name == "nanvl");
  Status status;
  plan::VisitChildren(*e, [&](const ExpressionPtr& child) {
    if (status.ok()) {
      status = CheckConstants(child, in_branch || branches, context);
    }
  });
  return status;
}

bool IsLiteralRows(const PlanPtr& p) {
  if (p->kind == PlanKind::kProject || p->kind == PlanKind::kFilter ||
      p->kind == PlanKind::kLimit) {
    return IsLiteralRows(p->inputs[0]);
  }
  const auto* values = As<plan::Values>(p);
  return values != nullptr && !values->columns.empty();
}

Status CheckPlan(const PlanPtr& p, RuleContext& context);

Status CheckSubqueries(const ExpressionPtr& e, RuleContext& context) {
  Status status;
  (void)plan::AnyOf(e, [&](const plan::Expression& node) {
    const auto* subquery = As<plan::Subquery>(&node);
    if (subquery == nullptr || !status.ok()) {
      return false;
    }
    PlanPtr below = subquery->plan;
    while (subquery->subquery_kind == plan::SubqueryKind::kExists &&
           below->kind == PlanKind::kProject) {
      below = below->inputs[0];  // EXISTS reads no column
    }
    status = CheckPlan(below, context);
    return false;
  });
  return status;
}

Status CheckPlan(const PlanPtr& p, RuleContext& context) {
  if (p->kind == PlanKind::kShared || p->kind == PlanKind::kValues || IsLiteralRows(p)) {
    return Status::OK();
  }
  if (const auto* limit = As<plan::Limit>(p); limit != nullptr && limit->limit == 0) {
    return Status::OK();
  }
  Status status;
  const auto check = [&](const ExpressionPtr& e) {
    if (status.ok() && e != nullptr) {
      status = CheckConstants(e, false, context);
      if (status.ok()) {
        status = CheckSubqueries(e, context);
      }
    }
  };
  if (const auto* group = As<plan::GroupBy>(p)) {
    for (const ExpressionPtr& e : group->aggregates) {
      check(e);  // constants among the groups are dropped
    }
  } else {
    plan::VisitExpressions(*p, check);
  }
  ARROW_RETURN_NOT_OK(status);
  for (const PlanPtr& input : p->inputs) {
    ARROW_RETURN_NOT_OK(CheckPlan(input, context));
  }
  return Status::OK();
}

}  // namespace

Result<PlanPtr> RaiseConstantErrors(const PlanPtr& p, RuleContext& context) {
  if (CheckPlan(p, context).ok()) {
    return p;
  }
  // Only now does it matter which columns are read.
  ARROW_ASSIGN_OR_RAISE(const PlanPtr pruned, PruneColumns(p, context));
  ARROW_RETURN_NOT_OK(CheckPlan(pruned, context));
  return p;
}

}  // namespace emery::optimizer
