#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "functions/context.h"
#include "plan/logical_plan.h"

namespace emery::optimizer {

/// What a rule did, for EXPLAIN EXTENDED and for finding slow rules.
struct RuleTrace {
  std::string rule;
  bool changed = false;
  int64_t time_us = 0;
};

/// Makes a resolved plan cheap, with the same rows and the same output columns (ids, names, types,
/// order). Afterwards no subquery expression, outer column or lateral join is left. Rules can be
/// switched off by name: `emery.optimizer.excludedRules` (comma-separated; those without which a
/// plan can't run are not asked). Errors: UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.* for subqueries
/// in places that can't be unnested; user errors of constant parts are left in the plan and show
/// when it runs.
Result<plan::PlanPtr> Optimize(const plan::PlanPtr& plan,
                               std::shared_ptr<const functions::QueryContext> context,
                               const base::Config& config, std::vector<RuleTrace>* trace = nullptr);

}  // namespace emery::optimizer
