#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "plan/logical_plan.h"
#include "table/table.h"

namespace emery::optimizer {

/// What is believed of a column's values in the rows of a plan.
struct ColumnEstimate {
  std::optional<double> min;  // of numbers, dates, timestamps, as the number they are stored as
  std::optional<double> max;
  double distinct = 0;  // > 0
  double null_fraction = 0;
  double average_bytes = 8;
};

struct PlanEstimate {
  double rows = 0;
  std::unordered_map<int64_t, ColumnEstimate> columns;  // by ColumnId::value

  double DistinctOf(plan::ColumnId id) const;
};

/// Estimates rows and column statistics of resolved plans, bottom-up, remembered by node. Base
/// figures come from table::Table::statistics(); independence of predicates is tempered by
/// exponential back-off (the most selective counts whole, the next by its square root, …), join
/// sizes follow the larger distinct count, foreign keys being recognised by it. Confined to one
/// thread.
class CardinalityEstimator {
 public:
  const PlanEstimate& Estimate(const plan::PlanPtr& plan);

  double Rows(const plan::PlanPtr& plan) { return Estimate(plan).rows; }

  /// Fraction of rows of `input` for which the conjuncts hold, in (0, 1].
  double Selectivity(const plan::ExpressionList& conjuncts, const PlanEstimate& input) const;
  /// Rows of an inner equi-join of two estimated inputs under `conjuncts`.
  double JoinRows(const PlanEstimate& left, const PlanEstimate& right,
                  const plan::ExpressionList& conjuncts) const;

 private:
  PlanEstimate Compute(const plan::PlanPtr& plan);
  double ConjunctSelectivity(const plan::ExpressionPtr& conjunct, const PlanEstimate& input) const;
  std::unordered_map<const plan::LogicalPlan*, PlanEstimate> known_;
  std::vector<plan::PlanPtr> keep_alive_;  // so that a pointer is never used again for another plan
};

}  // namespace emery::optimizer
