#pragma once

#include <functional>

#include "execution/pipeline.h"

namespace emery::execution {

class Builder;

/// Adds pipelines that push the first `limit` rows (< 0: all) behind `offset` of an input into
/// `downstream`; `build_input` adds those that compute the input.
Status BuildLimitOf(Builder& builder, int64_t limit, int64_t offset, OperatorStatistics* statistics,
                    const Chain& downstream,
                    const std::function<Status(const Chain&)>& build_input);

}  // namespace emery::execution
