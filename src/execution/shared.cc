#include <utility>

#include "execution/builder.h"
#include "execution/stored_rows.h"

namespace emery::execution {

/// A subplan that is read several times: its rows are computed at the first use and kept, spilled
/// where memory is short.
Status BuildShared(Builder& builder, const physical::Shared& node, const Chain& downstream) {
  OperatorStatistics* statistics = builder.runtime()->StatisticsOf(node);
  std::shared_ptr<BatchStore>& rows = builder.shared_rows()[node.shared_id];
  if (rows == nullptr) {
    rows = std::make_shared<BatchStore>(builder.runtime(), statistics,
                                        TypesOf(node.inputs[0]->output));
    Chain chain;
    chain.sink = std::make_shared<StoreSink>(rows, statistics);
    const Builder::NoSkipScope scope(&builder);
    ARROW_RETURN_NOT_OK(builder.Build(node.inputs[0], chain));
  }
  builder.Add(std::make_shared<StoreSource>(rows, node.projection, false, statistics), downstream);
  return Status::OK();
}

}  // namespace emery::execution
