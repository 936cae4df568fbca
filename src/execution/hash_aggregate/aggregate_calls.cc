#include "execution/hash_aggregate/aggregate_calls.h"

#include <utility>

#include "functions/registry.h"

namespace emery::execution {

using columnar::Batch;

Result<std::shared_ptr<const functions::BoundAggregate>> BindAggregate(
    const std::string& name, const plan::ExpressionList& arguments, plan::EvalMode mode,
    const functions::QueryContext& context) {
  const functions::AggregateFunction* function =
      functions::Registry::Instance().FindAggregate(name);
  if (function == nullptr) {
    return base::UserError(
        "UNRESOLVED_ROUTINE",
        "Cannot resolve the aggregate function " + base::QuoteIdentifier(name) + ".",
        {{"routineName", base::QuoteIdentifier(name)}});
  }
  functions::BindInput input;
  input.name = name;
  input.mode = mode;
  input.context = &context;
  for (const plan::ExpressionPtr& argument : arguments) {
    input.types.push_back(argument->type);
    input.nullable.push_back(argument->nullable);
    input.literals.push_back(plan::As<plan::Literal>(argument));
  }
  return function->bind(input);
}

Result<BoundCalls> BoundCalls::Make(const std::vector<physical::AggregateCall>& calls,
                                    const functions::QueryContext& context) {
  BoundCalls result;
  for (const physical::AggregateCall& call : calls) {
    BoundCall bound;
    bound.call = &call;
    ARROW_ASSIGN_OR_RAISE(bound.function,
                          BindAggregate(call.name, call.arguments, call.mode, context));
    bound.ordered = !call.order_by.empty();
    result.order_sensitive |= bound.function->order_sensitive && !bound.ordered;
    if (call.distinct && !bound.function->duplicate_insensitive && !call.arguments.empty()) {
      const auto same = [&](const DistinctSet& set) {
        if (set.arguments.size() != call.arguments.size() ||
            (set.filter == nullptr) != (call.filter == nullptr)) {
          return false;
        }
        for (size_t i = 0; i < set.arguments.size(); ++i) {
          if (!plan::Equal(set.arguments[i], call.arguments[i])) {
            return false;
          }
        }
        return set.filter == nullptr || plan::Equal(set.filter, call.filter);
      };
      for (size_t i = 0; i < result.distinct_sets.size(); ++i) {
        if (same(result.distinct_sets[i])) {
          bound.distinct_set = static_cast<int>(i);
        }
      }
      if (bound.distinct_set < 0) {
        bound.distinct_set = static_cast<int>(result.distinct_sets.size());
        result.distinct_sets.push_back({call.arguments, call.filter, {}});
      }
      result.distinct_sets[bound.distinct_set].calls.push_back(
          static_cast<int>(result.calls.size()));
    }
    result.calls.push_back(std::move(bound));
  }
  return result;
}

std::vector<std::shared_ptr<const functions::BoundAggregate>> BoundCalls::functions() const {
  std::vector<std::shared_ptr<const functions::BoundAggregate>> functions;
  functions.reserve(calls.size());
  for (const BoundCall& call : calls) {
    functions.push_back(call.function);
  }
  return functions;
}

Result<CallInputs> CallInputs::Make(const plan::ExpressionList& arguments,
                                    const plan::ExpressionPtr& filter, bool skip_null_first,
                                    const std::shared_ptr<const functions::QueryContext>& context) {
  CallInputs inputs;
  inputs.skip_null_first_ = skip_null_first;
  ARROW_ASSIGN_OR_RAISE(inputs.arguments_, ExpressionSet::Make(arguments, context));
  if (filter != nullptr) {
    ARROW_ASSIGN_OR_RAISE(inputs.filter_,
                          functions::FilterEvaluator::Make(plan::SplitConjuncts(filter), context));
  }
  return inputs;
}

Result<CallInputs::Rows> CallInputs::Evaluate(const Batch& batch) {
  Rows result;
  result.count = batch.num_rows;
  if (filter_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(result.columns, arguments_.Evaluate(batch));
  } else {
    rows_.resize(batch.num_rows);
    ARROW_ASSIGN_OR_RAISE(result.count, filter_->Select(batch, rows_.data()));
    if (result.count < batch.num_rows) {
      result.rows = rows_.data();
      ARROW_ASSIGN_OR_RAISE(result.columns, arguments_.Evaluate(columnar::GatherBatch(
                                                batch, rows_.data(), result.count)));
    } else {
      ARROW_ASSIGN_OR_RAISE(result.columns, arguments_.Evaluate(batch));
    }
  }
  if (skip_null_first_ && !result.columns.empty() && result.columns[0]->may_have_nulls()) {
    std::vector<int32_t> kept;
    for (int64_t i = 0; i < result.count; ++i) {
      if (!result.columns[0]->IsNull(i)) {
        kept.push_back(static_cast<int32_t>(i));
      }
    }
    const auto count = static_cast<int64_t>(kept.size());
    for (columnar::VectorPtr& column : result.columns) {
      column = columnar::Gather(column, kept.data(), count);
    }
    if (result.rows != nullptr) {
      for (int32_t& row : kept) {
        row = result.rows[row];
      }
    }
    rows_ = std::move(kept);
    result.rows = rows_.data();
    result.count = count;
  }
  return result;
}

}  // namespace emery::execution
