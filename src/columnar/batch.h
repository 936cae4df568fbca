#pragma once

#include <cstdint>
#include <vector>

#include "columnar/vector.h"

namespace emery::columnar {

/// Rows that move between operators: columns of equal length. A batch may have rows and no columns
/// (count(*)). Filtering compacts (Gather): kernels always see dense rows [0, num_rows).
struct Batch {
  std::vector<VectorPtr> columns;
  int64_t num_rows = 0;
};

Batch GatherBatch(const Batch& batch, const int32_t* rows, int64_t count);
Batch SliceBatch(const Batch& batch, int64_t offset, int64_t count);
Batch ConcatBatches(const std::vector<type::TypePtr>& types, const std::vector<Batch>& batches);
int64_t MemoryBytes(const Batch& batch);

}  // namespace emery::columnar
