#include <utility>

#include "execution/builder.h"
#include "execution/hash_aggregate/grouped.h"
#include "execution/hash_aggregate/ungrouped.h"

namespace emery::execution {

Status BuildHashAggregate(Builder& builder, const physical::HashAggregate& node,
                          const Chain& downstream) {
  Runtime* runtime = builder.runtime();
  ARROW_ASSIGN_OR_RAISE(BoundCalls calls, BoundCalls::Make(node.aggregates, *runtime->context()));
  Chain input;
  std::shared_ptr<Source> source;
  if (node.groups.empty()) {
    ARROW_ASSIGN_OR_RAISE(const UngroupedPipeline pipeline,
                          MakeUngrouped(node, std::move(calls), runtime));
    input.sink = pipeline.sink;
    source = pipeline.source;
  } else {
    ARROW_ASSIGN_OR_RAISE(auto plan, AggregationPlan::Make(node, std::move(calls)));
    auto sink = std::make_shared<GroupedSink>(std::move(plan), runtime);
    input.sink = sink;
    source = std::make_shared<GroupedSource>(sink);
  }
  // An ungrouped aggregation gives a row also where its input is skipped, so it must not be skipped
  // itself.
  ARROW_RETURN_NOT_OK(builder.Build(node.inputs[0], input));
  builder.Add(std::move(source), downstream);
  return Status::OK();
}

}  // namespace emery::execution
