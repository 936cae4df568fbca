#include "columnar/batch.h"

namespace emery::columnar {

Batch GatherBatch(const Batch& batch, const int32_t* rows, int64_t count) {
  Batch result;
  result.num_rows = count;
  result.columns.reserve(batch.columns.size());
  for (const VectorPtr& column : batch.columns) {
    result.columns.push_back(Gather(column, rows, count));
  }
  return result;
}

Batch SliceBatch(const Batch& batch, int64_t offset, int64_t count) {
  Batch result;
  result.num_rows = count;
  result.columns.reserve(batch.columns.size());
  for (const VectorPtr& column : batch.columns) {
    result.columns.push_back(Slice(column, offset, count));
  }
  return result;
}

Batch ConcatBatches(const std::vector<type::TypePtr>& types, const std::vector<Batch>& batches) {
  Batch result;
  for (const Batch& batch : batches) {
    result.num_rows += batch.num_rows;
  }
  result.columns.reserve(types.size());
  std::vector<VectorPtr> pieces(batches.size());
  for (size_t c = 0; c < types.size(); ++c) {
    for (size_t i = 0; i < batches.size(); ++i) {
      pieces[i] = batches[i].columns[c];
    }
    result.columns.push_back(Concat(types[c], pieces));
  }
  return result;
}

}  // namespace emery::columnar
