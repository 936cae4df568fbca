#pragma once

#include "execution/pipeline.h"
#include "plan/expression.h"

namespace emery::execution {

class Builder;

/// Adds pipelines that push all rows of `input` into `downstream` in the order given.
Status BuildSortOf(Builder& builder, const std::vector<plan::SortOrder>& order,
                   const physical::NodePtr& input, OperatorStatistics* statistics,
                   const Chain& downstream);

}  // namespace emery::execution
