#pragma once

#include <memory>

#include "execution/hash_aggregate/aggregate_calls.h"
#include "execution/pipeline.h"

namespace emery::execution {

/// An aggregation without GROUP BY: one row, also for empty input.
struct UngroupedPipeline {
  std::shared_ptr<Sink> sink;
  std::shared_ptr<Source> source;
};

Result<UngroupedPipeline> MakeUngrouped(const physical::HashAggregate& node, BoundCalls calls,
                                        Runtime* runtime);

}  // namespace emery::execution
