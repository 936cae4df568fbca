#pragma once

#include <memory>
#include <vector>

#include "columnar/batch.h"
#include "functions/context.h"
#include "plan/expression.h"

namespace emery::functions {

/// A resolved expression made ready to run over batches: calls bound, casts chosen, constants
/// folded, IN lists hashed. Columns are plan::Ordinal nodes. Immutable after Make but for scratch
/// memory: one instance per thread. Conditional nodes (AND, OR, CASE, COALESCE) evaluate a part
/// that can fail only for the rows that reach it.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  static Result<std::unique_ptr<Evaluator>> Make(const plan::ExpressionPtr& expression,
                                                 std::shared_ptr<const QueryContext> context);

  /// A vector of batch.num_rows rows, of any encoding.
  virtual Result<columnar::VectorPtr> Evaluate(const columnar::Batch& batch) = 0;

  const type::TypePtr& type() const { return type_; }

 protected:
  type::TypePtr type_;
};

/// A boolean expression as a filter: conjuncts one after another, each on the rows that are left,
/// the order adapted to what they cost and drop where none can fail.
class FilterEvaluator {
 public:
  virtual ~FilterEvaluator() = default;

  static Result<std::unique_ptr<FilterEvaluator>> Make(const plan::ExpressionList& conjuncts,
                                                       std::shared_ptr<const QueryContext> context);

  /// Indexes of the rows for which all conjuncts are true, ascending, into `rows` (room for
  /// batch.num_rows); the count.
  virtual Result<int64_t> Select(const columnar::Batch& batch, int32_t* rows) = 0;
};

/// The value of an expression without columns. Errors: those of the evaluation.
Result<type::Value> EvaluateConstant(const plan::ExpressionPtr& expression,
                                     std::shared_ptr<const QueryContext> context);
/// `expression` with every constant, error-free part replaced by its literal.
plan::ExpressionPtr FoldConstants(const plan::ExpressionPtr& expression,
                                  const std::shared_ptr<const QueryContext>& context);

/// Casts a vector; the same kernel as plan::Cast. Errors in kAnsi mode: CAST_INVALID_INPUT,
/// CAST_OVERFLOW, …
Result<columnar::VectorPtr> CastVector(const columnar::VectorPtr& vector, const type::TypePtr& to,
                                       plan::EvalMode mode, const QueryContext& context);

/// 64-bit hashes of rows by value (grouping equality), combined over columns; not Spark's hash().
/// Nulls hash too.
void HashRows(const std::vector<columnar::VectorPtr>& columns, int64_t num_rows, uint64_t* hashes);

}  // namespace emery::functions
