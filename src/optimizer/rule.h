#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/config.h"
#include "functions/context.h"
#include "optimizer/cardinality.h"
#include "plan/logical_plan.h"

namespace emery::optimizer {

/// What rules share in one optimization.
struct RuleContext {
  std::shared_ptr<const functions::QueryContext> query;
  const base::Config* config = nullptr;
  /// Bodies of Shared nodes by id, inner ones first in `shared_order`. A rule sees each body as a
  /// plan of its own and must not descend through Shared nodes.
  std::map<int64_t, plan::PlanPtr> shared;
  std::vector<int64_t> shared_order;
};

/// Rewrites a whole plan. Returns the same pointer where it changes nothing. Never descends into
/// Shared nodes.
using Rule = Result<plan::PlanPtr> (*)(const plan::PlanPtr& plan, RuleContext& context);

// In rules/, one file each.
Result<plan::PlanPtr> SimplifyExpressions(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> RaiseConstantErrors(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> SubqueriesToJoins(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> Decorrelate(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> PushFilters(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> PruneColumns(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> OrderJoins(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> SimplifyPlan(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> PushLimits(const plan::PlanPtr& plan, RuleContext& context);

/// Decides which Shared nodes stay, inlines the others, and pushes into bodies what all their
/// readers ask for. Works on the whole set of plans at once.
Result<plan::PlanPtr> ReviewShared(const plan::PlanPtr& plan, RuleContext& context);
Result<plan::PlanPtr> PruneShared(const plan::PlanPtr& plan, RuleContext& context);

// Shared by several rules.
using IdSet = std::unordered_set<int64_t>;  // of ColumnId::value

IdSet OutputIds(const plan::PlanPtr& plan);
IdSet ColumnsOf(const plan::ExpressionPtr& e);
bool AllIn(const plan::ExpressionPtr& e, const IdSet& ids);
bool AnyIn(const plan::ExpressionPtr& e, const IdSet& ids);
/// `e` with columns replaced as `by` says (expressions below aliases).
plan::ExpressionPtr Substitute(const plan::ExpressionPtr& e,
                               const std::map<plan::ColumnId, plan::ExpressionPtr>& by);
/// Rewrites inputs of `p` (not through Shared nodes) with `f`.
Result<plan::PlanPtr> MapInputs(
    const plan::PlanPtr& p, const std::function<Result<plan::PlanPtr>(const plan::PlanPtr&)>& f);
plan::ExpressionPtr ToColumn(const plan::ColumnInfo& info);
plan::ExpressionPtr BelowAlias(const plan::ExpressionPtr& e);
/// `plan` giving just `columns` in order; itself where it does already.
plan::PlanPtr Restrict(const plan::PlanPtr& plan, const plan::Columns& columns);
/// True where a null in every column of `ids` makes the condition false or null.
bool RejectsNulls(const plan::ExpressionPtr& condition, const IdSet& ids);
bool IsTrueLiteral(const plan::ExpressionPtr& e);
bool IsFalseOrNullLiteral(const plan::ExpressionPtr& e);
/// Boolean algebra on one condition: constants, double negation, common factors of disjunctions.
plan::ExpressionPtr SimplifyBoolean(const plan::ExpressionPtr& e);
/// Outer columns that occur in `plan` (in its subqueries' plans too) and are not produced inside
/// it.
IdSet FreeColumns(const plan::PlanPtr& plan);
/// No more than one row for every binding of outer columns.
bool AtMostOneRow(const plan::PlanPtr& plan);

}  // namespace emery::optimizer
