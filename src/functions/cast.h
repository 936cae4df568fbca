#pragma once

#include "columnar/vector.h"
#include "functions/context.h"
#include "plan/expression.h"

namespace emery::functions {

/// True if a cast can raise an error for some row (so it may not run for rows that a condition
/// excludes).
bool CastCanFail(const type::DataType& from, const type::DataType& to, plan::EvalMode mode);

/// The cast of a flat vector, or of a constant one of one row. CastVector (evaluator.h) is this for
/// every encoding.
Result<columnar::VectorPtr> CastFlat(const columnar::VectorPtr& vector, const type::TypePtr& to,
                                     plan::EvalMode mode, const QueryContext& context);

}  // namespace emery::functions
