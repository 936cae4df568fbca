#pragma once

#include <memory>
#include <vector>

#include "execution/expressions.h"
#include "functions/aggregate_function.h"
#include "physical/physical_plan.h"

namespace emery::execution {

/// One aggregate call, bound.
struct BoundCall {
  const physical::AggregateCall* call = nullptr;
  std::shared_ptr<const functions::BoundAggregate> function;
  /// DISTINCT that matters: the set of distinct arguments it reads from. -1: plain.
  int distinct_set = -1;
  /// WITHIN GROUP (ORDER BY …): fed at the end, in order.
  bool ordered = false;
};

/// Calls of DISTINCT aggregates with the same arguments and filter, whose arguments are made
/// distinct once.
struct DistinctSet {
  plan::ExpressionList arguments;
  plan::ExpressionPtr filter;
  std::vector<int> calls;
};

struct BoundCalls {
  std::vector<BoundCall> calls;
  std::vector<DistinctSet> distinct_sets;
  bool order_sensitive = false;  // the order of input rows shows

  static Result<BoundCalls> Make(const std::vector<physical::AggregateCall>& calls,
                                 const functions::QueryContext& context);
  std::vector<std::shared_ptr<const functions::BoundAggregate>> functions() const;
};

/// Binds aggregate `name`. Errors: UNRESOLVED_ROUTINE, and those of the function.
Result<std::shared_ptr<const functions::BoundAggregate>> BindAggregate(
    const std::string& name, const plan::ExpressionList& arguments, plan::EvalMode mode,
    const functions::QueryContext& context);

/// Evaluates what calls read of a batch, per thread.
class CallInputs {
 public:
  static Result<CallInputs> Make(const plan::ExpressionList& arguments,
                                 const plan::ExpressionPtr& filter, bool skip_null_first,
                                 const std::shared_ptr<const functions::QueryContext>& context);

  struct Rows {
    std::vector<columnar::VectorPtr> columns;
    int64_t count = 0;
    const int32_t* rows = nullptr;  // which rows of the batch; null: all
  };

  /// Valid until the next call.
  Result<Rows> Evaluate(const columnar::Batch& batch);

 private:
  ExpressionSet arguments_;
  std::unique_ptr<functions::FilterEvaluator> filter_;
  bool skip_null_first_ = false;  // IGNORE NULLS: rows whose first argument is null do not count
  std::vector<int32_t> rows_;
};

}  // namespace emery::execution
