#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "format/parquet/parquet_writer.h"
#include "table/iceberg/manifest.h"
#include "table/iceberg/metadata.h"

namespace emery::table::iceberg {

/// What manifests keep of a column (property write.metadata.metrics.*).
struct MetricsMode {
  enum class Kind : uint8_t { kNone, kCounts, kTruncate, kFull };
  Kind kind = Kind::kTruncate;
  int32_t length = 16;  // kTruncate: characters or bytes
};

/// Modes by field id of leaf columns, for a table's properties.
std::map<int32_t, MetricsMode> MetricsModes(const TableMetadata& metadata,
                                            const type::Schema& schema);

/// Sets sizes, counts and bounds of `file` from what its writer found. `nan_counts` by field id.
void SetMetrics(const format::parquet::ParquetFileMetrics& metrics,
                const std::map<int32_t, MetricsMode>& modes,
                const std::map<int32_t, int64_t>& nan_counts, DataFile* file);

}  // namespace emery::table::iceberg
