#pragma once

#include <memory>

#include "functions/context.h"
#include "physical/physical_plan.h"
#include "plan/logical_plan.h"

namespace emery::planner {

/// Turns an optimized logical plan (no subquery expressions, no outer columns, no lateral joins)
/// into a physical one: columns become positions, joins and aggregates get their algorithm and
/// build side, joins that can are wired to scans by runtime filters. Errors: INTERNAL_ERROR for a
/// plan that breaks these conditions.
Result<physical::NodePtr> PlanPhysical(const plan::PlanPtr& plan,
                                       std::shared_ptr<const functions::QueryContext> context);

}  // namespace emery::planner
