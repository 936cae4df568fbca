#pragma once

#include "columnar/batch.h"
#include "table/iceberg/compaction.h"

namespace emery::table::iceberg {

/// The rows of `batch` in the wanted order, stably. `schema`: of the batch's first columns.
columnar::Batch OrderRows(const columnar::Batch& batch, const RewriteOrder& order);

}  // namespace emery::table::iceberg
